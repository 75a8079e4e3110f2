// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package tftest drives a provider at the plugin protocol as Terraform does, without a CLI: validate, plan, apply, read, over
// the encoded messages. It is for benchmarks and for tests that need many steps; whether Terraform itself accepts the
// answers is for tests with a CLI to show.
package tftest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Provider is a configured provider.
type Provider struct {
	Server     tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]tftypes.Type // of the resource types that have one
}

var (
	schemasMu        sync.Mutex
	commonSchemas    *tfprotov6.GetProviderSchemaResponse
	commonIdentities map[string]tftypes.Type
)

// newProvider is a provider that is not configured yet.
func newProvider(ctx context.Context, server tfprotov6.ProviderServer) (*Provider, error) {
	schemas, err := Schemas(ctx, server)
	if err != nil {
		return nil, err
	}
	schemasMu.Lock()
	defer schemasMu.Unlock()
	if commonIdentities == nil {
		answer, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
		if err != nil {
			return nil, err
		}
		all := map[string]tftypes.Type{}
		for name, s := range answer.IdentitySchemas {
			all[name] = s.ValueType()
		}
		commonIdentities = all
	}
	return &Provider{Server: server, schemas: schemas, identities: commonIdentities}, nil
}

// Schemas returns the provider's schemas, built by the first provider of this process that is asked. They depend on nothing that a
// test can set, and building them anew for each start took a third of the time of tests that start a provider for each step.
// Nobody may change what it returns.
func Schemas(ctx context.Context, server tfprotov6.ProviderServer) (*tfprotov6.GetProviderSchemaResponse, error) {
	schemasMu.Lock()
	defer schemasMu.Unlock()
	if commonSchemas != nil {
		return commonSchemas, nil
	}
	answer, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	if _, err := judge(answer.Diagnostics); err != nil {
		return nil, err
	}
	commonSchemas = answer
	return commonSchemas, nil
}

// Start configures a provider with the given attributes; the others are null.
func Start(ctx context.Context, server tfprotov6.ProviderServer, config map[string]tftypes.Value) (*Provider, error) {
	p, err := newProvider(ctx, server)
	if err != nil {
		return nil, err
	}
	return p, p.configure(ctx, config, false)
}

// configure configures, and validates before if asked to.
func (p *Provider) configure(ctx context.Context, config map[string]tftypes.Value, validate bool) error {
	value, err := encode(p.schemas.Provider, config)
	if err != nil {
		return err
	}
	if validate {
		validated, err := p.Server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: value})
		if err != nil {
			return err
		}
		if _, err := judge(validated.Diagnostics); err != nil {
			return err
		}
	}
	resp, err := p.Server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: value})
	if err != nil {
		return err
	}
	_, err = judge(resp.Diagnostics)
	return err
}

// Diagnostics are an error's.
type Diagnostics []*tfprotov6.Diagnostic

// Error implements error.
func (d Diagnostics) Error() string {
	var b strings.Builder
	for _, x := range d {
		fmt.Fprintf(&b, "%s: %s\n%s\n\n", x.Severity, x.Summary, x.Detail)
	}
	return b.String()
}

// judge gives warnings, and an error where there is one among the diagnostics.
func judge(all []*tfprotov6.Diagnostic) ([]string, error) {
	var warnings []string
	var errs Diagnostics
	for _, d := range all {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, d)
			continue
		}
		warnings = append(warnings, d.Summary)
	}
	if len(errs) > 0 {
		return warnings, errs
	}
	return warnings, nil
}

// encode makes an object of the schema from some of its attributes.
func encode(schema *tfprotov6.Schema, attributes map[string]tftypes.Value) (*tfprotov6.DynamicValue, error) {
	t := schema.ValueType()
	value, err := object(t, attributes)
	if err != nil {
		return nil, err
	}
	dv, err := tfprotov6.NewDynamicValue(t, value)
	return &dv, err
}

func object(t tftypes.Type, attributes map[string]tftypes.Value) (tftypes.Value, error) {
	typ, ok := t.(tftypes.Object)
	if !ok {
		return tftypes.Value{}, errors.New("the schema is no object")
	}
	all := make(map[string]tftypes.Value, len(typ.AttributeTypes))
	for name, at := range typ.AttributeTypes {
		if v, ok := attributes[name]; ok {
			all[name] = v
			continue
		}
		all[name] = tftypes.NewValue(at, nil)
	}
	for name := range attributes {
		if _, ok := typ.AttributeTypes[name]; !ok {
			return tftypes.Value{}, fmt.Errorf("the schema has no attribute %s", name)
		}
	}
	return tftypes.NewValue(t, all), nil
}
