// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckSupported(t *testing.T) {
	const no = ": Not supported by the server"
	for _, test := range []struct {
		name, doc, server string
		want              []string
	}{
		{name: "no metadata", doc: `"grant_types":["x"]`},
		{name: "all listed", doc: `"grant_types":["a","b"],"scope":"x y"`, server: `"grant_types_supported":["b","a","c"],"scopes_supported":["y","x"]`},
		{name: "not listed", doc: `"grant_types":["a","x","y"]`, server: `"grant_types_supported":["a"]`, want: []string{
			"warning grant_types[1]" + no, "warning grant_types[2]" + no,
		}},
		{name: "the index is the configuration's", doc: `"grant_types":["a","a","x"]`, server: `"grant_types_supported":["a"]`, want: []string{"warning grant_types[2]" + no}},
		{name: "one string", doc: `"subject_type":"pairwise"`, server: `"subject_types_supported":["public"]`, want: []string{"warning subject_type" + no}},
		{name: "a list that is a string", doc: `"subject_type":"public"`, server: `"subject_types_supported":"public"`},
		{name: "word sets", doc: `"response_types":["token id_token","code"]`, server: `"response_types_supported":["id_token token"]`, want: []string{"warning response_types[1]" + no}},
		{name: "scope", doc: `"scope":"openid x"`, server: `"scopes_supported":["openid"]`, want: []string{"warning scope" + no}},
		{name: "an absent list with a default", doc: `"grant_types":["refresh_token","implicit"],"token_endpoint_auth_method":"none","response_modes":["query","jwt"]`, server: `"issuer":"x"`, want: []string{
			"warning token_endpoint_auth_method" + no, "warning grant_types[0]" + no, "warning response_modes[1]" + no,
		}},
		{name: "an empty list is absent", doc: `"token_endpoint_auth_method":"none"`, server: `"token_endpoint_auth_methods_supported":[]`, want: []string{"warning token_endpoint_auth_method" + no}},
		{name: "an absent list without a default", doc: `"subject_type":"x","scope":"x","id_token_signed_response_alg":"x","response_types":["x"]`, server: `"issuer":"x"`},
		{name: "nothing configured", doc: `"grant_types":[],"scope":"","subject_type":null,"dpop_bound_access_tokens":false`, server: `"grant_types_supported":["x"],"subject_types_supported":["x"]`},
		{name: "flags", doc: `"backchannel_logout_uri":"https://a.example","tls_client_certificate_bound_access_tokens":true,"request_uris":["https://a.example"]`,
			server: `"backchannel_logout_supported":false,"tls_client_certificate_bound_access_tokens":"false","request_uri_parameter_supported":true`, want: []string{
				"warning backchannel_logout_uri" + no, "warning tls_client_certificate_bound_access_tokens" + no,
			}},
		{name: "absent flags say nothing", doc: `"backchannel_logout_uri":"https://a.example","backchannel_user_code_parameter":true`, server: `"issuer":"x"`},
		{name: "presence", doc: `"dpop_bound_access_tokens":true,"require_pushed_authorization_requests":true,"post_logout_redirect_uris":["https://a.example"]`,
			server: `"dpop_signing_alg_values_supported":["ES256"],"end_session_endpoint":"https://as.example"`, want: []string{
				"warning require_pushed_authorization_requests" + no,
			}},
		{name: "the server's own demands are no limits", doc: `"require_signed_request_object":true`, server: `"require_signed_request_object":false`},
		{name: "certificate subject", doc: `"tls_client_auth_san_dns":"a"`, server: `"token_endpoint_auth_methods_supported":["none"]`, want: []string{"warning tls_client_auth_san_dns" + no}},
		{name: "certificate subject and method are one matter", doc: `"tls_client_auth_san_dns":"a","token_endpoint_auth_method":"tls_client_auth"`,
			server: `"token_endpoint_auth_methods_supported":["none"]`, want: []string{"warning token_endpoint_auth_method" + no}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc, server := value(t, "{"+test.doc+"}").(object), value(t, "{"+test.server+"}").(object)
			if diff := cmp.Diff(test.want, brief(CheckSupported(doc, server))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSupportedDetailsNameTheList(t *testing.T) {
	doc := value(t, `{"grant_types":["x"],"token_endpoint_auth_method":"none","scope":"x","dpop_bound_access_tokens":true}`).(object)
	server := value(t, `{"grant_types_supported":["a","b"],"scopes_supported":["openid"]}`).(object)
	want := []Problem{
		{Detail: `token_endpoint_auth_method is not in the server's list: the server's metadata has no token_endpoint_auth_methods_supported, which means ["client_secret_basic"]. The server may refuse or replace it.`},
		{Detail: `grant_types[0] is not in the server's list: the server's metadata has grant_types_supported = ["a", "b"]. The server may refuse or replace it.`},
		{Detail: `scope has a word that is not in the server's list: the server's metadata has scopes_supported = ["openid"]. The server may refuse or replace it. A server need not list all that it supports.`, Weak: true},
		{Detail: `dpop_bound_access_tokens is set, but the server's metadata has no dpop_signing_alg_values_supported, by which it would show that it supports this. The server may ignore or refuse it.`, Weak: true},
	}
	var got []Problem
	for _, p := range CheckSupported(doc, server) {
		got = append(got, Problem{Detail: p.Detail, Weak: p.Weak})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An element that is not known yet is none that the server lacks, and moves no index.
func TestCheckSupportedOfAPart(t *testing.T) {
	doc := Document{"grant_types": []any{NotKnown, "x", "a"}, "request_uris": []any{NotKnown}}
	server := value(t, `{"grant_types_supported":["a"],"request_uri_parameter_supported":false}`).(object)
	want := []string{"warning grant_types[1]: Not supported by the server", "warning request_uris: Not supported by the server"}
	if diff := cmp.Diff(want, brief(CheckSupported(doc, server))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
