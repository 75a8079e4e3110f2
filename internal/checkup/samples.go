// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// A sheet is one document with which a throw-away client is registered, to see what becomes of its members.
type sheet struct {
	name    string
	base    map[string]any // what the sheet's members need beside them, and every registration
	members []string       // what is tried, in the table's order
	// method is the member that is about the base's authentication method, for a base that may be registered without any member: a
	// server that refuses the method refuses each member beside it.
	method string
}

// theMetadata begins the reason for not trying a parameter that the server does not offer.
const theMetadata = "the server's metadata"

// untried are the parameters that no sheet holds, with the reason.
var untried = map[string]string{
	"jwks_uri":                  "the server may fetch it",
	"signed_jwks_uri":           "the server may fetch it",
	"sector_identifier_uri":     "the server must fetch it (OpenID Connect Registration §5)",
	"software_statement":        "needs a statement that the server trusts",
	"tls_client_auth_san_dns":   "a client has only one of the tls_client_auth_ parameters",
	"tls_client_auth_san_uri":   "a client has only one of the tls_client_auth_ parameters",
	"tls_client_auth_san_ip":    "a client has only one of the tls_client_auth_ parameters",
	"tls_client_auth_san_email": "a client has only one of the tls_client_auth_ parameters",
	// These two are about how the server reaches the client or what it must be shown, so that a made-up value means nothing.
	"backchannel_client_notification_endpoint": "for the ping and push modes, whose endpoint a server may call",
	"vp_formats_supported":                     "for verifiers of credentials, of which the value is the whole meaning",
}

// page is the members of a sheet.
type page struct {
	name    string
	members []string
}

// pages are the sheets' members by topic. A row of the table that neither these nor untried name is tried on the last page, by its kind, so
// that a new row needs nothing here, and no further registration.
var pages = func() []page {
	last := &topics[len(topics)-1]
	for _, p := range metadata.All() {
		named := slices.ContainsFunc(topics, func(t page) bool { return slices.Contains(t.members, p.Name) })
		if _, left := untried[p.Name]; !named && !left {
			last.members = append(last.members, p.Name)
		}
	}
	return topics
}()

var topics = []page{
	{"names and links", []string{"redirect_uris", "client_name", "client_name#ja", "client_uri", "logo_uri", "tos_uri", "policy_uri", "contacts", "software_id", "software_version"}},
	{"grants and tokens", []string{
		"token_endpoint_auth_method", "grant_types", "response_types", "response_modes", "scope", "application_type", "subject_type", "default_max_age",
		"require_auth_time", "default_acr_values", "require_pushed_authorization_requests", "authorization_details_types", "dpop_bound_access_tokens",
	}},
	{"signatures", []string{
		"jwks", "token_endpoint_auth_signing_alg", "id_token_signed_response_alg", "userinfo_signed_response_alg", "request_object_signing_alg",
		"require_signed_request_object", "introspection_signed_response_alg", "authorization_signed_response_alg", "nfv_token_signed_response_alg",
	}},
	{"encryption", []string{
		"id_token_encrypted_response_alg", "id_token_encrypted_response_enc", "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc",
		"request_object_encryption_alg", "request_object_encryption_enc", "introspection_encrypted_response_alg", "introspection_encrypted_response_enc",
		"authorization_encrypted_response_alg", "authorization_encrypted_response_enc", "nfv_token_encrypted_response_alg",
		"nfv_token_encrypted_response_enc", "encrypted_response_enc_values_supported",
	}},
	{"logout and further addresses", []string{
		"post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required", "frontchannel_logout_uri",
		"frontchannel_logout_session_required", "initiate_login_uri", "request_uris", "claims_redirect_uris",
	}},
	{"mutual TLS", []string{"tls_client_auth_subject_dn", "tls_client_certificate_bound_access_tokens", "use_mtls_endpoint_aliases"}},
	{"backchannel authentication", []string{"backchannel_token_delivery_mode", "backchannel_authentication_request_signing_alg", "backchannel_user_code_parameter"}},
	{"federation and others", []string{"client_registration_types", "organization_name", "organization_uri", "description", "keywords", "information_uri"}},
}

// samples makes values for parameters, of one origin, since some servers restrict where a client's addresses may be.
type samples struct {
	redirect, origin string
	name             string
	nameless         bool           // the server refuses a client_name
	server           map[string]any // the server's metadata document; nil where it is not known
	keys             map[string]any // throwAwayKeys, once they are needed
}

