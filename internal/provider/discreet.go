// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// discreet stands between the provider and Terraform: no diagnostic of a call that may have met a credential passes it
// with one in it (see known).
type discreet struct {
	tfprotov6.ProviderServer
	provider *Provider
}

// ConfigureProvider implements tfprotov6.ProviderServer.
func (d *discreet) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := d.ProviderServer.ConfigureProvider(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// ReadResource implements tfprotov6.ProviderServer.
func (d *discreet) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := d.ProviderServer.ReadResource(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (d *discreet) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := d.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ProviderServer.
func (d *discreet) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := d.ProviderServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// ImportResourceState implements tfprotov6.ProviderServer.
func (d *discreet) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp, err := d.ProviderServer.ImportResourceState(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// ReadDataSource implements tfprotov6.ProviderServer.
func (d *discreet) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := d.ProviderServer.ReadDataSource(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// OpenEphemeralResource implements tfprotov6.ProviderServer. It is counted as an operation under way: its read may bring a token.
func (d *discreet) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	d.provider.busy.Add(1)
	defer d.provider.busy.Add(-1)
	resp, err := d.ProviderServer.OpenEphemeralResource(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}
