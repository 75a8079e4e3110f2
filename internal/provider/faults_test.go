// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Each fault of the test server alone: what it means for the one module. The zero kind is "nothing to see".
var faultMeans = map[string]kind{
	"RotateTokenOnRead":       {rotates: true, extra: attrs{"refresh": "always"}},
	"RotateTokenOnUpdate":     {rotates: true},
	"RotateSecretOnRead":      {rotates: true, extra: attrs{"refresh": "always"}},
	"RotateSecretOnUpdate":    {rotates: true},
	"MoveURIOnUpdate":         {rotates: true},
	"UpdateMerges":            {keeps: []string{"contacts", "default_max_age"}},
	"CredentialsBesideErrors": {},
	"DropLanguageTagged":      {hides: []string{"localized"}},
}

// faultElsewhere are those that have a test of their own, because an apply cannot succeed, or that concern no registration.
var faultElsewhere = map[string]string{
	"HTTPClientURI":             "TestClientURIThatCannotBeUsed",
	"HTMLSuccess":               "TestAnswersThatAreNone",
	"EmptySuccess":              "TestAnswersThatAreNone",
	"HugeBody":                  "TestAnswersThatAreNone",
	"NoClientID":                "TestAnswersThatAreNone",
	"OtherClientID":             "TestAnswersThatAreNone",
	"DeleteKeepsClient":         "204 is the server's word (RFC 7592 §2.3) and is trusted; others are in TestDeletionIsConfirmed",
	"NoRegistrationEndpoint":    "TestNoRegistrationEndpoint",
	"TokenChecksGrantFirst":     "the evidence of a refused token",
	"AuthorizeIgnoresPrompt":    "the evidence of a refused token",
	"AuthorizeRedirectsUnknown": "the evidence of a refused token",
	"AuthorizeErrorPage":        "the evidence of a refused token",
}

func TestEachFaultAlone(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[fakeop.Faults]()
	for i := range typ.NumField() {
		field := typ.Field(i)
		if field.Type.Kind() != reflect.Bool {
			continue
		}
		if faultElsewhere[field.Name] != "" {
			continue
		}
		t.Run(field.Name, func(t *testing.T) {
			t.Parallel()
			k := faultMeans[field.Name]
			k.server = &fakeop.Server{}
			reflect.ValueOf(&k.server.Faults).Elem().Field(i).SetBool(true)
			k.run(t)
		})
	}
}

// Faults that take a value. Those with a meaning of their own for Terraform (substitutions, refusals) are in other tests.
func TestEachFaultWithAValueAlone(t *testing.T) {
	t.Parallel()
	for _, k := range []kind{
		{name: "a registration answered with 200", server: &fakeop.Server{Faults: fakeop.Faults{RegisterStatus: http.StatusOK}}},
		{name: "members of the server's own", server: &fakeop.Server{Faults: fakeop.Faults{AddMembers: map[string]any{"x_tenant": "a", "subject_type": "public", "x_flags": []any{}}}}},
		{name: "members that a read makes up", server: &fakeop.Server{Faults: fakeop.Faults{ShowOnRead: map[string]any{"x_seen": 1, "client_uri": "https://elsewhere.example.com"}}}},
		{name: "members that a read does not show", server: &fakeop.Server{Faults: fakeop.Faults{DropOnRead: []string{"scope", "contacts"}}}, hides: []string{"scope", "contacts"}},
		{name: "members that a write does not show", server: &fakeop.Server{Faults: fakeop.Faults{DropOnWrite: []string{"scope", "contacts", "grant_types", "redirect_uris"}}}},
		{name: "members that no answer shows", server: &fakeop.Server{Faults: fakeop.Faults{DropOnRead: []string{"contacts"}, DropOnWrite: []string{"contacts"}}}, hides: []string{"contacts"}},
		{name: "arrays for strings", server: &fakeop.Server{Faults: fakeop.Faults{ArrayWhereString: []string{"client_name", "scope", "token_endpoint_auth_method", "logo_uri"}}}},
		{name: "strings for arrays", server: &fakeop.Server{Faults: fakeop.Faults{StringWhereArray: []string{"response_types", "redirect_uris", "contacts"}}}},
		{name: "members that an update must have", server: &fakeop.Server{Faults: fakeop.Faults{UpdateNeeds: []string{"redirect_uris", "application_type"}}}},
		{name: "an own member that an update refuses", server: &fakeop.Server{Faults: fakeop.Faults{
			AddMembers: map[string]any{"x_owner": "admin"}, UpdateRefuses: map[string]int{"x_owner": http.StatusBadRequest},
		}}},
		{name: "an own member that an update refuses with 403", server: &fakeop.Server{Faults: fakeop.Faults{
			AddMembers: map[string]any{"x_owner": "admin"}, UpdateRefuses: map[string]int{"x_owner": http.StatusForbidden},
		}}},
		{name: "400 for a missing token", server: &fakeop.Server{Faults: fakeop.Faults{MissingTokenStatus: http.StatusBadRequest}}},
		{name: "400 for a client that is gone", server: &fakeop.Server{Faults: fakeop.Faults{InvalidTokenStatus: http.StatusBadRequest, DeleteStatus: http.StatusOK}}},
		{name: "another media type", server: &fakeop.Server{Faults: fakeop.Faults{ContentType: "text/plain; charset=utf-8"}}},
		{name: "a rate limit", server: &fakeop.Server{RateLimit: fakeop.RateLimit{Nth: 2, Refused: 2}}},
		{name: "metadata by RFC 8414 only", server: &fakeop.Server{IssuerPath: "/tenant/a", Faults: fakeop.Faults{MetadataAt: fakeop.LocationsOAuth}}},
		{name: "scope substituted", server: &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"scope": "openid"}}}},
		{name: "scope extended", server: &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"scope": func(v any) any { return v.(string) + " offline_access" }}}}},
		{name: "grants and responses added", server: &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{
			"grant_types": []any{"authorization_code", "refresh_token", "password"}, "response_types": []any{"code", "none"},
		}}}},
		{name: "members dropped", server: &fakeop.Server{Faults: fakeop.Faults{Drop: []string{"scope", "contacts", "logo_uri"}}}, hides: []string{"scope", "contacts", "logo_uri"}},
	} {
		t.Run(strings.ReplaceAll(k.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			k.run(t)
		})
	}
}
