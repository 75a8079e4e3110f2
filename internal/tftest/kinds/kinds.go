// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package kinds has the kinds of servers that were seen in the field, as faults of the test server, and the one module that each gets.
package kinds

import (
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Module is the one module that every server gets, whatever it makes of it.
func Module() (created, changed, removed tftest.Attrs) {
	created = tftest.Attrs{
		"redirect_uris":              []string{"https://app.example.com/b", "https://app.example.com/a"},
		"client_name":                "App",
		"client_uri":                 "https://app.example.com",
		"logo_uri":                   "https://app.example.com/logo.png",
		"contacts":                   []string{"ops@example.com", "dev@example.com"},
		"scope":                      "openid email profile",
		"token_endpoint_auth_method": "client_secret_post",
		"grant_types":                []string{"refresh_token", "authorization_code"},
		"response_types":             []string{"code"},
		"default_max_age":            3600,
		"require_auth_time":          true,
		"localized":                  tftest.Attrs{"ja": tftest.Attrs{"client_name": "アプリ"}},
	}
	changed = created.With(tftest.Attrs{
		"client_name":     "App 2",
		"default_max_age": 60,
		"redirect_uris":   []string{"https://app.example.com/c", "https://app.example.com/a"},
	})
	removed = changed.With(tftest.Attrs{"contacts": nil, "default_max_age": nil})
	return created, changed, removed
}

// Kind is a server that was seen in the field, as faults of the test server.
type Kind struct {
	Name     string
	Server   *fakeop.Server
	Settings tftest.Attrs // of the provider
	Extra    tftest.Attrs // the resource's, beside the module
	Hides    []string     // members of the module whose drift cannot be seen
	Keeps    []string     // removed members that stay registered
	Drift    string       // the member that is changed behind the back; "" is client_name
	Rotates  bool         // an update issues new credentials
	Stays    string       // what the destroy says of a client that stays behind, as an error
	Survives bool         // the client outlives the destroy with a warning
}

// All are the kinds.
func All() []Kind {
	return []Kind{
		{Name: "correct"},
		{Name: "client URI by query", Server: &fakeop.Server{ClientURI: fakeop.URIQuery}},
		{Name: "client URI is the endpoint", Server: &fakeop.Server{ClientURI: fakeop.URIEndpoint}},
		{
			// Nulls and empty values for what is not set, no URI, token or secret on a read, a new token at each update, and
			// no client_secret in an update.
			Name: "Hydra", Rotates: true,
			Server: &fakeop.Server{Faults: fakeop.Faults{
				NullsForUnset: true, EmptyStringsForUnset: true, EmptyObjectForJWKS: true, DropLanguageTagged: true,
				OmitTokenOnRead: true, OmitURIOnRead: true, OmitURIOnUpdate: true, OmitSecretOnRead: true, OmitSecretOnUpdate: true,
				SecretExpiryWithoutSecret: true, RotateTokenOnUpdate: true, UpdateRefusesSecret: true, UpdateRefusesEmptyObject: true,
				AddMembers:  map[string]any{"metadata": map[string]any{}, "skip_consent": false, "created_at": "2026-01-01T00:00:00Z"},
				StringError: true,
			}},
			Hides: []string{"localized"},
		},
		{
			// Stores whatever it gets and shows it over the real members; tokens rotate on reads and updates.
			Name: "go-oidc", Rotates: true,
			Server: &fakeop.Server{Faults: fakeop.Faults{
				KeepUnknown: true, RotateTokenOnRead: true, RotateTokenOnUpdate: true, OmitSecretOnRead: true, OmitTokenOnRead: true,
				MissingTokenStatus: http.StatusForbidden,
			}},
			Extra: tftest.Attrs{"refresh": "always"},
		},
		{
			// And the secret with it.
			Name: "go-oidc with secret rotation", Rotates: true,
			Server: &fakeop.Server{Faults: fakeop.Faults{
				KeepUnknown: true, RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnRead: true, RotateSecretOnUpdate: true,
			}},
			Extra: tftest.Attrs{"refresh": "always"},
		},
		{
			// An update never clears anything, errors come as 200, and so does a deletion that deletes nothing.
			Name: "Casdoor",
			Server: &fakeop.Server{Faults: fakeop.Faults{
				ErrorsUnder200: true, DropLanguageTagged: true, DropOnRead: []string{"response_types", "contacts", "policy_uri"},
				UpdateMerges: true, DeleteStatus: http.StatusOK, DeleteKeepsClient: true,
			}},
			Hides: []string{"contacts", "response_types", "localized"}, Keeps: []string{"contacts", "default_max_age"},
			Stays: "still shows the client",
		},
		{
			// 200 on registration and deletion, an array where a string belongs, members hidden on reads, a new secret at each
			// update, and a refusal of what it showed itself.
			Name: "Glewlwyd", Rotates: true,
			Server: &fakeop.Server{Faults: fakeop.Faults{
				RegisterStatus: http.StatusOK, DeleteStatus: http.StatusOK, OmitTokenOnRead: true, OmitURIOnRead: true,
				ArrayWhereString: []string{"token_endpoint_auth_method"}, DropOnRead: []string{"logo_uri", "contacts", "client_uri", "scope"},
				ReorderArrays: true, RotateSecretOnUpdate: true, UpdateRefusesOwnRead: true,
				AddMembers:  map[string]any{"description": "", "enabled": true},
				EmptyErrors: true, ShapeOn: []fakeop.Operation{fakeop.OpRead, fakeop.OpDelete},
			}},
			Hides: []string{"logo_uri", "contacts", "client_uri", "scope"},
		},
		{
			// Wants every member and the secret back, removes by null only.
			Name: "oidc-provider 5",
			Server: &fakeop.Server{Faults: fakeop.Faults{
				UpdateNeedsEveryMember: true, UpdateNeedsSecret: true, Drop: []string{"scope"}, DropLanguageTagged: true, DeduplicateArrays: true,
				MissingTokenStatus: http.StatusBadRequest,
				AddMembers:         map[string]any{"subject_type": "public", "id_token_signed_response_alg": "RS256"},
			}},
			Hides: []string{"scope", "localized"},
		},
		{
			Name: "oidc-provider 9", Rotates: true,
			Server: &fakeop.Server{Faults: fakeop.Faults{
				RotateTokenOnUpdate: true, DropLanguageTagged: true, DeduplicateArrays: true,
				AddMembers: map[string]any{"subject_type": "public", "id_token_signed_response_alg": "RS256", "post_logout_redirect_uris": []any{}},
			}},
			Hides: []string{"localized"},
		},
		{
			// Keeps what an update leaves out, and resets booleans that it leaves out.
			Name: "Keycloak", Rotates: true,
			Server: &fakeop.Server{Faults: fakeop.Faults{
				UpdateMerges: true, RotateTokenOnUpdate: true, DropLanguageTagged: true,
				Substitute: map[string]any{"response_types": []any{"code", "none"}},
				AddMembers: map[string]any{"backchannel_logout_session_required": true},
			}},
			Hides: []string{"localized"}, Keeps: []string{"contacts", "default_max_age"},
		},
		{
			// No token and no URI: managed with the caller's own credentials below the registration endpoint.
			Name: "WSO2",
			Server: &fakeop.Server{
				Management: fakeop.ManagementByCredential, BasicUser: "admin", BasicPassword: "secret",
				Faults: fakeop.Faults{
					UpdateMerges: true, UpdateResetsBooleans: true, OmitIssuedAt: true, DropOnRead: []string{"contacts"}, DropOnWrite: []string{"contacts"},
					EmptyErrors: true,
				},
			},
			Settings: tftest.Attrs{"basic_auth": tftest.Attrs{"username": "admin", "password": "secret"}},
			Hides:    []string{"contacts"}, Keeps: []string{"contacts", "default_max_age"},
		},
		{
			Name:   "random order",
			Server: &fakeop.Server{Faults: fakeop.Faults{ReorderArrays: true, StringWhereArray: []string{"response_types"}, ArrayWhereString: []string{"scope"}, NumericStringTimes: true}},
		},
		{
			Name:   "hashed secret on reads",
			Server: &fakeop.Server{Faults: fakeop.Faults{HashedSecretOnRead: true, OmitSecretOnUpdate: true, OmitSecretExpiry: true, OmitIssuedAtOnRead: true}},
		},
		{
			Name:    "URI moves at each update",
			Rotates: true,
			Server:  &fakeop.Server{Faults: fakeop.Faults{MoveURIOnUpdate: true, RotateTokenOnUpdate: true}},
		},
		{
			Name: "client_id needs escaping",
			Server: &fakeop.Server{
				Management: fakeop.ManagementByCredential, AdminToken: "admin",
				ClientID: func(int) string { return "a/b c.%41?d#e" },
			},
			Settings: tftest.Attrs{"initial_access_token": "admin"},
		},
		{
			Name:     "deletion not supported",
			Server:   &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusMethodNotAllowed}},
			Survives: true,
		},
		{
			Name:   "lower case tags, deduplication, everything shown",
			Server: &fakeop.Server{Faults: fakeop.Faults{LowerCaseTags: true, DeduplicateArrays: true, FalseForUnset: true, EmptyArraysForUnset: true}},
			Extra:  tftest.Attrs{"localized": tftest.Attrs{"zh-Hant-TW": tftest.Attrs{"client_name": "應用程式"}}},
		},
		{
			Name:   "200 on deletion, 404 for what is gone",
			Server: &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusOK, GoneStatus: http.StatusNotFound}},
		},
		{
			Name:   "202 on deletion, 410 for what is gone",
			Server: &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusAccepted, GoneStatus: http.StatusGone}},
		},
	}
}
