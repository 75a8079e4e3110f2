// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	raw    string
	doc    map[string]any
	err    error // the connection was lost before or within the answer
}

func (r reply) code() string { return text(r.doc, "error") }

// peer talks to a server and follows no redirect.
type peer struct {
	t      *testing.T
	s      *Server
	client *http.Client
}

func newPeer(t *testing.T, s *Server) *peer {
	t.Helper()
	s.Start(t)
	// Without a connection to reuse: Go's transport repeats a GET by itself whose reused connection was dropped.
	transport := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &peer{t: t, s: s, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send sends a request; edits change it first.
func (p *peer) send(method, target string, body []byte, edits ...func(*http.Request)) reply {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, target, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, edit := range edits {
		edit(request)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	r := reply{status: response.StatusCode, header: response.Header, raw: string(raw), err: err}
	if decoder := json.NewDecoder(bytes.NewReader(raw)); len(raw) < hugeSize {
		decoder.UseNumber()
		_ = decoder.Decode(&r.doc)
	}
	return r
}

func (p *peer) register(doc map[string]any, edits ...func(*http.Request)) reply {
	p.t.Helper()
	return p.send("POST", p.s.RegistrationEndpoint(), encode(doc), edits...)
}

// registered registers a client that must succeed and returns it as the server has it.
func (p *peer) registered(doc map[string]any) Client {
	p.t.Helper()
	before := len(p.s.Clients())
	if r := p.register(doc); r.err != nil || r.status >= 300 {
		p.t.Fatalf("registration: %d %s %v", r.status, r.raw, r.err)
	}
	return p.s.Clients()[before]
}

func (p *peer) form(target string, values url.Values, edits ...func(*http.Request)) reply {
	p.t.Helper()
	return p.send("POST", target, []byte(values.Encode()), append([]func(*http.Request){func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}}, edits...)...)
}

func bearer(token string) func(*http.Request) { return set("Authorization", "Bearer "+token) }

func basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// good is metadata that every server accepts; with changes, a nil value takes a member out.
func good(changes ...map[string]any) map[string]any {
	doc := map[string]any{"redirect_uris": list("https://app.example/cb"), "client_name": "app"}
	for _, change := range changes {
		maps.Copy(doc, change)
	}
	for member, value := range doc {
		if value == remove {
			delete(doc, member)
		}
	}
	return doc
}

// remove stands for "leave the member out" in good: nil is a null that is sent.
const remove = "\x00remove"

// with is the body of an update: metadata and the client_id.
func with(id string, doc map[string]any) map[string]any {
	doc = maps.Clone(doc)
	doc["client_id"] = id
	return doc
}

func (r reply) want(t *testing.T, status int, code string) {
	t.Helper()
	if r.err != nil || r.status != status || r.code() != code {
		t.Fatalf("got %d %q (%s %v), want %d %q", r.status, r.code(), short(r.raw), r.err, status, code)
	}
}

func short(raw string) string { return strings.ReplaceAll(raw[:min(len(raw), 300)], "\n", " ") }
