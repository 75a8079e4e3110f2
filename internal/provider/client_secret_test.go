// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// An argument of the ephemeral resource that is not set, or turns out null in the apply, is told on it with the ways that help. What is
// not known yet passes.
func TestSecretOfAClientThatIsNotNamed(t *testing.T) {
	t.Parallel()
	const typeName = "oidc_client_secret"
	s := &fakeop.Server{Management: fakeop.ManagementOff}
	r := newSubject(t, s, nil)
	server, schema := r.Rig().Server(), schemas(t).EphemeralResourceSchemas[typeName]
	validate := func(config attrs) []*tfprotov6.Diagnostic {
		resp, err := server.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: configured(t, schema, config)})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	named := attrs{"client_id": "s6BhdRkqt3", "registration_client_uri": "https://as.example.com/register/s6BhdRkqt3"}
	for _, good := range []attrs{named, {"client_id": tftest.Unknown{}, "registration_client_uri": tftest.Unknown{}}} {
		if said := validate(good); len(said) > 0 {
			t.Errorf("of %v is said: %s", good, details(said))
		}
	}
	for missing := range named {
		config := named.With(attrs{missing: nil})
		opened, err := server.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: configured(t, schema, config)})
		if err != nil {
			t.Fatal(err)
		}
		for when, said := range map[string][]*tfprotov6.Diagnostic{"validate": validate(config), "open": opened.Diagnostics} {
			way := missing + " = oidc_dynamic_client.NAME." + missing
			if len(said) != 1 || attributeName(said[0].Attribute) != missing || !strings.Contains(said[0].Detail, way) || strings.Contains(said[0].Detail, "developers") {
				t.Errorf("%s, without %s: %s", when, missing, details(said))
			}
		}
	}
	// A client to which the server returned no address has its secret in the state, where that is where it is kept.
	r.Apply(secured().With(attrs{"store_client_secret": true}))
	if !r.Value("registration_client_uri").IsNull() || r.Text("client_secret") == "" {
		t.Errorf("address %v, secret %q", r.Value("registration_client_uri"), r.Text("client_secret"))
	}
}

// The ephemeral resource gives no mask for the secret, however short the mask is, and gives what a person has chosen and a read shows.
func TestSecretIsNoMask(t *testing.T) {
	t.Parallel()
	const typeName = "oidc_client_secret"
	for shown, masked := range map[string]bool{"*": true, "**": true, "•": true, "-": true, "s3cr*t": false, "*a": false} {
		t.Run(shown, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			id, uri, token := registeredBefore(t, s, app)
			s.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) { doc["client_secret"] = shown }})}})
			r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
			answer, err := r.Rig().Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
				TypeName: typeName, Config: configured(t, schemas(t).EphemeralResourceSchemas[typeName], attrs{"client_id": id, "registration_client_uri": uri}),
			})
			if err != nil {
				t.Fatal(err)
			}
			if refused := strings.Contains(details(answer.Diagnostics), "does not show"); refused != masked {
				t.Errorf("%q is refused as no secret: %t, want %t\n%s", shown, refused, masked, details(answer.Diagnostics))
			}
		})
	}
}
