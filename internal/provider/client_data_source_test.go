// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// shows fails unless the read of oidc_client went without a word and shows these texts.
func shows(t *testing.T, r *tftest.Rig, config attrs, want map[string]string) {
	t.Helper()
	got, err := r.ReadData("oidc_client", config)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		if textOf(got[name]) != text {
			t.Errorf("%s is %q, want %q", name, textOf(got[name]), text)
		}
	}
}

// one is a server with one client, and the settings that only find the server.
func one(t *testing.T, s *fakeop.Server, config attrs) (fakeop.Client, attrs) {
	t.Helper()
	s.InitialAccessTokens = map[string]int{"iat": 0}
	s.Start(t)
	settings := attrs{"issuer": s.Issuer()}
	start(t, settings.With(attrs{"initial_access_token": "iat"})).Another().Apply(config)
	return s.Clients()[0], settings
}

var portal = attrs{"client_name": "portal", "redirect_uris": []string{"https://a.example/cb"}, "application_type": "web"}

func TestFindByToken(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{}
	client, settings := one(t, s, portal)
	want := map[string]string{"client_id": client.ID, "registration_client_uri": client.URI, "client_name": "portal", "application_type": "web", "current_registration_access_token": s.CurrentToken(client.ID)}
	given := attrs{"registration_client_uri": client.URI, "registration_access_token": s.CurrentToken(client.ID)}
	p := start(t, settings)
	shows(t, p, given, want)
	got, _ := p.ReadData("oidc_client", given)
	for name, v := range got {
		if strings.Contains(v.String(), client.Secret) {
			t.Errorf("%s shows the client secret", name)
		}
	}
	shows(t, p, given.With(attrs{"client_id": client.ID}), want)
	shows(t, start(t, settings.With(attrs{"registration_access_tokens": attrs{client.ID: s.CurrentToken(client.ID)}})), attrs{"registration_client_uri": client.URI}, want)

	// Another client's identifier beside the address.
	_, err := p.ReadData("oidc_client", given.With(attrs{"client_id": "other"}))
	wants(t, err, "another client")
	// No credential, and the wrong one.
	n := s.CountOf(fakeop.OpRead)
	_, err = p.ReadData("oidc_client", attrs{"registration_client_uri": client.URI})
	wants(t, err, "No credential")
	if s.CountOf(fakeop.OpRead) != n {
		t.Error("a request was sent without a credential")
	}
	_, err = p.ReadData("oidc_client", attrs{"registration_client_uri": client.URI, "registration_access_token": "wrong-token-0123456789"})
	wants(t, err, "not read", "401", "no such client")
	if strings.Contains(err.Error(), "wrong-token") {
		t.Error("the token is shown")
	}
	_, err = start(t, settings.With(attrs{"management": "none"})).ReadData("oidc_client", given)
	wants(t, err, "management")
}

// A refused credential is told where it is set, with what to do there; each way is taken. A data source has no timeouts of its own.
func TestFindRefused(t *testing.T) {
	s := &fakeop.Server{}
	client, settings := one(t, s, portal)
	given := attrs{"registration_client_uri": client.URI, "registration_access_token": "wrong-token-0123456789"}
	p := start(t, settings)
	_, err := p.ReadData("oidc_client", given)
	wants(t, err, "not read", "set it here:", "registration_access_token = var.registration_access_token", "compare client_id and registration_client_uri")
	if told := p.Told(); len(told) != 1 || told[0].Attribute.String() != `AttributeName("registration_access_token")` {
		t.Errorf("it is not told on its attribute: %v", told)
	}
	token := s.ReissueToken(client.ID)
	if _, err := p.ReadData("oidc_client", given.With(attrs{"registration_access_token": token})); err != nil {
		t.Errorf("with another token: %v", err)
	}
	_, err = p.ReadData("oidc_client", attrs{"registration_client_uri": client.URI + "x", "registration_access_token": token})
	wants(t, err, "compare client_id and registration_client_uri")

	wrong := attrs{"registration_access_tokens": attrs{client.ID: "wrong-token-0123456789"}}
	_, err = start(t, settings.With(wrong)).ReadData("oidc_client", attrs{"client_id": client.ID})
	wants(t, err, "not read", "set it on the provider:", `registration_access_tokens = { "`+client.ID+`" = var.registration_access_token }`)
	right := attrs{"registration_access_tokens": attrs{client.ID: s.ReissueToken(client.ID)}}
	if _, err := start(t, settings.With(right)).ReadData("oidc_client", attrs{"client_id": client.ID}); err != nil {
		t.Errorf("with another token on the provider: %v", err)
	}
	t.Setenv(tokensVariable, tokensOf(t, map[string]string{client.ID: "wrong-token-0123456789"}))
	_, err = start(t, settings).ReadData("oidc_client", attrs{"client_id": client.ID})
	wants(t, err, "not read", "set it in the environment. Where the variable has tokens of other clients already, its new value is to hold those, too, in the same object:")
	t.Setenv(tokensVariable, exported(t, err.Error(), s.ReissueToken(client.ID)))
	if _, err := start(t, settings).ReadData("oidc_client", attrs{"client_id": client.ID}); err != nil {
		t.Errorf("with another token in the environment: %v", err)
	}
	t.Setenv(tokensVariable, "")
	_, err = start(t, settings.With(attrs{"initial_access_token": "wrong-token-0123456789"})).ReadData("oidc_client", attrs{"client_id": client.ID})
	wants(t, err, "not read", "Correct the provider's own credentials")

	s.SetFaults(fakeop.Faults{Hang: []fakeop.Operation{fakeop.OpRead}})
	_, err = start(t, settings.With(right).With(attrs{"request_timeout": "200ms", "max_retries": 0})).ReadData("oidc_client", attrs{"client_id": client.ID})
	wants(t, err, "not read", "did not answer in time", `request_timeout = "2m"`)
	if strings.Contains(err.Error(), "timeouts") {
		t.Errorf("it speaks of a resource's timeouts: %v", err)
	}
}

