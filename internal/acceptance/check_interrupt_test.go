// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// signalled is a stream of a process that is asked what it holds while the process writes.
type signalled struct {
	mu   sync.Mutex
	text bytes.Buffer
	said chan struct{} // closed when until was said
	once sync.Once
}

const interruptedText = "interrupted: deregistering"

func (s *signalled) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	if strings.Contains(s.text.String(), interruptedText) {
		s.once.Do(func() { close(s.said) })
	}
	return n, err
}

// Ctrl-C during a check deregisters what was registered, whether the request under way had its answer or not.
func TestCheckInterrupted(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, op := range []fakeop.Operation{fakeop.OpRegister, fakeop.OpUpdate, fakeop.OpDelete} {
			t.Run(signal.String()+" at "+string(op), func(t *testing.T) {
				x := newTerminal(t)
				stderr := &signalled{said: make(chan struct{})}
				var stdout bytes.Buffer
				server := &fakeop.Server{}
				process := make(chan int, 1)
				var once sync.Once
				server.After = func(r *http.Request) {
					if fakeop.OperationOf(r) != op {
						return
					}
					once.Do(func() {
						_ = syscall.Kill(<-process, signal)
						select {
						case <-stderr.said:
						case <-time.After(20 * time.Second): // the test fails by what was said
						}
					})
				}
				server.Start(t)
				cmd := x.Executable("check", "--issuer", server.Issuer())
				cmd.Stdout, cmd.Stderr = &stdout, stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				process <- cmd.Process.Pid
				_ = cmd.Wait() // the exit code says it
				if code := cmd.ProcessState.ExitCode(); code != 1 {
					t.Errorf("exit code %d", code)
				}
				if n := len(server.Clients()); n > 0 {
					t.Errorf("%d clients left\n%s", n, &stdout)
				}
				containsAll(t, stderr.text.String(), interruptedText)
				containsAll(t, stdout.String(), "The check was interrupted.")
			})
		}
	}
}
