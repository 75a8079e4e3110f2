// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the Terraform side: schemas from the table of client metadata, planning, conversion of values and
// diagnostics. Its resource methods are thin adapters of package lifecycle, which has the order of create, read, update and delete.
package provider

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
)

var (
	_ provider.Provider                       = (*Provider)(nil)
	_ provider.ProviderWithEphemeralResources = (*Provider)(nil)
	_ provider.ProviderWithValidateConfig     = (*Provider)(nil)
)

// Provider is one provider process. Configure may be called several times in it (once for each configured instance in
// tests); every call makes a server of its own.
type Provider struct {
	version string
	clock   authserver.Clock // the real one in the zero value

	launched bool // Terraform started this process

	mu      sync.Mutex
	servers []*authserver.Server
	busy    atomic.Int64 // operations under way
	stopped atomic.Bool  // the user interrupted Terraform
}

// New gives the provider. version goes into the User-Agent.
func New(version string) *Provider { return &Provider{version: version} }

// WithClock sets the clock, for tests of what expires and of what waits.
func (p *Provider) WithClock(clock authserver.Clock) *Provider {
	p.clock = clock
	return p
}

// Close ends all servers in order.
func (p *Provider) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.servers {
		if p.launched && !p.stopped.Load() && p.busy.Load() == 0 {
			s.Finish()
		}
		s.Close()
	}
	p.servers = nil
}

// Metadata implements provider.Provider.
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "oidc"
	resp.Version = p.version
}

// Schema implements provider.Provider.
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerSchema()
}

// ValidateConfig implements provider.ProviderWithValidateConfig.
func (p *Provider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var m providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(m.validate(ctx)...)
}

// Configure implements provider.Provider. It contacts nothing: values may still be unknown at plan, and a plan that needs no
// server must not need a connection.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	settings, environment, diags := m.settings(ctx, p.version)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if settings.Journal != nil {
		settings.Journal.Launched = p.launched
	}
	s, problem := authserver.NewServer(settings, p.clock, logTrace)
	if problem != nil {
		resp.Diagnostics.Append(environment.tell(lifecycleProblem(*problem))...)
		return
	}
	p.mu.Lock()
	p.servers = append(p.servers, s)
	p.mu.Unlock()
	resp.ResourceData = s
	resp.DataSourceData = s
	resp.EphemeralResourceData = s
}

// Resources implements provider.Provider.
func (p *Provider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newClientResource}
}

// DataSources implements provider.Provider.
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newDiscoveryDataSource, newClientDataSource}
}

// EphemeralResources implements provider.ProviderWithEphemeralResources.
func (p *Provider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newClientSecretEphemeral}
}

// logTrace hands a log line to Terraform's log.
func logTrace(ctx context.Context, message string, fields map[string]any) {
	tflog.Trace(ctx, message, fields)
}
