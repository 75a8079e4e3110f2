// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// op is one operation on the journal. do runs with the lock held and the table up to date, and says what to write.
type op struct {
	do        func(*table) ([]journalLine, error)
	reconcile bool          // bring a stale file into the configured form
	compact   bool          // compact the file if it has more than a line per client
	grace     time.Duration // how long to wait for the lock on when the context is done

	done chan struct{}
	err  error
}

// store serialises the operations of a Journal: those that wait while another is being written are written together, so
// that ten workers share one synchronisation of the disk (group commit).
type store struct {
	path    string
	now     func() time.Time
	timeout time.Duration
	local   *local
	lock    *flock.Flock

	mu      sync.Mutex
	idle    sync.Cond // working became false
	queue   []*op
	working bool // a goroutine is in work
	closed  bool

	file file // of the goroutine in work
}

// local is what the journals of one path share within this process. Where the system maps flock to POSIX record locks
// (NFS), such a lock does not keep one part of a process from another, and closing any descriptor of the file drops it.
type local struct {
	sync.Mutex          // held with the journal's lock
	runs       sync.Map // id to *flock.Flock, whose descriptors it also keeps from being collected
}

var (
	localsMu sync.Mutex
	locals   = map[string]*local{}
)

func newStore(path string, keys *keys, now func() time.Time, timeout time.Duration) *store {
	localsMu.Lock()
	defer localsMu.Unlock()
	l := locals[path]
	if l == nil {
		l = &local{}
		locals[path] = l
	}
	s := &store{
		path: path, now: now, timeout: timeout, local: l,
		// Opened for writing: NFS grants an exclusive lock on no other descriptor.
		lock: flock.New(path+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600)),
		file: file{path: path, keys: keys, now: now},
	}
	s.file.forget()
	s.idle.L = &s.mu
	return s
}

// submit queues an operation and waits for it. It gives up while the operation waits for the lock, at the end of the
// context or of the store's timeout. Once the operation is under way it is waited for, so that the answer is definite.
func (s *store) submit(ctx context.Context, o *op) error {
	if err := ctx.Err(); err != nil && o.grace == 0 {
		return err
	}
	o.done = make(chan struct{})
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return &Error{Path: s.path, Kind: ErrClosed}
	}
	s.queue = append(s.queue, o)
	if !s.working {
		s.working = true
		go s.work()
	}
	s.mu.Unlock()

	timeout := time.NewTimer(s.timeout)
	defer timeout.Stop()
	cancelled := ctx.Done()
	for {
		select {
		case <-o.done:
			return o.err
		case <-cancelled:
			if o.grace > 0 {
				cancelled = nil
				timeout.Reset(min(o.grace, s.timeout))
				continue
			}
			if s.withdraw(o) {
				return s.busy(ctx.Err())
			}
		case <-timeout.C:
			if s.withdraw(o) {
				return s.busy(ctx.Err())
			}
		}
		<-o.done
		return o.err
	}
}

// withdraw takes the operation out of the queue; false if it is under way.
func (s *store) withdraw(o *op) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.queue, o)
	if i < 0 {
		return false
	}
	s.queue = slices.Delete(s.queue, i, i+1)
	return true
}

