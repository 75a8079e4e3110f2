// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

const (
	maxHeader = 256 << 10 // hybrid recipients take 2 kB each
	maxFile   = 256 << 20 // beyond it, something else is wrong

	temporarySuffix = ".new" // of a file that will replace the journal
)

// file is a journal file as this process knows it. All methods are called with the journal's lock held.
//
// The file is opened for each batch and closed after it: Windows does not replace a file that somebody holds open, and
// NFS shows what another host wrote only to those who open it afterwards.
type file struct {
	path string
	keys *keys
	now  func() time.Time

	table  *table
	header []byte // the first line, with newline; nil: nothing is known
	listed []string
	offset int64 // end of what is in table
	lines  int   // physical lines before offset, for messages and as the measure of waste
	bare   bool  // the last line lacks its newline

	patience int // lines to have before compaction is tried again, after it failed
}

func (f *file) forget() {
	f.table, f.header, f.listed, f.offset, f.lines, f.bare = newTable(), nil, nil, 0, 0, false
}

// failpoint is called at each point of a write; tests end the process there.
var failpoint func(point string)

func at(point string) {
	if failpoint != nil {
		failpoint(point)
	}
}

// open opens the file and reads what was added since the last time. It returns nil for a file that does not exist.
func (f *file) open() (*os.File, error) {
	h, err := openChecked(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.forget() // also where it was removed meanwhile: somebody wanted it gone
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := f.refresh(h); err != nil {
		_ = h.Close()
		f.forget()
		return nil, err
	}
	return h, nil
}

func (f *file) refresh(h *os.File) error {
	info, err := h.Stat()
	if err != nil {
		return &Error{Path: f.path, Err: err}
	}
	size := info.Size()
	if f.header != nil && size >= f.offset {
		first := make([]byte, len(f.header))
		if _, err := h.ReadAt(first, 0); err == nil && bytes.Equal(first, f.header) {
			return f.read(h, size)
		}
	}
	f.forget()
	if size == 0 {
		return nil // made by touch, to have the mode right: nothing to lose
	}
	first := make([]byte, min(size, maxHeader))
	if _, err := h.ReadAt(first, 0); err != nil {
		return &Error{Path: f.path, Err: err}
	}
	end := bytes.IndexByte(first, '\n')
	if end < 0 {
		return &Error{Path: f.path, Kind: ErrForeign, Detail: "the file has other content; choose another path"}
	}
	head, err := decodeHeader(first[:end])
	if err != nil {
		kind := ErrForeign
		if head.Format == formatName {
			kind = ErrVersion
		}
		return &Error{Path: f.path, Kind: kind, Err: err}
	}
	if err := f.checkKeys(head); err != nil {
		return err
	}
	f.header, f.listed, f.offset, f.lines = first[:end+1], head.Recipients, int64(end+1), 1
	f.table.moment = max(f.table.moment, head.Moment)
	return f.read(h, size)
}

func (f *file) checkKeys(head header) error {
	if len(head.Recipients) == 0 || f.keys.canRead(head.Recipients) {
		return nil
	}
	detail := fmt.Sprintf("the journal is encrypted to %s, and no age identity is configured", join(head.Recipients))
	if len(f.keys.own) > 0 {
		detail = fmt.Sprintf("the journal is encrypted to %s, and the configured age identities belong to %s", join(head.Recipients), join(f.keys.own))
	}
	return &Error{Path: f.path, Kind: ErrIdentity, Detail: detail + "; the file was left as it is"}
}

// read applies the lines from f.offset on. What a killed process or a power failure left of a last write is no line; it
// is left in place until the next write cuts it off. Whole JSON that is no line of a journal never passes for that: it may be a
// newer version's line.
func (f *file) read(h *os.File, size int64) error {
	if size-f.offset > maxFile {
		return &Error{Path: f.path, Kind: ErrFormat, Detail: "the file is larger than any journal"}
	}
	data := make([]byte, size-f.offset)
	if _, err := h.ReadAt(data, f.offset); err != nil && !errors.Is(err, io.EOF) {
		return &Error{Path: f.path, Err: err}
	}
	encrypted := len(f.listed) > 0
	for len(data) > 0 {
		end, whole := bytes.IndexByte(data, '\n'), true
		if end < 0 {
			end, whole = len(data), false
		}
		if line := bytes.TrimSpace(data[:end]); len(line) > 0 {
			r, err := f.keys.decode(line, encrypted)
			if err != nil {
				if errors.Is(err, errDamaged) && !isJSON(line) && (!whole || f.torn(data)) {
					return nil
				}
				return f.unreadable(err)
			}
			f.table.apply(r)
		}
		// A line without a newline that is complete otherwise was cut within its last byte, or comes from an editor.
		f.bare = !whole
		if whole {
			f.lines++
			end++
		}
		f.offset += int64(end)
		data = data[end:]
	}
	return nil
}

func isJSON(line []byte) bool {
	_, err := jsonvalue.Decode(line)
	return err == nil
}

// torn reports whether the rest of the file is what a power failure leaves where the size had reached the disk and the
// content had not: NUL bytes, and no line that can be read. It was never acknowledged then.
func (f *file) torn(rest []byte) bool {
	if bytes.IndexByte(rest, 0) < 0 {
		return false
	}
	for line := range bytes.Lines(rest) {
		if _, err := f.keys.decode(bytes.TrimSpace(line), len(f.listed) > 0); err == nil {
			return false
		}
	}
	return true
}

func (f *file) unreadable(err error) error {
	if errors.Is(err, errUndecoded) {
		return &Error{Path: f.path, Kind: ErrIdentity, Detail: fmt.Sprintf("line %d cannot be decrypted with the configured age identities; the file was left as it is", f.lines+1)}
	}
	return &Error{Path: f.path, Kind: ErrFormat, Detail: fmt.Sprintf(
		"line %d is damaged or comes from a newer version of this provider; the file was left as it is. Repair or remove that line, or move the file away "+
			"(what only it holds is lost then)", f.lines+1)}
}

// stale reports whether the file has to be rewritten before this process may append: it does not exist, or its lines are
// encrypted to others than the configuration says.
func (f *file) stale() bool {
	return f.header == nil || !sameRecipients(f.listed, f.keys.names)
}

// wasteful reports whether compaction pays: the file then is at most about twice what it need be, and the cost of rewriting
// it is spread over as many appends.
func (f *file) wasteful() bool { return f.lines > max(2*f.table.len()+64, f.patience) }

// compacted reports whether the file has one line per client already.
func (f *file) compacted() bool { return f.lines == f.table.len()+1 && !f.bare }

// append writes lines, which are in the table already, behind the last whole line. h is open for writing.
func (f *file) append(h *os.File, records []journalLine) error {
	var data []byte
	if f.bare {
		data = []byte("\n")
	}
	for i := range records {
		line, err := f.keys.encode(&records[i])
		if err != nil {
			return &Error{Path: f.path, Err: err}
		}
		data = append(data, line...)
	}
	err := func() error {
		if err := h.Truncate(f.offset); err != nil { // what a dead process left of a line
			return err
		}
		// Positioned, not O_APPEND: the lock makes sure of the end, and NFS does not make O_APPEND atomic anyway.
		if err := write(h, data, f.offset, "append"); err != nil {
			return err
		}
		return h.Sync()
	}()
	if err != nil {
		// Of a line that could not be written whole (disk full) nothing shall be left to be taken for acknowledged.
		_ = h.Truncate(f.offset)
		return &Error{Path: f.path, Err: err}
	}
	at("append:synced")
	f.offset += int64(len(data))
	f.lines += len(records)
	if f.bare {
		f.lines++
		f.bare = false
	}
	return nil
}

// rewrite replaces the file by one with a line per client. Until the rename the old file is untouched.
func (f *file) rewrite() error {
	f.table.expire(f.now())
	head := encodeHeader(header{Format: formatName, Version: formatVersion, Generation: randomID() + randomID(), Recipients: f.keys.names, Moment: f.table.moment})
	records := f.table.all()
	data := bytes.Clone(head)
	for _, r := range records {
		line, err := f.keys.encode(r)
		if err != nil {
			return &Error{Path: f.path, Err: err}
		}
		data = append(data, line...)
	}
	if err := f.replace(data, head); err != nil {
		return &Error{Path: f.path, Err: err}
	}
	f.header, f.listed, f.offset, f.lines, f.bare = head, f.keys.names, int64(len(data)), 1+len(records), false
	return nil
}

func (f *file) replace(data, head []byte) error {
	temporary := f.path + temporarySuffix
	// Left by a process that died here; or planted, so it is removed and never followed.
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	at("replace:start")
	h, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	at("replace:created")
	err = write(h, data, 0, "replace")
	if err == nil {
		err = h.Sync()
	}
	if closeErr := h.Close(); err == nil {
		err = closeErr
	}
	at("replace:synced")
	if err == nil {
		err = rename(temporary, f.path)
		if err != nil && f.startsWith(head) {
			err = nil // NFS may do it, lose the answer, and fail when asked again
		}
	}
	if err != nil {
		_ = os.Remove(temporary)
		return err
	}
	at("replace:renamed")
	return syncDirectory(f.path)
}

func (f *file) startsWith(head []byte) bool {
	h, err := openChecked(f.path)
	if err != nil {
		return false
	}
	defer func() { _ = h.Close() }()
	first := make([]byte, len(head))
	_, err = io.ReadFull(h, first)
	return err == nil && bytes.Equal(first, head)
}

// write writes all data at the offset, in halves if a test looks on.
func write(h *os.File, data []byte, offset int64, point string) error {
	if failpoint != nil {
		half := len(data) / 2
		at(point + ":start")
		if _, err := h.WriteAt(data[:half], offset); err != nil {
			return err
		}
		at(point + ":half")
		data, offset = data[half:], offset+int64(half)
	}
	if _, err := h.WriteAt(data, offset); err != nil {
		return err
	}
	at(point + ":written")
	return nil
}
