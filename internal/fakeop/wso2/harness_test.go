// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type peer struct {
	t      *testing.T
	s      *Server
	client *http.Client
}

type reply struct {
	status int
	header http.Header
	raw    string
	doc    map[string]any
}

func newPeer(t *testing.T, s *Server) *peer {
	t.Helper()
	s.Start(t)
	return &peer{t: t, s: s, client: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p *peer) send(method, target string, body any, edits ...func(*http.Request)) reply {
	p.t.Helper()
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(encode(body))
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, target, content)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for _, edit := range edits {
		edit(request)
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	r := reply{status: response.StatusCode, header: response.Header, raw: string(raw)}
	r.doc, _ = decode(raw)
	return r
}

func (p *peer) register(doc map[string]any) reply {
	p.t.Helper()
	return p.send("POST", p.s.RegistrationEndpoint(""), doc, admin)
}

// ask sends a grant to the token endpoint of a place.
func (p *peer) ask(place, id, secret, grant, scope string, more ...string) reply {
	p.t.Helper()
	form := url.Values{"grant_type": {grant}, "scope": {scope}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return p.form(place, form, basic(id, secret))
}

func (p *peer) form(place string, form url.Values, edits ...func(*http.Request)) reply {
	p.t.Helper()
	return p.send("POST", p.s.TokenEndpoint(place), nil, append(edits, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form.Encode())), int64(len(form.Encode()))
	})...)
}

// token is an access token of a client with the secret "word".
func (p *peer) token(place, id, scope string) string {
	p.t.Helper()
	r := p.ask(place, id, "word", "client_credentials", scope)
	if r.status != 200 {
		p.t.Fatalf("%d %s", r.status, r.raw)
	}
	return stringOf(r.doc, "access_token")
}

func (p *peer) uri(id string) string { return p.s.RegistrationEndpoint("") + "/" + id }

func admin(r *http.Request) { r.SetBasicAuth("admin", "admin") }

func basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func app(changes ...map[string]any) map[string]any {
	doc := map[string]any{
		"client_name": "app", "grant_types": []string{"authorization_code"}, "redirect_uris": []string{"https://a.example/cb"},
	}
	for _, change := range changes {
		maps.Copy(doc, change)
	}
	return doc
}

// want checks a status and the error code of the registration service, whose 400 has three members. Every other error
// without a code has no body and no challenge.
func (r reply) want(t *testing.T, status int, code string) {
	t.Helper()
	if r.status != status || stringOf(r.doc, "error") != code {
		t.Fatalf("%d %s, want %d %q", r.status, r.raw, status, code)
	}
	if code != "" && (stringOf(r.doc, "error_description") == "" || stringOf(r.doc, "traceId") == "" || r.header.Get("Content-Type") != "application/json") {
		t.Errorf("incomplete 400: %s", r.raw)
	}
	if r.status >= 400 && code == "" && (r.raw != "" || r.header.Get("WWW-Authenticate") != "") {
		t.Errorf("%d has a body or a challenge: %s", r.status, r.raw)
	}
}

// wantGate checks an answer of the valve in front of the API.
func (r reply) wantGate(t *testing.T, release Release, status int) {
	t.Helper()
	challenge := r.header.Get("WWW-Authenticate")
	if r.status != status {
		t.Fatalf("%d %s, want %d", r.status, r.raw, status)
	}
	if release < Release60 {
		if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.HasPrefix(r.raw, "<!doctype html>") || !strings.HasPrefix(challenge, `realm user="`) {
			t.Errorf("%d %q %s", r.status, challenge, r.raw)
		}
		return
	}
	if (challenge == "Bearer") != (status == 401) || string(encode(r.doc["code"])) != fmt.Sprint(status) {
		t.Errorf("%d %q %s", r.status, challenge, r.raw)
	}
	for _, name := range []string{"message", "description", "traceId"} {
		if stringOf(r.doc, name) == "" {
			t.Errorf("no %s in %s", name, r.raw)
		}
	}
}

// wantSentence checks a 400 of the JSON parser.
func (r reply) wantSentence(t *testing.T, start string) {
	t.Helper()
	if r.status != 400 || r.header.Get("Content-Type") != "text/plain" || !strings.HasPrefix(r.raw, start) {
		t.Errorf("%d %s %s", r.status, r.header.Get("Content-Type"), r.raw)
	}
}

// each runs a test for every release from first to last, 0 being the oldest and the newest.
func each(t *testing.T, first, last Release, test func(t *testing.T, release Release)) {
	for _, release := range Releases() {
		if release >= first && (last == 0 || release <= last) {
			t.Run(release.String(), func(t *testing.T) { test(t, release) })
		}
	}
}
