// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command limit serves this provider's schema on bare plugin-go with no I/O at all: each call decodes what it is given and
// encodes an answer, nothing else. No provider with this schema can be faster, so it is what the benchmark measures against.
package main

import (
	"context"
	"log"
	"os"
	"runtime/debug"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
)

func main() {
	provider.Tune(os.LookupEnv, os.Setenv)
	debug.SetGCPercent(400)
	s, err := newServer(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	if err := tf6server.Serve("registry.terraform.io/terraform-oidc/limit", func() tfprotov6.ProviderServer { return s }, tf6server.WithoutLogStderrOverride()); err != nil {
		log.Fatal(err)
	}
}

const typeName = "limit_dynamic_client"

type server struct {
	tfprotov6.ProviderServer // answers what is not about the resource
	schema                   *tfprotov6.Schema
	provider                 *tfprotov6.Schema
	typ                      tftypes.Type
	computed                 []string
}

func newServer(ctx context.Context) (*server, error) {
	p := provider.New("limit").Server()
	schemas, err := p.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	s := &server{ProviderServer: p, schema: schemas.ResourceSchemas["oidc_dynamic_client"], provider: schemas.Provider}
	s.typ = s.schema.ValueType()
	for _, a := range s.schema.Block.Attributes {
		if a.Computed {
			s.computed = append(s.computed, a.Name)
		}
	}
	return s, nil
}

func (s *server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true},
		Resources: []tfprotov6.ResourceMetadata{{TypeName: typeName}}}, nil
}

func (s *server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{Provider: s.provider, ResourceSchemas: map[string]*tfprotov6.Schema{typeName: s.schema},
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true}}, nil
}

func (s *server) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (s *server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s *server) UpgradeResourceState(_ context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	v, err := req.RawState.Unmarshal(s.typ)
	if err != nil {
		return nil, err
	}
	out, err := tfprotov6.NewDynamicValue(s.typ, v)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &out}, err
}

func (s *server) ValidateResourceConfig(_ context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	_, err := req.Config.Unmarshal(s.typ)
	return &tfprotov6.ValidateResourceConfigResponse{}, err
}

func (s *server) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	v, err := req.CurrentState.Unmarshal(s.typ)
	if err != nil {
		return nil, err
	}
	out, err := tfprotov6.NewDynamicValue(s.typ, v)
	return &tfprotov6.ReadResourceResponse{NewState: &out, Private: req.Private}, err
}

func (s *server) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	prior, err := req.PriorState.Unmarshal(s.typ)
	if err != nil {
		return nil, err
	}
	proposed, err := req.ProposedNewState.Unmarshal(s.typ)
	if err != nil {
		return nil, err
	}
	if prior.IsNull() && !proposed.IsNull() {
		if proposed, err = s.assign(proposed, func(t tftypes.Type) tftypes.Value { return tftypes.NewValue(t, tftypes.UnknownValue) }); err != nil {
			return nil, err
		}
	}
	out, err := tfprotov6.NewDynamicValue(s.typ, proposed)
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: &out, PlannedPrivate: req.PriorPrivate}, err
}

func (s *server) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	planned, err := req.PlannedState.Unmarshal(s.typ)
	if err != nil {
		return nil, err
	}
	if !planned.IsNull() {
		if planned, err = s.assign(planned, func(t tftypes.Type) tftypes.Value {
			if t.Is(tftypes.Number) {
				return tftypes.NewValue(t, 0)
			}
			return tftypes.NewValue(t, "assigned")
		}); err != nil {
			return nil, err
		}
	}
	out, err := tfprotov6.NewDynamicValue(s.typ, planned)
	return &tfprotov6.ApplyResourceChangeResponse{NewState: &out}, err
}

func (s *server) assign(v tftypes.Value, value func(tftypes.Type) tftypes.Value) (tftypes.Value, error) {
	var attributes map[string]tftypes.Value
	if err := v.As(&attributes); err != nil {
		return v, err
	}
	for _, name := range s.computed {
		attributes[name] = value(attributes[name].Type())
	}
	return tftypes.NewValue(s.typ, attributes), nil
}
