// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// newTLSServer speaks HTTP/1.1 and HTTP/2 with a certificate for 127.0.0.1 and example.com that nobody trusts.
func newTLSServer(t *testing.T, h http.HandlerFunc, configure ...func(*httptest.Server)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.wrap(h))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = nullLog
	for _, f := range configure {
		f(s.Server)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// certificate makes a self-signed certificate in PEM with its key.
func certificate(t *testing.T, name string) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func TestCertificateAuthorities(t *testing.T) {
	s := newTLSServer(t, func(http.ResponseWriter, *http.Request) {})
	stranger, _ := certificate(t, "stranger")
	for name, test := range map[string]struct {
		options Options
		want    Kind
	}{
		"the system's only":    {Options{}, TLS},
		"added":                {Options{CACertificates: s.certificate()}, 0},
		"instead":              {Options{CACertificates: s.certificate(), CACertificatesOnly: true}, 0},
		"a bundle":             {Options{CACertificates: append(append([]byte("# comment\n"), stranger...), s.certificate()...)}, 0},
		"another":              {Options{CACertificates: stranger}, TLS},
		"another, exclusively": {Options{CACertificates: stranger, CACertificatesOnly: true}, TLS},
		"not checked":          {Options{InsecureSkipVerify: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.MaxRetries = 3
			c, clk := newClient(t, test.options)
			_, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Body: []byte("{}"), Repeat: IfNotProcessed})
			switch {
			case test.want == 0 && err != nil:
				t.Error(err)
			case test.want != 0:
				if e := kindOf(t, err); e.Kind != test.want || e.MaybeProcessed || len(clk.slept) != 0 {
					t.Errorf("%+v, slept %v: a certificate does not become trusted by waiting", e, clk.slept)
				}
			}
		})
	}
	t.Run("another name", func(t *testing.T) {
		c, _ := newClient(t, Options{CACertificates: s.certificate()})
		_, err := c.Do(context.Background(), Request{Method: "GET", URL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1)})
		if e := kindOf(t, err); e.Kind != TLS {
			t.Errorf("%+v", e)
		}
	})
}

func TestBadTLSOptions(t *testing.T) {
	cert, key := certificate(t, "client")
	_, otherKey := certificate(t, "other")
	for name, o := range map[string]Options{
		"no PEM":             {CACertificates: []byte("canary")},
		"a key as CA":        {CACertificates: key},
		"broken certificate": {CACertificates: append(append([]byte{}, cert...), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("canary")})...)},
		"no CA at all":       {CACertificatesOnly: true},
		"no key":             {ClientCertificate: cert},
		"no certificate":     {ClientKey: key},
		"wrong key":          {ClientCertificate: cert, ClientKey: otherKey},
		"swapped":            {ClientCertificate: key, ClientKey: cert},
		"encrypted key":      {ClientCertificate: cert, ClientKey: pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("canary")})},
		"proxy scheme":       {ProxyURL: "ftp://canary:canary@proxy.example"},
		"proxy, not a URL":   {ProxyURL: "proxy.example:8080:canary"},
	} {
		_, err := New(o)
		if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "MI") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClientCertificate(t *testing.T) {
	cert, key := certificate(t, "the client")
	strangerCert, strangerKey := certificate(t, "a stranger")
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		seen := make(chan string, 1)
		s := newTLSServer(t, func(_ http.ResponseWriter, r *http.Request) { seen <- r.TLS.PeerCertificates[0].Subject.CommonName },
			func(s *httptest.Server) {
				s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: version, MaxVersion: version}
			})
		ask := func(o Options) error {
			o.CACertificates, o.MaxRetries = s.certificate(), 3
			c, _ := newClient(t, o)
			_, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Body: []byte("{}"), Repeat: IfNotProcessed})
			return err
		}
		if err := ask(Options{ClientCertificate: cert, ClientKey: key}); err != nil {
			t.Fatal(err)
		}
		if name := <-seen; name != "the client" {
			t.Errorf("the server saw %q", name)
		}
		for name, o := range map[string]Options{"none": {}, "a stranger's": {ClientCertificate: strangerCert, ClientKey: strangerKey}} {
			// The server certainly processed nothing. In TLS 1.3 its refusal may be lost in the reset of the connection, so
			// that this side cannot be certain; what it says then names the likely cause.
			e := kindOf(t, ask(o))
			refused := e.Kind == TLS && !e.MaybeProcessed
			lost := version == tls.VersionTLS13 && (e.Kind == Protocol || e.Kind == Unreachable) && strings.Contains(e.Error(), "client certificate")
			if !refused && !lost {
				t.Errorf("%s, version %x: %+v", name, version, e)
			}
		}
		if s.count() != 1 {
			t.Errorf("%d requests", s.count())
		}
	}
}

