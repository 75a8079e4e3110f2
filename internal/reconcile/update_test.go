// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestForms(t *testing.T) {
	all := []reconcile.Form{"standard", "complete", "known", "configured", "configured_with_secret"}
	diff(t, "all", all, reconcile.Forms())
	diff(t, "nothing remembered", all, reconcile.Candidates("", ""))
	diff(t, "remembered", []reconcile.Form{"known", "standard", "complete", "configured", "configured_with_secret"}, reconcile.Candidates("known", ""))
	diff(t, "fixed", []reconcile.Form{"complete"}, reconcile.Candidates("known", "complete"))
	diff(t, "remembered by another version", all, reconcile.Candidates("fancy", ""))
}

const readDocument = `{
	"client_id":"c1","client_secret":"s1","client_secret_expires_at":0,"client_id_issued_at":1700000000,
	"registration_access_token":"r1","registration_client_uri":"https://as/reg/c1","registration_access_token_expires_in":60,
	"client_name":"old","client_name#JA":"あ","redirect_uris":["https://a"],"logo_uri":"https://l","tos_uri":"https://t",
	"token_endpoint_auth_method":["private_key_jwt"],"subject_type":"public","default_max_age":"60","application_type":{"odd":1},
	"contacts":[],"policy_uri":"","jwks":{},"request_uris":null,"post_logout_redirect_uris":[""],
	"ext_own":{"a":1},"ext_list":[""],"ext_false":false
}`

func update(tb testing.TB) reconcile.Update {
	return reconcile.Update{
		ClientID: "c1", ClientSecret: secret.New("s1"),
		Asked:      decode(tb, `{"client_name":"new","client_name#ja":"い","redirect_uris":["https://b"],"scope":"","response_types":[],"ext_asked":null}`),
		Removed:    []string{"logo_uri", "software_id"},
		Registered: decode(tb, readDocument),
	}
}

func TestBody(t *testing.T) {
	tests := map[reconcile.Form]struct{ body, leftOut string }{
		"standard": {body: `{"client_id":"c1",
			"client_name":"new","client_name#ja":"い","redirect_uris":["https://b"],"response_types":[],
			"tos_uri":"https://t","token_endpoint_auth_method":["private_key_jwt"],"subject_type":"public","default_max_age":"60",
			"application_type":{"odd":1},"ext_own":{"a":1},"ext_list":[""],"ext_false":false}`},
		"complete": {body: `{"client_id":"c1","client_secret":"s1",
			"client_name":"new","client_name#ja":"い","redirect_uris":["https://b"],"response_types":[],
			"tos_uri":"https://t","token_endpoint_auth_method":["private_key_jwt"],"subject_type":"public","default_max_age":"60",
			"application_type":{"odd":1},"ext_own":{"a":1},"ext_list":[""],"ext_false":false,
			"contacts":[],"policy_uri":"","jwks":{},"request_uris":null,"post_logout_redirect_uris":[""],
			"logo_uri":null,"software_id":null,"scope":null,"ext_asked":null}`},
		"known": {
			body: `{"client_id":"c1",
			"client_name":"new","client_name#ja":"い","redirect_uris":["https://b"],"response_types":[],
			"tos_uri":"https://t","token_endpoint_auth_method":"private_key_jwt","subject_type":"public","default_max_age":60}`,
			leftOut: `["application_type","ext_false","ext_list","ext_own"]`,
		},
		"configured": {
			body:    `{"client_id":"c1","client_name":"new","client_name#ja":"い","redirect_uris":["https://b"],"response_types":[]}`,
			leftOut: `["application_type","default_max_age","ext_false","ext_list","ext_own","subject_type","token_endpoint_auth_method","tos_uri"]`,
		},
		"configured_with_secret": {
			body:    `{"client_id":"c1","client_secret":"s1","client_name":"new","client_name#ja":"い","redirect_uris":["https://b"],"response_types":[]}`,
			leftOut: `["application_type","default_max_age","ext_false","ext_list","ext_own","subject_type","token_endpoint_auth_method","tos_uri"]`,
		},
	}
	if len(tests) != len(reconcile.Forms()) {
		t.Error("a form without an example")
	}
	for form, test := range tests {
		t.Run(string(form), func(t *testing.T) {
			u := update(t)
			diff(t, "body", decode(t, test.body), reconcile.Body(form, u))
			if test.leftOut == "" {
				test.leftOut = "null"
			}
			diff(t, "left out", test.leftOut, encode(t, reconcile.LeftOut(form, u)))
			diff(t, "the arguments", update(t).Registered, u.Registered)
			diff(t, "the arguments", update(t).Asked, u.Asked)
		})
	}
}

func TestBodyWithoutSecret(t *testing.T) {
	u := update(t)
	u.ClientSecret = secret.String{}
	for _, form := range reconcile.Forms() {
		if body := reconcile.Body(form, u); body["client_secret"] != nil {
			t.Errorf("%s: client_secret %v", form, body["client_secret"])
		}
	}
	// Without a secret to add, the last form is the one before.
	diff(t, "distinct", []reconcile.Form{"standard", "complete", "known", "configured"}, reconcile.Distinct(reconcile.Forms(), u))
	u.Registered, u.Asked, u.Removed = nil, decode(t, `{"client_name":"a"}`), nil
	diff(t, "distinct, nothing to echo", []reconcile.Form{"standard"}, reconcile.Distinct(reconcile.Forms(), u))
}

