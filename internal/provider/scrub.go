// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// scrub replaces every known credential in the diagnostics of an answer to Terraform, and bounds them.
func (p *Provider) scrub(diags []*tfprotov6.Diagnostic) {
	if len(diags) == 0 {
		return
	}
	p.mu.Lock()
	servers := slices.Clone(p.servers)
	p.mu.Unlock()
	for _, d := range diags {
		d.Summary, d.Detail = legible.Lines(d.Summary), legible.Lines(d.Detail)
		for _, s := range servers {
			d.Summary, d.Detail = s.Scrub(d.Summary), s.Scrub(d.Detail)
		}
		d.Detail = wording.Bounded(d.Detail)
	}
}

// scrubbingServer stands between the provider and Terraform. It is the last line of defence: it replaces every known credential in
// the diagnostics of each call that may have met one.
type scrubbingServer struct {
	tfprotov6.ProviderServer
	provider *Provider
}

// ConfigureProvider implements tfprotov6.ProviderServer.
func (d *scrubbingServer) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := d.ProviderServer.ConfigureProvider(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// StopProvider implements tfprotov6.ProviderServer. What follows is no end in order, of which the journal would conclude that states are stored.
func (d *scrubbingServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	d.provider.stopped.Store(true)
	return d.ProviderServer.StopProvider(ctx, req)
}

// UpgradeResourceState implements tfprotov6.ProviderServer. The framework's words about a state that it cannot read quote the state, and
// those about one of another version blame the provider.
func (d *scrubbingServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	resp, err := d.ProviderServer.UpgradeResourceState(ctx, req)
	if resp != nil && req.TypeName == clientTypeName && len(resp.Diagnostics) > 0 {
		resp.Diagnostics = protocol(diag.Diagnostics{stateUnreadable()})
	}
	return resp, err
}

// ValidateResourceConfig implements tfprotov6.ProviderServer.
func (d *scrubbingServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := d.ProviderServer.ValidateResourceConfig(ctx, req)
	if resp != nil {
		rewordReadOnly(resp.Diagnostics)
	}
	return resp, err
}

// ValidateDataResourceConfig implements tfprotov6.ProviderServer.
func (d *scrubbingServer) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := d.ProviderServer.ValidateDataResourceConfig(ctx, req)
	if resp != nil {
		rewordReadOnly(resp.Diagnostics)
	}
	return resp, err
}

// ValidateEphemeralResourceConfig implements tfprotov6.ProviderServer.
func (d *scrubbingServer) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	resp, err := d.ProviderServer.ValidateEphemeralResourceConfig(ctx, req)
	if resp != nil {
		rewordReadOnly(resp.Diagnostics)
	}
	return resp, err
}

// rewordReadOnly words anew what the framework says of an attribute that no configuration sets, which sends people to the provider's developers.
func rewordReadOnly(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		if d.Summary != "Invalid Configuration for Read-Only Attribute" || d.Attribute == nil || len(d.Attribute.Steps()) == 0 {
			continue
		}
		if name, ok := d.Attribute.LastStep().(tftypes.AttributeName); ok {
			ours := readOnly(string(name), len(d.Attribute.Steps()) == 1)
			d.Summary, d.Detail = ours.Summary(), ours.Detail()
		}
	}
}

// ReadResource implements tfprotov6.ProviderServer. It is counted as an operation under way, whoever answers it: a read may bring a token.
func (d *scrubbingServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	d.provider.busy.Add(1)
	defer d.provider.busy.Add(-1)
	resp, err := d.ProviderServer.ReadResource(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (d *scrubbingServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := d.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ProviderServer. It is counted as an operation under way.
func (d *scrubbingServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	d.provider.busy.Add(1)
	defer d.provider.busy.Add(-1)
	resp, err := d.ProviderServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// ImportResourceState implements tfprotov6.ProviderServer.
func (d *scrubbingServer) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp, err := d.ProviderServer.ImportResourceState(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// ReadDataSource implements tfprotov6.ProviderServer. It is counted as an operation under way: reading a client may bring a token.
func (d *scrubbingServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	d.provider.busy.Add(1)
	defer d.provider.busy.Add(-1)
	resp, err := d.ProviderServer.ReadDataSource(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}

// OpenEphemeralResource implements tfprotov6.ProviderServer. It is counted as an operation under way: its read may bring a token.
func (d *scrubbingServer) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	d.provider.busy.Add(1)
	defer d.provider.busy.Add(-1)
	resp, err := d.ProviderServer.OpenEphemeralResource(ctx, req)
	if resp != nil {
		d.provider.scrub(resp.Diagnostics)
	}
	return resp, err
}
