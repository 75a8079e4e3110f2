// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// clientSchema has an attribute for each row of the table, by the parameter's own name, and the few that are not client
// metadata. Nothing else goes to the top level: the framework's cost per call grows with the square of their number.
func clientSchema() schema.Schema {
	attributes := map[string]schema.Attribute{}
	for _, p := range metadata.All() {
		attributes[p.Name] = parameterAttribute(p)
	}
	for _, group := range []map[string]schema.Attribute{assignedAttributes(), beyondTheTable(), clientSettings()} {
		for name, a := range group {
			attributes[name] = a
		}
	}
	return schema.Schema{
		MarkdownDescription: "An OAuth 2.0 or OpenID Connect client, registered by Dynamic Client Registration " +
			"([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591), [OpenID Connect Dynamic Client Registration 1.0](https://openid.net/specs/openid-connect-registration-1_0.html)) " +
			"and managed by [RFC 7592](https://www.rfc-editor.org/rfc/rfc7592).\n\n" +
			"What the configuration names is managed; what it does not name is the server's own and is left alone.",
		Attributes: attributes,
	}
}

// parameterAttribute makes a row of the table an attribute: optional and not computed, so that null means “not managed” and a
// removed line plans as its removal.
//
// A number is no Int64Attribute: the framework cannot convert 1.5 to one, prints the value, calls it a defect of the provider and checks
// nothing else. The checks of the table ask for a whole number.
func parameterAttribute(p *metadata.Parameter) schema.Attribute {
	description := describe(p)
	switch p.Kind {
	case metadata.Integer:
		return schema.NumberAttribute{Optional: true, MarkdownDescription: description, Sensitive: p.Sensitive}
	case metadata.Boolean:
		return schema.BoolAttribute{Optional: true, MarkdownDescription: description, Sensitive: p.Sensitive}
	case metadata.StringList:
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description, Sensitive: p.Sensitive}
	default: // an object and a JWK Set are JSON text
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Sensitive: p.Sensitive}
	}
}

// describe puts the facets of a row that a reader wants into its description, which ends in the link to the specification.
func describe(p *metadata.Parameter) string {
	var facts []string
	switch word := "Registered values"; {
	case p.Use != metadata.NotAlgorithm:
		// The lists are long and alike, so that the page of the resource has them once.
		without := []string{}
		if slices.Contains(p.Values, "none") {
			without = append(without, "`none` is one of them")
		}
		if p.Use != metadata.ContentEncryption && !slices.Contains(p.Values, "HS256") && !slices.Contains(p.Values, "dir") {
			without = append(without, "asymmetric ones only")
		}
		facts = append(facts, strings.Join(append([]string{"Values: see [Algorithms](#algorithms)"}, without...), "; ")+".")
	case len(p.Values) > 0:
		if p.Closed {
			word = "One of"
		}
		facts = append(facts, fmt.Sprintf("%s: %s.", word, listed(p.Values)))
	}
	if p.Default != nil {
		facts = append(facts, fmt.Sprintf("If omitted: `%s`.", plain(p.Default)))
	}
	switch p.Kind {
	case metadata.JSONObject, metadata.JWKSet:
		facts = append(facts, "A string of JSON, as from `jsonencode`.")
	case metadata.Scope:
		facts = append(facts, "Words separated by spaces; their order does not matter.")
	}
	if p.Localizable {
		facts = append(facts, "Variants in other languages go into `localized`.")
	}
	if p.Security {
		facts = append(facts, "[Security parameter](#security-parameters).")
	}
	facts = append(facts, fmt.Sprintf("[%s](%s)", p.Spec, p.Link)) // last, as in every description
	return p.Description + " " + strings.Join(facts, " ")
}

func plain(v any) string {
	switch v := v.(type) {
	case []any:
		var words []string
		for _, e := range v {
			words = append(words, fmt.Sprint(e))
		}
		return strings.Join(words, "`, `")
	case []string:
		return strings.Join(v, "`, `")
	default:
		return fmt.Sprint(v)
	}
}

func assignedAttributes() map[string]schema.Attribute {
	const dcrSpec, dcrmSpec = "[RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)", "[RFC 7592 §3](https://www.rfc-editor.org/rfc/rfc7592#section-3)"
	return map[string]schema.Attribute{
		attrClientID:         schema.StringAttribute{Computed: true, MarkdownDescription: "Client identifier, assigned by the server. " + dcrSpec},
		attrClientSecret:     schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Client secret, for confidential clients. Null where the server issued none or `store_client_secret` is false. " + dcrSpec},
		attrIssuedAt:         schema.NumberAttribute{Computed: true, MarkdownDescription: "When the client identifier was issued, in seconds since 1970-01-01T00:00Z. " + dcrSpec},
		attrSecretExpiresAt:  schema.NumberAttribute{Computed: true, MarkdownDescription: "When the client secret expires, in seconds since 1970-01-01T00:00Z; 0 means never. " + dcrSpec},
		attrSecretExpiration: schema.StringAttribute{Computed: true, MarkdownDescription: "`client_secret_expires_at` as an RFC 3339 time; null where the secret does not expire. " + dcrSpec},
		attrToken:            schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Registration access token: the credential that manages this client. " + dcrmSpec},
		attrURI:              schema.StringAttribute{Computed: true, MarkdownDescription: "Client configuration endpoint: the address at which this client is managed. Null where the server has no management. " + dcrmSpec},
		attrRegistered: schema.StringAttribute{Computed: true, Sensitive: true,
			MarkdownDescription: "All client metadata that the server has registered, as a string of JSON, with the server's own choices and without credentials. Sensitive only so that a plan shows it as one line; `nonsensitive()` opens it. " + dcrSpec},
	}
}

