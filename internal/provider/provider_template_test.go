// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// namesServer has a resource name a server, by each of its names.
var namesServer = map[string]func(*fakeop.Server) attrs{
	"issuer":                func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
	"registration_endpoint": func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} },
	"both": func(op *fakeop.Server) attrs {
		return attrs{"issuer": op.Issuer(), "registration_endpoint": op.RegistrationEndpoint()}
	},
}

// The provider's template with its server's address written out is for that server: no client whose resource names another one is asked for there, with
// its token. They may have clients of one name.
func TestProvidersTemplateIsNotForAnotherServersClients(t *testing.T) {
	t.Parallel()
	for by, names := range namesServer {
		for _, same := range []string{"other client_ids", "one client_id"} {
			t.Run(by+", "+same, func(t *testing.T) {
				t.Parallel()
				home, away := &fakeop.Server{Seed: "home"}, &fakeop.Server{Seed: "away"}
				if same == "one client_id" {
					home.ClientID, away.ClientID = func(int) string { return "7" }, func(int) string { return "7" }
				}
				home.Start(t)
				away.Start(t)
				settings := attrs{"max_retries": 0, "issuer": home.Issuer(), "client_configuration_uri_template": home.URL() + "/register/{client_id}"}
				r := newSubject(t, home, settings)
				config := secured().With(names(away))
				for _, name := range []string{"App", "App 2"} {
					r.Begin()
					r.Apply(config.With(attrs{"client_name": name}))
					r.WantEmpty(config.With(attrs{"client_name": name}))
					r.wantQuiet()
					r.start(settings)
				}
				r.Destroy()
				for _, q := range home.Requests() {
					if q.Credential != "" {
						t.Errorf("%s %s at the provider's server with %s", q.Method, q.Path, q.Credential)
					}
				}
				if n := len(away.Clients()); n != 0 {
					t.Errorf("%d clients are left", n)
				}
			})
		}
	}
}

// Such a template goes on to be asked first for the provider's own server's clients, by whichever name a resource has that one, and a resource's own template for its
// client, wherever that is.
func TestTemplateWithTheAddressWrittenOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config   func(*fakeop.Server) attrs
		resource bool
	}{
		"the provider's server":        {config: func(*fakeop.Server) attrs { return nil }},
		"issuer of the same":           {config: namesServer["issuer"]},
		"endpoint of the same":         {config: namesServer["registration_endpoint"]},
		"another's issuer, resource":   {config: namesServer["issuer"], resource: true},
		"another's endpoint, resource": {config: namesServer["registration_endpoint"], resource: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Seed: "there"}
			elsewhere(t, op)
			template := attrs{"client_configuration_uri_template": op.URL() + "/register/{client_id}"}
			settings, config := attrs{"max_retries": 0, "issuer": op.Issuer()}.With(template), secured().With(c.config(op))
			if c.resource {
				settings, config = attrs{"max_retries": 0, "issuer": startedOther(t).Issuer()}, config.With(template)
			}
			r := newSubject(t, op, settings)
			r.Apply(config)
			if uri := r.Text("registration_client_uri"); uri != op.URL()+"/register/"+r.id() {
				t.Errorf("it is asked for at %s", uri)
			}
		})
	}
}

// An import by an identity of another server takes no address from such a template either: the token would go there, and a client of that name may be there.
func TestIdentityOfAnotherServerBesideAWrittenOutTemplate(t *testing.T) {
	t.Parallel()
	home, away := &fakeop.Server{Seed: "home"}, &fakeop.Server{Seed: "away"}
	id, uri, token := registeredBefore(t, away, secured())
	home.Start(t)
	r := newSubject(t, home, attrs{
		"max_retries": 0, "issuer": home.Issuer(), "client_configuration_uri_template": home.URL() + "/register/{client_id}", "registration_access_tokens": attrs{uri: token},
	})
	if err := r.TryImport(&tfprotov6.ImportResourceStateRequest{Identity: identity(t, attrs{"issuer": away.Issuer(), "client_id": id})}); err != nil {
		t.Fatal(err)
	}
	r.stays(away, id, secured().With(attrs{"issuer": away.Issuer()}))
}

// An empty template of the resource's counts as not set, as an empty text does everywhere: the provider's stays in force.
func TestAnEmptyTemplateLeavesTheProviders(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	op.EditFaults(func(f *fakeop.Faults) {
		f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { delete(doc, "registration_client_uri") }})
	})
	r := newSubject(t, op, attrs{"max_retries": 0, "client_configuration_uri_template": "{registration_endpoint}/{client_id}"})
	config := secured().With(attrs{"client_configuration_uri_template": ""})
	r.Begin()
	r.Apply(config)
	r.wantQuiet()
	first := r.id()
	r.Apply(config.With(attrs{"client_name": "App 2"}))
	if stored, _ := op.Client(first); r.id() != first || stored.Metadata["client_name"] != "App 2" {
		t.Errorf("client %s is now %s: %v", first, r.id(), stored.Metadata)
	}
}
