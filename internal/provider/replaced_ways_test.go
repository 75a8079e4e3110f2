// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server acknowledges each update and makes none, or refuses each for its client_id, which RFC 7592 §2.2 demands: no other update helps, and another client does.
func TestUpdateThatNoServerOfThisKindMakes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults fakeop.Faults
		says   string
	}{
		"acknowledged":                 {fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 200})}}, "Either the update was not made"},
		"acknowledged, with an object": {fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 200, Body: `{}`})}}, "Either the update was not made"},
		"refused for its client_id":    {fakeop.Faults{UpdateRefuses: map[string]int{"client_id": 400}}, "The server refuses the client_id, which each update has"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			r.Apply(secured())
			r.op.SetFaults(test.faults)
			id := r.id()
			changed := secured().With(attrs{"client_name": "App 2"})
			err := fmt.Sprint(r.TryApply(changed))
			containsAll(t, err, test.says, "terraform apply -replace=ADDRESS", `management = "none"`)
			containsNone(t, err, "Change or remove the parameter")
			r.Destroy() // terraform apply -replace=ADDRESS
			r.Apply(changed)
			r.WantEmpty(changed)
			if r.id() == id || r.registered()["client_name"] != "App 2" {
				t.Errorf("client %s, %v", r.id(), r.registered())
			}
		})
	}
}

// A server lets nobody change a parameter, and takes it at a registration.
func TestUpdateOfAParameterThatNobodyMayChange(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(secured())
	r.op.SetFaults(fakeop.Faults{UpdateRefuses: map[string]int{"client_name": 400}})
	changed := secured().With(attrs{"client_name": "App 2"})
	containsAll(t, fmt.Sprint(r.TryApply(changed)), "client_name", "Change or remove the parameter", "If the server takes that value at a registration, and in no update", "terraform apply -replace=ADDRESS")
	r.Destroy() // terraform apply -replace=ADDRESS
	r.Apply(changed)
	r.WantEmpty(changed)
	t.Run("and of a registration that is refused so, no replacement is named", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.op.Force(fakeop.OpRegister, fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"client_name is not allowed"}`})
		containsNone(t, fmt.Sprint(r.TryApply(secured())), "-replace")
	})
}

// A server takes client metadata as a signed JWT alone.
func TestServerThatDoesNotTakeJSON(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.op.Force(fakeop.OpRegister, fakeop.Answer{Status: 415})
	err := fmt.Sprint(r.TryApply(secured()))
	containsAll(t, err, "does not take application/json", "signed JWT")
	containsNone(t, err, "The status does not tell")
}
