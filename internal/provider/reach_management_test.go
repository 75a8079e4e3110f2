// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

var admin = attrs{"basic_auth": attrs{"username": "u", "password": "p"}}

// Which credential manages, for each setting and each sort of server. A client that nothing manages is replaced by a change and
// left behind by a destroy.
func TestReachManagement(t *testing.T) {
	basic := func(m fakeop.Management) *fakeop.Server {
		return &fakeop.Server{BasicUser: "u", BasicPassword: "p", Management: m}
	}
	managing := func(m fakeop.Management) *fakeop.Server {
		return &fakeop.Server{BasicUser: "u", BasicPassword: "p", Management: m, RegistrationCredentialManages: true}
	}
	for name, test := range map[string]struct {
		server     *fakeop.Server
		management string
		by         string // the scheme of reads, updates and deletions, "" where there are none
		warning    string // of the create
		reads      int    // in the create
	}{
		"auto, token returned":              {managing(fakeop.ManagementFull), "auto", "Bearer", "", 1},
		"default, token returned":           {managing(fakeop.ManagementFull), "", "Bearer", "", 1},
		"auto, none returned, verified":     {basic(fakeop.ManagementByCredential), "auto", "Basic", "", 1},
		"auto, none returned, not verified": {basic(fakeop.ManagementOff), "auto", "", "cannot be managed", 1},
		"auto, another client shown": {&fakeop.Server{
			BasicUser: "u", BasicPassword: "p", Management: fakeop.ManagementByCredential,
			Faults: fakeop.Faults{OtherClientID: true, ShapeOn: []fakeop.Operation{fakeop.OpRead}},
		}, "auto", "", "cannot be managed", 1},
		"auto, a page shown": {&fakeop.Server{
			BasicUser: "u", BasicPassword: "p", Management: fakeop.ManagementByCredential,
			Faults: fakeop.Faults{HTMLSuccess: true, ShapeOn: []fakeop.Operation{fakeop.OpRead}},
		}, "auto", "", "cannot be managed", 1},
		"auto, uri alone, verified":              {managing(fakeop.ManagementNoToken), "auto", "Basic", "", 1},
		"auto, uri alone, not verified":          {basic(fakeop.ManagementNoToken), "auto", "", "cannot be managed", 2}, // what an address is named for, too
		"token, returned":                        {managing(fakeop.ManagementFull), "registration_access_token", "Bearer", "", 1},
		"token, none returned":                   {basic(fakeop.ManagementByCredential), "registration_access_token", "", "", 0},
		"credentials, though a token is there":   {managing(fakeop.ManagementFull), "provider_credentials", "Basic", "", 1},
		"credentials, none returned":             {basic(fakeop.ManagementByCredential), "provider_credentials", "Basic", "", 1},
		"credentials, none returned, unverified": {basic(fakeop.ManagementOff), "provider_credentials", "", "cannot be managed", 2}, // what is promised is asked for twice
		"none, though a token is there":          {managing(fakeop.ManagementFull), "none", "", "", 0},
		"none":                                   {basic(fakeop.ManagementByCredential), "none", "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.server
			s.Start(t)
			settings := admin.With(attrs{"issuer": s.Issuer()})
			if test.management != "" {
				settings["management"] = test.management
			}
			c := start(t, settings).Another()
			c.Apply(web)
			if test.warning == "" {
				c.Rig().WantNoWarnings()
			} else {
				contains(t, c.Rig().Warnings(), test.warning, "client_configuration_uri_template", "management = \"none\"")
			}
			if n := s.Count(http.MethodGet, "/register/"); n != test.reads {
				t.Errorf("the create made %d reads", n)
			}
			c.WantEmpty(web)
			changed := web.With(attrs{"client_name": "app.2"})
			if test.by == "" {
				plan, err := c.PlanOnly(changed)
				if err != nil || (!plan.Unknown("client_id") && test.management != "none") {
					t.Errorf("a change does not replace the client: %v", err)
				}
				c.Destroy()
				contains(t, c.Rig().Warnings(), "stays at the server")
				tried := 0 // what the server named is kept, and may be served by now
				if name == "auto, uri alone, not verified" {
					tried = 1
				}
				if len(s.Clients()) != 1 || s.CountOf(fakeop.OpDelete) != tried {
					t.Error("the client was touched")
				}
				return
			}
			c.Apply(changed)
			c.WantEmpty(changed)
			c.Destroy()
			c.Rig().WantNoWarnings()
			for _, op := range []fakeop.Operation{fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete} {
				if diff := cmp.Diff([]string{test.by}, s.Schemes(op)); diff != "" {
					t.Errorf("%s was authorized by (-want +got):\n%s", op, diff)
				}
			}
			if len(s.Clients()) != 0 {
				t.Error("the client is still there")
			}
		})
	}
}

