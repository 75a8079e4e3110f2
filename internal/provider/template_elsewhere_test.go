// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client stays with its server where the provider is configured for another one. An address that is written out on the resource meanwhile is one at that server, to which nothing
// of this client is sent: neither then, nor once the provider is configured for the client's own server again, when the state still has that address.
func TestTemplateForAnotherServerIsNotAskedLater(t *testing.T) {
	t.Parallel()
	for _, named := range []string{"issuer", "webfinger_resource"} {
		for _, meanwhile := range []string{"App", "App 2"} { // settings alone, or an update
			for _, then := range []string{"plan", "update", "destroy"} {
				t.Run(fmt.Sprint(named, meanwhile, then), func(t *testing.T) {
					t.Parallel()
					home, other := &fakeop.Server{Seed: "home"}, &fakeop.Server{Seed: "other"}
					other.Start(t)
					home.Start(t)
					by := func(op *fakeop.Server) attrs {
						return attrs{"max_retries": 0, named: map[string]string{"issuer": op.Issuer(), "webfinger_resource": op.URL()}[named]}
					}
					r := newSubject(t, home, by(home))
					r.Apply(app)
					r.start(by(other))
					away := app.With(attrs{"client_name": meanwhile, "client_configuration_uri_template": other.RegistrationEndpoint() + "/{client_id}"})
					r.Apply(away)
					r.start(by(home))
					switch then {
					case "plan":
						r.planned(away)
					case "update":
						r.Apply(app.With(attrs{"client_name": "App 3"}))
						r.WantEmpty(app.With(attrs{"client_name": "App 3"}))
					case "destroy":
						r.Destroy()
					}
					if got := other.Of(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete); len(got) > 0 {
						t.Errorf("the client's token went to the other server: %s", got[0])
					}
				})
			}
		}
	}
}

// What is written out while the provider is configured for the client's own server is where the client is, wherever that is: it is asked there, also where it was
// written out for another server before.
func TestTemplateForItsOwnServerIsAsked(t *testing.T) {
	t.Parallel()
	home, other := &fakeop.Server{Seed: "home"}, &fakeop.Server{Seed: "other"}
	other.Start(t)
	r := newSubject(t, home, nil)
	r.Apply(app)
	template := attrs{"client_configuration_uri_template": other.RegistrationEndpoint() + "/{client_id}"}
	r.start(attrs{"issuer": other.Issuer()})
	r.Apply(app.With(template))
	r.start(nil)
	r.Apply(app)
	asked := func() bool {
		return slices.ContainsFunc(other.Of(fakeop.OpRead), func(q fakeop.Request) bool { return q.Credential != "" })
	}
	if asked() {
		t.Fatal("it is asked without a template")
	}
	r.Apply(app.With(template))
	r.planned(app.With(template))
	if !asked() {
		t.Error("it is not asked where the template says")
	}
}

// The resource names the server that the provider was configured for when an import was applied, so that the client stays where it is, or another one is registered there in its place. An address
// that is written out beside that is not the old client's, in an update as in its deregistration.
func TestTemplateBesideAnotherPlaceIsNotTheOldClients(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]attrs{
		"settings alone": {}, "update": {"client_name": "App 2"}, "new secret": {"rotate_secret_when": attrs{"a": "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home, other := &fakeop.Server{Seed: "home"}, &fakeop.Server{Seed: "other"}
			other.Start(t)
			r := newSubject(t, home, nil)
			config := app.With(attrs{"rotate_secret_when": attrs{"a": "1"}})
			r.Apply(config)
			uri, token := r.Text("registration_client_uri"), r.Text("registration_access_token")
			r.Drop()
			r.start(attrs{"issuer": other.Issuer(), "registration_access_tokens": attrs{uri: token}})
			if err := r.Rig().Import(theClient, uri); err != nil {
				t.Fatal(err)
			}
			r.Apply(config.With(attrs{"client_name": "App 3"}))
			r.start(nil)
			moved := attrs{"registration_endpoint": other.RegistrationEndpoint(), "client_configuration_uri_template": other.RegistrationEndpoint() + "/{client_id}"}
			r.Apply(config.With(attrs{"client_name": "App 3"}).With(change).With(moved))
			for _, q := range other.Of(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete) {
				for _, sent := range home.Requests() {
					if sent.AuthScheme == "Bearer" && sent.Credential == q.Credential {
						t.Fatalf("the old client's token went to the other server: %s", q)
					}
				}
			}
		})
	}
}

// A client that is registered at another server in the place of one there, and has its client_id, is kept with an error, and the state has the template of before beside it. It is of
// the other one's server.
func TestTemplateBesideAnEqualClientIDIsNotTheNewClients(t *testing.T) {
	t.Parallel()
	same := func(int) string { return "client" }
	home, other := &fakeop.Server{Seed: "home", Management: fakeop.ManagementOff, ClientID: same}, &fakeop.Server{Seed: "other", ClientID: same}
	other.Start(t)
	r := newSubject(t, home, nil)
	r.Apply(app.With(attrs{"client_configuration_uri_template": home.RegistrationEndpoint() + "/{client_id}"}))
	r.start(attrs{"issuer": other.Issuer()})
	if err := r.TryApply(renamed); err == nil || len(other.Clients()) != 1 {
		t.Fatalf("%d clients are registered, and there is no error", len(other.Clients()))
	}
	r.start(attrs{"issuer": other.Issuer()})
	r.Apply(renamed)
	r.WantEmpty(renamed)
	for _, q := range home.Requests() {
		if q.Credential != "" {
			t.Errorf("the new client's token went to the old one's server: %s", q)
		}
	}
}

// One apply writes out another server's registration endpoint beside the client's issuer, and an address there: neither that apply nor a later one sends the client's credentials to it.
func TestTemplateWrittenBesideAnotherServersEndpoint(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]attrs{"its token": nil, "the provider's credentials": {"initial_access_token": "configured-admin", "management": "provider_credentials"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home, other := &fakeop.Server{Seed: "home", AdminToken: "configured-admin"}, &fakeop.Server{Seed: "other"}
			other.Start(t)
			r := newSubject(t, home, settings)
			r.Apply(app)
			config := renamed.With(attrs{
				"issuer": home.Issuer(), "registration_endpoint": other.RegistrationEndpoint(), "client_configuration_uri_template": other.RegistrationEndpoint() + "/{client_id}",
			})
			for range 3 {
				_ = r.TryApply(config)
				r.start(attrs{}.With(settings))
			}
			_ = r.TryDestroy()
			for _, q := range other.Requests() {
				if q.Credential != "" {
					t.Errorf("the other server got a credential: %s", q)
				}
			}
		})
	}
}
