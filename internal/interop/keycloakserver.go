// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strconv"
	"sync"
)

// A keycloakServer is the running server and its administrator, and counts who uses it.
type keycloakServer struct {
	program
	base           string
	user, password string

	mu      sync.Mutex
	changed sync.Cond
	users   int  // instances that were started and not stopped
	down    bool // between kill and restart

	hesitated error // how the first start failed, where the second one did not
}

func startKeycloak(ctx context.Context, home, dir string) (*keycloakServer, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	management, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &keycloakServer{base: "http://127.0.0.1:" + strconv.Itoa(port), user: "admin", password: rand.Text()}
	s.changed.L = &s.mu
	s.program = program{
		dir: dir, ready: s.base + "/realms/master",
		limit: 2 * startLimit, // the first start of all compiles the server, and makes its database like each first one
		env: map[string]string{
			"KC_BOOTSTRAP_ADMIN_USERNAME": s.user, "KC_BOOTSTRAP_ADMIN_PASSWORD": s.password,
			"JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
			// The server lives for a minute: the second compiler would cost more than it brings.
			"JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1 -Djava.io.tmpdir=" + dir,
		},
		command: command{program: filepath.Join(home, "bin", "kc.sh"), args: []string{
			// What is committed is in the file: the database would write half a second later otherwise, which a killed server does not live to see.
			"start-dev", "--db=dev-file", "--db-url=jdbc:h2:file:" + filepath.Join(dir, "h2", "keycloak") + ";NON_KEYWORDS=VALUE;WRITE_DELAY=0",
			"--cache=local", "--health-enabled=false",
			"--http-host=127.0.0.1", "--http-port=" + strconv.Itoa(port), "--http-management-port=" + strconv.Itoa(management),
		}},
	}
	if err := s.start(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// enter begins the use of the server by an instance, once it is not down.
func (s *keycloakServer) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.down {
		s.changed.Wait()
	}
	s.users++
}

func (s *keycloakServer) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	s.changed.Broadcast()
}

func (s *keycloakServer) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// kill ends the server as a crash does, once nobody but its caller uses it.
func (s *keycloakServer) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.users > 1 {
		s.changed.Wait()
	}
	s.down = true
	s.program.kill()
}

// restart starts the server again, with the data that it had. Whoever waits for it goes on also where it fails, and fails too.
func (s *keycloakServer) restart(ctx context.Context) (hesitated, err error) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.down = false
		s.changed.Broadcast()
	}()
	return s.program.restart(ctx)
}
