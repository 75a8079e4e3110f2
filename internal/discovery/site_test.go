// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a server on loopback with a log.
type site struct {
	*httptest.Server

	mu  sync.Mutex
	log []string // "GET host uri" and the credential's scheme, if one was sent
}

// newSite serves h; over TLS with cert, if it isn't nil.
func newSite(t testing.TB, cert *tls.Certificate, h http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entry := r.Method + " " + r.Host + " " + r.RequestURI
		if scheme, _, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
			entry += " " + scheme
		}
		s.mu.Lock()
		s.log = append(s.log, entry)
		s.mu.Unlock()
		h(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if cert == nil {
		s.Start()
	} else {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*cert}}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.log...)
}

// paths is the log without method and host.
func (s *site) paths() []string {
	var list []string
	for _, entry := range s.requests() {
		list = append(list, strings.SplitN(entry, " ", 3)[2])
	}
	return list
}

// host is the site's host:port.
func (s *site) host() string { return s.Listener.Addr().String() }

// newFinder gives a Finder on a real transport that never waits.
func newFinder(t testing.TB, change func(*transport.Options)) *Finder {
	t.Helper()
	o := transport.Options{
		UserAgent: "test", RequestTimeout: 20 * time.Second,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	if change != nil {
		change(&o)
	}
	client, err := transport.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return New(client)
}

// fake stands in for the transport where only the question matters.
type fake func(transport.Request) (*transport.Response, error)

func (f fake) Do(_ context.Context, r transport.Request) (*transport.Response, error) {
	response, err := f(r)
	if err != nil {
		return nil, err
	}
	answered := *response
	answered.URL = r.URL
	return &answered, nil
}

func respond(status int, contentType, body string) *transport.Response {
	return &transport.Response{
		Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body),
	}
}

// jrd is a WebFinger answer with one issuer link.
func jrd(href string) string {
	return fmt.Sprintf(`{"subject":"x","links":[{"rel":%q,"href":%q}]}`, issuerRel, href)
}

// certificate makes one that is its own authority, for names.
func certificate(t testing.TB, names ...string) (*tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// proxy is an HTTP proxy that leads every CONNECT to one server, whatever host was asked for, and keeps the hosts.
type proxy struct {
	*httptest.Server

	mu    sync.Mutex
	hosts []string
	wait  sync.WaitGroup
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.hosts = append(p.hosts, r.Method+" "+r.Host)
		p.mu.Unlock()
		if r.Method != http.MethodConnect {
			http.Error(w, "this proxy only tunnels", http.StatusTeapot)
			return
		}
		server, err := net.Dial("tcp", target)
		if err != nil {
			http.Error(w, "no server", http.StatusBadGateway)
			return
		}
		client, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = server.Close()
			return
		}
		p.mu.Lock()
		for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
			p.wait.Go(func() {
				_, _ = io.Copy(pair[0], pair[1])
				_ = pair[0].Close()
			})
		}
		p.mu.Unlock()
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	}))
	t.Cleanup(func() {
		p.Close()
		p.mu.Lock() // orders the handlers' wait.Go before Wait: the server doesn't wait for hijacked connections
		defer p.mu.Unlock()
		p.wait.Wait()
	})
	return p
}

func (p *proxy) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.hosts...)
}

// failure asserts that err is an *Error that tells enough: its kind, something of its reason, what was typed and each step; and none of
// what servers sent as secret.
func failure(t testing.TB, err error, kind Kind, reason string) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v, want an *Error", err)
	}
	text := told(e)
	if e.Kind != kind {
		t.Errorf("kind %d, want %d", e.Kind, kind)
	}
	if !strings.Contains(e.Reason, reason) {
		t.Errorf("reason %q, want something with %q", e.Reason, reason)
	}
	if e.Input == "" || !strings.Contains(err.Error(), e.Reason) {
		t.Errorf("the error doesn't say what was typed (%q)", e.Input)
	}
	for _, step := range e.Steps {
		if step.URL == "" || step.Answer == "" || !strings.Contains(text, step.String()) {
			t.Errorf("the error doesn't tell the step %+v", step)
		}
	}
	if strings.Contains(text, "hunter2") {
		t.Errorf("the error holds what no error may hold")
	}
	if t.Failed() {
		t.Logf("the error:\n%s", text)
	}
	return e
}

// told is all that an error holds, as text.
func told(e *Error) string { return fmt.Sprintf("%+v", *e) }
