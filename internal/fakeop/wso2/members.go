// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"encoding/json"
	"maps"
	"slices"
)

// kind is a member's type in the API's data transfer objects.
type kind int

const (
	text kind = iota
	boolean
	integer
	texts
)

// never is the release of what no release does.
const never Release = 1000

// A member has the first releases whose POST and PUT take it and whose answers show it.
type member struct {
	kind             kind
	post, put, shown Release
}

// members are all members of the API. client_id, client_secret and client_secret_expires_at of an answer are not among
// them: every answer shows these.
var members = map[string]member{
	"client_name":          {text, Release511, Release511, Release511},
	"redirect_uris":        {texts, Release511, Release511, Release511},
	"grant_types":          {texts, Release511, Release511, Release511},
	"token_type_extension": {text, Release511, Release511, Release70},

	// What is taken and never shown. The first four are taken by registrations only, and so are the ext_param members.
	"contacts":                            {texts, Release511, never, never},
	"post_logout_redirect_uris":           {texts, Release511, never, never},
	"request_uris":                        {texts, Release511, never, never},
	"response_types":                      {texts, Release511, never, never},
	"url":                                 {text, Release511, never, never},
	"application_type":                    {text, Release511, never, never},
	"is_management_app":                   {boolean, Release511, never, never},
	"ext_param_client_id":                 {text, Release511, never, never},
	"ext_param_client_secret":             {text, Release511, never, never},
	"ext_param_sp_template":               {text, Release511, never, never},
	"ext_param_client_secret_expires_at":  {integer, ReleaseNext, never, never},
	"backchannel_logout_uri":              {text, Release511, Release511, never},
	"backchannel_logout_session_required": {boolean, Release511, Release511, never},
	"client_id":                           {text, never, Release511, never},
	"client_secret":                       {text, never, Release511, never},
	"software_statement":                  {text, Release71, Release71, never},

	// Registrations took it long before anything came of it.
	"jwks_uri": {text, Release511, Release70, Release70},

	"ext_application_display_name":               {text, Release70, Release70, Release70},
	"ext_application_version":                    {text, never, Release70, Release70},
	"ext_application_owner":                      {text, Release70, Release70, Release70},
	"ext_application_token_lifetime":             {integer, Release70, Release70, Release70},
	"ext_user_token_lifetime":                    {integer, Release70, Release70, Release70},
	"ext_refresh_token_lifetime":                 {integer, Release70, Release70, Release70},
	"ext_id_token_lifetime":                      {integer, Release70, Release70, Release70},
	"ext_pkce_mandatory":                         {boolean, Release70, Release70, Release70},
	"ext_pkce_support_plain":                     {boolean, Release70, Release70, Release70},
	"ext_public_client":                          {boolean, Release70, Release70, Release70},
	"ext_token_type":                             {text, Release70, Release70, Release70},
	"token_endpoint_auth_method":                 {text, Release70, Release70, Release70},
	"token_endpoint_auth_signing_alg":            {text, Release70, Release70, Release70},
	"sector_identifier_uri":                      {text, Release70, Release70, Release70},
	"id_token_signed_response_alg":               {text, Release70, Release70, Release70},
	"id_token_encrypted_response_alg":            {text, Release70, Release70, Release70},
	"id_token_encrypted_response_enc":            {text, Release70, Release70, Release70},
	"request_object_signing_alg":                 {text, Release70, Release70, Release70},
	"request_object_encryption_alg":              {text, Release70, Release70, Release70},
	"request_object_encryption_enc":              {text, Release70, Release70, Release70},
	"tls_client_auth_subject_dn":                 {text, Release70, Release70, Release70},
	"require_pushed_authorization_requests":      {boolean, Release70, Release70, Release70},
	"require_signed_request_object":              {boolean, Release70, Release70, Release70},
	"tls_client_certificate_bound_access_tokens": {boolean, Release70, Release70, Release70},
	"subject_type":                               {text, Release70, Release70, Release70},

	"token_endpoint_allow_reuse_pvt_key_jwt":             {boolean, Release71, Release71, Release71},
	"ext_allowed_audience":                               {text, Release71, Release71, Release71},
	"use_client_id_as_sub_claim_for_app_tokens":          {boolean, Release71, Release71, Release71},
	"omit_username_in_introspection_resp_for_app_tokens": {boolean, Release71, Release71, Release71},

	"frontchannel_logout_uri": {text, Release73, Release73, Release73},
}

// optional are the booleans that are neither shown nor reset where nothing was said of them.
var optional = []string{
	"token_endpoint_allow_reuse_pvt_key_jwt", "use_client_id_as_sub_claim_for_app_tokens",
	"omit_username_in_introspection_resp_for_app_tokens",
}

// shows reports whether the release's answers have the member.
func (r Release) shows(name string) bool {
	m, found := members[name]
	return found && r >= m.shown
}

// takes reports whether a registration, or else an update, has the member in its object.
func (r Release) takes(name string, update bool) bool {
	m, found := members[name]
	since := m.post
	if update {
		since = m.put
	}
	return found && r >= since
}

// taken are the members of a registration's or an update's object, sorted.
func (r Release) taken(update bool) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if r.takes(name, update) {
			names = append(names, name)
		}
	}
	return names
}

// grants are the grant types of a release as shipped.
var grants = []string{
	"authorization_code", "implicit", "password", "client_credentials", "refresh_token",
	"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer",
	"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:device_code",
	"iwa:ntlm", "organization_switch",
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
