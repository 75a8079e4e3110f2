// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
)

var (
	_ datasource.DataSourceWithConfigure      = (*discoveryDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*discoveryDataSource)(nil)
)

// discoveryDataSource is oidc_discovery: WebFinger, OpenID Connect Discovery and RFC 8414.
type discoveryDataSource struct{ server *authserver.Server }

func newDiscoveryDataSource() datasource.DataSource { return &discoveryDataSource{} }

const (
	discoverySpec = "[OpenID Connect Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata)"
	metadataSpec  = "[RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)"
	webFingerSpec = "[OpenID Connect Discovery §2](https://openid.net/specs/openid-connect-discovery-1_0.html#IssuerDiscovery)"
)

// shownMember is a member of the server's metadata that the data source shows under its own name.
type shownMember struct{ name, description, spec string }

// serverEndpoints are URLs; serverLists are lists of words. The document has the rest.
var (
	serverEndpoints = []shownMember{
		{"registration_endpoint", "Client registration endpoint. Null where the server has none or does not publish it.", discoverySpec},
		{"authorization_endpoint", "Authorization endpoint.", discoverySpec},
		{"token_endpoint", "Token endpoint.", discoverySpec},
		{"userinfo_endpoint", "UserInfo endpoint.", discoverySpec},
		{"jwks_uri", "JWK Set of the server.", discoverySpec},
		{"end_session_endpoint", "Logout endpoint.", "[OpenID Connect RP-Initiated Logout §2.1](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#OPMetadata)"},
		{"introspection_endpoint", "Token introspection endpoint.", metadataSpec},
		{"revocation_endpoint", "Token revocation endpoint.", metadataSpec},
		{"device_authorization_endpoint", "Device authorization endpoint.", "[RFC 8628 §4](https://www.rfc-editor.org/rfc/rfc8628#section-4)"},
		{"pushed_authorization_request_endpoint", "Pushed authorization request endpoint.", "[RFC 9126 §5](https://www.rfc-editor.org/rfc/rfc9126#section-5)"},
		{"backchannel_authentication_endpoint", "CIBA authentication endpoint.", "[OpenID Connect CIBA §4](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration)"},
	}
	serverLists = []shownMember{
		{"scopes_supported", "Scopes. Often incomplete.", discoverySpec},
		{"response_types_supported", "Response types.", discoverySpec},
		{"response_modes_supported", "Response modes.", discoverySpec},
		{"grant_types_supported", "Grant types. Null means `authorization_code` and `implicit`.", discoverySpec},
		{"acr_values_supported", "Authentication context class references.", discoverySpec},
		{"subject_types_supported", "Subject identifier types.", discoverySpec},
		{"id_token_signing_alg_values_supported", "Signing algorithms of ID tokens.", discoverySpec},
		{"id_token_encryption_alg_values_supported", "Key management algorithms of ID tokens.", discoverySpec},
		{"id_token_encryption_enc_values_supported", "Content encryption algorithms of ID tokens.", discoverySpec},
		{"userinfo_signing_alg_values_supported", "Signing algorithms of UserInfo answers.", discoverySpec},
		{"request_object_signing_alg_values_supported", "Signing algorithms of request objects.", discoverySpec},
		{"token_endpoint_auth_methods_supported", "Client authentication methods. Null means `client_secret_basic`.", discoverySpec},
		{"token_endpoint_auth_signing_alg_values_supported", "Signing algorithms of client assertions.", discoverySpec},
		{"claims_supported", "Claims. Often incomplete.", discoverySpec},
		{"code_challenge_methods_supported", "PKCE methods.", metadataSpec},
		{"dpop_signing_alg_values_supported", "Signing algorithms of DPoP proofs.", "[RFC 9449 §5.1](https://www.rfc-editor.org/rfc/rfc9449#section-5.1)"},
	}
)

// Metadata implements datasource.DataSource.
func (d *discoveryDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "oidc_discovery"
}

