// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// site is an application's own host, which has no clients.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	requests int
	tokens   []string
}

func newSite(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests++
		if token := r.Header.Get("Authorization"); token != "" {
			s.tokens = append(s.tokens, token)
		}
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// A client_id may be a URL, as those of OpenID Federation and of client ID metadata documents are, and the ID of an import that is a URL is the client configuration
// endpoint. The token of a client goes to no host that is none's: the import by such an ID says how to import the client by what it is.
func TestImportByAClientIDThatIsAURL(t *testing.T) {
	t.Parallel()
	says := func(status int, header, value, body string) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			if header != "" {
				w.Header().Set(header, value)
			}
			w.WriteHeader(status)
			fmt.Fprint(w, strings.ReplaceAll(body, "SELF", "http://"+r.Host+r.URL.Path))
		}
	}
	for name, c := range map[string]struct {
		path   string
		answer func(w http.ResponseWriter, r *http.Request)
		asked  bool
	}{
		"a metadata document":  {"/client.json", says(200, "Content-Type", "application/json", `{"client_id":"SELF","client_name":"App","redirect_uris":["https://app.example.com/cb"]}`), true},
		"a page":               {"/client", says(200, "Content-Type", "text/html", "<html>App</html>"), true},
		"nothing":              {"/client", says(404, "", "", ""), true},
		"an error":             {"/client", says(500, "", "", ""), true},
		"a login":              {"/client", says(302, "Location", "https://login.example.com/", ""), true},
		"a gateway's password": {"/client", says(401, "Www-Authenticate", `Basic realm="app"`, ""), true},
		"a host":               {"", says(401, "Www-Authenticate", "Bearer", ""), false},
		"a host with a slash":  {"/", says(401, "Www-Authenticate", "Bearer", ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := newSite(t, c.answer)
			id := app.URL + c.path
			s := &fakeop.Server{ClientID: func(int) string { return id }}
			_, _, token := registeredBefore(t, s, secured())
			r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}, "max_retries": 0})
			s.ResetLog()
			imported, _ := r.importAndRead(&tfprotov6.ImportResourceStateRequest{TypeName: clientType, ID: id})
			if !failed(imported) {
				t.Error("the import goes on")
			}
			containsAll(t, details(imported), "may be the client_id of a client", fmt.Sprintf("    client_id = %q\n", id), fmt.Sprintf("    registration_client_uri = %q\n", id))
			if len(app.tokens) > 0 || (app.requests > 0) != c.asked || s.CountOf(fakeop.OpRead) > 0 {
				t.Errorf("the application's host got %q in %d requests", app.tokens, app.requests)
			}
			imported, read := r.importAndRead(&tfprotov6.ImportResourceStateRequest{TypeName: clientType, Identity: identity(t, attrs{"client_id": id})})
			if failed(imported) || failed(read) || r.id() != id || len(app.tokens) > 0 {
				t.Errorf("the way does not work: %q, %q %s", r.id(), app.tokens, details(append(imported, read...)))
			}
		})
	}
}

// A client configuration endpoint at another server than the provider's is known by its asking for a token; one that does not ask is taken where an identity says what it
// is. At the provider's own server, and without one, nothing is asked before.
func TestImportByTheAddressOfAClientElsewhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults  fakeop.Faults
		at      func(away, home *fakeop.Server) attrs // the provider
		before  int                                   // requests without a token
		refused bool
	}{
		"asks for a token":      {fakeop.Faults{}, func(_, home *fakeop.Server) attrs { return attrs{"issuer": home.Issuer()} }, 1, false},
		"asks in other words":   {fakeop.Faults{MissingTokenStatus: 400}, func(_, home *fakeop.Server) attrs { return attrs{"issuer": home.Issuer()} }, 1, false},
		"forbids":               {fakeop.Faults{MissingTokenStatus: 403}, func(_, home *fakeop.Server) attrs { return attrs{"issuer": home.Issuer()} }, 1, true},
		"the provider's server": {fakeop.Faults{}, func(away, _ *fakeop.Server) attrs { return attrs{"issuer": away.Issuer()} }, 0, false},
		"the provider's endpoint's": {fakeop.Faults{MissingTokenStatus: 403}, func(away, _ *fakeop.Server) attrs {
			return attrs{"registration_endpoint": away.RegistrationEndpoint(), "issuer": nil}
		}, 0, false},
		"a provider without server": {fakeop.Faults{}, func(_, _ *fakeop.Server) attrs { return attrs{"issuer": nil} }, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			away, home := &fakeop.Server{Seed: "away"}, &fakeop.Server{Seed: "home"}
			home.Start(t)
			id, uri, token := registeredBefore(t, away, secured())
			away.SetFaults(c.faults)
			r := newSubject(t, home, attrs{"registration_access_tokens": attrs{uri: token}}.With(c.at(away, home)))
			away.ResetLog()
			imported, read := r.importAndRead(&tfprotov6.ImportResourceStateRequest{TypeName: clientType, ID: uri})
			if failed(imported) != c.refused || failed(read) || !c.refused && r.id() != id {
				t.Errorf("refused %v: %s", c.refused, details(append(imported, read...)))
			}
			without := 0
			for _, request := range away.Requests() {
				if request.Operation == fakeop.OpRead && request.Credential == "" {
					without++
				}
			}
			if without != c.before {
				t.Errorf("%d requests without a token, want %d", without, c.before)
			}
			imported, read = r.importAndRead(&tfprotov6.ImportResourceStateRequest{TypeName: clientType, Identity: identity(t, attrs{"registration_client_uri": uri})})
			if failed(imported) || failed(read) || r.id() != id {
				t.Errorf("by the identity: %s", details(append(imported, read...)))
			}
		})
	}
}