// throwAwayKeys makes the keys that jwks is tried with, once for a process. Nobody keeps their private halves.
var throwAwayKeys = sync.OnceValues(func() (keys map[string]any, err error) {
	signing, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	set, err := jsonvalue.Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &signing.PublicKey, KeyID: "check-es256", Use: "sig", Algorithm: "ES256"},
		{Key: &rsaKey.PublicKey, KeyID: "check-rs256", Use: "sig", Algorithm: "RS256"},
		{Key: &rsaKey.PublicKey, KeyID: "check-rsa-oaep-256", Use: "enc", Algorithm: "RSA-OAEP-256"},
	}})
	if err != nil {
		return nil, err
	}
	err = jsonvalue.Into(set, &keys)
	return keys, err
})

// list is what the server's metadata lists under a name; ok is false where it does not say.
func (s *samples) list(name string) (values []string, ok bool) {
	items, ok := s.server[name].([]any)
	for _, item := range items {
		if text, isText := item.(string); isText {
			values = append(values, text)
		}
	}
	return values, ok
}

// basics is what every registration has: a name, too, by which a person finds a client that was left behind, unless the server refuses it.
func (s *samples) basics() map[string]any {
	out := map[string]any{"redirect_uris": []any{s.redirect, appended(s.redirect, "/second")}}
	if !s.nameless {
		out["client_name"] = s.name
	}
	return out
}

// first is the document of the client that goes through a whole life.
func (s *samples) first() map[string]any {
	out := s.basics()
	maps.Copy(out, map[string]any{
		"client_uri": s.origin + "/", "contacts": []any{"b@example.com", "a@example.com"}, "grant_types": []any{"authorization_code", "refresh_token"},
		"response_types": []any{"code"}, "token_endpoint_auth_method": "client_secret_basic",
	})
	if _, listed := s.list("scopes_supported"); listed {
		if scope := s.scope(); scope != nil {
			out["scope"] = scope
		}
	}
	return out
}

// sheets are the documents to register. offered tells of each parameter of the table that is in none why.
func (s *samples) sheets() (sheets []sheet, left map[string]string) {
	left = maps.Clone(untried)
	for _, page := range pages {
		out := sheet{name: page.name, base: s.base(page.name)}
		if out.base == nil {
			for _, member := range page.members {
				left[member] = theMetadata + " does not offer what it is for"
			}
			continue
		}
		if page.name == "signatures" && out.base["token_endpoint_auth_method"] != nil {
			out.method = "token_endpoint_auth_signing_alg"
		}
		for _, member := range page.members {
			if reason := s.notOffered(member); reason != "" {
				left[member] = reason
				continue
			}
			out.members = append(out.members, member)
		}
		if len(out.members) > 0 {
			sheets = append(sheets, out)
		}
	}
	return sheets, left
}

// base is what the members of a page need beside them; nil where the server's metadata says that it has no use for them.
func (s *samples) base(page string) map[string]any {
	out := s.basics()
	method := func(name string) bool {
		values, ok := s.list("token_endpoint_auth_methods_supported")
		out["token_endpoint_auth_method"] = name
		return !ok || slices.Contains(values, name)
	}
	switch page {
	case "signatures":
		if !method("private_key_jwt") {
			delete(out, "token_endpoint_auth_method")
		}
		out["jwks"] = s.keys
	case "encryption":
		out["jwks"] = s.keys
	case "mutual TLS":
		if !method("tls_client_auth") {
			return nil
		}
	case "backchannel authentication":
		const ciba = "urn:openid:params:grant-type:ciba"
		if values, ok := s.list("grant_types_supported"); ok && !slices.Contains(values, ciba) {
			return nil
		}
		out["grant_types"] = []any{"authorization_code", ciba}
	}
	return out
}

// notOffered says why the server's metadata excludes what a sheet would ask for; empty where it does not.
func (s *samples) notOffered(member string) string {
	name, _ := metadata.SplitTag(member)
	p, known := metadata.Lookup(name)
	if !known || s.server == nil {
		return ""
	}
	switch p.Support {
	case metadata.SupportList:
		if values, ok := s.list(p.Supported); ok && s.pick(p, values) == "" {
			return theMetadata + " lists no value in " + p.Supported + " that can be tried"
		} else if !ok && p.Default == nil && p.SupportDefault == nil && p.Use == metadata.NotAlgorithm && s.value(member) == nil {
			return theMetadata + " does not have " + p.Supported
		}
	case metadata.SupportFlag:
		if on, ok := s.server[p.Supported].(bool); ok && !on {
			return theMetadata + " has " + p.Supported + " false"
		}
	case metadata.SupportPresence:
		if _, ok := s.server[p.Supported]; !ok {
			return theMetadata + " does not have " + p.Supported
		}
	}
	return ""
}

