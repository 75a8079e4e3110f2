// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// clientIDPattern is what ext_param_client_id must match.
var clientIDPattern = regexp.MustCompile("^[a-zA-Z0-9_]{15,30}$")

// register is POST /register.
func (s *Server) register(c *call) answer {
	user := or(s.AdminUser, "admin")
	if !s.OpenRegistration {
		var refused *answer
		if user, refused = s.permitted(c); refused != nil {
			return *refused
		}
	}
	doc, refused := s.body(c, false)
	if refused != nil {
		return *refused
	}
	if refused := s.checkNew(c, doc); refused != nil {
		return *refused
	}
	cl := &client{id: stringOf(doc, "ext_param_client_id"), place: c.place, roles: []string{user}, cached: true}
	if cl.id != "" {
		// A secret is taken only beside an identifier.
		cl.secret = stringOf(doc, "ext_param_client_secret")
	} else {
		cl.id = s.mint("client")
	}
	if cl.secret == "" {
		cl.secret = s.mint("secret")
	}
	if number, ok := doc["ext_param_client_secret_expires_at"].(json.Number); ok {
		cl.expires, _ = number.Int64()
	}
	cl.metadata = s.defaults(user)
	if alias := stringOf(doc, "token_type_extension"); alias != "" && doc["ext_token_type"] == nil {
		doc["ext_token_type"] = alias
	}
	for name, value := range doc {
		if value != "" {
			cl.metadata[name] = value
		}
	}
	cl.metadata["token_type_extension"] = cl.metadata["ext_token_type"]
	cl.encrypts = doc["id_token_encrypted_response_alg"] != nil
	s.clients = append(s.clients, cl)
	return s.shown(http.StatusCreated, cl, cl.metadata)
}

// defaults are what a new application has where the registration says nothing.
func (s *Server) defaults(owner string) map[string]any {
	all := map[string]any{
		"grant_types": []any{}, "ext_application_owner": owner, "ext_application_token_lifetime": json.Number("3600"),
		"ext_user_token_lifetime": json.Number("3600"), "ext_refresh_token_lifetime": json.Number("86400"),
		"ext_id_token_lifetime": json.Number("3600"), "subject_type": "public", "ext_token_type": "Default",
		"use_client_id_as_sub_claim_for_app_tokens": true, "omit_username_in_introspection_resp_for_app_tokens": true,
	}
	for name, m := range members {
		if m.kind == boolean && !slices.Contains(optional, name) {
			all[name] = false
		}
	}
	return all
}

// body reads a request's body and keeps the members that the API has; null is as good as missing. A wrong type is the
// parser's error in every release, an unknown member is what the release makes of it.
func (s *Server) body(c *call, update bool) (map[string]any, *answer) {
	mediaType, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return nil, &answer{status: http.StatusUnsupportedMediaType}
	}
	sent, err := decode(c.body)
	if err != nil {
		return nil, parserSentence("Unexpected character: expected a valid value\n" + parserSource)
	}
	doc := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		value := sent[name]
		switch {
		case s.Release.takes(name, update):
			if value == nil {
				continue
			}
			if want := members[name].kind; !fits(want, value) {
				return nil, mistyped(name, want, update)
			}
			doc[name] = value
		case s.Release.strangers() != strangersIgnored:
			return nil, s.unrecognized(name, update)
		}
	}
	return doc, nil
}

// checkNew are the rules of a registration.
func (s *Server) checkNew(c *call, doc map[string]any) *answer {
	if s.MandateStatement {
		if refused := s.checkStatement(stringOf(doc, "software_statement")); refused != nil {
			return refused
		}
	}
	name := stringOf(doc, "client_name")
	switch {
	case name == "" && s.Release.nameRequired():
		return s.refused(invalidMetadata, "client_name is required")
	case name == "" && !s.Release.grantsChecked():
		return failed()
	case name != "":
		if refused := s.checkName(c, name, nil); refused != nil {
			return refused
		}
	}
	if len(stringsOf(doc["redirect_uris"])) == 0 && redirects(stringsOf(doc["grant_types"])) {
		return s.refused(invalidMetadata, "RedirectUris property must have at least one URI value when using "+
			"Authorization code or implicit grant types.")
	}
	if id := stringOf(doc, "ext_param_client_id"); id != "" {
		if !clientIDPattern.MatchString(id) {
			return s.refused(invalidMetadata, "Provided client id is not adhering to the provided regex "+clientIDPattern.String())
		}
		if s.find(id) != nil {
			return s.refused(invalidMetadata, "Client id "+id+" already exist in the system")
		}
	}
	if number, ok := doc["ext_param_client_secret_expires_at"].(json.Number); ok {
		if at, _ := number.Int64(); at != 0 && at <= s.now().Unix() {
			return s.refused(invalidMetadata, "The expiry time of the client secret is in the past")
		}
	}
	return s.checkMembers(doc, stringOf(doc, "token_endpoint_auth_method"))
}

