// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package journal keeps rotating credentials on local disk where Terraform does not save them in time.
//
// A registration access token is the only handle on a client (RFC 7592 §3), and a server may replace it with every
// answer. "terraform plan" saves nothing of what a refresh read, and a provider that is killed between a server's 201
// and Terraform's saving of the state loses a whole client. The journal is written, under a lock and synchronised to the
// disk, before an answer is returned to Terraform.
//
// # What a run is
//
// A run is one Open until its Close, in one process. While it lives it holds a lock on a small file of its own beside
// the journal, which the system releases however the process ends. Terraform closes a provider before it stores the state, so that a
// run that has ended may have died with an answer unsaved: its registrations are adopted, each by exactly one later run, until a
// state was seen to hold them, but not by a run of the same Terraform, which is there to store it. Of a run that ended in order the user is asked.
//
// # The file
//
// JSON lines: a header, then one line per event; the newest line of a client is what counts, and compaction leaves one
// line per client. Appending was chosen over replacing the file for each event, because a refresh of hundreds of rotating
// clients would otherwise write the square of its size; replacing is used for compaction only.
//
// With age recipients each line is an age file of its own (base64, in a JSON object). One age file for the whole journal
// was rejected: it cannot be appended to, so that each rotated token would cost a rewrite of all. One data key wrapped in
// the header was rejected too: it needs a construction of our own around the cipher, where a line of this form opens with
// the age tool. age does not authenticate who wrote a line; file mode 0600 is what keeps others from writing.
package journal

