// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// kind is a member's type in the API's data transfer objects.
type kind int

const (
	text kind = iota
	boolean
	integer
	texts
)

// echoed are the members that a client has and that answers show.
var echoed = map[string]kind{
	"client_name": text, "redirect_uris": texts, "grant_types": texts, "jwks_uri": text,
	"token_endpoint_auth_method": text, "token_endpoint_auth_signing_alg": text, "sector_identifier_uri": text,
	"id_token_signed_response_alg": text, "id_token_encrypted_response_alg": text,
	"id_token_encrypted_response_enc": text, "request_object_signing_alg": text, "request_object_encryption_alg": text,
	"request_object_encryption_enc": text, "tls_client_auth_subject_dn": text, "subject_type": text,
	"software_statement": text, "require_signed_request_object": boolean,
	"require_pushed_authorization_requests": boolean, "tls_client_certificate_bound_access_tokens": boolean,
	"token_endpoint_allow_reuse_pvt_key_jwt": boolean, "ext_application_display_name": text,
	"ext_application_owner": text, "ext_application_version": text, "ext_application_token_lifetime": integer,
	"ext_user_token_lifetime": integer, "ext_refresh_token_lifetime": integer, "ext_id_token_lifetime": integer,
	"ext_pkce_mandatory": boolean, "ext_pkce_support_plain": boolean, "ext_public_client": boolean,
	"ext_token_type": text, "ext_allowed_audience": text,
}

// silent are the members that are accepted and never shown.
var silent = map[string]kind{
	"contacts": texts, "post_logout_redirect_uris": texts, "request_uris": texts, "url": text,
	"backchannel_logout_uri": text, "backchannel_logout_session_required": boolean, "is_management_app": boolean,
	"ext_param_client_id": text, "ext_param_client_secret": text, "ext_param_client_secret_expires_at": integer,
	"ext_param_sp_template": text, "token_type_extension": text,
	// Part of an update's object, and ignored there.
	"client_id": text, "client_secret": text,
}

// grants are the grant types of a release as shipped.
var grants = []string{
	"authorization_code", "implicit", "password", "client_credentials", "refresh_token",
	"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer",
	"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:device_code",
	"iwa:ntlm", "organization_switch",
}

// modelled keeps the members that the API has and checks their types; null is as good as missing. The others fall into
// additional attributes, which nothing reads without an extension of the server.
func (s *Server) modelled(sent map[string]any) (map[string]any, *answer) {
	doc := map[string]any{}
	for _, member := range slices.Sorted(maps.Keys(sent)) {
		value := sent[member]
		want, found := echoed[member]
		if !found {
			want, found = silent[member]
		}
		switch {
		case !found && s.RefuseUnknown:
			return nil, s.refused(invalidMetadata, fmt.Sprintf("Unrecognized field %q", member))
		case !found || value == nil:
		case !fits(want, value):
			return nil, s.refused(invalidMetadata, fmt.Sprintf("Cannot deserialize the value of %q", member))
		default:
			doc[member] = value
		}
	}
	return doc, nil
}

func fits(want kind, value any) bool {
	switch value := value.(type) {
	case string:
		return want == text
	case bool:
		return want == boolean
	case json.Number:
		_, err := value.Int64()
		return want == integer && err == nil
	case []any:
		return want == texts && !slices.ContainsFunc(value, func(e any) bool { _, ok := e.(string); return !ok })
	}
	return false
}

// shownRedirectURIs is how redirect URIs are stored and shown: none as one empty string, several as one pattern whose
// question marks are escaped once.
func (s *Server) shownRedirectURIs(value any) []any {
	uris := stringsOf(value)
	switch {
	case len(uris) == 0:
		return []any{""}
	case len(uris) == 1 || s.DecodeRedirectURIs:
		return anys(uris)
	}
	for i := range uris {
		uris[i] = strings.Replace(uris[i], "?", `\?`, 1)
	}
	return []any{"regexp=(" + strings.Join(uris, "|") + ")"}
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

func stringsOf(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, element := range list {
		one, _ := element.(string)
		out = append(out, one)
	}
	return out
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}

func stringOf(doc map[string]any, member string) string {
	value, _ := doc[member].(string)
	return value
}

// decode reads one JSON object, with numbers as json.Number.
func decode(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var doc map[string]any
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || doc == nil {
		return nil, errors.New("not one object")
	}
	return doc, nil
}

// encode writes JSON with nothing escaped that needs no escape.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("wso2: a value set by a test is no JSON: %v", err))
	}
	return bytes.TrimSpace(out.Bytes())
}
