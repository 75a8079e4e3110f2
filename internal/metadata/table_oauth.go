// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

const (
	rfc8705Link = "https://www.rfc-editor.org/rfc/rfc8705#section-2.1.2"
	rfc9701Link = "https://www.rfc-editor.org/rfc/rfc9701#section-6"
)

// umaRows is the parameter of User-Managed Access.
var umaRows = []*Parameter{
	{
		Name: "claims_redirect_uris", Kind: StringList, Elements: URI,
		Description: "Redirection URIs to which the claims interaction endpoint may send the requesting party back.",
		Spec:        "UMA 2.0 Grant for OAuth 2.0 §2", Link: "https://docs.kantarainitiative.org/uma/wg/rec-oauth-uma-grant-2.0.html#rfc.section.2",
		Security: true,                      // redirection URIs
		URI:      URIRule{NoFragment: true}, // UMA 2.0 Grant §3.3.2
	},
}

// tlsSubjects are the parameters of which RFC 8705 §2.1.2 wants exactly one with tls_client_auth.
var tlsSubjects = []string{
	"tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri", "tls_client_auth_san_ip",
	"tls_client_auth_san_email",
}

// tlsSubject builds one of those five rows, which differ only in name and wording.
func tlsSubject(name, description string) *Parameter {
	others := make([]string, 0, len(tlsSubjects)-1)
	for _, other := range tlsSubjects {
		if other != name {
			others = append(others, other)
		}
	}
	return &Parameter{
		Name: name, Kind: String,
		Description: description + " Exactly one `tls_client_auth_*` parameter goes with `token_endpoint_auth_method = \"tls_client_auth\"`.",
		Spec:        "RFC 8705 §2.1.2", Link: rfc8705Link,
		Security: true,
		Excludes: others,
		Support:  SupportList, Supported: "token_endpoint_auth_methods_supported", SupportedValue: "tls_client_auth",
		SupportDefault: []string{"client_secret_basic"},
	}
}

// mtlsRows are the parameters of mutual TLS.
var mtlsRows = []*Parameter{
	tlsSubject("tls_client_auth_subject_dn", "Subject distinguished name (RFC 4514) of the certificate with which the client authenticates."),
	tlsSubject("tls_client_auth_san_dns", "DNS name in the subject alternative name of the certificate with which the client authenticates."),
	tlsSubject("tls_client_auth_san_uri", "URI in the subject alternative name of the certificate with which the client authenticates."),
	tlsSubject("tls_client_auth_san_ip", "IP address in the subject alternative name of the certificate with which the client authenticates, IPv4 dotted or IPv6."),
	tlsSubject("tls_client_auth_san_email", "E-mail address in the subject alternative name of the certificate with which the client authenticates."),
	{
		Name: "tls_client_certificate_bound_access_tokens", Kind: Boolean,
		Description: "Whether the client wants access tokens that only the holder of its TLS certificate can use.",
		Spec:        "RFC 8705 §3.4", Link: "https://www.rfc-editor.org/rfc/rfc8705#section-3.4",
		Default:  false,
		Security: true,
		Support:  SupportFlag, Supported: "tls_client_certificate_bound_access_tokens",
	},
}

// fapiRows is the parameter of the FAPI 2.0 Security Profile.
var fapiRows = []*Parameter{
	{
		Name: "use_mtls_endpoint_aliases", Kind: Boolean,
		Description: "Whether the client must use the server's `mtls_endpoint_aliases` for all its calls.",
		Spec:        "FAPI 2.0 Security Profile §5.2.2.1.1", Link: "https://openid.net/specs/fapi-security-profile-2_0-final.html#section-5.2.2.1.1",
		Default:  false,
		Security: true,
		Support:  SupportPresence, Supported: "mtls_endpoint_aliases",
	},
}

// requestRows are the parameters of RFC 9101 (JAR), RFC 9126 (PAR), RFC 9396 (RAR) and RFC 9449 (DPoP).
var requestRows = []*Parameter{
	{
		Name: "require_signed_request_object", Kind: Boolean,
		Description: "Whether the client's authorization requests must be signed Request Objects.",
		Spec:        "RFC 9101 §10.5", Link: "https://www.rfc-editor.org/rfc/rfc9101#section-10.5",
		Default:  false,
		Security: true,
		// The server's member of the same name is its own demand on all clients: false there forbids nothing here.
		Support: SupportRelated, Supported: "require_signed_request_object",
	},
	{
		Name: "require_pushed_authorization_requests", Kind: Boolean,
		Description: "Whether the client may start an authorization by a pushed request only.",
		Spec:        "RFC 9126 §6", Link: "https://www.rfc-editor.org/rfc/rfc9126#section-6",
		Default:  false,
		Security: true,
		Support:  SupportPresence, Supported: "pushed_authorization_request_endpoint",
	},
	{
		Name: "authorization_details_types", Kind: StringList,
		Description: "Types of `authorization_details` that the client uses.",
		Spec:        "RFC 9396 §10", Link: "https://www.rfc-editor.org/rfc/rfc9396#section-10",
		Support: SupportList, Supported: "authorization_details_types_supported",
	},
	{
		Name: "dpop_bound_access_tokens", Kind: Boolean,
		Description: "Whether the client always uses DPoP for its token requests, so that access tokens are bound to its key.",
		Spec:        "RFC 9449 §5.2", Link: "https://www.rfc-editor.org/rfc/rfc9449#section-5.2",
		Default:  false,
		Security: true,
		Support:  SupportPresence, Supported: "dpop_signing_alg_values_supported",
	},
}

// rfc9701Rows are the parameters of JWT responses to token introspection.
var rfc9701Rows = []*Parameter{
	{
		Name: "introspection_signed_response_alg", Kind: String, Use: ServerSigns,
		Description: "Algorithm (JWS `alg`) with which the server signs token introspection responses for this client.",
		Spec:        "RFC 9701 §6", Link: rfc9701Link,
		Values: signing, Default: "RS256",
		Security: true,
		Support:  SupportList, Supported: "introspection_signing_alg_values_supported",
	},
	{
		Name: "introspection_encrypted_response_alg", Kind: String, Use: EncryptToClient,
		Description: "Algorithm (JWE `alg`) with which the server encrypts token introspection responses for this client. Left out, they " +
			"are not encrypted.",
		Spec: "RFC 9701 §6", Link: rfc9701Link,
		Values:   keyManagement,
		Security: true,
		Support:  SupportList, Supported: "introspection_encryption_alg_values_supported",
	},
	{
		Name: "introspection_encrypted_response_enc", Kind: String, Use: ContentEncryption,
		Description: "Content encryption (JWE `enc`) of token introspection responses. Needs `introspection_encrypted_response_alg`.",
		Spec:        "RFC 9701 §6", Link: rfc9701Link,
		Values: contentEncoding, Default: defaultEnc, Needs: "introspection_encrypted_response_alg",
		Security: true,
		Support:  SupportList, Supported: "introspection_encryption_enc_values_supported",
	},
}
