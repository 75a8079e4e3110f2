// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// The validators here name what is needed and never the value that was given: it may be sensitive, and what a provider prints
// Terraform does not hide. The validators of the framework's own module print it.

// choice validates a string that takes one of a few words.
type choice []string

func oneOf(values ...string) []validator.String { return []validator.String{choice(values)} }

// Description implements validator.Describer.
func (c choice) Description(context.Context) string { return "one of " + strings.Join(c, ", ") }

// MarkdownDescription implements validator.Describer.
func (c choice) MarkdownDescription(context.Context) string { return "one of " + listed(c) }

// ValidateString implements validator.String.
func (c choice) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || slices.Contains(c, req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.Append(valueNotAllowed(req.Path, c.Description(ctx), choiceWays(req.Path, req.ConfigValue.ValueString(), c)...))
}

// duration validates strings such as 720h.
type duration struct{}

func durations() []validator.String { return []validator.String{duration{}} }

// Description implements validator.Describer.
func (duration) Description(context.Context) string { return "a positive duration such as 720h or 30m" }

// MarkdownDescription implements validator.Describer.
func (d duration) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

// ValidateString implements validator.String.
func (d duration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if v, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || v <= 0 {
		resp.Diagnostics.Append(malformedDuration(req.Path, req.ConfigValue.ValueString()))
	}
}

// address validates a URL to which requests go. Whether it may be plain http is known only with the settings of the run.
type address struct{}

func addresses() []validator.String { return []validator.String{address{}} }

// Description implements validator.Describer.
func (address) Description(context.Context) string { return "an absolute https URL" }

// MarkdownDescription implements validator.Describer.
func (a address) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

// ValidateString implements validator.String.
func (address) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.ValueString() == "" {
		return
	}
	if err := checkAddress(req.ConfigValue.ValueString(), true); err != nil {
		resp.Diagnostics.Append(unusableURL(req.Path, req.ConfigValue.ValueString(), err))
	}
}

// checkAddress reports why requests cannot go to a configured URL as it stands. A blank at its end would be sent as a part of the path, and
// a fragment not at all (RFC 9110 §7.1): both are told and not corrected.
func checkAddress(raw string, allowInsecureHTTP bool) error {
	switch {
	case raw != strings.TrimSpace(raw):
		return errors.New("it begins or ends with white space")
	case strings.Contains(raw, "#"):
		return errors.New("it has a fragment, which no request carries")
	}
	return transport.CheckURL(raw, allowInsecureHTTP)
}

// endpoint is address for the registration endpoint, for which a metadata document's address is easily taken: what is sent there has a
// credential with it.
type endpoint struct{ address }

// ValidateString implements validator.String.
func (e endpoint) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if issuer := discovery.OfDocument(req.ConfigValue.ValueString()); issuer != "" {
		resp.Diagnostics.Append(documentForEndpoint(issuer))
		return
	}
	e.address.ValidateString(ctx, req, resp)
}

// proxy validates the address of a proxy, which may have a password in it.
type proxy struct{}

func proxies() []validator.String { return []validator.String{proxy{}} }

// Description implements validator.Describer.
func (proxy) Description(context.Context) string { return "the URL of an HTTP or SOCKS5 proxy" }

// MarkdownDescription implements validator.Describer.
func (p proxy) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

// ValidateString implements validator.String.
func (p proxy) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.ValueString() == "" {
		return
	}
	if transport.CheckProxy(req.ConfigValue.ValueString()) != nil {
		resp.Diagnostics.Append(valueNotAllowed(req.Path, p.Description(ctx), proxyWays(req.Path, req.ConfigValue.ValueString())...))
	}
}

// filled validates a text that names something: it is not empty, and no line break came with it from a file.
type filled struct{}

func filledIn(more ...validator.String) []validator.String {
	return append([]validator.String{filled{}}, more...)
}

// Description implements validator.Describer.
func (filled) Description(context.Context) string {
	return "a text that is not empty and has no control character, such as a line break, in it"
}

// MarkdownDescription implements validator.Describer.
func (f filled) MarkdownDescription(ctx context.Context) string { return f.Description(ctx) }

// ValidateString implements validator.String.
func (f filled) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if text := req.ConfigValue.ValueString(); strings.TrimSpace(text) == "" || strings.ContainsFunc(text, unicode.IsControl) {
		resp.Diagnostics.Append(valueNotAllowed(req.Path, f.Description(ctx)))
	}
}

// bearerToken validates a token that is sent as it is. The empty text counts as not set.
type bearerToken struct{}

func bearerTokens() []validator.String { return []validator.String{bearerToken{}} }

// Description implements validator.Describer.
func (bearerToken) Description(context.Context) string {
	return "a token without blanks and line breaks"
}

// MarkdownDescription implements validator.Describer.
func (b bearerToken) MarkdownDescription(ctx context.Context) string { return b.Description(ctx) }

// ValidateString implements validator.String.
func (bearerToken) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if err := transport.CheckToken(secret.New(req.ConfigValue.ValueString())); err != nil {
		resp.Diagnostics.Append(unusableToken(req.Path, err))
	}
}

// webFingerResource validates what WebFinger is to look up. The empty text counts as not set.
type webFingerResource struct{}

func webFingerResources() []validator.String { return []validator.String{webFingerResource{}} }

// Description implements validator.Describer.
func (webFingerResource) Description(context.Context) string {
	return "what WebFinger can look up: an e-mail address, a host, host:port or an https URL, without a password (OpenID Connect Discovery §2.1)"
}

// MarkdownDescription implements validator.Describer.
func (w webFingerResource) MarkdownDescription(ctx context.Context) string { return w.Description(ctx) }