// A read that replaces the credentials is told, and kept where there is a journal.
func TestFindRotating(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{"token": {RotateTokenOnRead: true}, "token and secret": {RotateTokenOnRead: true, RotateSecretOnRead: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			client, settings := one(t, s, portal)
			s.SetFaults(faults)
			given := attrs{"registration_client_uri": client.URI, "registration_access_token": s.CurrentToken(client.ID)}
			p := start(t, settings)
			got, err := p.ReadData("oidc_client", given)
			wants(t, err, "rotates credentials", "token_journal", "is used up", "Finish the apply of this plan")
			if textOf(got["current_registration_access_token"]) != s.CurrentToken(client.ID) {
				t.Error("the new token is not shown")
			}
			n := s.CountOf(fakeop.OpRead)
			got, err = p.ReadData("oidc_client", attrs{"registration_client_uri": client.URI, "registration_access_token": s.CurrentToken(client.ID)})
			if wants(t, err, "whenever this client is read"); textOf(got["client_id"]) != "" || s.CountOf(fakeop.OpRead) != n {
				t.Error("it is read although that is known to cost the token")
			}

			first := attrs{"registration_client_uri": client.URI, "registration_access_token": s.CurrentToken(client.ID)}
			journaled := settings.With(attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}})
			for range 3 {
				got, err := start(t, journaled).ReadData("oidc_client", first)
				wants(t, err, "The token journal has them")
				if textOf(got["current_registration_access_token"]) != s.CurrentToken(client.ID) {
					t.Error("the new token is not shown")
				}
			}
		})
	}
}

// Where reads replace the client secret, a journal does not let a block without a state read the client. The way that does is named at once, and
// "never", which is about refreshes, does not hinder the journal where it is of use.
func TestFindWhereReadsReplaceTheSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults          fakeop.Faults
		always, journal bool
	}{
		"secret":           {fakeop.Faults{RotateSecretOnRead: true}, true, false},
		"token and secret": {fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true}, true, true},
		"token":            {fakeop.Faults{RotateTokenOnRead: true}, false, true},
	} {
		for _, refresh := range []string{"auto", "never"} {
			t.Run(name+"/"+refresh, func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{Faults: c.faults}, attrs{"refresh": refresh})
				r.Apply(secured())
				look := func(settings attrs) (said []string) {
					r.start(settings)
					if err := r.Reread(); err != nil {
						t.Fatal(err)
					}
					found := attrs{"client_id": r.id(), "registration_client_uri": r.Text("registration_client_uri"), "registration_access_token": r.Text("registration_access_token")}
					answer, err := r.Rig().Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
						TypeName: "oidc_client_secret", Config: configured(t, schemas(t).EphemeralResourceSchemas["oidc_client_secret"], found),
					})
					if err != nil {
						t.Fatal(err)
					}
					if failed(answer.Diagnostics) {
						said = append(said, details(answer.Diagnostics))
					}
					if _, err := r.Rig().ReadData("oidc_client", found); err != nil {
						said = append(said, err.Error())
					}
					return said
				}
				said := look(attrs{"refresh": refresh})
				if len(said) != 2 {
					t.Fatalf("refused: %q", said)
				}
				way := attrs{"refresh": refresh}
				if c.always {
					way["refresh"] = "always"
				}
				if c.journal {
					way["token_journal"] = attrs{"path": filepath.Join(t.TempDir(), "clients.journal")}
				}
				for _, text := range said {
					if strings.Contains(text, `refresh = "always"`) != c.always || strings.Contains(text, "token_journal = ") != c.journal {
						t.Errorf("the way is %v: %s", way, text)
					}
				}
				said = look(way)
				for _, text := range said {
					if strings.Contains(text, "Client not read") || strings.Contains(text, "not fetched") || strings.Contains(text, "Server replaces the client secret") {
						t.Errorf("with the way that was named: %s", text)
					}
				}
			})
		}
	}
}

