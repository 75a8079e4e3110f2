// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// registrar is a server that registers, shows and changes clients by tokens of one client, with the settings for that.
func registrar(t *testing.T) (*fakeop.Server, attrs) {
	t.Helper()
	s := &fakeop.Server{RegistrationCredentialManages: true, Management: fakeop.ManagementByCredential, RegistrationScope: "register", AdminToken: "admin"}
	s.Start(t)
	s.AddClient("registrar", "word", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
	return s, attrs{
		"issuer": s.Issuer(), "management": "provider_credentials", "max_retries": 0,
		"client_credentials": attrs{"client_id": "registrar", "client_secret": "word", "scopes": []string{"register"}},
	}
}

func credentials(settings, changed attrs) attrs {
	return settings.With(attrs{"client_credentials": settings["client_credentials"].(attrs).With(changed)})
}

// Where the token endpoint issues no token, each operation says so, with its address and what it answered, and names a way for that very
// answer. Each way that can be taken in the configuration is taken.
func TestTokenEndpointThatIssuesNoToken(t *testing.T) {
	t.Parallel()
	elsewhere := func(handler http.HandlerFunc) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL + "/token"
	}
	page := elsewhere(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>Login</title>"))
	})
	always := func(a fakeop.Answer) *fakeop.Answer { return &a }
	for name, c := range map[string]struct {
		changed attrs          // of client_credentials
		answer  *fakeop.Answer // of the token endpoint, until it answers as it should
		then    attrs          // what the message says to set
		instead attrs          // of client_credentials, in their place
		url     string         // of the token endpoint that is asked, where that is another one
		moved   bool           // the endpoint that is asked redirects to the server's own
		says    []string
	}{
		"secret": {changed: attrs{"client_secret": "wrong"}, then: attrs{"client_secret": "word"}, says: []string{"401 invalid_client", "Correct client_id, client_secret or private_key"}},
		"secret, in other words": {changed: attrs{"client_secret": "wrong"}, answer: always(fakeop.Answer{Status: 401, Body: `{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`}), then: attrs{"client_secret": "word"},
			says: []string{"401 unauthorized_client", "does not accept the client", "Correct client_id, client_secret or private_key", "allow this client the grant type"}},
		"scope":      {changed: attrs{"scopes": []string{"nope"}}, then: attrs{"scopes": []string{"register"}}, says: []string{"400 invalid_scope", "Correct scopes in client_credentials"}},
		"grant":      {answer: always(fakeop.Answer{Status: 400, Body: `{"error":"unauthorized_client"}`}), says: []string{"400 unauthorized_client", "allow this client the grant type"}},
		"no grant":   {answer: always(fakeop.Answer{Status: 400, Body: `{"error":"unsupported_grant_type"}`}), instead: attrs{"initial_access_token": "admin"}, says: []string{"400 unsupported_grant_type", "in place of client_credentials"}},
		"failed":     {answer: always(fakeop.Answer{Status: 500}), says: []string{"500 Internal Server Error", "Try again later, or look into the server's log."}},
		"limited":    {answer: always(fakeop.Answer{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}), says: []string{"429 Too Many Requests", "The server asks for no request until 20", "Run it again after that time."}},
		"mac":        {answer: always(fakeop.Answer{Status: 200, Body: `{"access_token":"x","token_type":"mac"}`}), says: []string{"with a token of type “mac”", "issues bearer tokens to this client"}},
		"a page":     {changed: attrs{"token_endpoint": page}, then: attrs{"token_endpoint": nil}, url: page, says: []string{"200 OK", "without an access token that can be read", "Compare the address with the server's own documentation, and set the token endpoint"}},
		"a redirect": {moved: true, says: []string{"302 Found", "a redirect to ", "If the server's operator says that its token endpoint is there, set it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, settings := registrar(t)
			r := newSubject(t, s, settings)
			r.Apply(portal)
			asked := s.Issuer() + "/token"
			if c.moved {
				to := asked
				asked = elsewhere(func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, to+"?x=query", http.StatusFound) })
				c.changed, c.then = attrs{"token_endpoint": asked}, attrs{"token_endpoint": to}
				c.says = append(c.says, "token_endpoint = \""+to+"\"")
			} else if c.url != "" {
				asked = c.url
			}
			if c.answer != nil {
				s.SetFaults(fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(*c.answer)}})
			}
			wrong, id := credentials(settings, c.changed), r.id()
			for operation, err := range failedOperations(r, wrong) {
				if err == nil {
					t.Errorf("%s: no error", operation)
					continue
				}
				containsAll(t, err.Error(), append(c.says, "POST "+asked+": ", "it needs an access token of the token endpoint "+asked)...)
				containsNone(t, err.Error(), "registration access token where it is set", "basic_auth or client_credentials on the provider", "x=query")
			}
			good := credentials(settings, c.then)
			if c.instead != nil {
				good = settings.With(c.instead).With(attrs{"client_credentials": nil})
			} else {
				s.SetFaults(fakeop.Faults{})
			}
			r.start(good)
			r.Apply(portal.With(attrs{"client_name": "changed"}))
			if r.id() != id {
				t.Error("the client is another one")
			}
		})
	}
}

// failedOperations are what each operation says with settings by which no token can be had.
func failedOperations(r *subject, wrong attrs) map[string]error {
	errs := map[string]error{}
	id := r.id()
	_, errs["data source"] = start(r.t, wrong).ReadData("oidc_client", attrs{"client_id": id})
	_, errs["search"] = start(r.t, wrong).ReadData("oidc_client", attrs{"client_name": "portal"})
	errs["registration"] = start(r.t, wrong).Another().TryApply(portal)
	if err := r.configure(wrong); err != nil {
		r.t.Fatal(err)
	}
	_, errs["plan"] = r.TryPlan(portal.With(attrs{"client_name": "changed"}))
	return errs
}
