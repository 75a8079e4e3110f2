// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// movesUnnamed begins a client whose address does not name it, and which its next update moves: the address that it leaves answers in its own way from then on.
func movesUnnamed(t *testing.T, f fakeop.Faults, names bool, left http.HandlerFunc) (*life, string) {
	t.Helper()
	op := &fakeop.Server{Faults: f}
	op.Start(t)
	to, err := url.Parse(op.URL())
	if err != nil {
		t.Fatal(err)
	}
	n := &numbered{}
	var mine, moved string
	var updates atomic.Int32
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { n.forward(r, to) },
		ModifyResponse: func(resp *http.Response) error { return n.back(resp, op.URL()) },
	}
	n.answer = func(_, document string) string {
		if updates.Load() > 0 {
			return strings.ReplaceAll(document, mine+`"`, moved+`"`)
		}
		return document
	}
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if updates.Load() > 0 && r.URL.Path == "/clients/1" {
			left(w, r)
			return
		}
		if r.Method == http.MethodPut {
			updates.Add(1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(n.Close)
	mine = n.URL + "/clients/1"
	l := start(t, op, authserver.Settings{Issuer: n.URL})
	l.registerAs(web("a"))
	if l.state.Handle.RegistrationClientURI != mine {
		t.Fatal(l.state.Handle.RegistrationClientURI)
	}
	if moved = mine + "/moved"; names {
		moved += "?client_id=" + l.state.Handle.ClientID
	}
	return l, n.URL
}

// An update moves a client whose addresses do not name it. Whatever the one that it has left answers, the client is found, changed and deleted.
func TestAClientIsMovedWhereAddressesNameNone(t *testing.T) {
	t.Parallel()
	says := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			if status == http.StatusFound {
				w.Header().Set("Location", "/login")
			}
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		}
	}
	for name, left := range map[string]http.HandlerFunc{
		"401": says(401, "application/json", `{"error":"invalid_token"}`), "404": says(404, "application/json", `{}`), "403": says(403, "application/json", `{"error":"forbidden"}`),
		"403 page": says(403, "text/html", "<html>no"), "405": says(405, "text/plain", ""), "page": says(200, "text/html", "<html>Welcome"), "410": says(410, "text/plain", ""),
		"login": says(302, "text/html", ""), "502": says(502, "text/html", "<html>Bad Gateway"), "503": says(503, "application/json", `{"error":"temporarily_unavailable"}`), "500": says(500, "application/json", `{}`),
		"another client": says(200, "application/json", `{"client_id":"another"}`),
	} {
		for habit, f := range map[string]fakeop.Faults{"reads": {}, "no reads": {ReadStatus: 405}, "no reads, rotates": {ReadStatus: 405, RotateTokenOnUpdate: true}, "rotates": {RotateTokenOnUpdate: true, RotateTokenOnRead: true}} {
			for _, names := range []bool{false, true} {
				t.Run(fmt.Sprint(name, ", ", habit, ", names ", names), func(t *testing.T) {
					t.Parallel()
					l, origin := movesUnnamed(t, f, names, left)
					s := authserver.Settings{Issuer: origin}
					id := l.state.Handle.ClientID
					for _, to := range []string{"b", "c", "d"} {
						l = l.later(s)
						out := l.update(web(to))
						if c, _ := l.op.Client(id); out.Failed() || c.Metadata["client_name"] != to {
							t.Errorf("update %s: %s", to, kinds(out.Problems))
						}
						l = l.later(s)
						if out := l.refresh(); out.Failed() || out.Has(outcome.NotRefreshed) {
							t.Errorf("refresh after %s: %s", to, kinds(out.Problems))
						}
					}
					l = l.later(s)
					if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(l.op.Clients()) > 0 {
						t.Errorf("gone %t, %d clients are left: %s", out.Gone, len(l.op.Clients()), kinds(out.Problems))
					}
				})
			}
		}
	}
}
