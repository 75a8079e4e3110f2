// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var (
	_ datasource.DataSourceWithConfigure      = (*clientDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*clientDataSource)(nil)
)

// clientDataSource is oidc_client: one client, read without managing it.
type clientDataSource struct{ server *authserver.Server }

func newClientDataSource() datasource.DataSource { return &clientDataSource{} }

const (
	attrName          = "client_name"
	attrQueryTemplate = "client_query_template"
	attrCurrentToken  = "current_registration_access_token"
)

// Metadata implements datasource.DataSource.
func (d *clientDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "oidc_client"
}

// Schema implements datasource.DataSource: the rows of the table, and what finds the client. A row that the table marks sensitive is
// left out, as the client secret is: a data source is in the state of everyone who reads it.
func (d *clientDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{}
	for _, p := range shownParameters() {
		attributes[p.Name] = shownAttribute(p)
	}
	const dcrSpec, dcrmSpec = "[RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)", "[RFC 7592 §3](https://www.rfc-editor.org/rfc/rfc7592#section-3)"
	own := map[string]schema.Attribute{
		attrClientID: schema.StringAttribute{Optional: true, Computed: true, Validators: filledIn(),
			MarkdownDescription: "Client identifier. Alone, it is read at the address that the provider's `client_configuration_uri_template` gives. " + dcrSpec},
		attrURI: schema.StringAttribute{Optional: true, Computed: true, Validators: filledIn(addresses()...),
			MarkdownDescription: "Client configuration endpoint: the address at which the client is read, and the `id` of an `import` block. " + dcrmSpec},
		attrToken: schema.StringAttribute{Optional: true, Sensitive: true, Validators: bearerTokens(),
			MarkdownDescription: "Registration access token, sent to this client's address only. Without it, the provider's `registration_access_tokens` or, by `management`, the provider's own credentials are used. " + dcrmSpec},
		attrName: schema.StringAttribute{Optional: true, Computed: true, Validators: filledIn(),
			MarkdownDescription: "Name of the client. Given, it is what the client is searched by, on servers that can search; exactly one client must have it. [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)"},
		attrQueryTemplate: schema.StringAttribute{Optional: true, Validators: queryTemplates(),
			MarkdownDescription: "URL that is asked for the clients of a name, with `{registration_endpoint}` and `{client_name}`. The provider's credentials are sent there, so it must be at the registration endpoint's server. " +
				"The answer may be one client, an array of clients, or an object with one such array. Default: `" + lifecycle.DefaultQueryTemplate + "`. The registration endpoint is that of [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)"},
		attrCurrentToken: schema.StringAttribute{Computed: true, Sensitive: true,
			MarkdownDescription: "Registration access token in force after the read: the one that was used, or its successor where the server replaced it. Null where there is none. " + dcrmSpec},
		attrIssuedAt:        schema.NumberAttribute{Computed: true, MarkdownDescription: "When the client identifier was issued, in seconds since 1970-01-01T00:00Z. " + dcrSpec},
		attrSecretExpiresAt: schema.NumberAttribute{Computed: true, MarkdownDescription: "When the client secret expires, in seconds since 1970-01-01T00:00Z; 0 means never. " + dcrSpec},
		attrRegistered: schema.StringAttribute{Computed: true, Sensitive: true,
			MarkdownDescription: "All client metadata that the server has registered, as a string of JSON, without credentials. Sensitive only so that a plan shows it as one line; `nonsensitive()` opens it. " + dcrSpec},
	}
	for name, a := range own {
		attributes[name] = a
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one client without managing it ([RFC 7592 §2.1](https://www.rfc-editor.org/rfc/rfc7592#section-2.1)): by `client_id`, by `registration_client_uri`, or by `client_name` on servers that can search. " +
			"Its `registration_client_uri` is the `id` of an `import` block that takes over a client which somebody else registered.\n\n" +
			"A data source is read at every plan and saves nothing. Where the server replaces a client's credentials whenever it is read, set `token_journal` on the provider. " +
			"The client secret is not shown; the ephemeral resource `oidc_client_secret` fetches it.",
		Attributes: attributes,
	}
}

// shownParameters are the rows of the table that hold no secret.
func shownParameters() (out []*metadata.Parameter) {
	for _, p := range metadata.All() {
		if !p.Sensitive {
			out = append(out, p)
		}
	}
	return out
}

func shownAttribute(p *metadata.Parameter) schema.Attribute {
	description := strings.ReplaceAll(describe(p), "](#", "](../resources/dynamic_client#") // the tables are on the resource's page
	switch p.Kind {
	case metadata.Integer:
		return schema.NumberAttribute{Computed: true, MarkdownDescription: description}
	case metadata.Boolean:
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	case metadata.StringList:
		return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	default:
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig: something must name the client, and a name is searched for only
// where nothing else names one.
func (d *clientDataSource) ValidateConfig(_ context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	config, err := open(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Configuration", err))
		return
	}
	mayBeGiven := func(name string) bool { return !config.attrs[name].IsNull() }
	if !mayBeGiven(attrClientID) && !mayBeGiven(attrURI) && !mayBeGiven(attrName) {
		resp.Diagnostics.Append(noClientNamed())
	}
	for _, other := range []string{attrClientID, attrURI, attrToken} {
		if config.has(attrName) && config.has(other) {
			resp.Diagnostics.Append(notTogether(attrName, other))
		}
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *clientDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	if s, ok := req.ProviderData.(*authserver.Server); ok {
		d.server = s
	}
}

// Read implements datasource.DataSource.
func (d *clientDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config, err := open(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Configuration", err))
		return
	}
	found, problems := lifecycle.Find(ctx, d.server, lifecycle.Wanted{
		ClientID: config.text(attrClientID), RegistrationClientURI: config.text(attrURI), Token: secret.New(config.text(attrToken)),
		Name: config.text(attrName), QueryTemplate: config.text(attrQueryTemplate),
	})
	resp.Diagnostics.Append(problemsOf(d.server, problems)...)
	if found == nil {
		return
	}
	out := config.clone()
	out.showClient(found)
	// What a configuration says, a result must keep.
	for _, name := range []string{attrClientID, attrURI, attrName} {
		if config.has(name) {
			out.attrs[name] = config.attrs[name]
		}
	}
	resp.State.Raw = out.raw()
}

// showClient shows all of a client but its secrets. A member in a form that its attribute cannot hold is only in the document.
func (o object) showClient(found *lifecycle.Found) {
	clean := reconcile.RegisteredMetadata(found.Registered)
	for _, p := range shownParameters() {
		value, _ := metadata.Normalize(p.Name, clean[p.Name])
		v, err := parameterValue(p, value)
		if err != nil {
			v, _ = parameterValue(p, nil)
		}
		o.attrs[p.Name] = v
	}
	o.setText(attrClientID, found.Handle.ClientID)
	o.setText(attrURI, found.Handle.RegistrationClientURI)
	o.setText(attrCurrentToken, found.Handle.RegistrationAccessToken.Reveal())
	o.setInteger(attrIssuedAt, found.Handle.ClientIDIssuedAt)
	o.setInteger(attrSecretExpiresAt, found.Handle.ClientSecretExpiresAt)
	o.setRegistered(found.Registered)
}
