// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Where the provider's credential is good at the registration endpoint, and nothing else tells of the client, a refusal at the client's own URI that has another
// reading makes it neither forgotten nor deleted. One that has none does.
func TestARefusalBesideAGoodCredential(t *testing.T) {
	const admin = "credential-of-the-provider"
	page := fakeop.Answer{Status: 400, MediaType: "text/html", Body: "<html><title>400 Bad Request</title></html>"}
	for name, test := range map[string]struct {
		refused fakeop.Answer
		gone    bool
	}{
		"a page of a front end":       {refused: page},
		"400 without a word":          {refused: fakeop.Answer{Status: 400}},
		"another audience":            {refused: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token","error_description":"the audience does not match"}`}},
		"the same, in the header":     {refused: fakeop.Answer{Status: 401, Header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}}},
		"a token that has expired":    {refused: fakeop.Answer{Status: 401, Body: `{"message":"The token has expired"}`}},
		"an invalid token, in words":  {refused: fakeop.Answer{Status: 401, Body: `{"detail":"Invalid token."}`}},
		"a malformed JWT, in words":   {refused: fakeop.Answer{Status: 401, Body: `{"message":"jwt malformed"}`}},
		"bad credentials, in words":   {refused: fakeop.Answer{Status: 401, Body: `{"error":"unauthorized","message":"Bad credentials"}`}},
		"an audience, in words":       {refused: fakeop.Answer{Status: 401, MediaType: "text/plain", Body: "Audience mismatch"}},
		"a code of the server's own":  {refused: fakeop.Answer{Status: 401, Body: `{"code":"JWT_INVALID"}`}},
		"the client, in words":        {refused: fakeop.Answer{Status: 401, Body: `{"message":"The client does not exist"}`}, gone: true},
		"the client of a token":       {refused: fakeop.Answer{Status: 401, Body: `{"message":"No such client for this token"}`}, gone: true},
		"401 without a word":          {refused: fakeop.Answer{Status: 401}, gone: true},
		"401 of a client, in a code":  {refused: fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`}, gone: true},
		"401 that asks for a token":   {refused: fakeop.Answer{Status: 401, Header: http.Header{"Www-Authenticate": {"Bearer"}}}, gone: true},
		"401, a document of no code":  {refused: fakeop.Answer{Status: 401, Body: `{"message":"Unauthorized"}`}, gone: true},
		"400 of a token":              {refused: fakeop.Answer{Status: 400, Body: `{"error":"invalid_token"}`}},
		"400 in the server's own way": {refused: fakeop.Answer{Status: 400, Body: `{"error":"invalid_request"}`}},
	} {
		for _, operation := range []string{"read", "delete"} {
			t.Run(name+", "+operation, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{InitialAccessTokens: map[string]int{admin: 0}, Management: fakeop.ManagementByCredential}
				op.Start(t)
				s := authserver.Settings{RegistrationEndpoint: looksAtTheCredentialFirst(t, op), InitialAccessToken: secret.New(admin), Management: authserver.ManagementProvider}
				l := startAs(t, op, s)
				l.register()
				l.op.EditFaults(func(f *fakeop.Faults) {
					f.Reading.Calls, f.Deletion.Calls = fakeop.Always(test.refused), fakeop.Always(test.refused)
				})
				state := l.state
				l = startAs(t, op, s)
				l.state = state
				l.state.Record.WrittenAt = 0
				if out := l.operate(operation, nil); out.Gone != test.gone {
					t.Errorf("gone %v: %s", out.Gone, kinds(out.Problems))
				}
			})
		}
	}
}

// looksAtTheCredentialFirst gives the registration endpoint of a server that answers a GET there with 401 to nobody and with 400 to a credential that it accepts.
func looksAtTheCredentialFirst(t *testing.T, op *fakeop.Server) string {
	t.Helper()
	to, err := url.Parse(op.RegistrationEndpoint())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: to.Scheme, Host: to.Host})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet || r.URL.Path != to.Path:
			proxy.ServeHTTP(w, r)
		case !accepts(op, r):
			w.WriteHeader(http.StatusUnauthorized)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(front.Close)
	return front.URL + to.Path
}

func accepts(op *fakeop.Server, r *http.Request) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, known := op.InitialAccessTokens[token]
	return known
}

// What stands before the server wants the header and does not look at it: a credential that has ended is let through at the registration endpoint as any other one. Its refusal
// at the client's own URI says nothing of the client.
func TestARefusalBehindWhatWantsTheHeaderAloneForgetsNobody(t *testing.T) {
	const admin = "credential-of-the-provider"
	for _, operation := range []string{"read", "delete"} {
		op := &fakeop.Server{InitialAccessTokens: map[string]int{admin: 0}, Management: fakeop.ManagementByCredential}
		op.Start(t)
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch to, _ := url.Parse(op.RegistrationEndpoint()); {
			case r.Header.Get("Authorization") == "":
				w.WriteHeader(http.StatusUnauthorized)
			case r.Method == http.MethodGet && r.URL.Path == "/register":
				w.WriteHeader(http.StatusMethodNotAllowed)
			default:
				httputil.NewSingleHostReverseProxy(&url.URL{Scheme: to.Scheme, Host: to.Host}).ServeHTTP(w, r)
			}
		}))
		t.Cleanup(front.Close)
		s := authserver.Settings{RegistrationEndpoint: front.URL + "/register", InitialAccessToken: secret.New(admin), Management: authserver.ManagementProvider}
		l := startAs(t, op, s)
		l.register()
		ended := fakeop.Always(fakeop.Answer{Status: 401, Body: `{"detail":"Invalid token."}`})
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls, f.Deletion.Calls = ended, ended })
		state := l.state
		l = startAs(t, op, s)
		l.state, l.state.Record.WrittenAt = state, 0
		if out := l.operate(operation, nil); out.Gone {
			t.Errorf("%s: gone: %s", operation, kinds(out.Problems))
		}
	}
}