// ValidateString implements validator.String.
func (w webFingerResource) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || text == "" {
		return
	}
	if _, err := discovery.Normalize(text); err != nil {
		resp.Diagnostics.Append(valueNotAllowed(req.Path, w.Description(ctx)))
	}
}

// queryTemplate validates client_query_template. The empty text counts as not set.
type queryTemplate struct{}

func queryTemplates() []validator.String { return []validator.String{queryTemplate{}} }

// Description implements validator.Describer.
func (queryTemplate) Description(context.Context) string {
	return "an absolute https URL, in which {registration_endpoint} and {client_name} are replaced"
}

// MarkdownDescription implements validator.Describer.
func (q queryTemplate) MarkdownDescription(ctx context.Context) string { return q.Description(ctx) }

// ValidateString implements validator.String. A template without {client_name} asks for all clients, which some servers can be asked for alone.
func (q queryTemplate) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	template := req.ConfigValue.ValueString()
	if template == "" {
		return
	}
	filled := strings.NewReplacer("{registration_endpoint}", "https://as.example.com/register", "{client_name}", "a").Replace(template)
	if checkAddress(filled, true) != nil || strings.ContainsAny(filled, "{}") {
		resp.Diagnostics.Append(valueNotAllowed(req.Path, q.Description(ctx), queryWays(req.Path)...))
	}
}

// uriTemplate validates client_configuration_uri_template.
type uriTemplate struct{}

func uriTemplates() []validator.String { return []validator.String{uriTemplate{}} }

// Description implements validator.Describer.
func (uriTemplate) Description(context.Context) string { return "a URL with {client_id} in it" }

// MarkdownDescription implements validator.Describer.
func (u uriTemplate) MarkdownDescription(ctx context.Context) string { return u.Description(ctx) }

// ValidateString implements validator.String.
func (uriTemplate) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	value := req.ConfigValue.ValueString()
	if value == "" {
		return
	}
	if err := authserver.CheckTemplate(value); err != nil {
		resp.Diagnostics.Append(unusableTemplate(req.Path, err, corrected(req.Path, meantTemplate(value))...))
	}
}

// checkIssuer reports what cannot be an issuer, with what was probably meant. An issuer is compared to the letter, so that nothing is
// corrected silently.
func checkIssuer(v tftypes.Value) diag.Diagnostics {
	var issuer string
	if v.IsNull() || !v.IsKnown() || v.As(&issuer) != nil {
		return nil
	}
	problem := discovery.CheckIssuer(issuer)
	if problem == nil {
		return nil
	}
	return diag.Diagnostics{notAnIssuer(attrIssuer, problem)}
}

// unspaced validates the issuer that a document has to name, which is compared to the letter and may be any text of the server's. The empty one
// would take away, without a word, the check that credentials rest on.
type unspaced struct{ attribute string }

// Description implements validator.Describer.
func (unspaced) Description(context.Context) string { return "no white space at its begin and its end" }

// MarkdownDescription implements validator.Describer.
func (u unspaced) MarkdownDescription(ctx context.Context) string { return u.Description(ctx) }

// ValidateString implements validator.String.
func (u unspaced) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	value := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if problem := discovery.CheckIssuer(value); problem != nil && (value == "" || value != strings.TrimSpace(value)) {
		resp.Diagnostics.Append(notAnIssuer(u.attribute, problem))
	}
}

// checkHeaders reports each header that no request can carry at its own place.
func checkHeaders(headers types.Map) (diags diag.Diagnostics) {
	elements, seen := headers.Elements(), map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		value, _ := elements[name].(types.String)
		if err := transport.CheckHeader(name, secret.String{}); err != nil {
			diags.Append(unusableHeaderName(name, err))
		} else if other, twice := seen[strings.ToLower(name)]; twice {
			diags.Append(headerTwice(name, other))
		} else if err := transport.CheckHeader(name, secret.New(value.ValueString())); err != nil {
			diags.Append(unusableHeaderValue(name, err))
		}
		seen[strings.ToLower(name)] = name
	}
	return diags
}

// checkTokens reports each registration access token that no request can carry.
func checkTokens(tokens types.Map) (diags diag.Diagnostics) {
	elements := tokens.Elements()
	for i, key := range slices.Sorted(maps.Keys(elements)) {
		token, _ := elements[key].(types.String)
		if err := transport.CheckToken(secret.New(token.ValueString())); err != nil {
			diags.Append(unusableEntryToken(i+1, err))
		}
	}
	return diags
}

func listed(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

// whole is a range of whole numbers.
type whole struct{ least, most int }

var (
	retriesAllowed     = whole{0, 20}
	concurrencyAllowed = whole{1, 1000}
)

func between(allowed whole) []validator.Number { return []validator.Number{allowed} }

func (w whole) needed() string { return fmt.Sprintf("a whole number from %d to %d", w.least, w.most) }

func (w whole) has(n int) bool { return w.least <= n && n <= w.most }

// number gives a number of the range; ok is false for any other.
func (w whole) number(v types.Number) (n int, ok bool) {
	i, exact := v.ValueBigFloat().Int64()
	if exact != big.Exact || i < int64(w.least) || i > int64(w.most) {
		return 0, false
	}
	return int(i), true
}

// Description implements validator.Describer.
func (w whole) Description(context.Context) string { return w.needed() }

// MarkdownDescription implements validator.Describer.
func (w whole) MarkdownDescription(context.Context) string { return w.needed() }

// ValidateNumber implements validator.Number.
func (w whole) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, ok := w.number(req.ConfigValue); !ok {
		resp.Diagnostics.Append(valueNotAllowed(req.Path, w.needed()))
	}
}
