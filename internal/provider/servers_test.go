// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// module is the one module that every server gets, whatever it makes of it.
func module() (created, changed, removed attrs) {
	created = attrs{
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
		"localized":                  attrs{"ja": attrs{"client_name": "アプリ"}},
	}
	changed = created.With(attrs{
		"client_name":     "App 2",
		"default_max_age": 60,
		"redirect_uris":   []string{"https://app.example.com/c", "https://app.example.com/a"},
	})
	removed = changed.With(attrs{"contacts": nil, "default_max_age": nil})
	return created, changed, removed
}

// kind is a server that was seen in the field, as faults of the test server.
type kind struct {
	name     string
	server   *fakeop.Server
	settings attrs    // of the provider
	extra    attrs    // the resource's, beside the module
	hides    []string // members of the module whose drift cannot be seen
	keeps    []string // removed members that stay registered
	drift    string   // the member that is changed behind the back; "" is client_name
	rotates  bool     // an update issues new credentials
	stays    string   // what the destroy says of a client that stays behind, as an error
	survives bool     // the client outlives the destroy with a warning
}

func kinds() []kind {
	return []kind{
		{name: "correct"},
		{name: "client URI by query", server: &fakeop.Server{ClientURI: fakeop.URIQuery}},
		{name: "client URI is the endpoint", server: &fakeop.Server{ClientURI: fakeop.URIEndpoint}},
		{
			// Nulls and empty values for what is not set, no URI, token or secret on a read, a new token at each update, and
			// no client_secret in an update.
			name: "Hydra", rotates: true,
			server: &fakeop.Server{Faults: fakeop.Faults{
				NullsForUnset: true, EmptyStringsForUnset: true, EmptyObjectForJWKS: true, DropLanguageTagged: true,
				OmitTokenOnRead: true, OmitURIOnRead: true, OmitURIOnUpdate: true, OmitSecretOnRead: true, OmitSecretOnUpdate: true,
				SecretExpiryWithoutSecret: true, RotateTokenOnUpdate: true, UpdateRefusesSecret: true, UpdateRefusesEmptyObject: true,
				AddMembers:  map[string]any{"metadata": map[string]any{}, "skip_consent": false, "created_at": "2026-01-01T00:00:00Z"},
				StringError: true,
			}},
			hides: []string{"localized"},
		},
		{
			// Stores whatever it gets and shows it over the real members; tokens rotate on reads and updates.
			name: "go-oidc", rotates: true,
			server: &fakeop.Server{Faults: fakeop.Faults{
				KeepUnknown: true, RotateTokenOnRead: true, RotateTokenOnUpdate: true, OmitSecretOnRead: true, OmitTokenOnRead: true,
				MissingTokenStatus: http.StatusForbidden,
			}},
			extra: attrs{"refresh": "always"},
		},
		{
			// And the secret with it.
			name: "go-oidc with secret rotation", rotates: true,
			server: &fakeop.Server{Faults: fakeop.Faults{
				KeepUnknown: true, RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnRead: true, RotateSecretOnUpdate: true,
			}},
			extra: attrs{"refresh": "always"},
		},
		{
			// An update never clears anything, errors come as 200, and so does a deletion that deletes nothing.
			name: "Casdoor",
			server: &fakeop.Server{Faults: fakeop.Faults{
				ErrorsUnder200: true, DropLanguageTagged: true, DropOnRead: []string{"response_types", "contacts", "policy_uri"},
				UpdateMerges: true, DeleteStatus: http.StatusOK, DeleteKeepsClient: true,
			}},
			hides: []string{"contacts", "response_types", "localized"}, keeps: []string{"contacts", "default_max_age"},
			stays: "still shows the client",
		},
		{
			// 200 on registration and deletion, an array where a string belongs, members hidden on reads, a new secret at each
			// update, and a refusal of what it showed itself.
			name: "Glewlwyd", rotates: true,
			server: &fakeop.Server{Faults: fakeop.Faults{
				RegisterStatus: http.StatusOK, DeleteStatus: http.StatusOK, OmitTokenOnRead: true, OmitURIOnRead: true,
				ArrayWhereString: []string{"token_endpoint_auth_method"}, DropOnRead: []string{"logo_uri", "contacts", "client_uri", "scope"},
				ReorderArrays: true, RotateSecretOnUpdate: true, UpdateRefusesOwnRead: true,
				AddMembers:  map[string]any{"description": "", "enabled": true},
				EmptyErrors: true, ShapeOn: []fakeop.Operation{fakeop.OpRead, fakeop.OpDelete},
			}},
			hides: []string{"logo_uri", "contacts", "client_uri", "scope"},
		},
		{
			// Wants every member and the secret back, removes by null only.
			name: "oidc-provider 5",
			server: &fakeop.Server{Faults: fakeop.Faults{
				UpdateNeedsEveryMember: true, UpdateNeedsSecret: true, Drop: []string{"scope"}, DropLanguageTagged: true, DeduplicateArrays: true,
				MissingTokenStatus: http.StatusBadRequest,
				AddMembers:         map[string]any{"subject_type": "public", "id_token_signed_response_alg": "RS256"},
			}},
			hides: []string{"scope", "localized"},
		},
		{
			name: "oidc-provider 9", rotates: true,
			server: &fakeop.Server{Faults: fakeop.Faults{
				RotateTokenOnUpdate: true, DropLanguageTagged: true, DeduplicateArrays: true,
				AddMembers: map[string]any{"subject_type": "public", "id_token_signed_response_alg": "RS256", "post_logout_redirect_uris": []any{}},
			}},
			hides: []string{"localized"},
		},
		{
			// Keeps what an update leaves out, and resets booleans that it leaves out.
			name: "Keycloak", rotates: true,
			server: &fakeop.Server{Faults: fakeop.Faults{
				UpdateMerges: true, RotateTokenOnUpdate: true, DropLanguageTagged: true,
				Substitute: map[string]any{"response_types": []any{"code", "none"}},
				AddMembers: map[string]any{"backchannel_logout_session_required": true},
			}},
			hides: []string{"localized"}, keeps: []string{"contacts", "default_max_age"},
		},
		{
			// No token and no URI: managed with the caller's own credentials below the registration endpoint.
			name: "WSO2",
			server: &fakeop.Server{
				Management: fakeop.ManagementByCredential, BasicUser: "admin", BasicPassword: "secret",
				Faults: fakeop.Faults{
					UpdateMerges: true, UpdateResetsBooleans: true, OmitIssuedAt: true, DropOnRead: []string{"contacts"}, DropOnWrite: []string{"contacts"},
					EmptyErrors: true,
				},
			},
			settings: attrs{"basic_auth": attrs{"username": "admin", "password": "secret"}},
			hides:    []string{"contacts"}, keeps: []string{"contacts", "default_max_age"},
		},
		{
			name:   "random order",
			server: &fakeop.Server{Faults: fakeop.Faults{ReorderArrays: true, StringWhereArray: []string{"response_types"}, ArrayWhereString: []string{"scope"}, NumericStringTimes: true}},
		},
		{
			name:   "hashed secret on reads",
			server: &fakeop.Server{Faults: fakeop.Faults{HashedSecretOnRead: true, OmitSecretOnUpdate: true, OmitSecretExpiry: true, OmitIssuedAtOnRead: true}},
		},
		{
			name:    "URI moves at each update",
			rotates: true,
			server:  &fakeop.Server{Faults: fakeop.Faults{MoveURIOnUpdate: true, RotateTokenOnUpdate: true}},
		},
		{
			name: "client_id needs escaping",
			server: &fakeop.Server{
				Management: fakeop.ManagementByCredential, AdminToken: "admin",
				ClientID: func(int) string { return "a/b c.%41?d#e" },
			},
			settings: attrs{"initial_access_token": "admin"},
		},
		{
			name:     "deletion not supported",
			server:   &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusMethodNotAllowed}},
			survives: true,
		},
		{
			name:   "lower case tags, deduplication, everything shown",
			server: &fakeop.Server{Faults: fakeop.Faults{LowerCaseTags: true, DeduplicateArrays: true, FalseForUnset: true, EmptyArraysForUnset: true}},
			extra:  attrs{"localized": attrs{"zh-Hant-TW": attrs{"client_name": "應用程式"}}},
		},
		{
			name:   "200 on deletion, 404 for what is gone",
			server: &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusOK, GoneStatus: http.StatusNotFound}},
		},
		{
			name:   "202 on deletion, 410 for what is gone",
			server: &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusAccepted, GoneStatus: http.StatusGone}},
		},
	}
}