// preferred are the values that are tried, by parameter or by its use, the first that the server lists.
var preferred = map[metadata.Use][]string{
	metadata.ServerSigns:       {"ES256", "RS256", "PS256", "EdDSA", "HS256"},
	metadata.ClientSigns:       {"ES256", "RS256", "PS256"},
	metadata.EncryptToClient:   {"RSA-OAEP-256", "RSA-OAEP"},
	metadata.EncryptToServer:   {"RSA-OAEP-256", "RSA-OAEP", "ECDH-ES"},
	metadata.ContentEncryption: {"A256GCM", "A128GCM", "A256CBC-HS512", "A128CBC-HS256"},
}

var preferredFor = map[string][]string{
	"token_endpoint_auth_method":      {"client_secret_post", "client_secret_basic", "none"},
	"grant_types":                     {"authorization_code"},
	"response_types":                  {"code"},
	"response_modes":                  {"query", "form_post", "fragment"},
	"subject_type":                    {"public", "pairwise"},
	"scope":                           {"profile", "email", "openid"},
	"backchannel_token_delivery_mode": {"poll"},
	"client_registration_types":       {"explicit", "automatic"},
	"tls_client_auth_subject_dn":      {"tls_client_auth"},
	"default_acr_values":              nil, // any value that is listed
	"authorization_details_types":     nil,
}

// pick is the value of a list to ask for, or "".
func (s *samples) pick(p *metadata.Parameter, listed []string) string {
	candidates, named := preferredFor[p.Name]
	if !named {
		candidates = preferred[p.Use]
	}
	if candidates == nil {
		if len(listed) == 0 {
			return ""
		}
		return listed[0]
	}
	for _, one := range candidates {
		if listed == nil || slices.Contains(listed, one) {
			return one
		}
	}
	return ""
}

// fixed are the samples that do not depend on the server; the values of addresses are paths.
var fixed = map[string]any{
	"client_name#ja": "確認", "contacts": []any{"b@example.com", "a@example.com"}, "software_id": "terraform-provider-oidc-check", "software_version": "1",
	"application_type": "web", "default_max_age": 3600, "organization_name": "Check", "description": "A client that will be gone in a moment.",
	"keywords": []any{"check"}, "tls_client_auth_subject_dn": "CN=check.example.com,O=Check", "encrypted_response_enc_values_supported": []any{"A256GCM"},
}

// value is what is asked for a member, nil where there is nothing to ask for.
func (s *samples) value(member string) any {
	if v, ok := fixed[member]; ok {
		return v
	}
	switch member {
	case "redirect_uris":
		return []any{appended(s.redirect, "/second"), s.redirect}
	case "client_name":
		return s.name
	case "jwks":
		return s.keys
	case "grant_types":
		return s.words("grant_types_supported", "refresh_token", "authorization_code")
	case "scope":
		return s.scope()
	}
	name, _ := metadata.SplitTag(member)
	p, known := metadata.Lookup(name)
	if !known {
		return nil
	}
	listed, _ := s.list(p.Supported)
	switch p.Kind {
	case metadata.Boolean:
		return true
	case metadata.URI:
		return s.origin + "/" + strings.TrimSuffix(p.Name, "_uri")
	case metadata.StringList:
		if p.Elements == metadata.URI {
			return []any{s.origin + "/" + strings.TrimSuffix(p.Name, "_uris")}
		}
		if one := s.pick(p, listed); one != "" {
			return []any{one}
		}
	case metadata.String:
		if one := s.pick(p, listed); one != "" {
			return one
		}
		if len(p.Values) == 0 {
			return "check"
		}
	}
	return nil
}

// words are those of some values that the server lists, all where it does not say.
func (s *samples) words(name string, values ...string) any {
	listed, ok := s.list(name)
	var out []any
	for _, v := range values {
		if !ok || slices.Contains(listed, v) {
			out = append(out, v)
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// scope asks for two scopes that the server lists, for some servers refuse what they do not know.
func (s *samples) scope() any {
	words, _ := s.words("scopes_supported", "profile", "email").([]any)
	if words == nil {
		if listed, ok := s.list("scopes_supported"); ok && len(listed) > 0 {
			return listed[0]
		}
		return nil
	}
	return strings.Trim(fmt.Sprint(words), "[]")
}

// document is a sheet's document with some of its members.
func (s *samples) document(base map[string]any, members []string) map[string]any {
	out := maps.Clone(base)
	for _, member := range members {
		if v := s.value(member); v != nil {
			out[member] = v
		}
	}
	return out
}