func redirects(grantTypes []string) bool {
	return slices.Contains(grantTypes, "authorization_code") || slices.Contains(grantTypes, "implicit")
}

// checkName are the rules of a name: its pattern, and that no other client of the place has it.
func (s *Server) checkName(c *call, name string, own *client) *answer {
	if !s.pattern.MatchString(name) {
		return s.refused(invalidMetadata, "Client Name is not adhering to the regex: "+s.pattern.String())
	}
	for _, other := range s.clients {
		if other != own && other.place == c.place && stringOf(other.metadata, "client_name") == name {
			return s.refused(invalidMetadata, "Application with the name "+name+" already exist in the system")
		}
	}
	return nil
}

// reuse goes with private_key_jwt, which nobody can have before the release that knows it, and with nothing else.
const reuse = "token_endpoint_allow_reuse_pvt_key_jwt"

// authMethods are the methods of the token endpoint. A public client is one with ext_public_client, none is no method.
var authMethods = []string{"", "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}

// checkMembers are the rules of registrations and updates alike; method is what the client has afterwards.
func (s *Server) checkMembers(doc map[string]any, method string) *answer {
	if uri, wrong := wrongRedirectURI(doc["redirect_uris"]); wrong {
		return s.refused(invalidRedirectURI, "Invalid redirect URI: "+uri)
	}
	for _, grant := range stringsOf(doc["grant_types"]) {
		if slices.Contains(grants, grant) {
			continue
		}
		if !s.Release.grantsChecked() {
			return failed()
		}
		return s.refused(invalidMetadata, "'"+grant+"' grant type is not allowed.")
	}
	if !slices.Contains(authMethods, method) {
		return s.refused(invalidMetadata, "Invalid token endpoint authentication method requested.")
	}
	if method == "private_key_jwt" && !s.Release.takes(reuse, false) {
		return s.refused(invalidMetadata, "Invalid token endpoint authentication method requested.")
	}
	if _, named := doc[reuse]; s.Release.takes(reuse, false) && named != (method == "private_key_jwt") {
		return s.refused(invalidMetadata, "Invalid "+reuse+" for the token endpoint authentication method "+method)
	}
	if uri := stringOf(doc, "backchannel_logout_uri"); strings.Contains(uri, "#") || uri != "" && !strings.Contains(uri, "://") {
		return s.refused(invalidMetadata, "Invalid back-channel logout URI: "+uri)
	}
	return nil
}

// wrongRedirectURI is the first redirect URI that cannot be parsed. The product's parser refuses the characters of its
// own pattern, so that what it showed cannot be sent back.
func wrongRedirectURI(value any) (string, bool) {
	for _, uri := range stringsOf(value) {
		if _, err := url.Parse(uri); strings.TrimSpace(uri) == "" || err != nil || strings.ContainsAny(uri, "|\\^`{}\"<> ") {
			return uri, true
		}
	}
	return "", false
}

// checkStatement wants a software statement (RFC 7591 §2.3), which is verified only where the keys of its issuer are set.
func (s *Server) checkStatement(statement string) *answer {
	if statement == "" {
		return s.refused(invalidStatement, "Mandatory software statement is missing")
	}
	signed, err := jose.ParseSignedCompact(statement, []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256})
	if err != nil {
		return s.refused(invalidStatement, "Error occurred while parsing the software statement.")
	}
	verifies := func(key jose.JSONWebKey) bool { _, err := signed.Verify(key); return err == nil }
	if s.StatementKeys != nil && !slices.ContainsFunc(s.StatementKeys.Keys, verifies) {
		return s.refused(invalidStatement, "Signature validation failed for the software statement.")
	}
	return nil
}
