// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// pollEvery is how often a condition is asked for again. Nothing waits a fixed time.
const pollEvery = 50 * time.Millisecond

// startLimit bounds the time from a program's start until it answers. A program that hangs is reported with what it wrote, and not by the
// end of the whole run. The slowest server takes half a minute beside another one; installations have their own, longer limit.
const startLimit = 90 * time.Second

// errNoAnswer says that a program was started and never answered: it hangs, it ended, or another program has its port.
var errNoAnswer = errors.New("the server was started and did not answer")

// guard starts a program and ends it when standard input ends. The test holds the other end, so that a server
// ends with its test even when the test is killed and no clean-up of ours runs.
// It outlives a signal to its group until it has reaped both of its children: orphans would be init's to reap.
// The watcher is killed outright: a shell that has just been forked still has its parent's trap.
// Rejected: the parent death signal of Linux, which fires when the *thread* that started the process ends.
const guard = `trap : TERM INT
exec 3<&0
"$@" </dev/null 3<&- & child=$!
{ read -r _ <&3; kill -TERM "$child"; } 2>/dev/null & watcher=$!
exec 3<&-
wait "$child"; status=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; status=$?; done
kill -KILL "$watcher" 2>/dev/null; wait "$watcher"
exit "$status"`

// A process is a started server: a process group of its own and a log file.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	log   string
	limit time.Duration // of await
	ended chan struct{} // closed when the program has ended
	once  sync.Once
}

func logFile(dir string) string { return filepath.Join(dir, "server.log") }

// startProcess starts a program in dir with env as its whole environment, writing to dir/server.log.
func startProcess(dir string, env []string, program string, args ...string) (*process, error) {
	p := &process{log: logFile(dir), limit: startLimit, ended: make(chan struct{})}
	// Appended to: a server that is started again in the same folder goes on with its log.
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making the server's log: %w", err)
	}
	defer func() { _ = out.Close() }()
	// The process outlives the context of its start; Stop and the guard end it.
	p.cmd = exec.Command("sh", append([]string{"-c", guard, "guard", program}, args...)...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, out, out
	ownGroup(p.cmd)
	p.stdin, err = p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("holding the server's standard input: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// stop ends the process group and waits until nothing of it is left.
func (p *process) stop() {
	p.once.Do(func() {
		pid := p.cmd.Process.Pid
		terminateGroup(pid)
		_ = p.stdin.Close()
		// Asked again: a shell that was forking when the first signal came has lost it, and its child never got one.
		if !gone(pid, 15*time.Second, terminateGroup) {
			killGroup(pid)
		}
		<-p.ended
		// What was killed is gone once it is reaped.
		gone(pid, 5*time.Second, func(int) {})
	})
}

// kill ends the process group as a crash does, without a chance to finish anything.
func (p *process) kill() {
	p.once.Do(func() {
		pid := p.cmd.Process.Pid
		killGroup(pid)
		_ = p.stdin.Close()
		<-p.ended
		gone(pid, 5*time.Second, killGroup)
	})
}

// gone waits until nothing of a process group is left, asking it each second.
func gone(pid int, limit time.Duration, ask func(pid int)) bool {
	end, again := time.Now().Add(limit), time.Now().Add(time.Second)
	for groupAlive(pid) {
		now := time.Now()
		if now.After(end) {
			return false
		}
		if now.After(again) {
			ask(pid)
			again = now.Add(time.Second)
		}
		time.Sleep(pollEvery)
	}
	return true
}

// await asks url until the process answers 200, the process ends, or the limit or the context does; each failure is errNoAnswer. Who
// answers is looked at: a program that had the port before would answer for a server that has not begun to listen, or that is about to
// end because it cannot.
func (p *process) await(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	for {
		status, err := ask(ctx, url)
		if err == nil && status == http.StatusOK {
			if err = p.listensAt(url); err == nil {
				return nil
			}
		}
		if err == nil {
			err = fmt.Errorf("it answered %d", status)
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%w: it ended before it answered at %s, last: %w; its log:\n%s", errNoAnswer, url, err, p.logTail())
		case <-ctx.Done():
			return fmt.Errorf("%w: waiting for %s: %w, last: %w; its processes:\n%s\nits log:\n%s", errNoAnswer, url, ctx.Err(), err, p.members(), p.logTail())
		case <-time.After(pollEvery):
		}
	}
}

func (p *process) logTail() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return tail(string(content), 4000)
}

// client is the harness's own HTTP client: no code of the provider, no redirects, no proxy, and the tests' own
// authority as the only one that it trusts. Its limit is for servers beside others on a busy machine.
var client = &http.Client{
	Timeout: time.Minute,
	Transport: &http.Transport{
		DisableKeepAlives: true,
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			authority, err := testAuthority()
			if err != nil {
				return nil, err
			}
			dialer := tls.Dialer{Config: &tls.Config{RootCAs: authority.roots(), MinVersion: tls.VersionTLS12}}
			return dialer.DialContext(ctx, network, addr)
		},
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func ask(ctx context.Context, url string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

// environment is the whole environment of a started server: what it needs to run, and the given.
func environment(add map[string]string) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	for name, v := range add {
		env = append(env, name+"="+v)
	}
	return env
}

var (
	sharedMu sync.Mutex
	shared   []func()
)

// onStopShared leaves stop to StopShared.
func onStopShared(stop func()) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	shared = append(shared, stop)
}

// StopShared stops what several instances share: servers too slow to be started for each. A test binary calls
// it last.
func StopShared() {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	for _, stop := range shared {
		stop()
	}
	shared = nil
}
