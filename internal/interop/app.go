// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// An appServer is a configuration of a server that a package registry has and that a program of servers/<folder> runs.
// The program listens on 127.0.0.1 at the environment's PORT, keeps its data in its working folder, and has the
// tests' door to its stored clients (see adminDoor) behind the environment's ADMIN_KEY.
type appServer struct {
	name, title, version string
	folder               string // of servers/: the lock file and the program
	runtime              runtime
	env                  map[string]string
	off                  map[string]string // what env must say beside that for registration to be switched off
	tls                  bool              // served over TLS, by a certificate of the tests' authority
	keeps                bool              // its data outlives the process
	reissues             bool              // its door issues registration access tokens and secrets
	counts               bool              // its door tells all its clients
	getOnly              bool              // its door takes GET alone
	// describe fills in the instance of a server that listens at base, before it is waited for.
	describe func(base string, i *Instance)
	// ready completes the instance once the server answers, where that is needed.
	ready func(ctx context.Context, i *Instance) error
}

// A runtime installs what the lock file of a server names, and runs the server's program.
type runtime interface {
	// install returns the folder of the cache that holds what the lock file names.
	install(ctx context.Context, s *appServer) (cache string, err error)
	// prepare puts the program into dir and returns what starts it there.
	prepare(s *appServer, cache, dir string) (command, error)
}

// A command is a program to start, with what it needs in its environment.
type command struct {
	program string
	args    []string
	env     map[string]string
}

var _ Server = (*appServer)(nil)

func (s *appServer) Name() string    { return s.name }
func (s *appServer) Title() string   { return s.title }
func (s *appServer) Version() string { return s.version }

func (s *appServer) Install(ctx context.Context) error {
	_, err := s.runtime.install(ctx, s)
	return err
}

// certify issues a certificate into the environment, and as files, for programs that read none from there.
func certify(from *authority, dir string, env map[string]string) (err error) {
	if env["TLS_CERT"], env["TLS_KEY"], err = from.issue(); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "tls.crt"), []byte(env["TLS_CERT"]), 0o600),
		os.WriteFile(filepath.Join(dir, "tls.key"), []byte(env["TLS_KEY"]), 0o600),
	)
}

func (s *appServer) Start(ctx context.Context, dir string) (*Instance, error) {
	return twice(ctx, dir, s.startIn)
}

// twice starts a server in a folder below dir and, where its program does not answer, once more in another one and at another port: another
// program may take the port first, and a runtime that hangs at one start in a hundred was met.
func twice(ctx context.Context, dir string, startIn func(ctx context.Context, dir string) (*Instance, error)) (*Instance, error) {
	var hesitated error
	for _, name := range []string{"first", "second"} {
		below := filepath.Join(dir, name)
		if err := os.Mkdir(below, 0o755); err != nil {
			return nil, err
		}
		i, err := startIn(ctx, below)
		if err == nil {
			i.Hesitated = hesitated
			return i, nil
		}
		hesitated = errors.Join(hesitated, err)
		if ctx.Err() != nil || !errors.Is(err, errNoAnswer) {
			break
		}
	}
	return nil, hesitated
}

func (s *appServer) startIn(ctx context.Context, dir string) (*Instance, error) {
	cache, err := s.runtime.install(ctx, s)
	if err != nil {
		return nil, err
	}
	start, err := s.runtime.prepare(s, cache, dir)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", s.name, err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	door := &adminDoor{base: "http://127.0.0.1:" + strconv.Itoa(port), key: rand.Text(), getOnly: s.getOnly}
	env := map[string]string{"PORT": strconv.Itoa(port), "ADMIN_KEY": door.key}
	maps.Copy(env, start.env)
	maps.Copy(env, s.env)
	if s.tls {
		authority, err := testAuthority()
		if err != nil {
			return nil, err
		}
		if err := certify(authority, dir, env); err != nil {
			return nil, err
		}
		door.base = "https" + strings.TrimPrefix(door.base, "http")
	}
	i := &Instance{Change: door.change, Exists: door.exists, DeleteBehind: door.remove, Can: everything}
	if s.reissues {
		i.NewToken, i.NewSecret = door.newToken, door.newSecret
	}
	if s.counts {
		i.Clients = door.clients
	}
	s.describe(door.base, i)
	p := &program{dir: dir, command: start, env: env, ready: i.MetadataURL}
	p.fill(i, s.keeps)
	if s.keeps && s.off != nil {
		i.SwitchRegistration = func(ctx context.Context, on bool) error {
			p.env = s.merged(p.env, on)
			if err := i.Restart(ctx); err != nil {
				return fmt.Errorf("switching the registration of %s: %w", s.name, err)
			}
			return nil
		}
	}
	err = p.start(ctx)
	if err == nil && s.ready != nil {
		err = s.ready(ctx, i)
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("starting %s: %w", s.name, err)
	}
	return i, nil
}

// A program is a started server that can be stopped and started again, at the same address with the same data.
type program struct {
	dir     string
	command command
	env     map[string]string
	ready   string        // the URL that answers once the program is ready
	limit   time.Duration // of its start; zero is startLimit
	process *process
}

// fill gives the instance what can be done to its program, whose data outlives it or not.
func (p *program) fill(i *Instance, keeps bool) {
	i.LogFile, i.Stop = logFile(p.dir), p.stop
	if !keeps {
		return
	}
	i.crashes(p.kill, p.restart)
}

// crashes lets the instance's server be killed and started again.
func (i *Instance) crashes(kill func(), restart func(context.Context) (hesitated, err error)) {
	i.Kill = kill
	i.Restart = func(ctx context.Context) error {
		hesitated, err := restart(ctx)
		i.Hesitated = errors.Join(i.Hesitated, hesitated)
		return err
	}
}

// merged is an environment with registration switched on, as s.env has it, or off.
func (s *appServer) merged(env map[string]string, on bool) map[string]string {
	env = maps.Clone(env)
	for name := range s.off {
		delete(env, name)
	}
	maps.Copy(env, s.env)
	if !on {
		maps.Copy(env, s.off)
	}
	return env
}

func (p *program) start(ctx context.Context) (err error) {
	p.process, err = startProcess(p.dir, environment(p.env), p.command.program, p.command.args...)
	if err != nil {
		return err
	}
	if p.limit != 0 {
		p.process.limit = p.limit
	}
	return p.process.await(ctx, p.ready)
}

// restart stops the program where it runs and starts it, once more where it does not answer; hesitated is then how it failed first.
func (p *program) restart(ctx context.Context) (hesitated, err error) {
	p.stop()
	if err = p.start(ctx); errors.Is(err, errNoAnswer) && ctx.Err() == nil {
		p.stop()
		hesitated, err = err, p.start(ctx)
	}
	return hesitated, err
}

func (p *program) stop() {
	if p.process != nil {
		p.process.stop()
	}
}

func (p *program) kill() {
	if p.process != nil {
		p.process.kill()
	}
}

// copyProgram copies files and folders of servers/ beside each other.
func copyProgram(dir string, from ...string) error {
	var failed error
	for _, name := range from {
		failed = errors.Join(failed, copyEmbedded(name, dir))
	}
	return failed
}
