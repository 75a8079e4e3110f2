// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// kind is the JSON type of a client metadata member.
type kind int

const (
	kindText     kind = iota // a non-empty string
	kindURI                  // an absolute URI of any scheme
	kindWeb                  // an absolute http or https URI
	kindSecure               // an absolute https URI
	kindInteger              // a non-negative integer
	kindBoolean              // true or false
	kindTexts                // an array of strings
	kindURIs                 // an array of absolute URIs
	kindObject               // an object
	kindKeys                 // a JWK Set
	kindRedirect             // an array of redirection URIs, with rules of its own
)

// members are the client metadata that the server understands: RFC 7591 §2, OpenID Connect Dynamic Client Registration
// 1.0 §2, the logout specifications, RFC 8705, RFC 9101, RFC 9126, RFC 9396, RFC 9449, RFC 9701, JARM, CIBA, Federation.
var members = map[string]kind{
	"redirect_uris": kindRedirect, "token_endpoint_auth_method": kindText, "grant_types": kindTexts,
	"response_types": kindTexts, "client_name": kindText, "client_uri": kindWeb, "logo_uri": kindWeb, "scope": kindText,
	"contacts": kindTexts, "tos_uri": kindWeb, "policy_uri": kindWeb, "jwks_uri": kindWeb, "jwks": kindKeys,
	"software_id": kindText, "software_version": kindText, "software_statement": kindText,
	"application_type": kindText, "sector_identifier_uri": kindSecure, "subject_type": kindText,
	"id_token_signed_response_alg": kindText, "id_token_encrypted_response_alg": kindText,
	"id_token_encrypted_response_enc": kindText, "userinfo_signed_response_alg": kindText,
	"userinfo_encrypted_response_alg": kindText, "userinfo_encrypted_response_enc": kindText,
	"request_object_signing_alg": kindText, "request_object_encryption_alg": kindText,
	"request_object_encryption_enc": kindText, "token_endpoint_auth_signing_alg": kindText,
	"default_max_age": kindInteger, "require_auth_time": kindBoolean, "default_acr_values": kindTexts,
	"initiate_login_uri": kindSecure, "request_uris": kindURIs, "post_logout_redirect_uris": kindURIs,
	"frontchannel_logout_uri": kindWeb, "frontchannel_logout_session_required": kindBoolean,
	"backchannel_logout_uri": kindWeb, "backchannel_logout_session_required": kindBoolean,
	"claims_redirect_uris": kindURIs, "nfv_token_signed_response_alg": kindText,
	"nfv_token_encrypted_response_alg": kindText, "nfv_token_encrypted_response_enc": kindText,
	"tls_client_auth_subject_dn": kindText, "tls_client_auth_san_dns": kindText, "tls_client_auth_san_uri": kindURI,
	"tls_client_auth_san_ip": kindText, "tls_client_auth_san_email": kindText,
	"tls_client_certificate_bound_access_tokens": kindBoolean, "use_mtls_endpoint_aliases": kindBoolean,
	"require_signed_request_object": kindBoolean, "require_pushed_authorization_requests": kindBoolean,
	"authorization_details_types": kindTexts, "dpop_bound_access_tokens": kindBoolean,
	"introspection_signed_response_alg": kindText, "introspection_encrypted_response_alg": kindText,
	"introspection_encrypted_response_enc": kindText, "client_registration_types": kindTexts,
	"signed_jwks_uri": kindWeb, "organization_name": kindText, "organization_uri": kindWeb, "description": kindText,
	"keywords": kindTexts, "information_uri": kindWeb, "vp_formats_supported": kindObject,
	"encrypted_response_enc_values_supported": kindTexts, "authorization_signed_response_alg": kindText,
	"authorization_encrypted_response_alg": kindText, "authorization_encrypted_response_enc": kindText,
	"backchannel_token_delivery_mode": kindText, "backchannel_client_notification_endpoint": kindSecure,
	"backchannel_authentication_request_signing_alg": kindText, "backchannel_user_code_parameter": kindBoolean,
	"response_modes": kindTexts, "credential_offer_endpoint": kindURI,
}

// localizable members may come once more per language, as name#tag (RFC 7591 §2.2).
var localizable = []string{
	"client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri", "organization_name", "organization_uri",
	"description", "keywords", "information_uri",
}

// serverAssigned members belong to the answer only (RFC 7591 §3.2.1, RFC 7592 §3).
var serverAssigned = []string{
	"client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "registration_access_token",
	"registration_client_uri",
}

// notInUpdates are the members that an update must not contain (RFC 7592 §2.2).
var notInUpdates = []string{
	"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at",
}

// orderedMembers are arrays whose order means something.
var orderedMembers = []string{"default_acr_values"}

