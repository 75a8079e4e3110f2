// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Proxy is an HTTP proxy that tunnels whatever is asked for to one address, and keeps what it saw.
type Proxy struct {
	mu   sync.Mutex
	seen []string
}

// ServeHTTP tunnels, or passes on what is asked of it by itself.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.RequestURI+" "+r.Header.Get("Proxy-Authorization"))
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		r.RequestURI = ""
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return
	}
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	to, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = to.Close()
		return
	}
	tunnel(from, buffered, to)
}

func tunnel(from net.Conn, buffered *bufio.ReadWriter, to net.Conn) {
	go func() {
		_, _ = io.Copy(to, buffered)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
	_ = from.Close()
}

// Log is what the proxy saw: method, target and the authorization of each request.
func (p *Proxy) Log() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.seen...)
}

// BehindProxy starts a server that only a proxy reaches: nobody else knows its name.
func BehindProxy(t TB) (s *Server, issuer string, proxy *Proxy, proxyURL string) {
	t.Helper()
	s = &Server{Host: "op.invalid", TLS: true, TLSNames: []string{"op.invalid"}}
	issuer = s.Start(t)
	proxy = &Proxy{}
	listening := httptest.NewServer(proxy)
	t.Cleanup(listening.Close)
	return s, issuer, proxy, listening.URL
}
