// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

const (
	federationInfoLink = "https://openid.net/specs/openid-federation-1_0.html#section-5.2.2"
	// ETSI publishes PDF without anchors, so the link goes to the registry's entries, which lead there.
	nfvLink = "https://www.iana.org/assignments/oauth-parameters/oauth-parameters.xhtml#client-metadata"
)

// nfvRows are the parameters of ETSI's network functions virtualisation.
var nfvRows = []*Parameter{
	{
		Name: "nfv_token_signed_response_alg", Kind: String, Use: ServerSigns,
		Description: "Algorithm (JWS `alg`) with which the server signs NFV tokens for this client.",
		Spec:        "ETSI GS NFV-SEC 022 V2.7.1", Link: nfvLink,
		Values:   signing,
		Security: true,
		Support:  SupportList, Supported: "nfv_token_signing_alg_values_supported",
	},
	{
		Name: "nfv_token_encrypted_response_alg", Kind: String, Use: EncryptToClient,
		Description: "Algorithm (JWE `alg`) with which the server encrypts NFV tokens for this client.",
		Spec:        "ETSI GS NFV-SEC 022 V2.7.1", Link: nfvLink,
		Values:   keyManagement,
		Security: true,
		Support:  SupportList, Supported: "nfv_token_encryption_alg_values_supported",
	},
	{
		Name: "nfv_token_encrypted_response_enc", Kind: String, Use: ContentEncryption,
		Description: "Content encryption (JWE `enc`) of NFV tokens. Needs `nfv_token_encrypted_response_alg`.",
		Spec:        "ETSI GS NFV-SEC 022 V2.7.1", Link: nfvLink,
		Values: contentEncoding, Needs: "nfv_token_encrypted_response_alg",
		Security: true,
		Support:  SupportList, Supported: "nfv_token_encryption_enc_values_supported",
	},
}

// federationRows are the parameters of OpenID Federation that a client may also register by itself. The five
// informational ones are human-readable or lead to what is, so they may be localized by the general rule
// (RFC 7591 §2.2, OpenID Connect Registration §2.1).
var federationRows = []*Parameter{
	{
		Name: "client_registration_types", Kind: StringList,
		Description: "Ways of registering through a federation that the client wants to use. Without effect outside of one.",
		Spec:        "OpenID Federation 1.0 §5.1.2", Link: "https://openid.net/specs/openid-federation-1_0.html#section-5.1.2",
		Values:  []string{"automatic", "explicit"}, // open: profiles may define more
		Support: SupportList, Supported: "client_registration_types_supported",
	},
	{
		Name: "signed_jwks_uri", Kind: URI,
		Description: "URL of a JWT that holds the client's JWK Set, signed with a key of its federation entity. Use only one of this, " +
			"`jwks` and `jwks_uri`.",
		Spec: "OpenID Federation 1.0 §5.2.1", Link: "https://openid.net/specs/openid-federation-1_0.html#section-5.2.1",
		Security: true,
		URI:      URIRule{HTTPS: true},
	},
	{
		Name: "organization_name", Kind: String,
		Description: "Name of the organization that owns the client, for people to read.",
		Spec:        "OpenID Federation 1.0 §5.2.2", Link: federationInfoLink,
		Localizable: true,
	},
	{
		Name: "organization_uri", Kind: URI,
		Description: "URL of a web page about the organization that owns the client.",
		Spec:        "OpenID Federation 1.0 §5.2.2", Link: federationInfoLink,
		Localizable: true,
		URI:         URIRule{Web: true},
	},
	{
		Name: "description", Kind: String,
		Description: "Description of the client, for people to read.",
		Spec:        "OpenID Federation 1.0 §5.2.2", Link: federationInfoLink,
		Localizable: true,
	},
	{
		Name: "keywords", Kind: StringList,
		Description: "Words by which the client can be found.",
		Spec:        "OpenID Federation 1.0 §5.2.2", Link: federationInfoLink,
		Localizable: true,
	},
	{
		Name: "information_uri", Kind: URI,
		Description: "URL of a web page with more about the client, for people to read.",
		Spec:        "OpenID Federation 1.0 §5.2.2", Link: federationInfoLink,
		Localizable: true,
		URI:         URIRule{Web: true},
	},
}

// vpRows are the parameters of OpenID for Verifiable Presentations.
var vpRows = []*Parameter{
	{
		Name: "vp_formats_supported", Kind: JSONObject,
		Description: "Formats of verifiable credentials and presentations that the client accepts, as JSON: an object with one member per " +
			"format identifier.",
		Spec: "OpenID for Verifiable Presentations 1.0 §11.1",
		Link: "https://openid.net/specs/openid-4-verifiable-presentations-1_0.html#section-11.1",
		// The server's member is an object of its own formats; whether two fit is a matter of each format.
		Support: SupportRelated, Supported: "vp_formats_supported",
	},
	{
		Name: "encrypted_response_enc_values_supported", Kind: StringList, Use: ContentEncryption,
		Description: "Content encryptions (JWE `enc`) that the client accepts in encrypted presentation responses.",
		Spec:        "OpenID for Verifiable Presentations 1.0 §5.1",
		Link:        "https://openid.net/specs/openid-4-verifiable-presentations-1_0.html#section-5.1",
		Values:      contentEncoding, Default: []any{"A128GCM"},
		Security: true,
	},
}
