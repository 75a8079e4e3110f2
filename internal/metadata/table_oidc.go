// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

const (
	oidrSpec = "OpenID Connect Dynamic Client Registration 1.0 §2"
	oidrLink = "https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata"
)

// oidcRows are what OpenID Connect Dynamic Client Registration 1.0 (errata set 2) adds to RFC 7591.
var oidcRows = []*Parameter{
	{
		Name: "application_type", Kind: String,
		Description: "Kind of the application, which decides what redirection URIs it may have: a web client of the implicit grant only " +
			"`https` ones, a native client only custom schemes and loopback addresses.",
		Spec: oidrSpec, Link: oidrLink,
		// Open: "The defined values are native or web" forbids no others, and large servers have more (browser, service).
		Values: []string{"web", "native"}, WarnOthers: true,
		Default: "web",
	},
	{
		Name: "sector_identifier_uri", Kind: URI,
		Description: "URL of a JSON array of redirection URIs, from whose host the server derives pairwise subject identifiers. Needed " +
			"for `subject_type = \"pairwise\"` when the redirection URIs have several hosts; each of them must be in the array.",
		Spec: oidrSpec, Link: oidrLink,
		Security: true, // another sector gives every user another "sub", or shares one among clients that must not
		URI:      URIRule{HTTPS: true},
	},
	{
		Name: "subject_type", Kind: String,
		Description: "Whether the client sees the same subject identifier of a user as other clients do, or one of its own.",
		Spec:        oidrSpec, Link: oidrLink,
		// Open: "Valid types include pairwise and public", and later specifications add more (ephemeral).
		Values: []string{"pairwise", "public"}, WarnOthers: true,
		Security: true,
		Support:  SupportList, Supported: "subject_types_supported",
	},
	{
		Name: "id_token_signed_response_alg", Kind: String, Use: ServerSigns,
		Description: "Algorithm (JWS `alg`) with which the server signs ID Tokens for this client. `none` is for clients only that " +
			"get no ID Token from the authorization endpoint.",
		Spec: oidrSpec, Link: oidrLink,
		Values: signingOrNone, Default: "RS256",
		Security: true,
		Support:  SupportList, Supported: "id_token_signing_alg_values_supported",
	},
	{
		Name: "id_token_encrypted_response_alg", Kind: String, Use: EncryptToClient,
		Description: "Algorithm (JWE `alg`) with which the server encrypts ID Tokens for this client. Left out, they are not encrypted.",
		Spec:        oidrSpec, Link: oidrLink,
		Values:   keyManagement,
		Security: true,
		Support:  SupportList, Supported: "id_token_encryption_alg_values_supported",
	},
	{
		Name: "id_token_encrypted_response_enc", Kind: String, Use: ContentEncryption,
		Description: "Content encryption (JWE `enc`) of ID Tokens. Needs `id_token_encrypted_response_alg`.",
		Spec:        oidrSpec, Link: oidrLink,
		Values: contentEncoding, Default: defaultEnc, Needs: "id_token_encrypted_response_alg",
		Security: true,
		Support:  SupportList, Supported: "id_token_encryption_enc_values_supported",
	},
	{
		Name: "userinfo_signed_response_alg", Kind: String, Use: ServerSigns,
		Description: "Algorithm (JWS `alg`) with which the server signs UserInfo responses. Left out, they are plain JSON.",
		Spec:        oidrSpec, Link: oidrLink,
		Values:   signingOrNone,
		Security: true,
		Support:  SupportList, Supported: "userinfo_signing_alg_values_supported",
	},
	{
		Name: "userinfo_encrypted_response_alg", Kind: String, Use: EncryptToClient,
		Description: "Algorithm (JWE `alg`) with which the server encrypts UserInfo responses. Left out, they are not encrypted.",
		Spec:        oidrSpec, Link: oidrLink,
		Values:   keyManagement,
		Security: true,
		Support:  SupportList, Supported: "userinfo_encryption_alg_values_supported",
	},
	{
		Name: "userinfo_encrypted_response_enc", Kind: String, Use: ContentEncryption,
		Description: "Content encryption (JWE `enc`) of UserInfo responses. Needs `userinfo_encrypted_response_alg`.",
		Spec:        oidrSpec, Link: oidrLink,
		Values: contentEncoding, Default: defaultEnc, Needs: "userinfo_encrypted_response_alg",
		Security: true,
		Support:  SupportList, Supported: "userinfo_encryption_enc_values_supported",
	},
	{
		Name: "request_object_signing_alg", Kind: String, Use: ClientSigns,
		Description: "Algorithm (JWS `alg`) with which the client must sign its Request Objects: others are refused. Left out, any that " +
			"both sides support will do.",
		Spec: oidrSpec, Link: oidrLink,
		Values:   signingOrNone,
		Security: true,
		Support:  SupportList, Supported: "request_object_signing_alg_values_supported",
	},
	{
		Name: "request_object_encryption_alg", Kind: String, Use: EncryptToServer,
		Description: "Algorithm (JWE `alg`) with which the client may encrypt its Request Objects. A symmetric one tells the server that " +
			"the client needs a secret.",
		Spec: oidrSpec, Link: oidrLink,
		Values:   keyManagement,
		Security: true,
		Support:  SupportList, Supported: "request_object_encryption_alg_values_supported",
	},
	{
		Name: "request_object_encryption_enc", Kind: String, Use: ContentEncryption,
		Description: "Content encryption (JWE `enc`) of Request Objects. Needs `request_object_encryption_alg`.",
		Spec:        oidrSpec, Link: oidrLink,
		Values: contentEncoding, Default: defaultEnc, Needs: "request_object_encryption_alg",
		Security: true,
		Support:  SupportList, Supported: "request_object_encryption_enc_values_supported",
	},
	{
		Name: "token_endpoint_auth_signing_alg", Kind: String, Use: ClientSigns,
		Description: "Algorithm (JWS `alg`) of the assertion with which the client authenticates by `private_key_jwt` (asymmetric) or " +
			"`client_secret_jwt` (HMAC). Left out, any that both sides support will do.",
		Spec: oidrSpec, Link: oidrLink,
		Values: signing, Forbidden: []string{"none"},
		Security: true,
		Support:  SupportList, Supported: "token_endpoint_auth_signing_alg_values_supported",
	},
	{
		Name: "default_max_age", Kind: Integer, NonNegative: true,
		Description: "Age in seconds after which the end user must authenticate again, for requests that set no `max_age`.",
		Spec:        oidrSpec, Link: oidrLink,
	},
	{
		Name: "require_auth_time", Kind: Boolean,
		Description: "Whether ID Tokens must have the `auth_time` claim.",
		Spec:        oidrSpec, Link: oidrLink,
		Default:  false,
		Security: true, // a client that relies on auth_time to enforce max_age loses its check without it
	},
	{
		Name: "default_acr_values", Kind: StringList, Ordered: true,
		Description: "Authentication context classes for requests that name none, the preferred one first.",
		Spec:        oidrSpec, Link: oidrLink,
		Support: SupportList, Supported: "acr_values_supported",
	},
	{
		Name: "initiate_login_uri", Kind: URI,
		Description: "URL at which a third party may start a login at the client. It must accept GET and POST.",
		Spec:        oidrSpec, Link: oidrLink,
		URI: URIRule{HTTPS: true},
	},
	{
		Name: "request_uris", Kind: StringList, Elements: URI,
		Description: "URLs of Request Objects that the client may pass by reference. A fragment may hold the SHA-256 of the file.",
		Spec:        oidrSpec, Link: oidrLink,
		Support: SupportFlag, Supported: "request_uri_parameter_supported",
	},
}