func TestTLSVersionsAndHTTP2(t *testing.T) {
	old := newTLSServer(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	})
	c, _ := newClient(t, Options{CACertificates: old.certificate()})
	_, err := c.Do(context.Background(), Request{Method: "GET", URL: old.URL})
	if e := kindOf(t, err); e.Kind != TLS || old.count() != 0 {
		t.Errorf("%+v", e)
	}

	book := &logbook{}
	s := newTLSServer(t, func(http.ResponseWriter, *http.Request) {})
	c, _ = newClient(t, Options{CACertificates: s.certificate(), Log: book.log})
	if _, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL}); err != nil {
		t.Fatal(err)
	}
	if got := book.entries[0]["http_protocol"]; got != "HTTP/2.0" || s.last().ProtoMajor != 2 {
		t.Errorf("protocol %v", got)
	}

	plain := newServer(t, func(http.ResponseWriter, *http.Request) {})
	_, err = c.Do(context.Background(), Request{Method: "GET", URL: strings.Replace(plain.URL, "http:", "https:", 1)})
	if e := kindOf(t, err); e.Kind != TLS || !strings.Contains(err.Error(), "does not look like a TLS handshake") {
		t.Errorf("%+v", e)
	}
	if e := kindOf(t, err); !e.AnsweredPlain() {
		t.Errorf("%+v: nothing tells that the port speaks plain http", e)
	}
	if _, err = c.Do(context.Background(), Request{Method: "GET", URL: old.URL}); kindOf(t, err).AnsweredPlain() {
		t.Errorf("%v is told as plain http", err)
	}
}

// A handshake that breaks off sent no request, so that a registration POST may follow.
func TestBrokenHandshakeIsRepeated(t *testing.T) {
	var broken atomic.Int32
	s := newTLSServer(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
		s.Listener = breaking{s.Listener, &broken}
	})
	c, clk := newClient(t, Options{CACertificates: s.certificate(), MaxRetries: 3})
	got, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Body: []byte("{}"), Repeat: IfNotProcessed})
	if err != nil || s.count() != 1 || broken.Load() != 3 || len(clk.slept) != 2 {
		t.Errorf("%+v, %v (%d requests)", got, err, s.count())
	}
}

// breaking closes its first two connections.
type breaking struct {
	net.Listener
	n *atomic.Int32
}

func (b breaking) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil || b.n.Add(1) > 2 {
			return conn, err
		}
		_ = conn.Close()
	}
}

// proxy is a forward proxy that tells what it saw, and connects to target whatever is asked of it.
func proxy(t *testing.T, target string) (*httptest.Server, func() []string) {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(s.wrap(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		out, err := net.Dial("tcp", target)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			defer out.Close()
			_, _ = io.Copy(out, conn)
		}()
		defer conn.Close()
		_, _ = io.Copy(conn, out)
	}))
	t.Cleanup(s.Close)
	return s.Server, func() []string {
		s.mu.Lock()
		defer s.mu.Unlock()
		var seen []string
		for _, r := range s.requests {
			seen = append(seen, r.Method+" "+r.RequestURI+" "+r.Header.Get("Proxy-Authorization"))
		}
		return seen
	}
}

