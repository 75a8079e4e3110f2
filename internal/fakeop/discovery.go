// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// supportedDefaults are what the server's metadata lists, and what may be registered, unless Supported says otherwise.
// Lists without a meaning of their own (scopes, ACR values) are not limited.
var supportedDefaults = map[string][]string{
	"response_types_supported": {
		"code", "none", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token",
	},
	"response_modes_supported": {
		"query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt",
	},
	"grant_types_supported": {
		"authorization_code", "implicit", "refresh_token", "client_credentials", "password",
		"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer",
		"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:token-exchange",
		"urn:openid:params:grant-type:ciba",
	},
	"token_endpoint_auth_methods_supported": {
		"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth",
		"self_signed_tls_client_auth", "none",
	},
	"token_endpoint_auth_signing_alg_values_supported":                signing,
	"subject_types_supported":                                         {"public", "pairwise"},
	"id_token_signing_alg_values_supported":                           append([]string{"none"}, signing...),
	"userinfo_signing_alg_values_supported":                           append([]string{"none"}, signing...),
	"request_object_signing_alg_values_supported":                     append([]string{"none"}, signing...),
	"authorization_signing_alg_values_supported":                      signing,
	"introspection_signing_alg_values_supported":                      signing,
	"backchannel_authentication_request_signing_alg_values_supported": signing,
	"id_token_encryption_alg_values_supported":                        encrypting,
	"id_token_encryption_enc_values_supported":                        content,
	"userinfo_encryption_alg_values_supported":                        encrypting,
	"userinfo_encryption_enc_values_supported":                        content,
	"request_object_encryption_alg_values_supported":                  encrypting,
	"request_object_encryption_enc_values_supported":                  content,
	"authorization_encryption_alg_values_supported":                   encrypting,
	"authorization_encryption_enc_values_supported":                   content,
	"introspection_encryption_alg_values_supported":                   encrypting,
	"introspection_encryption_enc_values_supported":                   content,
	"backchannel_token_delivery_modes_supported":                      {"poll", "ping", "push"},
}

var (
	signing = []string{
		"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512",
	}
	encrypting = []string{
		"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "A128KW", "A256KW", "dir",
	}
	content = []string{"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"}
)

// supportedValues are the values of one list of the server's metadata; none means any.
func (s *Server) supportedValues(name string) []string {
	if name == "" {
		return nil
	}
	values, found := s.Supported[name]
	if !found {
		values = supportedDefaults[name]
	}
	if name != "response_types_supported" {
		return values
	}
	sorted := make([]string, len(values))
	for i, value := range values {
		sorted[i] = sortedWords(value)
	}
	return sorted
}

// Names of the locations of a metadata document.
const (
	atAppendedOIDC  = "appended openid-configuration"
	atInsertedOIDC  = "inserted openid-configuration"
	atAppendedOAuth = "appended oauth-authorization-server"
	atInsertedOAuth = "inserted oauth-authorization-server"
)

// locationName names the location of a request. For an issuer without a path both are one, and it goes by the standard
// of its name: OpenID Connect appends, RFC 8414 inserts.
func locationName(wellKnown string, inserted, appended bool) string {
	switch {
	case wellKnown == wellKnownOIDC && appended:
		return atAppendedOIDC
	case wellKnown == wellKnownOIDC:
		return atInsertedOIDC
	case inserted:
		return atInsertedOAuth
	}
	return atAppendedOAuth
}

var locations = map[Locations][]string{
	LocationsStandard:      {atAppendedOIDC, atInsertedOAuth},
	LocationsAppended:      {atAppendedOIDC},
	LocationsInserted:      {atInsertedOIDC, atInsertedOAuth},
	LocationsOAuth:         {atInsertedOAuth},
	LocationsOAuthAppended: {atAppendedOAuth},
}

// metadata is the metadata document (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).
func (s *Server) metadata(c *call) answer {
	at := locations[c.f.MetadataAt]
	here := slices.Contains(at, c.local)
	if c.tenant == "" {
		// Without a path, inserting and appending give the same URL.
		here = slices.ContainsFunc(at, func(name string) bool { return cutFirst(name) == cutFirst(c.local) })
	}
	if !here {
		return errNoSuchPage()
	}
	switch c.f.Metadata {
	case MetadataHTML:
		return htmlAnswer(http.StatusOK, "Sign in")
	case MetadataEmpty:
		return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}}
	case MetadataError:
		return jsonAnswer(http.StatusOK, map[string]any{"status": "error", "msg": "there is no such application"})
	case MetadataArray:
		return jsonAnswer(http.StatusOK, []any{s.metadataDocument(c)})
	}
	doc := s.metadataDocument(c)
	switch c.f.Metadata {
	case MetadataHuge:
		doc["padding"] = strings.Repeat("x", hugeSize)
	case MetadataNoIssuer:
		delete(doc, "issuer")
	}
	return answer{status: http.StatusOK, doc: doc, header: http.Header{"Content-Type": {"application/json"}}}
}

func cutFirst(name string) string {
	_, rest, _ := strings.Cut(name, " ")
	return rest
}

func (s *Server) metadataDocument(c *call) map[string]any {
	doc := map[string]any{
		"issuer":                 c.issuer,
		"authorization_endpoint": c.issuer + pathAuthorize,
		"token_endpoint":         c.issuer + pathToken,
		"jwks_uri":               c.issuer + pathJWKS,
		"registration_endpoint":  c.issuer + pathRegister,
		"authorization_response_iss_parameter_supported": true,
	}
	for name, values := range supportedDefaults {
		if _, replaced := s.Supported[name]; !replaced {
			doc[name] = list(values...)
		}
	}
	for name, values := range s.Supported {
		// OpenID Connect Discovery 1.0 §4.2: an array without elements is left out.
		if len(values) > 0 {
			doc[name] = list(values...)
		}
	}
	if s.mtls != "" {
		base := s.mtls + c.tenant
		doc["mtls_endpoint_aliases"] = map[string]any{
			"token_endpoint": base + pathToken, "registration_endpoint": base + pathRegister,
		}
	}
	if c.f.MetadataIssuer != "" {
		doc["issuer"] = c.f.MetadataIssuer
	}
	if c.f.NoRegistrationEndpoint || slices.Contains(c.f.Discovery.NoRegistrationEndpointIn, cutFirst(c.local)) {
		delete(doc, "registration_endpoint")
		delete(doc, "mtls_endpoint_aliases")
	}
	for name, value := range c.f.MetadataMembers {
		replace(doc, name, value, doc[name])
	}
	return doc
}

// jwks is the server's key set: one Ed25519 key made from the seed, which signs nothing.
func (s *Server) jwks() answer {
	public := Authority{Seed: s.Seed}.key("jwks").Public().(ed25519.PublicKey)
	return jsonAnswer(http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": digest(s.Seed, "kid"),
		"x": base64.RawURLEncoding.EncodeToString(public),
	}}})
}
