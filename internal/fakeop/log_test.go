// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLog(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	p.send("GET", cl.URI+"?q=1", nil, bearer(cl.Token))
	p.send("GET", cl.URI, nil, basic("a", "b"))
	path := "/register/" + cl.ID
	want := []string{"POST /register 201", "GET " + path + " 200", "GET " + path + " 401"}
	if diff := cmp.Diff(want, p.s.Log()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	read, ok := p.s.Last(OpRead)
	if !ok || read.AuthScheme != "Basic" || read.ClientID != cl.ID || read.Protocol != "HTTP/1.1" || !read.Time.Equal(Epoch) {
		t.Errorf("%+v", read)
	}
	first := p.s.Of(OpRead)[0]
	if first.Credential != cl.Token || first.RawQuery != "q=1" || !strings.Contains(string(first.Answer), cl.ID) {
		t.Errorf("%+v", first)
	}
	register := p.s.Requests()[0]
	if string(register.Body) != string(encode(good())) || register.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", register)
	}
	if p.s.Count("GET", "/register") != 2 || p.s.Count("", "/") != 3 || p.s.CountOf(OpRegister) != 1 || p.s.MaxInFlight() != 1 {
		t.Error("counts are wrong")
	}
	p.s.ResetLog()
	if _, ok := p.s.Last(OpRead); ok || len(p.s.Log(OpRead)) != 0 || p.s.Connections() != 0 {
		t.Error("the log was not reset")
	}
}

func TestBehindTheBack(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	p.s.SetMember(cl.ID, "contacts", []string{"x"})
	p.s.UnsetMember(cl.ID, "client_name")
	r := p.send("GET", cl.URI, nil, bearer(cl.Token))
	if r.doc["client_name"] != nil || len(words(r.doc["contacts"])) != 1 {
		t.Errorf("%s", r.raw)
	}
	token, secret := p.s.ReissueToken(cl.ID), p.s.ReissueSecret(cl.ID)
	p.send("GET", cl.URI, nil, bearer(cl.Token)).want(t, 401, "invalid_token")
	if r := p.send("GET", cl.URI, nil, bearer(token)); r.doc["client_secret"] != secret {
		t.Errorf("%s", r.raw)
	}
	p.s.RevokeToken(cl.ID)
	p.send("GET", cl.URI, nil, bearer(token)).want(t, 401, "invalid_token")
	if _, found := p.s.Client(cl.ID); !found {
		t.Error("revoking a token removed the client")
	}
	p.s.RemoveClient(cl.ID)
	p.s.RemoveClient(cl.ID)
	if _, found := p.s.Client(cl.ID); found {
		t.Error("the client is still there")
	}
}

func TestForcedAnswers(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	p.s.ForceStatus(OpRead, 503, 403)
	p.s.Force(OpRead, Answer{Status: 429, Header: http.Header{"Retry-After": {"3"}}, Body: `{"error":"slow"}`})
	for _, want := range []int{503, 403, 429, 200} {
		r := p.send("GET", cl.URI, nil, bearer(cl.Token))
		if r.status != want || (want == 429) != (r.header.Get("Retry-After") == "3" && r.code() == "slow") {
			t.Errorf("%d %s, want %d", r.status, r.raw, want)
		}
	}
	p.s.EditFaults(func(f *Faults) { f.RotateTokenOnRead = true })
	p.s.Force(OpRead, Answer{Processed: true, Cut: CutConnection})
	if r := p.send("GET", cl.URI, nil, bearer(cl.Token)); r.err == nil || p.s.CurrentToken(cl.ID) == cl.Token {
		t.Error("the answer was not lost, or the request not processed")
	}
	p.s.Force(OpDelete, Answer{Processed: true, Status: 504})
	if r := p.send("DELETE", cl.URI, nil, bearer(p.s.CurrentToken(cl.ID))); r.status != 504 || len(p.s.Clients()) != 0 {
		t.Errorf("%d, %d clients", r.status, len(p.s.Clients()))
	}
}

func TestHooksAndHeldAnswers(t *testing.T) {
	p := newPeer(t, &Server{})
	var seen []string
	note := func(when string) func(*http.Request) {
		return func(r *http.Request) {
			seen = append(seen, fmt.Sprint(when, " ", OperationOf(r), " ", len(p.s.Clients())))
		}
	}
	p.s.SetHooks(note("before"), note("after"))
	p.registered(good())
	if diff := cmp.Diff([]string{"before register 0", "after register 1"}, seen); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
	p.s.SetHooks(nil, nil)
	p.s.held = make(chan struct{})
	for _, f := range []Faults{{Hang: []Operation{OpRegister}}, {SlowBody: []Operation{OpRegister}}} {
		p.s.SetFaults(f)
		processed := make(chan struct{})
		p.s.SetHooks(nil, func(*http.Request) { close(processed) })
		answered := make(chan reply)
		go func() { answered <- p.register(good()) }()
		<-processed
		<-p.s.held
		select {
		case r := <-answered:
			t.Errorf("%+v was answered: %d", f, r.status)
		default:
		}
		p.s.SetHooks(nil, nil)
		p.s.Release()
		r := <-answered
		r.want(t, 201, "")
	}
}

func TestCloseEndsHeldAnswers(t *testing.T) {
	s := &Server{Faults: Faults{Hang: []Operation{OpRegister}}}
	p := newPeer(t, s)
	processed := make(chan struct{})
	s.SetHooks(nil, func(*http.Request) { close(processed) })
	answered := make(chan reply)
	go func() { answered <- p.register(good()) }()
	<-processed
	s.Close()
	if r := <-answered; r.err == nil {
		t.Errorf("answered: %d", r.status)
	}
	s.Close()
}