import (
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Options configure Open. Only Path is required.
type Options struct {
	// Path of the journal file. Missing directories are created with mode 0700, the file with 0600. Files of the same
	// name with the suffixes ".lock", ".new" and ".run-…" belong to the journal too.
	Path string
	// Recipients are age recipients, "age1…" (X25519) or "age1pq1…" (hybrid), that new lines are encrypted to. If empty,
	// the identities' own recipients are used; with neither, the journal is plain text.
	Recipients []string
	// Identities is the content of an age identity file. Required with Recipients, because what was written has to be
	// read again; at least one identity has to belong to one of the recipients.
	Identities secret.String
	// Now is the clock of lines and of expiry; nil means time.Now.
	Now func() time.Time
	// Run names this run: 1 to 80 letters, digits, ".", "_" or "-", never used before. Empty means a generated one.
	Run string
	// Launcher is the process that started this one. What another run of it registered is not adopted: it lives, and will store its state.
	Launcher Launcher
	// LockTimeout bounds the wait for other processes; zero means 30 seconds.
	LockTimeout time.Duration
}

// Journal is one run's handle on a journal file. Its methods may be used by several goroutines at once.
//
// Begin, Lookup, ClaimAdoptable, TakeLeftBehind, Confirm and WasDeleted stop waiting as soon as their context is done. Registered,
// Record, Deleted and Abandon tell what has happened already and can't be asked for again: when their context is done,
// they still wait up to two seconds for the lock. Once a method has returned without an error, what it recorded is on the
// disk.
type Journal struct {
	store    *store
	run      *run
	now      func() time.Time
	launcher Launcher

	requests atomic.Int64 // how many were asked by this run
	asked    sync.Map     // names of those that are under way

	confirmed sync.Map // of key: confirmed by this run already, so that a second Confirm costs nothing

	given   sync.Map // marks of the objects that this run gave a client to which a state has already
	leaving sync.Map // of key to leaver: what is nobody's when this run ends in order

	finished  atomic.Bool
	closeOnce sync.Once
	closeErr  error
}

// closeWait bounds Close's wait for the lock. Terraform kills a provider two seconds after it asked it to stop.
const closeWait = 1500 * time.Millisecond

// Open opens the journal, creating it where it is missing, and starts a run.
//
// Its errors match ErrPermissions, ErrFormat, ErrIdentity or ErrBusy with errors.Is, where they fit.
// No error of this package shows a credential, and none leaves a damaged or foreign file changed.
func Open(opts Options) (*Journal, error) {
	keys, err := parseKeys(opts.Recipients, opts.Identities)
	if err != nil {
		return nil, &Error{Path: opts.Path, Kind: ErrIdentity, Err: err}
	}
	now := opts.Now
	if now == nil {
		now = time.Now
	}
	if opts.LockTimeout <= 0 {
		opts.LockTimeout = 30 * time.Second
	}
	path, err := preparePath(opts.Path)
	if err != nil {
		return nil, err
	}
	store := newStore(path, keys, now, opts.LockTimeout)
	run, err := newRun(store, opts.Run, now)
	if err != nil {
		return nil, err
	}
	j := &Journal{store: store, run: run, now: now, launcher: opts.Launcher}
	// The run's lock file is made and locked under the journal's lock, and dead ones are removed under it, so that nobody
	// can take a run that is just starting for a dead one.
	err = store.submit(context.Background(), &op{reconcile: true, do: func(*table) ([]journalLine, error) {
		run.sweep()
		_ = os.Remove(path + temporarySuffix) // of a compaction that was killed: it holds credentials
		return nil, run.start()
	}})
	if err != nil {
		run.stop()
		store.close()
		return nil, err
	}
	return j, nil
}

// Finish tells that the Close that follows is one in order: nobody interrupted this run, and all that was asked of it is done. That makes it likely that
// Terraform goes on to store its state, and no more. A run that was interrupted counts as one that was killed: after a second interrupt no state is stored.
func (j *Journal) Finish() { j.finished.Store(true) }

// Close ends this run. It confirms nothing: Terraform closes providers before it stores the state, and on a second interrupt while a
// request is under way, so that what this run registered stays adoptable until a state was seen to hold it; after Finish only by the user's word. What
// ForgetAtEnd named is nobody's after Finish. If no other run is
// there, it compacts the file to one line per client. It takes less than two seconds. Further calls return the first one's result.
func (j *Journal) Close() error {
	j.closeOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeWait)
		defer cancel()
		last := &op{}
		last.do = func(t *table) ([]journalLine, error) {
			// The last one out tidies up. Were it each one, those that stay would have to read the whole file again, and
			// with very many clients it takes longer than there is time.
			last.compact = t.len() <= 2000 && j.run.alone()
			if !j.finished.Load() {
				return nil, nil
			}
			lines := j.partLeaving(t)
			if slices.ContainsFunc(slices.Collect(maps.Values(t.clients)), func(c *journalLine) bool { return !c.confirmed && c.run == j.run.id }) {
				lines = append(lines, journalLine{event: eventEnded, Entry: Entry{Time: j.now()}, run: j.run.id})
			}
			j.given.Range(func(made, _ any) bool {
				lines = append(lines, journalLine{event: eventEnded, Entry: Entry{Time: j.now()}, run: j.run.id, made: made.(int64)})
				return true
			})
			return lines, nil
		}
		j.closeErr = j.store.submit(ctx, last)
		j.run.stop()
		j.store.close()
	})
	return j.closeErr
}

// partLeaving are the lines of what leaves with this run.
func (j *Journal) partLeaving(t *table) (lines []journalLine) {
	j.leaving.Range(func(k, v any) bool {
		lines = append(lines, v.(leaver).leaves(t.clients[k.(key)], j.now())...)
		return true
	})
	return lines
}

// ask runs an operation that may be given up as soon as ctx is done.
func (j *Journal) ask(ctx context.Context, do func(*table) ([]journalLine, error)) error {
	return j.store.submit(ctx, &op{do: do})
}

// grace is how long an operation that tells what has happened waits for the lock after its context is done. A user who
// interrupts Terraform cancels the context, and just then a rotated token must not be lost.
const grace = 2 * time.Second

// tell runs an operation that records what has happened already.
func (j *Journal) tell(ctx context.Context, do func(*table) ([]journalLine, error)) error {
	return j.store.submit(ctx, &op{do: do, grace: grace})
}
