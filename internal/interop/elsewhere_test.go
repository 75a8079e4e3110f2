// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// TestAnotherServer points the provider at a second server of the same make (of Keycloak, at another realm of the same host), with the
// state of the first. Nothing that the first server issued reaches the second, no client is registered there, an update goes to where
// the client is, and back at the first server nothing is left to do.
func TestAnotherServer(t *testing.T) {
	lacks := func(i *Instance) string {
		if i.Clients == nil || i.Can != everything || !strings.HasPrefix(i.Issuer, "http://") {
			return "does not tell its clients, has no update, or speaks TLS, which hides what is sent"
		}
		return ""
	}
	eachProduct(t, lacks, func(t *testing.T, s Server, first *Instance) {
		second := start(t, s)
		through, seen := recording(t)
		x := newSitting(t, first)
		elsewhere := newSitting(t, second)
		x.Configure(x.block(), x.resource("App"))
		x.Apply()
		h := x.state()
		issued := []string{h.ClientSecret, h.RegistrationAccessToken}
		for _, command := range [][]string{{"plan", "-no-color"}, tftest.TerminalApply} {
			x.Configure(elsewhere.block(through), x.resource("App 2"))
			if out, code := x.Try(command...); code != 0 {
				t.Errorf("%s at another server fails:\n%s", command[0], out)
			}
			issued = append(issued, x.state().ClientSecret, x.state().RegistrationAccessToken) // an update may have replaced them
		}
		if all := x.clients(); len(all) != 1 || all[0] != h.ClientID {
			t.Errorf("the first server has %v", all)
		}
		if all := elsewhere.clients(); len(all) != 0 {
			t.Errorf("a client was registered at the second server: %v", all)
		}
		asked := seen.requests()
		ours := func(request string) bool { return strings.Contains(request, " "+below(first, second)) }
		if !slices.ContainsFunc(asked, ours) || !slices.ContainsFunc(asked, func(q string) bool { return strings.Contains(q, " "+below(second, first)) }) {
			t.Errorf("one of the servers was not asked at all: %d requests", len(asked))
		}
		for _, request := range asked {
			for _, credential := range issued {
				if credential != "" && strings.Contains(request, credential) && !ours(request) {
					t.Errorf("a credential of the first server went elsewhere: %s", strings.ReplaceAll(request, credential, "…"))
				}
			}
		}
		x.Configure(x.block(), x.resource("App 2"))
		x.Quiet()
		x.works("App 2")
		x.Must(tftest.TerminalDestroy...)
		if all := x.clients(); len(all) != 0 {
			t.Errorf("the destruction left %v", all)
		}
	})
}

// below is how the addresses of a server begin that are not the other's: its origin, or its issuer where both have one origin.
func below(i, other *Instance) string {
	own := origin.Of(i.Issuer)
	if own == origin.Of(other.Issuer) {
		own = strings.TrimSuffix(i.Issuer, "/")
	}
	return own + "/"
}

// recording starts a forward proxy that keeps what goes through it, and returns the line of a provider block that names it.
func recording(t *testing.T) (line string, m *middle) {
	t.Helper()
	m = &middle{}
	forward := &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}} // the request names its server itself
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.note(r); err != nil {
			panic(http.ErrAbortHandler)
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return fmt.Sprintf("proxy_url = %q", proxy.URL), m
}
