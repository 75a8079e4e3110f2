// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A value that the server's metadata do not list is an error with strict. Each way that the error names works, and what it leaves at an error is what
// accept_substitutions does not name.
func TestWaysToAValueThatTheMetadataDoNotList(t *testing.T) {
	t.Parallel()
	const lists, asksFor = "id_token_signing_alg_values_supported", "id_token_signed_response_alg"
	one := secured().With(attrs{asksFor: "ES256"})
	two := one.With(attrs{"grant_types": []string{"authorization_code", "refresh_token"}})
	begin := func(t *testing.T, settings attrs) *subject {
		op := &fakeop.Server{Faults: fakeop.Faults{MetadataMembers: map[string]any{lists: []any{"RS256"}, "grant_types_supported": []any{"authorization_code"}}}}
		return newSubject(t, op, settings)
	}
	refuses := func(t *testing.T, r *subject, config attrs, names string) {
		t.Helper()
		_, err := r.TryPlan(config)
		wants(t, err, "Not supported by the server", "This is an error because strict is set. Nothing was changed.", "accept_substitutions = ["+names+"]", "strict = false")
	}
	for name, c := range map[string]struct {
		settings, config, takes attrs
		names                   string
		warned                  bool
	}{
		"another value":                 {attrs{"strict": true}, one, attrs{asksFor: "RS256"}, `"id_token_signed_response_alg"`, false},
		"without it":                    {attrs{"strict": true}, one, attrs{asksFor: nil}, `"id_token_signed_response_alg"`, false},
		"accepted on the resource":      {attrs{"strict": true}, one, attrs{"accept_substitutions": []string{asksFor}}, `"id_token_signed_response_alg"`, true},
		"both accepted on the resource": {attrs{"strict": true}, two, attrs{"accept_substitutions": []string{asksFor, "grant_types"}}, `"grant_types", "id_token_signed_response_alg"`, true},
		"not strict":                    {attrs{"strict": true}, one, attrs{"strict": false}, `"id_token_signed_response_alg"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := begin(t, c.settings)
			refuses(t, r, c.config, c.names)
			config := maps.Clone(c.config).With(c.takes)
			r.Begin()
			r.Plan(config)
			if got := strings.Contains(r.details(), "is not in the server's list"); got != c.warned {
				t.Errorf("warned %t: %s", got, r.details())
			}
			r.op.SetFaults(fakeop.Faults{}) // the server takes more than it lists
			r.Apply(config)
			r.WantEmpty(config)
		})
	}
	t.Run("accepted on the provider", func(t *testing.T) {
		t.Parallel()
		r := begin(t, attrs{"strict": true, "accept_substitutions": []string{asksFor}})
		r.Plan(one)
		refuses(t, r, two, `"grant_types"`)
	})
	t.Run("accepted on the provider, as the apply finds out", func(t *testing.T) {
		t.Parallel()
		for _, later := range []string{"accept_substitutions", "strict"} {
			r := begin(t, attrs{"strict": true}.With(attrs{later: tftest.Unknown{}}))
			r.Plan(one)
		}
	})
	t.Run("accepted, as the apply finds out", func(t *testing.T) {
		t.Parallel()
		r := begin(t, attrs{"strict": true})
		r.Plan(one.With(attrs{"accept_substitutions": tftest.Unknown{}}))
		refuses(t, r, one.With(attrs{"accept_substitutions": []string{"client_name"}}), `"id_token_signed_response_alg"`)
	})
}