func TestRateLimit(t *testing.T) {
	now := Epoch
	for name, test := range map[string]struct {
		limit  RateLimit
		header string
		want   []int
	}{
		"seconds":      {RateLimit{Nth: 2, RetryAfter: 7 * time.Second}, "7", []int{201, 429, 201, 201}},
		"date":         {RateLimit{Nth: 2, Refused: 2, RetryAfter: time.Minute, HTTPDate: true}, "Thu, 01 Jan 2026 00:01:00 GMT", []int{201, 429, 429, 201}},
		"other status": {RateLimit{Nth: 1, Status: 503, RetryAfter: time.Second}, "1", []int{503, 201, 201, 201}},
		"no header":    {RateLimit{Nth: 1, NoHeader: true}, "", []int{429, 201, 201, 201}},
		"other header": {RateLimit{Nth: 1, Header: "X-Retry-After"}, "", []int{429, 201, 201, 201}},
		"held":         {RateLimit{Nth: 1, Hold: true, RetryAfter: time.Minute}, "60", []int{429, 429, 429, 429}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, &Server{RateLimit: test.limit, Clock: func() time.Time { return now }})
			defer func() { now = Epoch }()
			var got []int
			for range test.want {
				r := p.register(good())
				got = append(got, r.status)
				if r.status != 201 && r.header.Get("Retry-After") != test.header {
					t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			now = now.Add(time.Minute)
			p.register(good()).want(t, 201, "")
		})
	}
}

func TestTLS(t *testing.T) {
	s := &Server{TLS: true, MTLSAliases: true, MTLSOnly: true, TLSNames: []string{"op.example", "127.0.0.2"}}
	p := newPeer(t, s)
	transport := p.client.Transport.(*http.Transport)
	if r := p.send("GET", s.URL()+wellKnownOIDC, nil); r.err == nil {
		t.Fatal("a private authority is trusted")
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CACertificate())
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	transport.ForceAttemptHTTP2 = true
	doc := p.send("GET", s.URL()+wellKnownOIDC, nil).doc
	aliases, _ := doc["mtls_endpoint_aliases"].(map[string]any)
	target := text(aliases, "registration_endpoint")
	if target != s.MTLSURL()+"/register" || !strings.HasPrefix(s.Issuer(), "https://") {
		t.Fatalf("aliases %v", aliases)
	}
	p.register(good()).want(t, 401, "invalid_token")
	if r := p.send("POST", target, encode(good())); r.err == nil {
		t.Errorf("without a certificate: %d", r.status)
	}
	certificate, key := s.ClientCertificate("terraform")
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	withCertificate := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}, ForceAttemptHTTP2: true,
	}
	defer withCertificate.CloseIdleConnections()
	p.client.Transport = withCertificate
	r := p.send("POST", target, encode(good()))
	r.want(t, 201, "")
	if uri := text(r.doc, "registration_client_uri"); !strings.HasPrefix(uri, s.MTLSURL()+"/register/") {
		t.Errorf("registration_client_uri %s", uri)
	}
	last, _ := s.Last(OpRegister)
	if last.ClientCertificate != "terraform" || last.Protocol != "HTTP/2.0" || last.TLSVersion != tls.VersionTLS13 {
		t.Errorf("%+v", last)
	}
	transport.CloseIdleConnections()
}

func TestWrongConfiguration(t *testing.T) {
	s := &Server{RequireClientCertificate: true}
	if _, err := s.Serve(); err == nil {
		t.Error("client certificates without TLS are accepted")
	}
	s.Close()
	s = &Server{}
	s.Start(t)
	if _, err := s.Serve(); err == nil {
		t.Error("a server starts twice")
	}
}

func TestDeterminism(t *testing.T) {
	run := func(seed string) []Client {
		p := newPeer(t, &Server{Seed: seed})
		for range 3 {
			p.registered(good())
		}
		clients := p.s.Clients()
		for i := range clients {
			clients[i].URI, clients[i].Issuer = "", ""
		}
		return clients
	}
	if diff := cmp.Diff(run("a"), run("a")); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if a, b := run("a")[0], run("b")[0]; a.ID == b.ID || a.Secret == b.Secret || a.Token == b.Token {
		t.Error("two seeds share credentials")
	}
}

func TestConcurrency(t *testing.T) {
	p := newPeer(t, &Server{Faults: Faults{RotateTokenOnRead: true}})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			r := p.register(good(map[string]any{"client_name": "app" + strconv.Itoa(i)}))
			id, token := text(r.doc, "client_id"), text(r.doc, "registration_access_token")
			uri := text(r.doc, "registration_client_uri")
			for range 3 {
				read := p.send("GET", uri, nil, bearer(token))
				if read.status != 200 || read.doc["client_id"] != id {
					t.Errorf("%d %s", read.status, read.raw)
				}
				token = text(read.doc, "registration_access_token")
			}
			p.s.EditFaults(func(f *Faults) { f.OmitIssuedAt = true })
			p.s.SetMember(id, "client_uri", "https://app.example")
			_ = p.s.Requests()
		})
	}
	all.Wait()
	if len(p.s.Clients()) != 20 || p.s.CountOf(OpRead) != 60 || p.s.Count("POST", "/register") != 20 {
		t.Errorf("%d clients, %v", len(p.s.Clients()), p.s.Log())
	}
}
