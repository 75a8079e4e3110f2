// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"fmt"
	"net"
	"net/http"
)

// port is one of the server's two ports. Its listener is nil while it refuses connections.
type port struct {
	server   *http.Server
	address  string
	listener net.Listener
}

// accept serves what a port's listener accepts.
func (s *Server) accept(p *port) {
	listener := p.listener
	s.running.Go(func() {
		if s.TLS {
			_ = p.server.ServeTLS(listener, "", "")
		} else {
			_ = p.server.Serve(listener)
		}
	})
}

// RefuseConnections closes the server's ports, as a server that is down: idle connections end, and a new one is refused by
// the operating system. What the server knows stays. AcceptConnections ends it.
func (s *Server) RefuseConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.ports {
		if p.listener != nil {
			_ = p.listener.Close()
			p.listener = nil
			p.server.SetKeepAlivesEnabled(false)
		}
	}
}

// AcceptConnections opens the same ports again. It does nothing where they are open.
func (s *Server) AcceptConnections() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.ports {
		if p.listener != nil {
			continue
		}
		listener, err := net.Listen("tcp", p.address)
		if err != nil {
			return fmt.Errorf("listening on loopback again: %w", err)
		}
		p.listener = listener
		p.server.SetKeepAlivesEnabled(true)
		s.accept(p)
	}
	return nil
}
