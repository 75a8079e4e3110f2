// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

var (
	_ resource.ResourceWithConfigure      = (*clientResource)(nil)
	_ resource.ResourceWithImportState    = (*clientResource)(nil)
	_ resource.ResourceWithIdentity       = (*clientResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*clientResource)(nil)
	_ resource.ResourceWithValidateConfig = (*clientResource)(nil)
)

// clientResource is oidc_dynamic_client. Its methods are thin adapters of package lifecycle.
type clientResource struct{ server *authserver.Server }

func newClientResource() resource.Resource { return &clientResource{} }

// Metadata implements resource.Resource.
func (r *clientResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = clientTypeName
	resp.ResourceBehavior.MutableIdentity = true
}

// Schema implements resource.Resource.
func (r *clientResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema()
}

// Configure implements resource.ResourceWithConfigure.
func (r *clientResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	// Terraform asks for schemas and validates before it configures.
	if s, ok := req.ProviderData.(*authserver.Server); ok {
		r.server = s
	}
}

// ValidateConfig implements resource.ResourceWithValidateConfig: the standards' rules, before anything is sent.
func (r *clientResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config, err := open(req.Config.Raw)
	if err != nil {
		return
	}
	resp.Diagnostics.Append(checkConfiguration(config)...)
}

// Create implements resource.Resource.
func (r *clientResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, err := open(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Plan", err))
		return
	}
	config, err := open(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Configuration", err))
		return
	}
	out := createClient(ctx, r.server, plan, config)
	resp.Diagnostics.Append(out.diags...)
	resp.Diagnostics.Append(out.hand(ctx, r.server, &resp.State, resp.Identity, resp.Private)...)
}

// Read implements resource.Resource.
func (r *clientResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state, err := open(req.State.Raw)
	if err != nil || r.server == nil {
		return
	}
	record, diags := loadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	out := readClient(ctx, r.server, state, record)
	resp.Diagnostics.Append(out.diags...)
	identify(resp.Identity, r.server, state)
	switch {
	case out.gone:
		resp.State.RemoveResource(ctx)
	case out.record != nil:
		resp.State.Raw = state.raw()
		resp.Diagnostics.Append(saveRecord(ctx, resp.Private, *out.record)...)
	}
}

// Update implements resource.Resource.
func (r *clientResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, err := open(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Plan", err))
		return
	}
	state, err := open(req.State.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("State", err))
		return
	}
	config, err := open(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Configuration", err))
		return
	}
	record, diags := loadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	out := transition{r.server, plan, state, record}.update(ctx, config)
	resp.Diagnostics.Append(out.diags...)
	resp.Diagnostics.Append(out.hand(ctx, r.server, &resp.State, resp.Identity, resp.Private)...)
}

// Delete implements resource.Resource. All that it needs is in attributes: the Delete of a tainted object gets no private state.
func (r *clientResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state, err := open(req.State.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("State", err))
		return
	}
	record, diags := loadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	out := deleteClient(ctx, r.server, state, record)
	resp.Diagnostics.Append(out.diags...)
	resp.Diagnostics.Append(out.hand(ctx, r.server, &resp.State, nil, resp.Private)...)
}

// ImportState implements resource.ResourceWithImportState.
func (r *clientResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	state, err := empty(resp.State.Schema.Type().TerraformType(ctx))
	if err != nil {
		resp.Diagnostics.Append(malformedImport(err))
		return
	}
	named, place := importedBy(r.server, req.ID, req.Identity)
	resp.Diagnostics.Append(checkIssuer(optionalText(place.Issuer))...)
	if resp.Diagnostics.HasError() {
		return
	}
	handle, problem := lifecycle.Import(ctx, r.server, place, named)
	if problem != nil {
		resp.Diagnostics.Append(unplacedProblemsOf(r.server, []outcome.Problem{*problem})...)
		return
	}
	state.setText(attrURI, handle.RegistrationClientURI)
	state.setText(attrClientID, handle.ClientID)
	state.setText(attrToken, handle.RegistrationAccessToken.Reveal())
	state.setText(attrIssuer, place.Issuer)
	resp.State.Raw = state.raw()
	if req.ID != "" {
		identify(resp.Identity, r.server, state)
	}
}

// IdentitySchema implements resource.ResourceWithIdentity. All attributes are optional: a URI alone names a client, and so does a
// client_id at the provider's server. What names a client may change (a server may move its URI, and a client that cannot be updated
// is replaced in place), so that the identity is declared as mutable.
func (r *clientResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = clientIdentity()
}

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (r *clientResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.server == nil {
		return
	}
	plan, err := open(req.Plan.Raw)
	if err != nil {
		return
	}
	var out planned
	if req.State.Raw.IsNull() {
		out = planNew(ctx, r.server, plan)
	} else {
		state, err := open(req.State.Raw)
		if err != nil {
			resp.Diagnostics.Append(unreadable("State", err))
			return
		}
		record, diags := loadRecord(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		if resp.Diagnostics.HasError() {
			return
		}
		out = transition{r.server, plan, state, record}.planChange(ctx)
	}
	resp.Diagnostics.Append(out.diags...)
	resp.RequiresReplace = append(resp.RequiresReplace, out.replace...)
	resp.Plan.Raw = plan.raw()
}