func TestOneModuleOnEveryServer(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			k.run(t)
		})
	}
}

func (k *kind) run(t *testing.T) {
	created, changed, removed := module()
	created, changed, removed = created.With(k.extra), changed.With(k.extra), removed.With(k.extra)
	if k.server == nil {
		k.server = &fakeop.Server{}
	}
	r := newSubject(t, k.server, k.settings)

	r.Apply(created)
	k.holds(t, r, created)
	r.WantEmpty(created)

	k.update(t, r, changed, []string{"client_name", "default_max_age", "redirect_uris"}, true)
	r.WantEmpty(changed)

	k.update(t, r, removed, []string{"contacts", "default_max_age"}, false)
	for _, member := range []string{"contacts", "default_max_age"} {
		_, there := r.registered()[member]
		if want := slices.Contains(k.keeps, member); there != want {
			t.Errorf("%s is registered after its removal: %v, want %v", member, there, want)
		}
		hidden := slices.Contains(k.hides, member)
		if said := strings.Contains(r.details(), member+": removed from the configuration, and the server keeps"); said != (there && !hidden) {
			t.Errorf("a warning says that %s is kept: %v; diagnostics: %v", member, said, r.told())
		}
	}
	r.WantEmpty(removed)

	drift := k.drift
	if drift == "" {
		drift = "client_name"
	}
	r.op.SetMember(r.id(), drift, "Tampered")
	p := r.Plan(removed)
	if got := r.ManagedChanges(p); !slices.Equal(got, []string{drift}) {
		t.Errorf("a change of %s behind the back shows as %v", drift, got)
	}
	if err := r.ApplyPlan(p); err != nil {
		t.Fatalf("repair: %v", err)
	}
	k.holds(t, r, removed)
	r.WantEmpty(removed)

	k.destroy(t, r)
}

