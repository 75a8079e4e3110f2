// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

const (
	jarmSpec = "JWT Secured Authorization Response Mode for OAuth 2.0 (JARM) §3"
	jarmLink = "https://openid.net/specs/oauth-v2-jarm.html#section-3"
	cibaSpec = "OpenID Connect Client-Initiated Backchannel Authentication (CIBA) Core 1.0 §4"
	cibaLink = "https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#rfc.section.4"
)

// jarmRows are the parameters of JARM, which is final but never registered them.
var jarmRows = []*Parameter{
	{
		Name: "authorization_signed_response_alg", Kind: String, Use: ServerSigns,
		Description: "Algorithm (JWS `alg`) with which the server signs authorization responses for this client.",
		Spec:        jarmSpec, Link: jarmLink,
		Values: signing, Forbidden: []string{"none"}, Default: "RS256",
		Security: true,
		Support:  SupportList, Supported: "authorization_signing_alg_values_supported",
	},
	{
		Name: "authorization_encrypted_response_alg", Kind: String, Use: EncryptToClient,
		Description: "Algorithm (JWE `alg`) with which the server encrypts authorization responses after signing them. Left out, they are " +
			"not encrypted.",
		Spec: jarmSpec, Link: jarmLink,
		Values:   keyManagement,
		Security: true,
		Support:  SupportList, Supported: "authorization_encryption_alg_values_supported",
	},
	{
		Name: "authorization_encrypted_response_enc", Kind: String, Use: ContentEncryption,
		Description: "Content encryption (JWE `enc`) of authorization responses. Needs `authorization_encrypted_response_alg`.",
		Spec:        jarmSpec, Link: jarmLink,
		Values: contentEncoding, Default: defaultEnc, Needs: "authorization_encrypted_response_alg",
		Security: true,
		Support:  SupportList, Supported: "authorization_encryption_enc_values_supported",
	},
}

// cibaRows are the parameters of CIBA.
var cibaRows = []*Parameter{
	{
		Name: "backchannel_token_delivery_mode", Kind: String,
		Description: "How the client gets the result of a backchannel authentication. Required with the CIBA grant.",
		Spec:        cibaSpec, Link: cibaLink,
		Values: []string{"poll", "ping", "push"}, Closed: true, // "One of the following values: poll, ping, or push"
		Support: SupportList, Supported: "backchannel_token_delivery_modes_supported",
	},
	{
		Name: "backchannel_client_notification_endpoint", Kind: URI,
		Description: "URL of the client to which the server posts the result of a backchannel authentication, or word of it. Required for " +
			"the modes `ping` and `push`.",
		Spec: cibaSpec, Link: cibaLink,
		Security: true, // in push mode tokens are sent here: it is a redirection URI by another name
		URI:      URIRule{HTTPS: true},
	},
	{
		Name: "backchannel_authentication_request_signing_alg", Kind: String, Use: ClientSigns,
		Description: "Asymmetric algorithm (JWS `alg`) with which the client signs its backchannel authentication requests. Left out, it " +
			"does not sign them.",
		Spec: cibaSpec, Link: cibaLink,
		Values: asymmetricSigning, Forbidden: []string{"none", "HS256", "HS384", "HS512"}, // CIBA §7.1.1
		Security: true,
		Support:  SupportList, Supported: "backchannel_authentication_request_signing_alg_values_supported",
	},
	{
		Name: "backchannel_user_code_parameter", Kind: Boolean,
		Description: "Whether the client passes on a secret code that the end user types in.",
		Spec:        cibaSpec, Link: cibaLink,
		Default: false,
		Support: SupportFlag, Supported: "backchannel_user_code_parameter_supported",
	},
}

// messageSigningRows is the parameter of FAPI 2.0 Message Signing.
var messageSigningRows = []*Parameter{
	{
		Name: "response_modes", Kind: StringList,
		Description: "Response modes that the client may use. Left out, any that the server supports.",
		Spec:        "FAPI 2.0 Message Signing §5.3.3", Link: "https://openid.net/specs/fapi-message-signing-2_0-final.html#section-5.3.3",
		Values:  []string{"query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"},
		Support: SupportList, Supported: "response_modes_supported",
		SupportDefault: []string{"query", "fragment"}, // RFC 8414 §2, OpenID Connect Discovery §3
	},
}

// credentialRows is the parameter of OpenID for Verifiable Credential Issuance, which is final and never registered it. A wallet may have
// a scheme of its own in it, so that no scheme is asked for.
var credentialRows = []*Parameter{{
	Name: "credential_offer_endpoint", Kind: URI,
	Description: "Endpoint of a wallet to which issuers send credential offers.",
	Spec:        "OpenID for Verifiable Credential Issuance 1.0 §12.1",
	Link:        "https://openid.net/specs/openid-4-verifiable-credential-issuance-1_0.html#client-metadata",
	Security:    true, // an offer may hold a pre-authorized code
}}