// The template names a client whatever is in its identifier, in a path and in a query.
func TestReachTemplateEncodesIdentifiers(t *testing.T) {
	for id, encoded := range map[string]string{
		"a/b": "a%2Fb", "..": "%2E%2E", ".": "%2E", "a.b": "a.b", "100%": "100%25", "%2F": "%252F", "urn:x:1": "urn%3Ax%3A1",
		"https://client.example/?a=b&c#d": "https%3A%2F%2Fclient.example%2F%3Fa%3Db%26c%23d", "a b+c": "a%20b%2Bc", "é": "%C3%A9", "a@b;c=d": "a%40b%3Bc%3Dd",
	} {
		for _, form := range []fakeop.ClientURIForm{fakeop.URIPath, fakeop.URIQuery} {
			s := fakeop.Server{BasicUser: "u", BasicPassword: "p", Management: fakeop.ManagementByCredential, ClientURI: form, ClientID: func(int) string { return id }}
			s.Start(t)
			settings := admin.With(attrs{"issuer": s.Issuer()})
			want := s.RegistrationEndpoint() + "/" + encoded
			if form == fakeop.URIQuery {
				settings["client_configuration_uri_template"] = "{registration_endpoint}?client_id={client_id}"
				want = s.RegistrationEndpoint() + "?client_id=" + encoded
			}
			c := start(t, settings).Another()
			c.Apply(web)
			if got := c.Text("registration_client_uri"); got != want {
				t.Errorf("%q is managed at %s, want %s", id, got, want)
				continue
			}
			c.WantEmpty(web)
			c.Apply(web.With(attrs{"client_name": "app.2"}))
			c.Destroy()
			if len(s.Clients()) != 0 {
				t.Errorf("%q is still there", id)
			}
			for _, r := range s.Of(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete) {
				if r.ClientID != id {
					t.Errorf("%s was about %q, not %q", r, r.ClientID, id)
				}
			}
		}
	}
}

// The provider's credentials stay at the origin of the registration endpoint, whatever the template or the server says.
func TestReachCredentialsStayAtTheirOrigin(t *testing.T) {
	for name, prepare := range map[string]func(s, other *fakeop.Server) attrs{
		"template": func(_, other *fakeop.Server) attrs {
			return attrs{"client_configuration_uri_template": other.RegistrationEndpoint() + "/{client_id}"}
		},
		"template, credentials": func(_, other *fakeop.Server) attrs {
			return attrs{"client_configuration_uri_template": other.RegistrationEndpoint() + "/{client_id}", "management": "provider_credentials"}
		},
		"returned uri": func(s, other *fakeop.Server) attrs {
			s.Management = fakeop.ManagementNoToken
			s.Faults.ClientURIOrigin = other.URL()
			return attrs{"management": "provider_credentials"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			other := fakeop.Server{Seed: "other"}
			other.Start(t)
			s := fakeop.Server{BasicUser: "u", BasicPassword: "p", Management: fakeop.ManagementOff, APIKeyHeader: "X-API-Key", APIKey: "k"}
			more := prepare(&s, &other)
			s.Start(t)
			settings := admin.With(attrs{"issuer": s.Issuer(), "headers": attrs{"X-API-Key": "k"}}).With(more)
			c := start(t, settings).Another()
			c.Apply(web)
			contains(t, c.Rig().Warnings(), "cannot be managed", "are not sent to the client configuration endpoint at "+other.URL())
			c.WantEmpty(web)
			if n := len(other.Requests()); n != 0 {
				t.Errorf("the other origin was asked: %q", other.Log())
			}
		})
	}
}

