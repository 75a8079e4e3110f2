// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Two servers may both have a client of one client_id. A token that the provider has by it is for its own server's, whoever asks for the other one, and the
// message has the line that reads that.
func TestATokenByClientIDIsNotSentElsewhere(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(r *subject, id, uri string) error{
		"data source": func(r *subject, _, uri string) error {
			_, err := r.Rig().ReadData("oidc_client", attrs{"registration_client_uri": uri})
			return err
		},
		"data source, named": func(r *subject, id, uri string) error {
			_, err := r.Rig().ReadData("oidc_client", attrs{"client_id": id, "registration_client_uri": uri})
			return err
		},
		"import": func(r *subject, _, uri string) error { return r.tryImport(uri) },
		"import by identity": func(r *subject, id, uri string) error {
			return r.TryImport(&tfprotov6.ImportResourceStateRequest{TypeName: clientType, Identity: identity(r.t, attrs{"client_id": id, "registration_client_uri": uri})})
		},
	} {
		for setting, more := range map[string]func() attrs{
			"auto":                func() attrs { return nil },
			"token":               func() attrs { return attrs{"management": "registration_access_token"} },
			"own credentials":     func() attrs { return attrs{"initial_access_token": "canary-own"} },
			"journal":             func() attrs { return attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}} },
			"no reads of its own": func() attrs { return attrs{"refresh": "never"} },
		} {
			for _, where := range []string{"issuer", "registration_endpoint"} {
				t.Run(name+", "+setting+", "+where, func(t *testing.T) {
					t.Parallel()
					home, away := &fakeop.Server{Seed: "same"}, &fakeop.Server{Seed: "same"}
					id, _, token := registeredBefore(t, home, secured())
					same, uri, there := registeredBefore(t, away, secured())
					if id != same {
						t.Fatal("the clients have two names: the test shows nothing")
					}
					settings := more().With(attrs{"registration_access_tokens": attrs{id: token}, "max_retries": 0})
					settings[where] = map[string]string{"issuer": home.Issuer(), "registration_endpoint": home.RegistrationEndpoint()}[where]
					r := newSubject(t, home, settings)
					away.ResetLog()
					err := look(r, id, uri)
					if n := len(away.Log()); err == nil || n > 0 {
						t.Fatalf("%d requests to the other server: %v, %v", n, away.Log(), err)
					}
					containsAll(t, err.Error(), "for a client of the server that the provider is configured for", `registration_access_tokens = { "`+uri+`" = var.registration_access_token }`)
					settings["registration_access_tokens"] = attrs{id: token, uri: there}
					r.start(settings)
					if err := look(r, id, uri); err != nil {
						t.Errorf("with the line that is told: %v", err)
					}
				})
			}
		}
	}
}

// Where the provider manages by its own credentials alone, which another server is not sent, an import of that one's client is told what has its token used.
func TestImportFromAnotherServerByProviderCredentials(t *testing.T) {
	t.Parallel()
	home, away := &fakeop.Server{Seed: "home"}, &fakeop.Server{Seed: "away"}
	_, uri, token := registeredBefore(t, away, secured())
	settings := attrs{"initial_access_token": "canary-own", "management": "provider_credentials", "max_retries": 0}
	r := newSubject(t, home, settings)
	away.ResetLog()
	err := r.tryImport(uri)
	if err == nil || len(away.Log()) > 0 {
		t.Fatalf("requests to the other server: %v, %v", away.Log(), err)
	}
	containsAll(t, err.Error(), "    management = \"auto\"\n", `registration_access_tokens = { "`+uri+`" = var.registration_access_token }`)
	r.start(settings.With(attrs{"management": "auto", "registration_access_tokens": attrs{uri: token}}))
	if err := r.tryImport(uri); err != nil {
		t.Errorf("with the lines that are told: %v", err)
	}
}
