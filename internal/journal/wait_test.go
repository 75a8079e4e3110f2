// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// holdChild takes the journal's lock and keeps it until the test writes to its standard input.
func holdChild(path string) {
	j, err := Open(Options{Path: path})
	childMust(err)
	failpoint = func(point string) {
		if point == "locked" {
			failpoint = nil
			say("locked")
			waitForInput()
		}
	}
	childMust(j.record(context.Background(), scenarioEntry("held", "t")))
	say("released")
	waitForInput()
}

func TestWaitingForAnotherProcess(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	// The time is real, since the lock is a real one that another process holds.
	j.store.timeout = 30 * time.Millisecond
	holder := start(t, "hold", path)
	if got := holder.line(); got != "locked" {
		t.Fatal(got)
	}
	who := fmt.Sprint("process ", holder.cmd.Process.Pid, " on ")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancelLate()
	for _, c := range []struct {
		name string
		ctx  context.Context
		want []error
	}{
		{"bounded wait", t.Context(), []error{ErrBusy}},
		{"context ends", late, []error{context.DeadlineExceeded}},
		{"context ended", cancelled, []error{context.Canceled}},
	} {
		for name, do := range map[string]func() error{
			"Lookup": func() error { _, _, err := j.Lookup(c.ctx, Name{ClientID: "c1", URI: uri}); return err },
			"Begin":  func() error { _, err := j.Begin(c.ctx, Intent{Endpoint: endpoint}); return err },
			"Record": func() error { return j.record(c.ctx, token("canary")) },
		} {
			want := c.want
			if name == "Record" { // waits on, within the same bound
				want = []error{ErrBusy}
			}
			err := do()
			for _, w := range want {
				if !errors.Is(err, w) {
					t.Errorf("%s, %s: %v", c.name, name, err)
				}
			}
			if errors.Is(err, ErrBusy) && !strings.Contains(err.Error(), who) || err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
		}
	}
	if _, err := Open(Options{Path: path, LockTimeout: time.Millisecond}); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), who) {
		t.Errorf("Open: %v", err)
	}

	// A wait ends as soon as the other lets go, and what was given up above was not recorded.
	j.store.timeout = time.Minute
	found := make(chan string)
	go func() { found <- lookup(t, j, "c1", uri) + " " + lookup(t, j, "held", uri+"held") }()
	_, err := holder.in.Write([]byte("x"))
	must(t, err)
	if got := <-found; got != "none t" {
		t.Errorf("found %s", got)
	}
}

func TestAnotherProgramHoldsTheLock(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	j.store.timeout = time.Millisecond
	foreign := flock.New(path + ".lock")
	if ok, err := foreign.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri}); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "journal.lock") {
		t.Error(err)
	}
	must(t, foreign.Unlock())
	j.store.timeout = time.Minute
	must(t, j.record(t.Context(), token("t1")))
}

// All that wait for the lock share one write and one synchronisation.
func TestGroupCommit(t *testing.T) {
	path := tempPath(t)
	var synced atomic.Int32
	failpoint = func(point string) {
		if point == "append:synced" {
			synced.Add(1)
		}
	}
	defer func() { failpoint = nil }()
	j := open(t, Options{Path: path})
	foreign := flock.New(path + ".lock")
	if ok, err := foreign.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			if err := j.record(t.Context(), scenarioEntry(fmt.Sprint("c", i), "t")); err != nil {
				t.Error(err)
			}
		})
	}
	for queued := 0; queued < 10; {
		j.store.mu.Lock()
		queued = len(j.store.queue)
		j.store.mu.Unlock()
	}
	must(t, foreign.Unlock())
	all.Wait()
	if got := synced.Load(); got != 1 {
		t.Errorf("synchronised %d times", got)
	}
	for i := range 10 {
		if got := lookup(t, j, fmt.Sprint("c", i), fmt.Sprint(uri, "c", i)); got != "t" {
			t.Errorf("client %d: %s", i, got)
		}
	}
	shut(t, j)
}

// BenchmarkRecord writes a rotated token into a journal of 300 clients: what each read costs on a server that rotates.
func BenchmarkRecord(b *testing.B) {
	for _, encrypted := range []bool{false, true} {
		for _, workers := range []int{1, 10} { // 10 is Terraform's own parallelism
			b.Run(fmt.Sprintf("encrypted=%v/workers=%d", encrypted, workers), func(b *testing.B) {
				opts := Options{Path: tempPath(b)}
				if encrypted {
					opts.Identities, _ = newKey(b)
				}
				j := open(b, opts)
				entry := func(i int, token string) Entry {
					e := scenarioEntry(fmt.Sprint("client-", i%300), token+strings.Repeat("x", 60))
					e.Endpoint = endpoint
					return e
				}
				var fill sync.WaitGroup
				for i := range 300 {
					fill.Go(func() { must(b, j.record(b.Context(), entry(i, "t"))) })
				}
				fill.Wait()
				var n atomic.Int64
				var all sync.WaitGroup
				b.ResetTimer()
				for range workers {
					all.Go(func() {
						for {
							i := int(n.Add(1))
							if i > b.N {
								return
							}
							must(b, j.record(b.Context(), entry(i, fmt.Sprint(i))))
						}
					})
				}
				all.Wait()
				b.StopTimer()
				if info, err := os.Stat(opts.Path); err == nil {
					b.ReportMetric(float64(info.Size()), "file-bytes")
				}
			})
		}
	}
}