func TestProxyByURL(t *testing.T) {
	s := newTLSServer(t, func(http.ResponseWriter, *http.Request) {})
	p, seen := proxy(t, s.Listener.Addr().String())
	book := &logbook{}
	c, _ := newClient(t, Options{ProxyURL: strings.Replace(p.URL, "http://", "http://user:canary-proxy@", 1), CACertificates: s.certificate(), Log: book.log})
	got, err := c.Do(context.Background(), Request{Method: "GET", URL: "http://127.0.0.1:1/plain"})
	if err != nil || got.Status != http.StatusAccepted {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := c.Do(context.Background(), Request{Method: "GET", URL: "https://example.com/secure"}); err != nil || s.count() != 1 {
		t.Fatalf("%v (%d requests)", err, s.count())
	}
	credential := "Basic dXNlcjpjYW5hcnktcHJveHk="
	if got, want := fmt.Sprint(seen()), fmt.Sprint([]string{"GET http://127.0.0.1:1/plain " + credential, "CONNECT example.com:443 " + credential}); got != want {
		t.Errorf("the proxy saw %s, want %s", got, want)
	}
	if strings.Contains(book.text(), "canary") || strings.Contains(book.text(), credential) {
		t.Errorf("log: %s", book.text())
	}
	p.Close()
	c.Close()
	_, err = c.Do(context.Background(), Request{Method: "POST", URL: "https://example.com/", Body: []byte("{}"), Repeat: IfNotProcessed})
	if e := kindOf(t, err); e.Kind != Unreachable || e.MaybeProcessed || strings.Contains(err.Error(), "canary") {
		t.Errorf("%+v", e)
	}
}

const proxyChild = "TRANSPORT_TEST_PROXY_CHILD"

// TestProxyFromEnvironment runs in a process of its own, since net/http reads the environment's proxy once.
func TestProxyFromEnvironment(t *testing.T) {
	s := newTLSServer(t, func(http.ResponseWriter, *http.Request) {})
	direct := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	p, seen := proxy(t, s.Listener.Addr().String())
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(executable)
	child.Env = append(os.Environ(), proxyChild+"="+direct.URL, "HTTPS_PROXY="+p.URL, "HTTP_PROXY="+p.URL, "NO_PROXY=")
	child.Stdin = bytes.NewReader(s.certificate())
	output, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if got := fmt.Sprint(seen()); got != "[CONNECT example.com:443 ]" || s.count() != 1 || direct.count() != 1 {
		t.Errorf("the proxy saw %s; %d and %d requests", got, s.count(), direct.count())
	}
}

func askThroughEnvironmentProxy() {
	ca, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	c, err := New(Options{CACertificates: ca})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, url := range []string{"https://example.com/", os.Getenv(proxyChild)} { // loopback is not proxied
		if _, err := c.Do(context.Background(), Request{Method: "GET", URL: url}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// What goes wrong on the way through a proxy, and may be the server's doing as well, names the proxy without its password.
func TestTheWayThroughAProxyIsNamed(t *testing.T) {
	c, _ := newClient(t, Options{ProxyURL: "socks5://me:canary@proxy.invalid:1080"})
	req, err := http.NewRequest(http.MethodGet, "https://example.com/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for name, failed := range map[string]*Error{
		"no answer": {Kind: Timeout, Err: errAttemptTimeout}, "no time": {Kind: Timeout, Err: ErrOperationTimeout},
		"no SOCKS": {Kind: Unreachable, Err: &net.OpError{Op: "socks connect", Err: errors.New("unexpected protocol version 72")}},
	} {
		got := c.throughProxy(req, failed, failed.Err)
		if text := got.Err.Error(); !strings.Contains(text, "through the proxy socks5://proxy.invalid:1080: ") || strings.Contains(text, "canary") || !errors.Is(got.Err, failed.Err) || got.Kind != failed.Kind || got.Proxy != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
