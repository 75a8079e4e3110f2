// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
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

// interruptible lets the signals reach the processes that the tests start although their own parent ignores them, as nohup does: a signal that
// is ignored stays so in a child, one that is handled does not. It holds for good, because signal.Stop would ignore them again.
var interruptible = sync.OnceFunc(func() {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
})

// Ctrl-C during a check deregisters what was registered, whether the request under way had its answer or not.
func TestCheckInterrupted(t *testing.T) {
	interruptible()
	for _, by := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for _, op := range []fakeop.Operation{fakeop.OpRegister, fakeop.OpUpdate, fakeop.OpDelete} {
			t.Run(by.String()+" at "+string(op), func(t *testing.T) {
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
						_ = syscall.Kill(<-process, by)
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

// A reader that ends in the middle of a check ends nothing else: the check is finished and leaves nothing. Nobody has the report, which is
// no success.
func TestCheckOutlivesItsReader(t *testing.T) {
	server := &fakeop.Server{}
	server.Start(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := newTerminal(t).Executable("check", "--issuer", server.Issuer())
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close() // the process has it
	for line := bufio.NewScanner(reader); line.Scan() && !strings.HasPrefix(line.Text(), "registering client"); {
	}
	_ = reader.Close()
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("it ended by %s, want exit code 1", cmd.ProcessState)
	}
	_, registered := server.Last(fakeop.OpRegister)
	if left := len(server.Clients()); !registered || left > 0 {
		t.Errorf("registered: %t; %d clients are left", registered, left)
	}
}

// A terminal that is closed says so more than once, by the system and by the shell: what was registered is deregistered all the same.
func TestCheckHungUpTwice(t *testing.T) {
	interruptible()
	process := make(chan int, 1)
	server := &fakeop.Server{}
	var once sync.Once
	stderr := &signalled{said: make(chan struct{})}
	server.After = func(r *http.Request) {
		if fakeop.OperationOf(r) != fakeop.OpRegister {
			return
		}
		once.Do(func() {
			pid := <-process
			_ = syscall.Kill(pid, syscall.SIGHUP)
			select {
			case <-stderr.said:
			case <-time.After(20 * time.Second): // the test fails by what was said
			}
			_ = syscall.Kill(pid, syscall.SIGHUP)
		})
	}
	server.Start(t)
	cmd := newTerminal(t).Executable("check", "--issuer", server.Issuer())
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	process <- cmd.Process.Pid
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 1 || len(server.Clients()) > 0 {
		t.Errorf("exit code %d, %d clients left", code, len(server.Clients()))
	}
	containsAll(t, stderr.text.String(), interruptedText)
}

// Whoever starts a check by nohup wants it to outlive the terminal.
func TestCheckByNohup(t *testing.T) {
	process := make(chan int, 1)
	server := &fakeop.Server{}
	var once sync.Once
	server.After = func(r *http.Request) {
		if fakeop.OperationOf(r) == fakeop.OpRegister {
			once.Do(func() { _ = syscall.Kill(<-process, syscall.SIGHUP) })
		}
	}
	server.Start(t)
	check := newTerminal(t).Executable("check", "--issuer", server.Issuer())
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `trap '' HUP; exec "$0" "$@"`}, check.Args...)...) // #nosec G204 -- what was built
	cmd.Env, cmd.Dir = check.Env, check.Dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	process <- cmd.Process.Pid
	if err := cmd.Wait(); err != nil || len(server.Clients()) > 0 {
		t.Errorf("%v, %d clients left", err, len(server.Clients()))
	}
}
