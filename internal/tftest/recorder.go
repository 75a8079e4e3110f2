// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Recorder is a provider that keeps every diagnostic that passes by, with its severity and attribute path.
type Recorder struct {
	tfprotov6.ProviderServer
	mu     sync.Mutex
	told   []*tfprotov6.Diagnostic
	errors bool // and nothing else is kept
}

// Told are the diagnostics so far.
func (r *Recorder) Told() []*tfprotov6.Diagnostic {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*tfprotov6.Diagnostic(nil), r.told...)
}

// Forget has Told begin anew.
func (r *Recorder) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = nil
}

func (r *Recorder) keep(diagnostics []*tfprotov6.Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range diagnostics {
		if !r.errors || d.Severity == tfprotov6.DiagnosticSeverityError {
			r.told = append(r.told, d)
		}
	}
}

func (r *Recorder) onlyErrors(only bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = only
}

// ConfigureProvider implements tfprotov6.ProviderServer.
func (r *Recorder) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := r.ProviderServer.ConfigureProvider(ctx, req)
	if err == nil {
		r.keep(resp.Diagnostics)
	}
	return resp, err
}

// ValidateResourceConfig implements tfprotov6.ProviderServer. Unless the request says
// otherwise, it allows write-only attributes, as Terraform does since 1.11.
func (r *Recorder) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if req.ClientCapabilities == nil {
		req.ClientCapabilities = &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}
	}
	resp, err := r.ProviderServer.ValidateResourceConfig(ctx, req)
	if err == nil {
		r.keep(resp.Diagnostics)
	}
	return resp, err
}

// ReadResource implements tfprotov6.ProviderServer.
func (r *Recorder) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := r.ProviderServer.ReadResource(ctx, req)
	if err == nil {
		r.keep(resp.Diagnostics)
	}
	return resp, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (r *Recorder) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := r.ProviderServer.PlanResourceChange(ctx, req)
	if err == nil {
		r.keep(resp.Diagnostics)
	}
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ProviderServer.
func (r *Recorder) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := r.ProviderServer.ApplyResourceChange(ctx, req)
	if err == nil {
		r.keep(resp.Diagnostics)
	}
	return resp, err
}

// ImportResourceState implements tfprotov6.ProviderServer.
func (r *Recorder) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp, err := r.ProviderServer.ImportResourceState(ctx, req)
	if err == nil {
		r.keep(resp.Diagnostics)
	}
	return resp, err
}

// ReadDataSource implements tfprotov6.ProviderServer.
func (r *Recorder) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := r.ProviderServer.ReadDataSource(ctx, req)
	if err == nil {
		r.keep(resp.Diagnostics)
	}
	return resp, err
}
