// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Clients that are only looked at, or are to be imported, and cannot be for one reason: one of the errors says all of it, and each other one names its
// client and the key of its token.
func TestLooksThatFailAlikeAreToldInFullOnce(t *testing.T) {
	t.Parallel()
	ephemeral := func(r *subject, c fakeop.Client, id string) error {
		answer, err := r.Rig().Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
			TypeName: "oidc_client_secret", Config: configured(t, schemas(t).EphemeralResourceSchemas["oidc_client_secret"], attrs{"client_id": id, "registration_client_uri": c.URI}),
		})
		if err == nil && failed(answer.Diagnostics) {
			err = fmt.Errorf("%s", details(answer.Diagnostics))
		}
		return err
	}
	data := func(r *subject, named attrs) error {
		_, err := r.Rig().ReadData("oidc_client", named)
		return err
	}
	looks := map[string]func(r *subject, c fakeop.Client) error{
		"data source":             func(r *subject, c fakeop.Client) error { return data(r, attrs{"client_id": c.ID}) },
		"data source, by address": func(r *subject, c fakeop.Client) error { return data(r, attrs{"registration_client_uri": c.URI}) },
		"ephemeral resource":      func(r *subject, c fakeop.Client) error { return ephemeral(r, c, c.ID) },
		"import":                  func(r *subject, c fakeop.Client) error { return r.tryImport(c.ID) },
		"import, by address":      func(r *subject, c fakeop.Client) error { return r.tryImport(c.URI) },
	}
	for name, look := range looks {
		for _, trouble := range []string{"no token", "no access token", "another server"} {
			if trouble == "another server" && (name == "data source" || name == "import") {
				continue // a client_id is one of the provider's server
			}
			t.Run(name+", "+trouble, func(t *testing.T) {
				t.Parallel()
				s, settings := registrar(t)
				other := &fakeop.Server{Seed: "other"}
				other.Start(t)
				maker := start(t, settings)
				for i := range 3 {
					maker.Instance(fmt.Sprintf("%s.c[%d]", clientType, i)).Apply(portal)
				}
				byKey := trouble != "no access token"
				switch trouble {
				case "no token":
					settings = attrs{"issuer": s.Issuer()}
				case "no access token":
					settings = credentials(settings, attrs{"client_secret": "wrong"})
				case "another server":
					settings = attrs{"issuer": other.Issuer()}
				}
				r := newSubject(t, s, settings)
				full, first := 0, ""
				for _, c := range s.Clients() {
					if c.ID == "registrar" {
						continue
					}
					err := look(r, c)
					if err == nil {
						t.Fatal("no error")
					}
					if strings.Contains(err.Error(), "To fix this:") {
						full++
						first = c.ID
						continue
					}
					containsAll(t, err.Error(), ", for the same reason", c.ID, "of client "+first+" says why")
					key := fmt.Sprintf("Its key in registration_access_tokens is %q.", c.ID)
					if trouble == "another server" {
						key = fmt.Sprintf("Its key in registration_access_tokens is %q.", c.URI)
					}
					if strings.Contains(err.Error(), key) != byKey {
						t.Errorf("the key is not told, or is of no use: %v", err)
					}
				}
				if full != 1 {
					t.Errorf("%d are told in full", full)
				}
			})
		}
	}
}

// Searches have no client's name. What they have in common says which error is meant.
func TestSearchesThatFailAlikeAreToldInFullOnce(t *testing.T) {
	t.Parallel()
	_, settings := registrar(t)
	p := start(t, credentials(settings, attrs{"client_secret": "wrong"}))
	for i := range 3 {
		_, err := p.ReadData("oidc_client", attrs{"client_name": fmt.Sprintf("App %d", i)})
		if full := err != nil && strings.Contains(err.Error(), "To fix this:"); full != (i == 0) {
			t.Errorf("search %d: %v", i, err)
		}
		if i > 0 {
			containsAll(t, err.Error(), "Another client's error “Clients not searched”, with the words “client authentication failed”, says why")
		}
	}
}
