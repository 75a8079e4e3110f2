// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Ports are taken from below those that systems hand out by themselves (32768 on Linux, 49152 elsewhere): what a connection or another
// test may get for a moment would be gone when the server begins to listen, or when it is started again at the same address.
const firstPort, lastPort = 20000, 32000

// handedOut are the ports that this process has given away. None is given twice.
var handedOut sync.Map

// freePort returns a port of 127.0.0.1 that nothing listens on. Another program may take it before the server does; await then says
// that somebody else listens there. Servers need their port in their issuer before they listen, so that they cannot be left to
// choose one.
func freePort() (int, error) {
	var failed error
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort) // #nosec G404 -- it only has to be another one than other runs take
		if _, taken := handedOut.LoadOrStore(port, true); taken {
			continue
		}
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			failed = err
			continue
		}
		return port, l.Close()
	}
	return 0, fmt.Errorf("finding a free port: %w", failed)
}

// errNotOurs says that an answer came from a program that is not the started one.
var errNotOurs = errors.New("another program listens at the server's address")

// listensAt reports, as an error, that the process has ended or that what listens at the address is not of its group. Where the
// system does not tell who listens, only the former shows.
func (p *process) listensAt(address string) error {
	select {
	case <-p.ended:
		return fmt.Errorf("%w: the server has ended", errNotOurs)
	default:
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return fmt.Errorf("the port of %s: %w", address, err)
	}
	sockets, known := listeners(port)
	if known && !ownsOne(p.cmd.Process.Pid, sockets) {
		return errNotOurs
	}
	return nil
}

// listeners are the sockets that listen on a port, as Linux names them in /proc; known is false elsewhere.
func listeners(port int) (sockets map[string]bool, known bool) {
	sockets = map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		known = true
		for line := range strings.Lines(string(content)) {
			// sl local_address rem_address st … inode, numbers in hexadecimal; state 0A listens.
			f := strings.Fields(line)
			if len(f) > 9 && f[3] == "0A" && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				sockets["socket:["+f[9]+"]"] = true
			}
		}
	}
	return sockets, known
}

// inGroup are the folders of a group's processes in /proc, where the system has it.
func inGroup(group int) []string {
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(processes, func(process string) bool { return groupOf(filepath.Base(process)) != group })
}

// members describes the processes of the group: a line each of those in /proc/PID/status that say what a hanging process does, and the
// place in the kernel at which it waits.
func (p *process) members() string {
	var out strings.Builder
	for _, process := range inGroup(p.cmd.Process.Pid) {
		status, err := os.ReadFile(filepath.Join(process, "status"))
		if err != nil {
			continue // it has ended
		}
		fmt.Fprintf(&out, "  %s", filepath.Base(process))
		for line := range strings.Lines(string(status)) {
			switch name, value, _ := strings.Cut(line, ":"); name {
			case "Name", "State", "Threads", "SigPnd", "SigBlk", "SigIgn":
				fmt.Fprintf(&out, " %s=%s", name, strings.Join(strings.Fields(value), " "))
			}
		}
		if at, err := os.ReadFile(filepath.Join(process, "wchan")); err == nil {
			fmt.Fprintf(&out, " wchan=%s", at)
		}
		out.WriteByte('\n')
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// ownsOne reports whether a process of a group has one of the sockets open.
func ownsOne(group int, sockets map[string]bool) bool {
	if len(sockets) == 0 {
		return false
	}
	for _, process := range inGroup(group) {
		opened, err := os.ReadDir(filepath.Join(process, "fd"))
		if err != nil {
			continue // it has ended, or is another user's
		}
		for _, fd := range opened {
			if target, err := os.Readlink(filepath.Join(process, "fd", fd.Name())); err == nil && sockets[target] {
				return true
			}
		}
	}
	return false
}
