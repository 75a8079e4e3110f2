// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Paused is a command of the CLI whose provider stands at a moment, until Resume or until it is killed.
type Paused struct {
	Cmd      *exec.Cmd
	Provider int // process id

	conn net.Conn
	out  *output
	done chan struct{} // closed at the command's end
}

// failpointVariable names the address at which a provider built with the tag failpoint reports moments.
const failpointVariable = "OIDC_FAILPOINT"

// PauseAt runs a command until its provider comes to a moment (failpoint.At). Where the command ends before, ok is false.
// prepare changes the command before it starts, such as its process group.
func (x *Terminal) PauseAt(moment string, prepare func(*exec.Cmd), args ...string) (paused *Paused, ok bool) {
	x.tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed below
	if err != nil {
		x.tb.Fatalf("%v", err)
	}
	p := &Paused{Cmd: x.Command(x.tb.Context(), args...), out: newOutput(), done: make(chan struct{})}
	p.Cmd.Env = append(p.Cmd.Env, failpointVariable+"="+listener.Addr().String())
	p.Cmd.Stdout, p.Cmd.Stderr = p.out, p.out
	// A killed CLI leaves providers that hold its output open; they end by themselves.
	p.Cmd.WaitDelay = 10 * time.Second
	prepare(p.Cmd)
	if err := p.Cmd.Start(); err != nil {
		x.tb.Fatalf("%v", err)
	}
	arrived := make(chan struct{})
	go func() {
		there := sync.OnceFunc(func() { close(arrived) })
		defer there()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed at the command's end
			}
			if p.conn == nil && p.at(conn, moment) {
				p.conn = conn
				there()
			} else {
				_ = conn.Close() // go on: another moment, or a later one
			}
		}
	}()
	go func() {
		defer close(p.done)
		_ = p.Cmd.Wait() // how it ended is in its ProcessState
		_ = listener.Close()
	}()
	x.tb.Cleanup(func() { p.Resume(); <-p.done })
	<-arrived
	return p, p.conn != nil
}

// at reads who reports which moment, and reports whether it is the one that was waited for.
func (p *Paused) at(conn net.Conn, moment string) bool {
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return false
	}
	id, now, _ := strings.Cut(strings.TrimSpace(line), " ")
	_, err = fmt.Sscan(id, &p.Provider)
	return err == nil && now == moment
}

// Resume lets the provider go on.
func (p *Paused) Resume() {
	if p.conn != nil {
		_ = p.conn.Close()
	}
}

// AwaitText waits until the command said a text or ended, and reports whether it said it.
func (p *Paused) AwaitText(text string) bool { return p.out.await(text, p.done) }

// Wait waits for the command's end and returns what it said.
func (p *Paused) Wait() string {
	<-p.done
	return p.out.String()
}

// output is a writer whose content can be waited for.
type output struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{} // closed and replaced by each write
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.text.Write(p)
}

// String is what was written so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (o *output) await(text string, done <-chan struct{}) bool {
	for {
		o.mu.Lock()
		changed := o.changed
		said := strings.Contains(o.text.String(), text)
		o.mu.Unlock()
		if said {
			return true
		}
		select {
		case <-changed:
		case <-done:
			return strings.Contains(o.String(), text)
		}
	}
}
