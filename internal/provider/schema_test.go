// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
)

// The framework's own rules on every schema.
func TestSchemasAreValid(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), provider.New("test")
	var own fwprovider.SchemaResponse
	p.Schema(ctx, fwprovider.SchemaRequest{}, &own)
	if diags := own.Schema.ValidateImplementation(ctx); diags.HasError() {
		t.Errorf("provider: %v", diags)
	}
	for _, make := range p.Resources(ctx) {
		var resp resource.SchemaResponse
		make().Schema(ctx, resource.SchemaRequest{}, &resp)
		if diags := resp.Schema.ValidateImplementation(ctx); diags.HasError() {
			t.Errorf("resource: %v", diags)
		}
	}
	for _, make := range p.DataSources(ctx) {
		var resp datasource.SchemaResponse
		make().Schema(ctx, datasource.SchemaRequest{}, &resp)
		if diags := resp.Schema.ValidateImplementation(ctx); diags.HasError() {
			t.Errorf("data source: %v", diags)
		}
	}
	for _, make := range p.EphemeralResources(ctx) {
		var resp ephemeral.SchemaResponse
		make().Schema(ctx, ephemeral.SchemaRequest{}, &resp)
		if diags := resp.Schema.ValidateImplementation(ctx); diags.HasError() {
			t.Errorf("ephemeral resource: %v", diags)
		}
	}
}

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	p := provider.New("test")
	t.Cleanup(p.Close)
	resp, err := p.Server().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) > 0 {
		t.Fatalf("diagnostics: %q", told(resp.Diagnostics))
	}
	return resp
}

// The rigs start many providers with the schemas of the first (tftest.Schemas), which is right only while neither the version nor
// what answers in the framework's place has a part in them.
func TestSchemasAreThoseOfEveryProvider(t *testing.T) {
	t.Parallel()
	want := schemas(t)
	other := provider.New("another")
	t.Cleanup(other.Close)
	for name, server := range map[string]tfprotov6.ProviderServer{"another version": other.Server(), "the framework alone": providerserver.NewProtocol6(other)()} {
		got, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s has other schemas", name)
		}
	}
}

var endsInLink = regexp.MustCompile(`\]\(https://[^)\s]+\)\)?\.?$`)

// Every row of the table is an attribute by its own name: optional and not computed, so that null means “not managed”.
func TestEveryParameterIsAnAttribute(t *testing.T) {
	t.Parallel()
	block := schemas(t).ResourceSchemas[clientType].Block
	byName := map[string]*tfprotov6.SchemaAttribute{}
	for _, a := range block.Attributes {
		byName[a.Name] = a
	}
	for _, p := range metadata.All() {
		a := byName[p.Name]
		if a == nil {
			t.Errorf("%s is no attribute", p.Name)
			continue
		}
		if !a.Optional || a.Computed || a.Required || a.WriteOnly {
			t.Errorf("%s is optional %v, computed %v, required %v, write-only %v", p.Name, a.Optional, a.Computed, a.Required, a.WriteOnly)
		}
		if a.Sensitive != p.Sensitive {
			t.Errorf("%s is sensitive: %v", p.Name, a.Sensitive)
		}
		if a.DescriptionKind != tfprotov6.StringKindMarkdown || !endsInLink.MatchString(a.Description) {
			t.Errorf("the description of %s ends in no link: %q", p.Name, a.Description)
		}
		if want := p.Link; !strings.Contains(a.Description, want) {
			t.Errorf("the description of %s does not link to %s: %q", p.Name, want, a.Description)
		}
		want := map[metadata.Kind]tftypes.Type{
			metadata.Integer: tftypes.Number, metadata.Boolean: tftypes.Bool, metadata.StringList: tftypes.List{ElementType: tftypes.String},
		}[p.Kind]
		if want == nil {
			want = tftypes.String
		}
		if !a.Type.Equal(want) {
			t.Errorf("%s (kind %d) is of type %s, want %s", p.Name, p.Kind, a.Type, want)
		}
		if p.Use != metadata.NotAlgorithm && !strings.Contains(a.Description, "(#algorithms)") { // TestResourcePageIsComplete holds the table
			t.Errorf("the description of %s does not lead to the table of algorithms", p.Name)
		}
		for _, value := range p.Values {
			if p.Use == metadata.NotAlgorithm && !strings.Contains(a.Description, "`"+value+"`") {
				t.Errorf("the description of %s does not name the value %s", p.Name, value)
			}
		}
		delete(byName, p.Name)
	}
	// What is left is what the server assigns, and the few settings; all of them described.
	for name, a := range byName {
		if a.Description == "" && a.NestedType == nil {
			t.Errorf("%s has no description", name)
		}
	}
	if n := len(byName); n > 23 {
		t.Errorf("%d attributes are beyond the table: each costs every plan time", n)
	}
}

// What needs hiding is hidden, and what is computed is just what servers assign.
func TestSensitiveAttributes(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	sensitive := map[string]bool{
		"client_secret": true, "registration_access_token": true, "registered_metadata": true, "initial_access_token": true, "software_statement": true,
	}
	computed := map[string]bool{
		"client_id": true, "client_secret": true, "client_id_issued_at": true, "client_secret_expires_at": true, "client_secret_expiration": true,
		"registration_access_token": true, "registration_client_uri": true, "registered_metadata": true,
	}
	for _, a := range all.ResourceSchemas[clientType].Block.Attributes {
		if a.Sensitive != sensitive[a.Name] {
			t.Errorf("%s is sensitive: %v", a.Name, a.Sensitive)
		}
		if a.Computed != computed[a.Name] {
			t.Errorf("%s is computed: %v", a.Name, a.Computed)
		}
		if a.WriteOnly != (a.Name == "initial_access_token") {
			t.Errorf("%s is write-only: %v", a.Name, a.WriteOnly)
		}
	}
	for _, a := range all.Provider.Block.Attributes {
		switch a.Name {
		case "initial_access_token", "client_key", "headers", "registration_access_tokens":
			if !a.Sensitive {
				t.Errorf("the provider's %s is not sensitive", a.Name)
			}
		}
		if a.Description == "" {
			t.Errorf("the provider's %s has no description", a.Name)
		}
		if a.NestedType != nil {
			for _, nested := range a.NestedType.Attributes {
				if secret := regexp.MustCompile(`password|secret|private_key|age_identity$`).MatchString(nested.Name); secret != nested.Sensitive {
					t.Errorf("the provider's %s.%s is sensitive: %v", a.Name, nested.Name, nested.Sensitive)
				}
			}
		}
	}
}

// Each attribute of the data source and the ephemeral resource is described, with a link where a standard defines it.
func TestOtherSchemasAreDescribed(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for _, blocks := range []map[string]*tfprotov6.Schema{all.DataSourceSchemas, all.EphemeralResourceSchemas} {
		for name, s := range blocks {
			if s.Block.Description == "" {
				t.Errorf("%s has no description", name)
			}
			for _, a := range s.Block.Attributes {
				if !endsInLink.MatchString(a.Description) {
					t.Errorf("the description of %s.%s ends in no link: %q", name, a.Name, a.Description)
				}
			}
		}
	}
}
