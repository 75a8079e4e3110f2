// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What an update does with what it has and with what it has not, in each release.

// changed is a client that is updated by some documents.
type changed struct {
	*peer
	id, secret string
}

func change(t *testing.T, s *Server, members map[string]any) *changed {
	t.Helper()
	p := newPeer(t, s)
	r := p.register(app(members))
	r.want(t, 201, "")
	return &changed{p, stringOf(r.doc, "client_id"), stringOf(r.doc, "client_secret")}
}

func (c *changed) put(doc map[string]any) reply {
	c.t.Helper()
	return c.send("PUT", c.uri(c.id), doc, admin)
}

// stored holds the client's members, shown or not, against what is wanted; nil is a member that it has not.
func (c *changed) stored(want map[string]any) {
	c.t.Helper()
	client, _ := c.s.Client(c.id)
	if client.Secret != c.secret {
		c.t.Error("the secret is another")
	}
	for member, value := range want {
		if diff := cmp.Diff(value, client.Metadata[member]); diff != "" {
			c.t.Errorf("%s (-want +stored):\n%s", member, diff)
		}
	}
}

func TestUpdateMerges(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		c := change(t, &Server{Release: release}, map[string]any{
			"backchannel_logout_uri": "https://a.example/out", "backchannel_logout_session_required": true, "token_type_extension": "JWT",
		})
		unchanged := map[string]any{
			"client_name": "app", "redirect_uris": []any{"https://a.example/cb"}, "grant_types": []any{"authorization_code"},
			"backchannel_logout_uri": "https://a.example/out", "token_type_extension": "JWT",
		}
		// Strings and arrays keep their values where they are missing, empty or null; booleans are reset.
		for _, doc := range []map[string]any{
			{},
			{"client_name": "", "redirect_uris": []string{}, "grant_types": []string{}, "backchannel_logout_uri": "", "token_type_extension": ""},
			{"client_name": nil, "redirect_uris": nil, "grant_types": nil, "backchannel_logout_uri": nil, "token_type_extension": nil},
			{"client_id": "ignored", "client_secret": "ignored"},
		} {
			c.put(map[string]any{"backchannel_logout_session_required": true}).want(t, 200, "")
			c.stored(map[string]any{"backchannel_logout_session_required": true})
			c.put(doc).want(t, 200, "")
			c.stored(unchanged)
			c.stored(map[string]any{"backchannel_logout_session_required": false})
		}
		c.put(map[string]any{
			"client_name": "renamed", "redirect_uris": []string{"https://b.example/cb"}, "grant_types": []string{"implicit"},
			"backchannel_logout_uri": "https://b.example/out", "token_type_extension": "Default",
		}).want(t, 200, "")
		c.stored(map[string]any{
			"client_name": "renamed", "redirect_uris": []any{"https://b.example/cb"}, "grant_types": []any{"implicit"},
			"backchannel_logout_uri": "https://b.example/out", "token_type_extension": "Default",
		})
		c.register(app(map[string]any{"client_name": "other"})).want(t, 201, "")
		c.put(map[string]any{"client_name": "other"}).want(t, 400, invalidMetadata)
		c.put(map[string]any{"client_name": "a b"}).want(t, 400, invalidMetadata)
		c.put(map[string]any{"redirect_uris": []string{"regexp=(a|b)"}}).want(t, 400, invalidRedirectURI)
		c.stored(map[string]any{"client_name": "renamed", "redirect_uris": []any{"https://b.example/cb"}})
	})
}

// The members that came with 7.0.
func TestUpdateMergesWhatCameLater(t *testing.T) {
	each(t, Release70, 0, func(t *testing.T, release Release) {
		c := change(t, &Server{Release: release}, map[string]any{
			"jwks_uri": "https://a.example/k", "ext_pkce_mandatory": true, "require_pushed_authorization_requests": true,
			"subject_type": "pairwise", "ext_user_token_lifetime": 60, "ext_application_display_name": "App",
		})
		answer := c.put(map[string]any{
			"subject_type": "", "require_signed_request_object": true, "jwks_uri": "https://a.example/new",
			"ext_application_display_name": "Other", "ext_application_owner": "joe", "id_token_encrypted_response_alg": "RSA-OAEP",
		})
		answer.want(t, 200, "")
		want := map[string]any{
			"subject_type": "pairwise", "ext_pkce_mandatory": false, "ext_user_token_lifetime": json.Number("60"),
			// By a mistake in the product, one takes the other's value.
			"require_signed_request_object": true, "require_pushed_authorization_requests": true,
			"ext_application_owner": "admin",
			// Applied only beside a client_name.
			"jwks_uri": "https://a.example/k", "ext_application_display_name": "App",
			// Only where it was enabled at the registration.
			"id_token_encrypted_response_alg": nil,
		}
		c.stored(want)
		read := c.send("GET", c.uri(c.id), nil, admin)
		for member, value := range want {
			if diff := cmp.Diff(value, read.doc[member]); diff != "" {
				t.Errorf("%s (-want +read):\n%s", member, diff)
			}
		}
		if answer.doc["jwks_uri"] != "https://a.example/new" {
			t.Errorf("the answer's jwks_uri is not the request's: %v", answer.doc["jwks_uri"])
		}
		if used := read.doc["use_client_id_as_sub_claim_for_app_tokens"]; (used == true) != (release >= Release71) {
			t.Errorf("of 7.1: %v", used)
		}

		answer = c.put(map[string]any{"client_name": "renamed", "require_pushed_authorization_requests": true, "ext_application_version": "2", "ext_application_display_name": "Other"})
		if _, found := answer.doc["jwks_uri"]; found || answer.doc["client_name"] != "renamed" {
			t.Errorf("%s", answer.raw)
		}
		c.stored(map[string]any{"ext_application_version": "2", "require_pushed_authorization_requests": false, "ext_application_display_name": "Other"})
		c.put(map[string]any{"client_name": "renamed", "jwks_uri": "https://a.example/new", "token_type_extension": "JWT"}).want(t, 200, "")
		c.stored(map[string]any{"jwks_uri": "https://a.example/new", "ext_token_type": "JWT", "ext_application_display_name": nil})

		encrypts := change(t, &Server{Release: release}, map[string]any{"id_token_encrypted_response_alg": "RSA-OAEP"})
		encrypts.put(map[string]any{"id_token_encrypted_response_alg": "RSA-OAEP-256"}).want(t, 200, "")
		encrypts.stored(map[string]any{"id_token_encrypted_response_alg": "RSA-OAEP-256"})
	})
}