// searching is a server that can search in a way of its own: it answers every GET of its registration endpoint with the body.
func searching(t *testing.T, answer func(r *http.Request) (int, string)) (endpoint string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, body := answer(r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/register"
}

func TestFindByName(t *testing.T) {
	t.Parallel()
	const shopClient = `{"client_id":"1","client_name":"shop","client_secret":"s3cr3t-0123456789","redirect_uris":["https://a.example/cb"]}`
	for name, c := range map[string]struct {
		status int
		list   string
		client string // at its own address; empty: a 404
		want   string // client_id
		says   string
	}{
		"one object":                    {200, shopClient, shopClient, "1", ""},
		"an array":                      {200, "[" + shopClient + `,{"client_id":"2","client_name":"shop-2"}]`, shopClient, "1", ""},
		"a page":                        {200, `{"total":1,"clients":[{"client_id":"1"}]}`, shopClient, "1", ""},
		"a client that cannot be read":  {200, shopClient, "", "1", "404"},
		"a list without names, ignored": {200, `[{"client_id":"1"}]`, `{"client_id":"1","client_name":"other"}`, "", "may ignore the query"},
		"no name, not readable":         {200, `[{"client_id":"1"}]`, "", "", "404"},
		"two":                           {200, "[" + shopClient + `,{"client_id":"2","client_name":"shop"}]`, shopClient, "", "2 clients"},
		"none":                          {200, "[]", "", "", "no client with this client_name"},
		"nothing":                       {204, "", "", "", "no client with this client_name"},
		"others":                        {200, `[{"client_id":"2","client_name":"Shop"}]`, "", "", "1 client without it"},
		"not found":                     {404, `{}`, "", "", "no client with this client_name"},
		"refused":                       {401, "", "", "", "no such client"},
		"not supported":                 {405, `{}`, "", "", "client_query_template"},
		"no client":                     {200, `{"keys":[{"kty":"OKP"}]}`, "", "", "no client_id"},
		"HTML":                          {200, "<html>", "", "", "HTML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint := searching(t, func(r *http.Request) (int, string) {
				if user, password, _ := r.BasicAuth(); user != "admin" || password != "word" {
					return 403, `{}`
				}
				switch {
				case r.URL.Path == "/register" && r.URL.Query().Get("client_name") == "shop":
					return c.status, c.list
				case c.client != "":
					return 200, c.client
				}
				return 404, `{}`
			})
			p := start(t, attrs{"registration_endpoint": endpoint, "basic_auth": attrs{"username": "admin", "password": "word"}, "management": "provider_credentials"})
			got, err := p.ReadData("oidc_client", attrs{"client_name": "shop"})
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("it says %v", err)
			}
			if id := textOf(got["client_id"]); id != c.want {
				t.Errorf("found %q", id)
			}
			if c.want != "" && textOf(got["registration_client_uri"]) != endpoint+"/1" {
				t.Errorf("at %q", textOf(got["registration_client_uri"]))
			}
			if strings.Contains(fmt.Sprint(got, err), "s3cr3t-0123456789") {
				t.Error("the client secret is shown")
			}
		})
	}
}

// The provider's credentials go to the provider's server only.
func TestFindElsewhere(t *testing.T) {
	t.Parallel()
	asked := 0
	elsewhere := searching(t, func(*http.Request) (int, string) { asked++; return 200, `{"client_id":"1","client_name":"shop"}` })
	home := searching(t, func(*http.Request) (int, string) { return 404, `{}` })
	p := start(t, attrs{"registration_endpoint": home, "basic_auth": attrs{"username": "admin", "password": "word"}, "management": "provider_credentials"})
	_, err := p.ReadData("oidc_client", attrs{"client_name": "shop", "client_query_template": elsewhere + "?name={client_name}"})
	wants(t, err, "not sent to")
	_, err = p.ReadData("oidc_client", attrs{"registration_client_uri": elsewhere + "/1"})
	wants(t, err, "not sent to")
	if asked > 0 {
		t.Error("the other server was asked")
	}
	unknownYet := start(t, attrs{"registration_endpoint": home, "initial_access_token": tftest.Unknown{}})
	_, err = unknownYet.ReadData("oidc_client", attrs{"client_name": "shop"})
	wants(t, err, "known only after another apply")
}

func TestFindAtWSO2(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		process := start(t, settingsAt(p, s))
		process.Another().Apply(shop(release))
		id := s.Clients()[len(s.Clients())-1].ID
		for _, by := range []attrs{{"client_name": "shop-1"}, {"client_id": id}} {
			shows(t, process, by, map[string]string{"client_id": id, "client_name": "shop-1", "registration_client_uri": s.RegistrationEndpoint(p.At()) + "/" + id})
		}
		_, err := process.ReadData("oidc_client", attrs{"client_name": "nobody"})
		wants(t, err, "no such client")
	})
}