// update applies a change that the plan must show as it is, with the credentials that an update may change and no others.
func (k *kind) update(t *testing.T, r *subject, config attrs, members []string, first bool) {
	t.Helper()
	before, secret, token := r.id(), r.Text("client_secret"), r.Text("registration_access_token")
	p := r.Plan(config)
	if r.anew(p) {
		t.Fatalf("the change replaces the client")
	}
	if got := r.ManagedChanges(p); !slices.Equal(got, members) {
		t.Errorf("the plan changes %v, want %v", got, members)
	}
	if want := append(slices.Clone(members), "registered_metadata"); !first && !k.rotates {
		slices.Sort(want)
		if got := r.Changes(p); !slices.Equal(got, want) {
			t.Errorf("the second update's plan changes %v, want %v", got, want)
		}
	}
	r.Begin()
	if err := r.ApplyPlan(p); err != nil {
		t.Fatalf("update: %v", err)
	}
	if r.id() != before {
		t.Errorf("client %s became %s", before, r.id())
	}
	if rotated := secret != r.Text("client_secret") || token != r.Text("registration_access_token"); rotated && !k.rotates {
		t.Error("credentials changed in the state, but not at the server")
	}
	k.holds(t, r, config)
}

// holds checks that the server has what is asked, and the state the credentials that are in force.
func (k *kind) holds(t *testing.T, r *subject, config attrs) {
	t.Helper()
	found, ok := r.op.Client(r.id())
	if !ok {
		t.Fatalf("the server has no client %q", r.id())
	}
	for member, want := range config {
		p, ok := metadata.Lookup(member)
		if !ok || want == nil {
			continue
		}
		got := found.Metadata[p.Name]
		dropped := slices.Contains(k.server.Faults.Drop, member) || k.server.Faults.Substitute[member] != nil
		if !dropped && !metadata.Equal(member, want, got) {
			t.Errorf("%s is registered as %v, want %v", member, got, want)
		}
	}
	for name, want := range map[string]string{"client_secret": found.Secret, "registration_access_token": found.Token} {
		if got := r.Text(name); got != want {
			t.Errorf("%s in the state is %q, in force is %q", name, got, want)
		}
	}
}

func (k *kind) destroy(t *testing.T, r *subject) {
	t.Helper()
	if k.stays != "" {
		if err := r.TryDestroy(); err == nil || !strings.Contains(err.Error(), k.stays) {
			t.Errorf("the destroy says %v, want an error that says %q", err, k.stays)
		}
		if r.State.IsNull() {
			t.Error("a client that was not deregistered is no longer in the state")
		}
		return
	}
	id := r.id()
	r.Destroy()
	if n := len(r.op.Clients()); (n == 1) != k.survives {
		t.Errorf("%d clients left", n)
	}
	if k.survives {
		r.wantSays("Client stays at the server", "Client "+id+" was not deregistered", "does not support the deletion")
	} else if lines := r.told(); len(lines) > 0 {
		t.Errorf("the destroy says %v", lines)
	}
}