// work runs batches until nobody waits.
func (s *store) work() {
	for {
		locked, err := s.acquire()
		s.mu.Lock()
		batch := s.queue
		s.queue = nil
		s.mu.Unlock()
		if locked {
			if err = s.commit(batch); err == nil {
				at("committed")
			}
			s.release()
		}
		for _, o := range batch {
			if o.err == nil {
				o.err = err
			}
			close(o.done)
		}
		s.mu.Lock()
		if len(s.queue) == 0 {
			s.working = false
			s.idle.Broadcast()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		// Leaves the lock to other processes, which poll for it; a process with much to write would starve them
		// otherwise. What is queued meanwhile shares the next synchronisation.
		time.Sleep(2 * time.Millisecond)
	}
}

// acquire takes the lock, as soon as it is free and as long as somebody waits. Polling was preferred to a lock call that
// blocks, which can't be interrupted and would leave a goroutine behind.
func (s *store) acquire() (bool, error) {
	for try := 0; ; try++ {
		if s.local.TryLock() {
			ok, err := s.tryLock()
			if ok {
				at("locked")
				return true, nil
			}
			s.local.Unlock()
			if err != nil {
				return false, err
			}
		}
		s.mu.Lock()
		waiting := len(s.queue) > 0
		s.mu.Unlock()
		if !waiting {
			return false, nil
		}
		pause := time.Millisecond
		if try > 3000 {
			// The holder is stuck or stopped. Not earlier: who waits for long must not be less likely to find the lock free
			// than who comes last.
			pause = 10 * time.Millisecond
		}
		time.Sleep(pause/2 + rand.N(pause)) // #nosec G404 -- jitter, not a secret
	}
}

func (s *store) tryLock() (bool, error) {
	if err := checkPlain(s.lock.Path()); err != nil {
		return false, err
	}
	ok, err := s.lock.TryLock()
	if err != nil {
		return false, &Error{Path: s.path, Err: err, Detail: "its lock file cannot be locked (a file system without locks? then choose a path on a local disk)"}
	}
	return ok, nil
}

func (s *store) release() {
	_ = s.lock.Unlock() // if it ever fails, this process keeps the lock, and others are told so
	s.local.Unlock()
}

// commit runs the operations of a batch and writes what they say at once. An error is every operation's: also one that
// only reads may have seen what could not be written.
func (s *store) commit(batch []*op) error {
	f := &s.file
	h, err := f.open()
	if err != nil {
		return err
	}
	defer func() {
		if h != nil {
			_ = h.Close()
		}
	}()
	var records []journalLine
	var rewrite, compact bool
	for _, o := range batch {
		added, err := o.do(f.table)
		if err != nil {
			o.err = err
			continue
		}
		for _, r := range added {
			f.table.apply(r)
		}
		records = append(records, added...)
		rewrite = rewrite || o.reconcile && f.stale()
		compact = compact || o.compact
	}
	rewrite = rewrite || len(records) > 0 && f.stale()
	if compact {
		f.table.expire(s.now())
	}
	compact = compact && f.header != nil && !f.compacted() || len(records) > 0 && f.wasteful()
	if len(records) > 0 && !rewrite {
		if err := f.append(h, records); err != nil {
			f.forget()
			return err
		}
	}
	if !rewrite && !compact {
		return nil
	}
	if h != nil {
		_ = h.Close() // before the rename, for Windows
		h = nil
	}
	if err := f.rewrite(); err != nil {
		if rewrite {
			f.forget()
			return err
		}
		f.patience = f.lines + 256 // what had to be written was appended: compaction can wait
	}
	return nil
}

// close refuses further operations and waits for the end of those under way.
func (s *store) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for s.working {
		s.idle.Wait()
	}
}

// busy says why the lock was not had. cause is the context's error, or nil.
func (s *store) busy(cause error) error {
	return &Error{Path: s.path, Kind: ErrBusy, Detail: s.whoIsThere(), Err: cause}
}

// whoIsThere names the runs that may hold the journal's lock. They are not tried for life: that needs the lock. Nor does
// the holder of the lock write its name on each occasion, which would cost every operation what only this message needs.
func (s *store) whoIsThere() string {
	var names []string
	for _, id := range runsBeside(s.path) {
		// Never a file of this process's own: where flock is mapped to POSIX locks, closing it would drop the lock.
		if _, here := s.local.runs.Load(id); here {
			continue
		}
		if about, ok := readAbout(runPath(s.path, id)); ok {
			names = append(names, fmt.Sprintf("process %d on %s, started %s", about.PID, about.Host, about.Started.Format(time.RFC3339)))
		}
	}
	slices.Sort(names)
	if more := len(names) - 5; more > 0 {
		names = append(names[:5], fmt.Sprintf("%d more", more))
	}
	if len(names) == 0 {
		return "no other run of this provider is known there, so another program holds " + filepath.Base(s.path) + ".lock, or this process's own disk is slow"
	}
	return "the lock is held by one of these runs: " + strings.Join(names, "; ") + ". Wait for it to end, or end it"
}
