// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

var (
	_ resource.ResourceWithConfigure      = (*clientResource)(nil)
	_ resource.ResourceWithImportState    = (*clientResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*clientResource)(nil)
	_ resource.ResourceWithValidateConfig = (*clientResource)(nil)
)

const clientTypeName = "oidc_dynamic_client"

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

// checkConfiguration reports what the standards forbid, each on its attribute. What is not known yet passes; Create and Update
// check again when all is known.
func checkConfiguration(config object) diag.Diagnostics {
	var diags diag.Diagnostics
	doc, unknown, err := config.document()
	if err != nil {
		diags.Append(malformedProblem(err))
		return diags
	}
	diags.Append(checkIssuer(attrIssuer, config.attrs[attrIssuer])...)
	if endpoint := config.text(attrEndpoint); endpoint != "" {
		// Whether it may be plain http is known only with the provider's settings.
		if err := transport.CheckURL(endpoint, true); err != nil {
			diags.Append(unusableURL(path.Root(attrEndpoint), err))
		}
	}
	for _, p := range metadata.Check(doc, unknown) {
		diags.Append(metadataProblem(p))
	}
	for _, member := range config.words(attrAccept) {
		name, _ := metadata.SplitTag(member)
		if _, ok := metadata.Lookup(name); !ok {
			if _, extension := doc[member]; !extension {
				diags.Append(unknownParameter(member))
			}
		}
	}
	return diags
}

// checkIssuer reports what cannot be an issuer, with what was probably meant. An issuer is compared to the letter, so that nothing is
// corrected silently.
func checkIssuer(attribute string, v tftypes.Value) diag.Diagnostics {
	var issuer string
	if v.IsNull() || !v.IsKnown() || v.As(&issuer) != nil {
		return nil
	}
	problem := discovery.CheckIssuer(issuer)
	if problem == nil {
		return nil
	}
	return diag.Diagnostics{notAnIssuer(attribute, problem)}
}

// behaviour is the provider's, overridden by the resource's own.
func behaviour(s *authserver.Server, o object) authserver.Behaviour {
	b := s.Settings().Behaviour
	if o.has(attrStrict) {
		b.Strict = o.flag(attrStrict)
	}
	b.AcceptSubstitutions = append(append([]string{}, b.AcceptSubstitutions...), o.words(attrAccept)...)
	if o.has(attrRefresh) {
		b.Refresh = o.text(attrRefresh)
	}
	if o.has(attrOnMissing) {
		b.OnMissing = reconcile.OnMissing(o.text(attrOnMissing))
	}
	if o.has(attrURITemplate) {
		b.URITemplate = o.text(attrURITemplate)
	}
	if o.has(attrUpdateForm) {
		b.UpdateForm = reconcile.Form(o.text(attrUpdateForm))
	}
	if b.Refresh == "" {
		b.Refresh = authserver.RefreshAuto
	}
	return b
}

const defaultTimeout = 5 * time.Minute

// within bounds an operation by the resource's timeouts.
func within(ctx context.Context, o object, operation string) (context.Context, context.CancelFunc) {
	limit := defaultTimeout
	if o.has(attrTimeouts) {
		var limits map[string]tftypes.Value
		if o.attrs[attrTimeouts].As(&limits) == nil {
			var s string
			if v := limits[operation]; v.IsKnown() && !v.IsNull() && v.As(&s) == nil {
				if d, err := time.ParseDuration(s); err == nil && d > 0 {
					limit = d
				}
			}
		}
	}
	return context.WithTimeout(ctx, limit)
}

// resourceSchema is the same for every call, and the framework asks for it at each.
var resourceSchema = sync.OnceValue(clientSchema)

// known is what a state and its private record hold of a client.
func known(state object, record reconcile.Record) authserver.State {
	return authserver.State{Place: state.place(), Handle: state.handle(), Record: record, Registered: state.registered()}
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

// refreshed is the outcome of a read, beside the state itself.
type refreshed struct {
	gone   bool
	record *reconcile.Record // nil where nothing was read and the state is as it was
	diags  diag.Diagnostics
}

// readClient refreshes the state from the server.
func readClient(ctx context.Context, s *authserver.Server, state object, record reconcile.Record) (out refreshed) {
	ctx, cancel := within(ctx, state, "read")
	defer cancel()
	defer failpoint.At("read done")

	// ImportState makes a state of a handle and nothing else.
	refresh := lifecycle.Refresh{State: known(state, record), Behaviour: behaviour(s, state), Importing: !state.has(attrRegistered)}
	var malformed error
	if record.Agreed == nil && !refresh.Importing {
		refresh.Shown, _, malformed = state.document()
	}
	var notShown error
	ended := lifecycle.Read(ctx, s, refresh, func(snapshot authserver.Snapshot) {
		record := recordFor(state, snapshot.Record)
		out.record = &record
		state.setHandle(snapshot.Handle)
		if snapshot.Registered == nil {
			return
		}
		state.setRegistered(snapshot.Registered)
		if notShown = malformed; notShown == nil {
			notShown = state.setDocument(snapshot.Values)
		}
	})
	out.gone, out.diags = ended.Gone, lifecycleProblems(ended.Problems)
	if notShown != nil {
		out.diags.Append(notShownProblem(state.text(attrClientID), notShown))
	}
	return out
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
	out := updateClient(ctx, r.server, plan, state, config, record)
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
	id, place := importedBy(r.server, req.ID, req.Identity)
	handle, problem := lifecycle.Import(ctx, r.server, place, id, secret.New(os.Getenv(string(envRegistrationToken))))
	if problem != nil {
		resp.Diagnostics.Append(lifecycleProblem(*problem)...)
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
