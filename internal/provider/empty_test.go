// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Null, {}, false and 0 are what they are: nothing configured, a value that says no more than nothing, or a value.
func TestEmptyValues(t *testing.T) {
	t.Parallel()
	base := attrs{"redirect_uris": []string{"https://app.example.com/a"}, "contacts": nil}
	for name, faults := range map[string]fakeop.Faults{
		"correct":             {},
		"everything shown":    {NullsForUnset: true, EmptyStringsForUnset: true, EmptyArraysForUnset: true, FalseForUnset: true, EmptyObjectForJWKS: true},
		"every member needed": {UpdateNeedsEveryMember: true, UpdateNeedsSecret: true, NullsForUnset: true},
		"nothing empty taken": {UpdateRefusesEmpty: true, UpdateRefusesEmptyObject: true},
		"merging":             {UpdateMerges: true},
	} {
		for what, pair := range map[string][2]attrs{
			"number":    {{"default_max_age": 0}, {"default_max_age": 60}},
			"boolean":   {{"require_auth_time": false}, {"require_auth_time": true}},
			"default":   {{"token_endpoint_auth_method": "client_secret_basic"}, {"token_endpoint_auth_method": "client_secret_post"}},
			"localized": {{"localized": attrs{}}, {"localized": attrs{"ja": attrs{"client_name": "アプリ"}}}},
			"variant":   {{"localized": attrs{"ja": attrs{}}}, {"localized": attrs{"ja": attrs{"client_name": "アプリ"}}}},
			"extension": {{"extension_metadata": attrs{}}, {"extension_metadata": attrs{"x_a": 1}}},
			"nothing":   {{"extension_metadata": attrs{"x_a": nil}}, {"extension_metadata": attrs{"x_a": attrs{"b": nil}}}},
			"accepted":  {{"accept_substitutions": []string{}}, {"accept_substitutions": []string{"scope"}}},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{Extensions: []string{"x_a"}, Faults: faults}, nil)
				empty, full := base.With(pair[0]), base.With(pair[1])
				for _, config := range []attrs{empty, full, empty, base, full, base, empty} {
					r.Apply(config)
					r.WantEmpty(config)
				}
				r.Destroy()
			})
		}
	}
}

// An empty list is asked for: "no response types" is something else than the default ones.
func TestEmptyList(t *testing.T) {
	t.Parallel()
	machine := attrs{"grant_types": []string{"client_credentials"}, "response_types": []string{}}
	for name, faults := range map[string]fakeop.Faults{
		"correct": {}, "not shown": {Drop: []string{"response_types"}}, "every member needed": {UpdateNeedsEveryMember: true, UpdateNeedsSecret: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
			r.Apply(machine)
			q, _ := r.op.Last(fakeop.OpRegister)
			wantBody(t, q.Body, map[string]any{"grant_types": []any{"client_credentials"}, "response_types": []any{}})
			r.wantQuiet()
			r.WantEmpty(machine)
			changed := machine.With(attrs{"client_name": "Robot"})
			r.Apply(changed)
			r.wantQuiet()
			r.WantEmpty(changed)
			r.Destroy()
		})
	}
}