func TestBodyNeverSendsWhatTheServerAssigns(t *testing.T) {
	u := update(t)
	for _, member := range []string{"client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "registration_access_token", "registration_client_uri"} {
		u.Asked[member] = "configured"
		u.Removed = append(u.Removed, member)
	}
	u.Asked["registration_access_token_lifetime"] = "configured" // an extension that is asked for is sent
	for _, form := range reconcile.Forms() {
		body := reconcile.Body(form, u)
		if body["client_id"] != "c1" {
			t.Errorf("%s: client_id %v", form, body["client_id"])
		}
		if s, sent := body["client_secret"]; sent && s != "s1" {
			t.Errorf("%s: client_secret %v", form, s)
		}
		for _, member := range []string{"client_id_issued_at", "client_secret_expires_at", "registration_access_token", "registration_client_uri", "registration_access_token_expires_in"} {
			if value, sent := body[member]; sent {
				t.Errorf("%s: %s is sent: %v", form, member, value)
			}
		}
		if body["registration_access_token_lifetime"] != "configured" {
			t.Errorf("%s: the configured extension is not sent", form)
		}
	}
}

func TestBodyLeavesOutWhatExcludesTheAsked(t *testing.T) {
	u := reconcile.Update{
		ClientID:   "c1",
		Asked:      decode(t, `{"jwks_uri":"https://k","tls_client_auth_san_dns":"a.example"}`),
		Registered: decode(t, `{"jwks":{"keys":[{"kty":"EC"}]},"tls_client_auth_subject_dn":"CN=a","tls_client_certificate_bound_access_tokens":true}`),
	}
	diff(t, "body", decode(t, `{"client_id":"c1","jwks_uri":"https://k","tls_client_auth_san_dns":"a.example","tls_client_certificate_bound_access_tokens":true}`),
		reconcile.Body(reconcile.FormStandard, u))
	diff(t, "left out", []string{"jwks", "tls_client_auth_subject_dn"}, reconcile.LeftOut(reconcile.FormStandard, u))

	diff(t, "complete", decode(t, `{"client_id":"c1","jwks":null,"jwks_uri":"https://k","tls_client_auth_san_dns":"a.example","tls_client_auth_subject_dn":null,"tls_client_certificate_bound_access_tokens":true}`),
		reconcile.Body(reconcile.FormComplete, u))
	diff(t, "left out of complete", []string{"jwks", "tls_client_auth_subject_dn"}, reconcile.LeftOut(reconcile.FormComplete, u))

	u.Asked = decode(t, `{"jwks_uri":"","client_name":"a"}`) // asked to be empty excludes nothing
	diff(t, "left out", []string(nil), reconcile.LeftOut(reconcile.FormStandard, u))
}

// A server that shows an empty set for a client without keys, or with their address, refuses the two beside each other (RFC 7591 §2).
func TestBodyWithoutAnEmptySetOfKeys(t *testing.T) {
	for _, registered := range []string{`{"jwks_uri":"https://k","jwks":{"keys":[]}}`, `{"jwks_uri":"https://k","jwks":{"keys":null}}`} {
		u := reconcile.Update{ClientID: "c1", Asked: decode(t, `{"client_name":"a"}`), Registered: decode(t, registered)}
		for _, form := range []reconcile.Form{reconcile.FormStandard, reconcile.FormKnown} {
			diff(t, string(form), decode(t, `{"client_id":"c1","client_name":"a","jwks_uri":"https://k"}`), reconcile.Body(form, u))
			diff(t, "left out", []string(nil), reconcile.LeftOut(form, u))
		}
		u.Asked = decode(t, `{"client_name":"a","jwks_uri":"https://l"}`)
		diff(t, "left out beside another address", []string(nil), reconcile.LeftOut(reconcile.FormStandard, u))
	}
}

// What is removed from the configuration is gone where the server shows an empty set, and no update has to say so again.
func TestKeysThatAreRemovedAreGoneWhereAnEmptySetIsShown(t *testing.T) {
	agreement, _ := reconcile.Agree(decode(t, `{"jwks":{"keys":[{"kty":"EC"}]}}`), decode(t, `{"jwks":{"keys":[{"kty":"EC"}]}}`))
	empty := decode(t, `{"jwks":{"keys":[]}}`)
	if !reconcile.Satisfied(agreement, reconcile.Document{}, empty) {
		t.Error("not satisfied")
	}
	diff(t, "unsettled", []string(nil), reconcile.Unsettled(agreement, reconcile.Document{}, empty))
	diff(t, "kept", []string(nil), members(reconcile.Kept([]string{"jwks"}, nil, empty)))
}

func TestBodyNullsInTheServersSpelling(t *testing.T) {
	u := reconcile.Update{ClientID: "c1", Asked: decode(t, `{"client_name":"a"}`), Removed: []string{"client_name#ja"}, Registered: decode(t, `{"client_name#JA":"x"}`)}
	diff(t, "complete", decode(t, `{"client_id":"c1","client_name":"a","client_name#JA":null}`), reconcile.Body(reconcile.FormComplete, u))
	diff(t, "standard", decode(t, `{"client_id":"c1","client_name":"a"}`), reconcile.Body(reconcile.FormStandard, u))
}

func TestCreateBody(t *testing.T) {
	asked := decode(t, `{"client_name":"a","scope":"","ext_null":null,"response_types":[],"ext_zero":0,"require_auth_time":false,"client_id":"x"}`)
	diff(t, "body", decode(t, `{"client_name":"a","response_types":[],"ext_zero":0,"require_auth_time":false}`), reconcile.CreateBody(asked))
}