// An administrator's credential stands in for a lost registration access token.
func TestReachAdministratorStandsIn(t *testing.T) {
	s := fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}, AdminToken: "admin-token", Faults: fakeop.Faults{OmitTokenOnRead: true, OmitTokenOnUpdate: true}}
	s.Start(t)
	c := start(t, attrs{"issuer": s.Issuer(), "initial_access_token": "iat"}).Another()
	c.Apply(web)
	s.RevokeToken(c.Text("client_id"))
	wants(t, planError(c, web), "Registration access token refused", c.Text("client_id"), `management = "provider_credentials"`)

	adminProcess := start(t, attrs{"issuer": s.Issuer(), "initial_access_token": "admin-token", "management": "provider_credentials"})
	again := adminProcess.Copied(c)
	again.WantEmpty(web)
	again.Apply(web.With(attrs{"client_name": "app.2"}))
	again.WantEmpty(web.With(attrs{"client_name": "app.2"}))
	adminProcess.WantNoWarnings()

	wrong := start(t, attrs{"issuer": s.Issuer(), "initial_access_token": "iat", "management": "provider_credentials"}).Copied(again)
	err := planError(wrong, web.With(attrs{"client_name": "app.2"}))
	wants(t, err, "Provider's credentials refused", "Correct the provider's own credentials")
	if wrong.State.IsNull() {
		t.Fatal("a wrong credential of the provider made the client vanish")
	}
	again.Destroy()
	if len(s.Clients()) != 0 {
		t.Error("the client is still there")
	}
}

// Where a read shows the token, the administrator's read also brings the lost one back.
func TestReachAdministratorRestoresToken(t *testing.T) {
	s := fakeop.Server{AdminToken: "admin-token"}
	s.Start(t)
	c := start(t, attrs{"issuer": s.Issuer()}).Another()
	c.Apply(web)
	s.ReissueToken(c.Text("client_id"))
	wants(t, planError(c, web), "registration_access_tokens")
	again := start(t, attrs{"issuer": s.Issuer(), "initial_access_token": "admin-token", "management": "provider_credentials"}).Copied(c)
	again.WantEmpty(web)
	restored := start(t, attrs{"issuer": s.Issuer()}).Copied(again)
	restored.WantEmpty(web)
	restored.Destroy()
	if len(s.Clients()) != 0 {
		t.Error("the client is still there")
	}
}

// A registration access token without a URI is not tried at a guessed one; the provider's credentials are.
func TestReachTokenWithoutURI(t *testing.T) {
	s := fakeop.Server{BasicUser: "u", BasicPassword: "p", RegistrationCredentialManages: true}
	s.Start(t)
	s.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusCreated, Processed: true, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"client_id":"client-x","client_secret":"s","client_secret_expires_at":0,"registration_access_token":"lonely-token","redirect_uris":["https://app.example.com/cb"],"client_name":"app","grant_types":["authorization_code"]}`})
	s.AddClient("client-x", "s", map[string]any{"redirect_uris": []any{"https://app.example.com/cb"}, "client_name": "app"})
	c := start(t, admin.With(attrs{"issuer": s.Issuer()})).Another()
	c.Apply(web)
	c.WantEmpty(web)
	for _, r := range s.Requests() {
		if strings.Contains(r.Credential, "lonely") {
			t.Errorf("the token was sent: %s", r)
		}
	}
	if diff := cmp.Diff([]string{"Basic"}, s.Schemes(fakeop.OpRead)); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
}

// Import by client_id goes by the template, and by the provider's credentials where there is no token.
func TestReachImportByProviderCredentials(t *testing.T) {
	s := fakeop.Server{BasicUser: "u", BasicPassword: "p", Management: fakeop.ManagementByCredential, ClientID: func(int) string { return "team/app:1" }}
	s.Start(t)
	config := admin.With(attrs{"issuer": s.Issuer()})
	start(t, config).Another().Apply(web)
	imported := imported(t, start(t, config), "team/app:1") // in another run, as with Terraform
	// What an import finds equal to the standard's default is not managed, so the configuration leaves it out, too.
	imported.WantEmpty(attrs{"client_name": "app", "redirect_uris": []string{"https://app.example.com/cb"}})
	imported.Destroy()
	if len(s.Clients()) != 0 {
		t.Error("the client is still there")
	}
}
