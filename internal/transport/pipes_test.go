// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// piped is a server in memory and a client of it, inside a bubble of package synctest: there a timeout passes as soon as everybody
// waits for it, which needs connections that are not the network's.
type piped struct {
	client *Client
	url    string
	count  atomic.Int32
}

// inBubble runs a test of a server in memory, by a time that passes at once where everybody waits.
func inBubble(t *testing.T, o Options, h http.HandlerFunc, test func(*testing.T, *piped)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &piped{url: "http://127.0.0.1/"}
		pipes := pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{ErrorLog: nullLog, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.count.Add(1)
			_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client has gone
			h(w, r)
		})}
		go func() { _ = server.Serve(pipes) }()
		p.client, _ = newClient(t, o)
		p.client.pool.DialContext = pipes.dial
		defer func() {
			p.client.Close()
			_ = server.Close()
		}()
		test(t, p)
	})
}

// pipeListener hands the server its end of each connection that is dialled.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l pipeListener) Close() error { close(l.closed); return nil }

func (l pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
