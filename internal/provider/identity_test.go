// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// identityType is the type of an identity's value.
var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"issuer": tftypes.String, "client_id": tftypes.String, "registration_client_uri": tftypes.String}}

func identity(t *testing.T, named attrs) *tfprotov6.ResourceIdentityData {
	t.Helper()
	all := tftest.Values(t, identityType, named)
	for name, at := range identityType.AttributeTypes {
		if _, ok := all[name]; !ok {
			all[name] = tftypes.NewValue(at, nil)
		}
	}
	dv, err := tfprotov6.NewDynamicValue(identityType, tftypes.NewValue(identityType, all))
	if err != nil {
		t.Fatal(err)
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: &dv}
}

// The schema of the identity, as a CLI reads it: any of the attributes may be left out of an import.
func TestIdentitySchema(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	resp, err := r.Rig().Server().GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil || failed(resp.Diagnostics) {
		t.Fatal(err, resp)
	}
	schema := resp.IdentitySchemas[clientType]
	if schema == nil || len(schema.IdentityAttributes) != len(identityType.AttributeTypes) {
		t.Fatalf("the identity schema is %+v", schema)
	}
	for _, a := range schema.IdentityAttributes {
		if !a.OptionalForImport || a.RequiredForImport || identityType.AttributeTypes[a.Name] == nil {
			t.Errorf("attribute %+v", a)
		}
	}
}

// A client is imported by what its identity says, from the provider's server or another one; each read says the same identity, and
// the plan after it changes nothing that an import by ID would not change.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]func(s *fakeop.Server, id, uri string) attrs{
		"URI":                  func(_ *fakeop.Server, _, uri string) attrs { return attrs{"registration_client_uri": uri} },
		"client_id":            func(_ *fakeop.Server, id, _ string) attrs { return attrs{"client_id": id} },
		"issuer and client_id": func(s *fakeop.Server, id, _ string) attrs { return attrs{"client_id": id, "issuer": s.Issuer()} },
		"all": func(s *fakeop.Server, id, uri string) attrs {
			return attrs{"client_id": id, "issuer": s.Issuer(), "registration_client_uri": uri}
		},
	} {
		for _, elsewhere := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s, home := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
				id, uri, token := registeredBefore(t, s, secured())
				home.Start(t)
				config, settings := secured(), attrs{"registration_access_tokens": attrs{id: token}}
				named := by(s, id, uri)
				if elsewhere {
					if named["issuer"] == nil {
						return // the provider's server is another one, and nothing says so
					}
					config, settings = config.With(attrs{"issuer": s.Issuer()}), attrs{"registration_access_tokens": attrs{uri: token}, "issuer": home.Issuer()}
				}
				r := newSubject(t, s, settings)
				resp, err := r.Rig().Server().ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{TypeName: clientType, Identity: identity(t, named)})
				if err != nil || failed(resp.Diagnostics) {
					t.Fatal(err, details(resp.Diagnostics))
				}
				imported := resp.ImportedResources[0]
				read, err := r.Rig().Server().ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
					TypeName: clientType, CurrentState: imported.State, Private: imported.Private, CurrentIdentity: imported.Identity,
				})
				if err != nil || failed(read.Diagnostics) {
					t.Fatal(err, details(read.Diagnostics))
				}
				sameIdentity(t, "read", read.NewIdentity, identity(t, attrs{"client_id": id, "issuer": s.Issuer(), "registration_client_uri": uri}))
				if r.State, err = read.NewState.Unmarshal(r.Type()); err != nil {
					t.Fatal(err)
				}
				r.Private = read.Private
				if p := r.Plan(config); r.anew(p) {
					t.Fatalf("the plan replaces what was imported: %s", r.Describe(p))
				}
				r.Apply(config)
				r.WantEmpty(config)
				r.Destroy()
				if len(s.Clients()) != 0 {
					t.Error("the client is left")
				}
			})
		}
	}
}
