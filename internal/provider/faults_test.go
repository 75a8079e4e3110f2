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
	"RotateTokenOnRead":       {Rotates: true, Extra: attrs{"refresh": "always"}},
	"RotateTokenOnUpdate":     {Rotates: true},
	"RotateSecretOnRead":      {Rotates: true, Extra: attrs{"refresh": "always"}},
	"RotateSecretOnUpdate":    {Rotates: true},
	"MoveURIOnUpdate":         {Rotates: true},
	"UpdateMerges":            {Keeps: []string{"contacts", "default_max_age"}},
	"CredentialsBesideErrors": {},
	"DropLanguageTagged":      {Hides: []string{"localized"}},
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
			k.Server = &fakeop.Server{}
			reflect.ValueOf(&k.Server.Faults).Elem().Field(i).SetBool(true)
			k.run(t)
		})
	}
}

// Faults that take a value. Those with a meaning of their own for Terraform (substitutions, refusals) are in other tests.
func TestEachFaultWithAValueAlone(t *testing.T) {
	t.Parallel()
	for _, k := range []kind{
		{Name: "a registration answered with 200", Server: &fakeop.Server{Faults: fakeop.Faults{RegisterStatus: http.StatusOK}}},
		{Name: "members of the server's own", Server: &fakeop.Server{Faults: fakeop.Faults{AddMembers: map[string]any{"x_tenant": "a", "subject_type": "public", "x_flags": []any{}}}}},
		{Name: "members that a read makes up", Server: &fakeop.Server{Faults: fakeop.Faults{ShowOnRead: map[string]any{"x_seen": 1, "client_uri": "https://elsewhere.example.com"}}}},
		{Name: "members that a read does not show", Server: &fakeop.Server{Faults: fakeop.Faults{DropOnRead: []string{"scope", "contacts"}}}, Hides: []string{"scope", "contacts"}},
		{Name: "members that a write does not show", Server: &fakeop.Server{Faults: fakeop.Faults{DropOnWrite: []string{"scope", "contacts", "grant_types", "redirect_uris"}}}},
		{Name: "members that no answer shows", Server: &fakeop.Server{Faults: fakeop.Faults{DropOnRead: []string{"contacts"}, DropOnWrite: []string{"contacts"}}}, Hides: []string{"contacts"}},
		{Name: "arrays for strings", Server: &fakeop.Server{Faults: fakeop.Faults{ArrayWhereString: []string{"client_name", "scope", "token_endpoint_auth_method", "logo_uri"}}}},
		{Name: "strings for arrays", Server: &fakeop.Server{Faults: fakeop.Faults{StringWhereArray: []string{"response_types", "redirect_uris", "contacts"}}}},
		{Name: "members that an update must have", Server: &fakeop.Server{Faults: fakeop.Faults{UpdateNeeds: []string{"redirect_uris", "application_type"}}}},
		{Name: "an own member that an update refuses", Server: &fakeop.Server{Faults: fakeop.Faults{
			AddMembers: map[string]any{"x_owner": "admin"}, UpdateRefuses: map[string]int{"x_owner": http.StatusBadRequest},
		}}},
		{Name: "an own member that an update refuses with 403", Server: &fakeop.Server{Faults: fakeop.Faults{
			AddMembers: map[string]any{"x_owner": "admin"}, UpdateRefuses: map[string]int{"x_owner": http.StatusForbidden},
		}}},
		{Name: "400 for a missing token", Server: &fakeop.Server{Faults: fakeop.Faults{MissingTokenStatus: http.StatusBadRequest}}},
		{Name: "400 for a client that is gone", Server: &fakeop.Server{Faults: fakeop.Faults{InvalidTokenStatus: http.StatusBadRequest, DeleteStatus: http.StatusOK}}},
		{Name: "another media type", Server: &fakeop.Server{Faults: fakeop.Faults{ContentType: "text/plain; charset=utf-8"}}},
		{Name: "a rate limit", Server: &fakeop.Server{RateLimit: fakeop.RateLimit{Nth: 2, Refused: 2}}},
		{Name: "metadata by RFC 8414 only", Server: &fakeop.Server{IssuerPath: "/tenant/a", Faults: fakeop.Faults{MetadataAt: fakeop.LocationsOAuth}}},
		{Name: "scope substituted", Server: &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"scope": "openid"}}}},
		{Name: "scope extended", Server: &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"scope": func(v any) any { return v.(string) + " offline_access" }}}}},
		{Name: "grants and responses added", Server: &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{
			"grant_types": []any{"authorization_code", "refresh_token", "password"}, "response_types": []any{"code", "none"},
		}}}},
		{Name: "members dropped", Server: &fakeop.Server{Faults: fakeop.Faults{Drop: []string{"scope", "contacts", "logo_uri"}}}, Hides: []string{"scope", "contacts", "logo_uri"}},
	} {
		t.Run(strings.ReplaceAll(k.Name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			k.run(t)
		})
	}
}
