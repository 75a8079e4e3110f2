// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

const rfc7591Link = "https://www.rfc-editor.org/rfc/rfc7591#section-2"

// rfc7591Rows are the parameters of RFC 7591, most of which OpenID Connect Registration defines in the same words.
var rfc7591Rows = []*Parameter{
	{
		Name: "redirect_uris", Kind: StringList, Elements: URI,
		Description: "Redirection URIs to which the authorization endpoint may send its answer. Needed for the flows that redirect " +
			"(authorization code, implicit). The server compares them character by character, so the provider never changes them.",
		Spec: "RFC 7591 §2", Link: rfc7591Link,
		Security: true,
		URI:      URIRule{NoFragment: true}, // RFC 6749 §3.1.2; the rules by application_type are in checkRedirectURIs
	},
	{
		Name: "token_endpoint_auth_method", Kind: String,
		Description: "How the client authenticates at the token endpoint. `none` makes it a public client, for which the server issues " +
			"no secret.",
		Spec: "RFC 7591 §2", Link: rfc7591Link,
		Values: []string{
			"none", "client_secret_post", "client_secret_basic", "client_secret_jwt", "private_key_jwt", "tls_client_auth",
			"self_signed_tls_client_auth",
		},
		Default:  "client_secret_basic",
		Security: true,
		Support:  SupportList, Supported: "token_endpoint_auth_methods_supported", SupportDefault: []string{"client_secret_basic"},
	},
	{
		Name: "grant_types", Kind: StringList,
		Description: "Grant types that the client may use at the token endpoint. They must fit `response_types`: `code` there needs " +
			"`authorization_code` here, `token` and `id_token` need `implicit`.",
		Spec: "RFC 7591 §2, §2.1", Link: "https://www.rfc-editor.org/rfc/rfc7591#section-2.1",
		Values: []string{
			"authorization_code", "implicit", "password", "client_credentials", "refresh_token",
			"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer",
			"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
			"urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:grant-type:uma-ticket",
		},
		Default:  []any{"authorization_code"},
		Security: true,
		Support:  SupportList, Supported: "grant_types_supported", SupportDefault: []string{"authorization_code", "implicit"},
	},
	{
		Name: "response_types", Kind: StringList, WordSets: true,
		Description: "Response types that the client may use at the authorization endpoint. The order of the words in one does not " +
			"matter. An empty list suits a client without redirects, such as one of `client_credentials` only.",
		Spec: "RFC 7591 §2, §2.1", Link: "https://www.rfc-editor.org/rfc/rfc7591#section-2.1",
		Values: []string{
			"code", "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none",
		},
		Default:  []any{"code"},
		Security: true,
		Support:  SupportList, Supported: "response_types_supported",
	},
	{
		Name: "client_name", Kind: String,
		Description: "Name of the client, shown to the end user during authorization. Some servers require it, or demand that it is " +
			"unique.",
		Spec: "RFC 7591 §2, §2.2", Link: rfc7591Link,
		Localizable: true,
	},
	{
		Name: "client_uri", Kind: URI,
		Description: "URL of a web page about the client, shown to the end user as a link.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
		Localizable: true,
		URI:         URIRule{Web: true},
	},
	{
		Name: "logo_uri", Kind: URI,
		Description: "URL of an image that represents the client, shown to the end user.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
		Localizable: true, // any scheme: a data: URI is an image too
	},
	{
		Name: "scope", Kind: Scope,
		Description: "Scope values that the client may ask for.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
		Support: SupportList, Supported: "scopes_supported", SupportHint: true, // OIDD §3, RFC 8414 §2: "may choose not to advertise some"
	},
	{
		Name: "contacts", Kind: StringList,
		Description: "Ways to reach the people responsible for the client, usually e-mail addresses.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
	},
	{
		Name: "tos_uri", Kind: URI,
		Description: "URL of a web page with the client's terms of service.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
		Localizable: true,
		URI:         URIRule{Web: true},
	},
	{
		Name: "policy_uri", Kind: URI,
		Description: "URL of a web page that tells how the client uses personal data.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
		Localizable: true,
		URI:         URIRule{Web: true},
	},
	{
		Name: "jwks_uri", Kind: URI,
		Description: "URL of the client's JWK Set with its public keys. Preferred over `jwks`, which it excludes, because keys can then " +
			"be rotated without an update.",
		Spec: "RFC 7591 §2", Link: rfc7591Link,
		Security: true,
		URI:      URIRule{HTTPS: true}, // OpenID Connect Registration §2, errata set 2
		Excludes: []string{"jwks"},
	},
	{
		Name: "jwks", Kind: JWKSet,
		Description: "The client's JWK Set with its public keys, as JSON: `jsonencode({ keys = [...] })`. Excludes `jwks_uri`. Private " +
			"and symmetric keys are refused.",
		Spec: "RFC 7591 §2", Link: rfc7591Link,
		Security: true,
		Excludes: []string{"jwks_uri"},
	},
	{
		Name: "software_id", Kind: String,
		Description: "Identifier, such as a UUID, of the client software, the same for all its instances and versions.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
	},
	{
		Name: "software_version", Kind: String,
		Description: "Version of the client software named by `software_id`.",
		Spec:        "RFC 7591 §2", Link: rfc7591Link,
	},
	{
		Name: "software_statement", Kind: String,
		Description: "A software statement: a signed JWT that asserts metadata about the client software. What it claims takes the place " +
			"of the same parameters here, where the server trusts it.",
		Spec: "RFC 7591 §2.3, §3.1.1", Link: "https://www.rfc-editor.org/rfc/rfc7591#section-2.3",
		Sensitive: true, // a bearer assertion: whoever holds it can register as this software
	},
}
