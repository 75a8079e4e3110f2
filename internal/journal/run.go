// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// run is the life of one Open, shown to other processes by a lock on a file of its own.
type run struct {
	id    string
	path  string // of the lock file
	store *store
	about about

	mu   sync.Mutex
	lock *flock.Flock // nil if not started or stopped
}

func newRun(s *store, id string, now func() time.Time) (*run, error) {
	if id == "" {
		id = fmt.Sprintf("%s-%d-%s", now().UTC().Format("20060102T150405Z"), os.Getpid(), randomID())
	}
	if !runID.MatchString(id) {
		return nil, &Error{Path: s.path, Detail: "a run's id has 1 to 80 letters, digits, dots, underscores and hyphens"}
	}
	host, _ := os.Hostname()
	return &run{
		id: id, path: runPath(s.path, id), store: s,
		about: about{Run: id, PID: os.Getpid(), Host: host, Started: now().UTC()},
	}, nil
}

// start makes and locks the run's file. Called with the journal's lock held.
func (r *run) start() error {
	text, err := jsonvalue.Encode(r.about)
	if err != nil {
		return &Error{Path: r.path, Err: err}
	}
	h, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &Error{Path: r.store.path, Kind: ErrBusy, Detail: fmt.Sprintf("there is a run %q already", r.id)}
	}
	if err != nil {
		return &Error{Path: r.path, Err: err}
	}
	_, err = h.WriteString("\n" + string(text) + "\n")
	if closeErr := h.Close(); err == nil {
		err = closeErr
	}
	lock := flock.New(r.path, flock.SetFlag(os.O_RDWR))
	if err == nil {
		var ok bool
		if ok, err = lock.TryLock(); !ok && err == nil {
			err = errors.New("another program locked it")
		}
	}
	if err != nil {
		_ = os.Remove(r.path)
		return &Error{Path: r.path, Err: err}
	}
	at("run:started")
	r.mu.Lock()
	r.lock = lock
	r.mu.Unlock()
	r.store.local.runs.Store(r.id, lock)
	return nil
}

// stop ends the run in the eyes of others. It needs no lock: whoever finds the file unlocked takes the run for ended,
// which it is.
func (r *run) stop() {
	if r.vanish() {
		_ = os.Remove(r.path) // or another process was faster
	}
}

// vanish releases the lock as a process that dies does.
func (r *run) vanish() bool {
	r.mu.Lock()
	lock := r.lock
	r.lock = nil
	r.mu.Unlock()
	if lock == nil {
		return false
	}
	r.store.local.runs.Delete(r.id)
	_ = lock.Unlock()
	return true
}

// alive reports whether the run with the id still lives. Called with the journal's lock held. In doubt it does: nothing of
// it is adopted then. It removes the file of a dead run.
func (r *run) alive(id string) bool {
	if _, here := r.store.local.runs.Load(id); here {
		return true
	}
	path := runPath(r.store.path, id)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil || !info.Mode().IsRegular() {
		return true
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	ok, err := lock.TryLock()
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // its Close was faster
	}
	if !ok {
		return true
	}
	_ = lock.Unlock()
	_ = os.Remove(path)
	return false
}

// alone reports whether no other run lives. Called with the journal's lock held.
func (r *run) alone() bool {
	return !slices.ContainsFunc(runsBeside(r.store.path), func(id string) bool { return id != r.id && r.alive(id) })
}

// sweep removes the files of dead runs. Called with the journal's lock held.
func (r *run) sweep() {
	for _, id := range runsBeside(r.store.path) {
		r.alive(id)
	}
}