// supportedBy names the server metadata that lists a member's supported values.
var supportedBy = map[string]string{
	"grant_types": "grant_types_supported", "response_types": "response_types_supported",
	"response_modes":                                 "response_modes_supported",
	"scope":                                          "scopes_supported",
	"token_endpoint_auth_method":                     "token_endpoint_auth_methods_supported",
	"token_endpoint_auth_signing_alg":                "token_endpoint_auth_signing_alg_values_supported",
	"subject_type":                                   "subject_types_supported",
	"id_token_signed_response_alg":                   "id_token_signing_alg_values_supported",
	"id_token_encrypted_response_alg":                "id_token_encryption_alg_values_supported",
	"id_token_encrypted_response_enc":                "id_token_encryption_enc_values_supported",
	"userinfo_signed_response_alg":                   "userinfo_signing_alg_values_supported",
	"userinfo_encrypted_response_alg":                "userinfo_encryption_alg_values_supported",
	"userinfo_encrypted_response_enc":                "userinfo_encryption_enc_values_supported",
	"request_object_signing_alg":                     "request_object_signing_alg_values_supported",
	"request_object_encryption_alg":                  "request_object_encryption_alg_values_supported",
	"request_object_encryption_enc":                  "request_object_encryption_enc_values_supported",
	"authorization_signed_response_alg":              "authorization_signing_alg_values_supported",
	"authorization_encrypted_response_alg":           "authorization_encryption_alg_values_supported",
	"authorization_encrypted_response_enc":           "authorization_encryption_enc_values_supported",
	"introspection_signed_response_alg":              "introspection_signing_alg_values_supported",
	"introspection_encrypted_response_alg":           "introspection_encryption_alg_values_supported",
	"introspection_encrypted_response_enc":           "introspection_encryption_enc_values_supported",
	"backchannel_token_delivery_mode":                "backchannel_token_delivery_modes_supported",
	"backchannel_authentication_request_signing_alg": "backchannel_authentication_request_signing_alg_values_supported",
	"default_acr_values":                             "acr_values_supported",
	"authorization_details_types":                    "authorization_details_types_supported",
}

// nameOf cuts the language tag off a member; ok is false for a tag where none belongs.
func nameOf(member string) (name string, tagged, ok bool) {
	name, tag, tagged := strings.Cut(member, "#")
	if !tagged {
		return name, false, true
	}
	return name, true, tag != "" && slices.Contains(localizable, name)
}

// wrongType says what is wrong with a value's JSON type, "" if nothing.
func wrongType(want kind, value any) string {
	switch want {
	case kindBoolean:
		if _, ok := value.(bool); !ok {
			return "must be true or false"
		}
	case kindInteger:
		number, ok := value.(json.Number)
		if !ok {
			return "must be an integer"
		}
		if n, err := number.Int64(); err != nil || n < 0 {
			return "must be an integer that is not negative"
		}
	case kindObject:
		if _, ok := value.(map[string]any); !ok {
			return "must be an object"
		}
	case kindKeys:
		return wrongKeys(value)
	case kindTexts, kindURIs, kindRedirect:
		return wrongList(want, value)
	default:
		text, ok := value.(string)
		if !ok {
			return "must be a string"
		}
		return wrongURI(want, text)
	}
	return ""
}

func wrongList(want kind, value any) string {
	list, ok := value.([]any)
	if !ok {
		return "must be an array"
	}
	for _, element := range list {
		text, ok := element.(string)
		if !ok || text == "" {
			return "must hold strings that are not empty"
		}
		if want == kindURIs {
			if wrong := wrongURI(kindURI, text); wrong != "" {
				return "holds a value that " + wrong
			}
		}
	}
	return ""
}

func wrongURI(want kind, text string) string {
	if want != kindURI && want != kindWeb && want != kindSecure {
		return ""
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil || !parsed.IsAbs():
		return "must be an absolute URI"
	case want == kindURI:
		return ""
	case parsed.Host == "":
		return "must be a URI with a host"
	case want == kindSecure && parsed.Scheme != "https":
		return "must be an https URI"
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return "must be an http or https URI"
	}
	return ""
}

// wrongKeys checks a JWK Set: keys with a type, and public ones only (RFC 7591 §2, RFC 7517 §9.3).
func wrongKeys(value any) string {
	set, ok := value.(map[string]any)
	if !ok {
		return "must be a JWK Set"
	}
	keys, ok := set["keys"].([]any)
	if !ok {
		return "must be a JWK Set with an array of keys"
	}
	for _, element := range keys {
		key, ok := element.(map[string]any)
		if !ok {
			return "must hold keys that are objects"
		}
		if kty, ok := key["kty"].(string); !ok || kty == "" {
			return "must hold keys that have a kty"
		}
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, found := key[private]; found {
				return "must not hold a private or symmetric key"
			}
		}
	}
	return ""
}
