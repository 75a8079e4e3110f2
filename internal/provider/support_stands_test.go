// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Terraform plans what the state shows of an attribute whose changes are ignored. With strict, what an administrator has set of it stops no change of
// something else; a value that a plan asks for is refused.
func TestStrictRefusesNoValueThatStandsAsItWas(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Supported: map[string][]string{"id_token_signing_alg_values_supported": {"RS256"}}}
	r := newSubject(t, op, nil)
	config := secured().With(attrs{"strict": true, "id_token_signed_response_alg": "RS256"})
	r.Apply(config)
	theirs := config.With(attrs{"id_token_signed_response_alg": "ES512", "client_name": "App 2"})
	const refused = "This is an error because strict is set"
	if _, err := r.TryPlan(theirs); err == nil || !strings.Contains(err.Error(), refused) {
		t.Errorf("a value that the plan asks for is not refused: %v", err)
	}
	op.SetMember(r.id(), "id_token_signed_response_alg", "ES512")
	if _, err := r.TryPlan(theirs); err != nil {
		t.Errorf("a value that nobody asks for is refused: %v", err)
	}
	r.wantSays("id_token_signed_response_alg is not in the server's list")
	// Another client is asked to be registered with it.
	r.start(attrs{"management": "none"})
	if _, err := r.TryPlan(theirs); err == nil || !strings.Contains(err.Error(), refused) {
		t.Errorf("a value that another client is to be registered with is not refused: %v", err)
	}
}

// What was asked and never taken does not stand: the plan refuses it once strict is set, before anything is sent.
func TestStrictRefusesWhatTheServerNeverTook(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Supported: map[string][]string{"grant_types_supported": {"authorization_code"}}, Faults: fakeop.Faults{SubstituteUnsupported: true}}
	r := newSubject(t, op, nil)
	config := secured().With(attrs{"grant_types": []any{"authorization_code", "password"}})
	r.Apply(config.With(attrs{"accept_substitutions": []any{"grant_types"}}))
	if err := r.TryApply(config.With(attrs{"strict": true, "client_name": "App 2"})); err == nil {
		t.Error("taken")
	}
	if n := op.CountOf(fakeop.OpUpdate); n != 0 {
		t.Errorf("%d updates were sent", n)
	}
}

// An element that is known beside others that are not is held against the server's list, and strict refuses it of a new client. Of one that there
// is, the list may turn out as it stands.
func TestListOfTheServerAgainstAPartOfAList(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Supported: map[string][]string{"grant_types_supported": {"authorization_code"}}}
	r := newSubject(t, op, nil)
	config := secured().With(attrs{"grant_types": []any{"authorization_code"}})
	part := config.With(attrs{"grant_types": []any{tftest.Unknown{}, "password"}})
	r.Plan(part)
	r.wantSays("grant_types[1] is not in the server's list")
	if _, err := r.TryPlan(part.With(attrs{"strict": true})); err == nil || !strings.Contains(err.Error(), "grant_types[1] is not in the server's list") {
		t.Errorf("strict says %v", err)
	}
	r.Apply(config)
	op.SetMember(r.id(), "grant_types", []any{"authorization_code", "password"})
	if _, err := r.TryPlan(part.With(attrs{"strict": true})); err != nil {
		t.Errorf("what may stand as it was is refused: %v", err)
	}
}