// Schema implements datasource.DataSource.
func (d *discoveryDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"resource": schema.StringAttribute{Optional: true, Validators: webFingerResources(),
			MarkdownDescription: "What a person would type to say who they are: an e-mail address, a host or a URL. WebFinger finds the issuer from it. Without `resource` and `issuer`, the provider's server is meant. " + webFingerSpec},
		"issuer": schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: "Issuer identifier of the authorization server. " + discoverySpec},
		"document": schema.StringAttribute{Computed: true,
			MarkdownDescription: "The whole metadata document, as a string of JSON. " + discoverySpec},
		"document_url":       schema.StringAttribute{Computed: true, MarkdownDescription: "Where the document was found. " + discoverySpec},
		"webfinger_resource": schema.StringAttribute{Computed: true, MarkdownDescription: "The normalized resource that WebFinger was asked for. " + webFingerSpec},
		"webfinger_host":     schema.StringAttribute{Computed: true, MarkdownDescription: "The host that was asked. " + webFingerSpec},
	}
	attributes["webfinger_links"] = schema.ListNestedAttribute{Computed: true, MarkdownDescription: "All links of the WebFinger answer. [RFC 7033 §4.4.4](https://www.rfc-editor.org/rfc/rfc7033#section-4.4.4)",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"rel":  schema.StringAttribute{Computed: true, MarkdownDescription: "Link relation."},
			"href": schema.StringAttribute{Computed: true, MarkdownDescription: "Target."},
			"type": schema.StringAttribute{Computed: true, MarkdownDescription: "Media type of the target."},
		}}}
	for _, m := range serverEndpoints {
		attributes[m.name] = schema.StringAttribute{Computed: true, MarkdownDescription: m.description + " " + m.spec}
	}
	for _, m := range serverLists {
		attributes[m.name] = schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: m.description + " " + m.spec}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds an authorization server and its client registration endpoint, by WebFinger and by the server's metadata document " +
			"([OpenID Connect Discovery 1.0](https://openid.net/specs/openid-connect-discovery-1_0.html), [RFC 7033](https://www.rfc-editor.org/rfc/rfc7033), [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)).",
		Attributes: attributes,
	}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *discoveryDataSource) ValidateConfig(_ context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	config, err := open(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Configuration", err))
		return
	}
	if config.has("resource") && config.has(attrIssuer) {
		resp.Diagnostics.Append(notTogether("resource", attrIssuer))
	}
	resp.Diagnostics.Append(checkIssuer(config.attrs[attrIssuer])...)
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *discoveryDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	if s, ok := req.ProviderData.(*authserver.Server); ok {
		d.server = s
	}
}

// Read implements datasource.DataSource.
func (d *discoveryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config, err := open(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(unreadable("Configuration", err))
		return
	}
	found, server, problem := d.server.LookUp(ctx, config.text("resource"), config.text("issuer"))
	if problem != nil {
		resp.Diagnostics.Append(lifecycleProblem(*problem)...)
		return
	}
	out := config.clone()
	links := out.attrs["webfinger_links"].Type()
	out.attrs["webfinger_links"] = tftypes.NewValue(links, nil)
	if found != nil {
		out.setText("webfinger_resource", found.Resource)
		out.setText("webfinger_host", found.Host)
		out.attrs["webfinger_links"] = linkValues(links, found.Links)
	}
	out.setText("issuer", server.Issuer)
	out.setText("document", server.JSON)
	out.setText("document_url", server.URL)
	for _, m := range serverEndpoints {
		out.setText(m.name, d.server.Endpoint(server, m.name))
	}
	for _, m := range serverLists {
		words, there := server.Strings(m.name)
		out.setWords(m.name, words, there)
	}
	resp.State.Raw = out.raw()
}

func (o object) setWords(name string, words []string, there bool) {
	t := tftypes.List{ElementType: tftypes.String}
	if !there {
		o.attrs[name] = tftypes.NewValue(t, nil)
		return
	}
	elements := make([]tftypes.Value, 0, len(words))
	for _, w := range words {
		elements = append(elements, tftypes.NewValue(tftypes.String, w))
	}
	o.attrs[name] = tftypes.NewValue(t, elements)
}

func linkValues(t tftypes.Type, links []discovery.Link) tftypes.Value {
	list, ok := t.(tftypes.List)
	if !ok {
		return tftypes.NewValue(t, nil)
	}
	elements := make([]tftypes.Value, 0, len(links))
	for _, l := range links {
		elements = append(elements, tftypes.NewValue(list.ElementType, map[string]tftypes.Value{
			"rel": tftypes.NewValue(tftypes.String, l.Rel), "href": tftypes.NewValue(tftypes.String, l.Href), "type": tftypes.NewValue(tftypes.String, l.Type),
		}))
	}
	return tftypes.NewValue(t, elements)
}
