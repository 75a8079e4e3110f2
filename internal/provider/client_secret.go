// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*clientSecretEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*clientSecretEphemeral)(nil)
)

// clientSecretEphemeral is oidc_client_secret: the client secret of a client whose state does not hold it.
type clientSecretEphemeral struct{ server *authserver.Server }

func newClientSecretEphemeral() ephemeral.EphemeralResource { return &clientSecretEphemeral{} }

type clientSecretModel struct {
	ClientID                types.String `tfsdk:"client_id"`
	RegistrationClientURI   types.String `tfsdk:"registration_client_uri"`
	RegistrationAccessToken types.String `tfsdk:"registration_access_token"`
	ClientSecret            types.String `tfsdk:"client_secret"`
	ClientSecretExpiresAt   types.Number `tfsdk:"client_secret_expires_at"`
}

// Metadata implements ephemeral.EphemeralResource.
func (e *clientSecretEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "oidc_client_secret"
}

// Schema implements ephemeral.EphemeralResource.
func (e *clientSecretEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	const spec = "[RFC 7592 §2.1](https://www.rfc-editor.org/rfc/rfc7592#section-2.1)"
	resp.Schema = schema.Schema{
		MarkdownDescription: "Fetches a client's secret from the server, for clients with `store_client_secret = false`, on servers that show it on a read. It is in no state and no plan. " +
			"Where a read rotates the client's credentials, a `token_journal` is needed.",
		// Nothing is Required: what is null only in the apply the framework would call a defect of the provider, see missing.
		Attributes: map[string]schema.Attribute{
			"client_id":                 schema.StringAttribute{Optional: true, Validators: filledIn(), MarkdownDescription: "Client identifier. It must be set. " + spec},
			"registration_client_uri":   schema.StringAttribute{Optional: true, Validators: filledIn(addresses()...), MarkdownDescription: "Client configuration endpoint. It must be set: a client to which the server returned none cannot be read here. " + spec},
			"registration_access_token": schema.StringAttribute{Optional: true, Sensitive: true, Validators: bearerTokens(), MarkdownDescription: "Registration access token. Without it, the provider's `registration_access_tokens`, the journal or, by `management`, the provider's own credentials are used. " + spec},
			"client_secret":             schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Client secret. " + spec},
			"client_secret_expires_at":  schema.NumberAttribute{Computed: true, MarkdownDescription: "When it expires, in seconds since 1970-01-01T00:00Z; 0 means never. " + spec},
		},
	}
}

// ValidateConfig implements ephemeral.EphemeralResourceWithValidateConfig. Terraform calls it again in the apply, with what is known then.
func (e *clientSecretEphemeral) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var m clientSecretModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(m.missing()...)
}

// missing reports what names the client and is certainly not set.
func (m *clientSecretModel) missing() (diags diag.Diagnostics) {
	if m.ClientID.IsNull() {
		diags.Append(noClientID())
	}
	if m.RegistrationClientURI.IsNull() {
		diags.Append(noClientURI())
	}
	return diags
}

// Configure implements ephemeral.EphemeralResourceWithConfigure.
func (e *clientSecretEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	if s, ok := req.ProviderData.(*authserver.Server); ok {
		e.server = s
	}
}

// numberOf gives a number of an answer, null where there is none.
func numberOf(n *int64) types.Number {
	if n == nil {
		return types.NumberNull()
	}
	return types.NumberValue(new(big.Float).SetInt64(*n))
}

// Open implements ephemeral.EphemeralResource. Nothing that a server rotates here reaches a state, so the journal is what keeps it.
func (e *clientSecretEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m clientSecretModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(m.missing()...)
	if resp.Diagnostics.HasError() {
		return
	}
	answer, problems := lifecycle.FetchSecret(ctx, e.server, reconcile.Handle{
		ClientID: m.ClientID.ValueString(), RegistrationClientURI: m.RegistrationClientURI.ValueString(),
		RegistrationAccessToken: secret.New(m.RegistrationAccessToken.ValueString()),
	})
	resp.Diagnostics.Append(problemsOf(e.server, problems)...)
	if answer == nil {
		return
	}
	m.ClientSecret = types.StringValue(answer.ClientSecret.Reveal())
	m.ClientSecretExpiresAt = numberOf(answer.ClientSecretExpiresAt)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
}