func beyondTheTable() map[string]schema.Attribute {
	variants := map[string]schema.Attribute{}
	for _, p := range metadata.All() {
		if p.Localizable {
			variants[p.Name] = parameterAttribute(p)
		}
	}
	return map[string]schema.Attribute{
		attrLocalized: schema.MapNestedAttribute{
			Optional:     true,
			NestedObject: schema.NestedAttributeObject{Attributes: variants},
			MarkdownDescription: "Human-readable metadata in other languages, by language tag: `{ \"ja\" = { client_name = \"…\" } }` is sent as `client_name#ja`. " +
				"[RFC 7591 §2.2](https://www.rfc-editor.org/rfc/rfc7591#section-2.2)",
		},
		attrExtension: schema.DynamicAttribute{
			Optional: true,
			MarkdownDescription: "Client metadata that no registry knows, such as a vendor's `ext_*` members: an object of any values, sent with the types that they have here. " +
				"Only the keys named here are managed. Arrays are compared in order, since nothing says whether theirs matters: where the server registers another order, that is a one-time warning; where it shows another one later, the plan shows a difference. [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)",
		},
	}
}

func clientSettings() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		attrIssuer:   schema.StringAttribute{Optional: true, MarkdownDescription: "Issuer of the authorization server, in place of the provider's. Another server means another client: a change replaces it. A value that is not known at plan replaces nothing: where it then names another server, the apply changes nothing and says so."},
		attrEndpoint: schema.StringAttribute{Optional: true, MarkdownDescription: "Client registration endpoint, in place of the provider's server. A change to another server replaces the client."},
		attrIAT: schema.StringAttribute{Optional: true, Sensitive: true, WriteOnly: true, Validators: bearerTokens(),
			MarkdownDescription: "Initial access token for this registration, in place of the provider's credentials. Write-only: it is in no state and no plan, as befits single-use tokens, and may be an ephemeral value. [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)"},
		attrTimeouts: timeoutsAttribute(),
		attrAccept: schema.SetAttribute{Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Names of parameters whose substitution by the server is accepted ([RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)). A variant is named with its tag (`client_name#ja`)."},
		attrStrict: schema.BoolAttribute{Optional: true, MarkdownDescription: "Every substitution by the server is an error, and so is a value that the server's metadata does not list as supported. Parameters that `accept_substitutions` names are excepted."},
		attrUpdateForm: schema.StringAttribute{Optional: true, Validators: oneOf(formNames()...),
			MarkdownDescription: "Fixes the form of the update request: " + listed(formNames()) + ". By default the standard form is tried first, plainer ones follow a refusal, and what worked is remembered."},
		attrRefresh: schema.StringAttribute{Optional: true, Validators: oneOf(authserver.RefreshAuto, authserver.RefreshAlways, authserver.RefreshNever),
			MarkdownDescription: "Whether a refresh reads this client: `auto`, `always` or `never`. See the provider's `refresh`."},
		attrOnMissing: schema.StringAttribute{Optional: true, Validators: oneOf(string(reconcile.OnMissingError), string(reconcile.OnMissingKeep), string(reconcile.OnMissingRecreate)),
			MarkdownDescription: "What to do where the server does not show the client and nothing proves that it is gone: `error`, `keep` or `recreate`. It takes effect in the plan that first has it. See the provider's `on_missing`."},
		attrURITemplate: schema.StringAttribute{Optional: true, Validators: uriTemplates(),
			MarkdownDescription: "Client configuration endpoint of this client, with `{registration_endpoint}` and `{client_id}`. Where it is set, here or on the provider, it is asked before the `registration_client_uri` that the server returned, and takes its place once it has shown the client."},
		attrRenewBefore: schema.StringAttribute{Optional: true, Validators: durations(),
			MarkdownDescription: "Renews an expiring client secret this long before it expires, for example `720h`: by an update on servers that then issue a new secret, else by replacing the client."},
		attrRotateWhen: schema.MapAttribute{Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Arbitrary values; a change of any of them asks for a new client secret, by the same means as `renew_secret_before`."},
		attrStoreSecret: schema.BoolAttribute{Optional: true,
			MarkdownDescription: "False keeps the client secret out of the state. On servers that show it on a read, the ephemeral resource `oidc_client_secret` fetches it. Default: true."},
	}
}

// timeoutsAttribute is written out here because framework-timeouts prints the value that it refuses, and takes zero and negative
// durations, with which no request could be answered in time.
func timeoutsAttribute() schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, operation := range []string{"create", "read", "update", "delete"} {
		attributes[operation] = schema.StringAttribute{Optional: true, Validators: durations(),
			MarkdownDescription: "Time limit of this operation, for example `30s` or `10m`. If omitted: `5m`."}
	}
	return schema.SingleNestedAttribute{Optional: true, Attributes: attributes,
		MarkdownDescription: "Time limits of the operations, requests that are repeated included."}
}

const clientTypeName = "oidc_dynamic_client"

// resourceSchema is the same for every call, and the framework asks for it at each.
var resourceSchema = sync.OnceValue(clientSchema)
