// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"fmt"
	"slices"
	"testing"
)

// everyAnswer calls what looks at an observation of each class of answers, for each operation and setting.
func everyAnswer(look func(name string, o Observation)) {
	flags := []func(*Observation){
		func(*Observation) {},
		func(o *Observation) { o.Estranged = true },
		func(o *Observation) { o.ShownAgain = true },
		func(o *Observation) { o.NotSent = true },
		func(o *Observation) { o.NoReads = true },
		func(o *Observation) { o.NoRegistration = true },
		func(o *Observation) { o.Deletion, o.OwnDeletion = DeletionUnderWay, DeletionLost },
		func(o *Observation) { o.ByProvider, o.Credential = true, CredentialRefused },
		func(o *Observation) { o.EntryTold = true },
		func(o *Observation) { o.ConfiguredElsewhere = true },
		func(o *Observation) { o.ConfiguredElsewhere, o.ByProvider = true, true },
	}
	for class := AnswerLost; class <= AnswerRefused; class++ {
		for _, operation := range []Operation{OperationRead, OperationUpdate, OperationDelete} {
			for _, setting := range []OnMissing{OnMissingUnset, OnMissingError, OnMissingKeep, OnMissingRecreate} {
				for i, set := range flags {
					for _, token := range []Testimony{NotAsked, Knows} {
						o := Observation{Operation: operation, Answer: class, OnMissing: setting, HomeAsked: true, Token: token}
						set(&o)
						look(fmt.Sprintf("%s of a %s, on_missing %q, flag %d, token endpoint %v", class, operation, setting, i, token), o)
					}
				}
			}
		}
	}
}

// A plan that fails for one client would stop the change of all others: whatever was answered, one way lets it go on that needs nobody else. A
// destroy has one that ends it.
func TestEachFailureHasAWayThatNeedsNobodyElse(t *testing.T) {
	t.Parallel()
	everyAnswer(func(name string, o Observation) {
		v := o.Decide()
		if v.Step != Fail {
			return
		}
		goesOn := map[Operation][]Way{
			OperationRead:   {WayOnMissingKeep, WayRefreshNever},
			OperationUpdate: {WayOnMissingRecreate, WayPlanAgain, WayRetry, WayManagementNone, WayNeverAgain},
			OperationDelete: {WayOnMissingRecreate, WayStateRm, WayNeverAgain},
		}[o.Operation]
		if goesOn != nil && !slices.ContainsFunc(v.Ways, func(w Way) bool { return slices.Contains(goesOn, w) }) {
			t.Errorf("%s: %q", name, v.Ways)
		}
		if len(v.Ways) == 0 {
			t.Errorf("%s: no way", name)
		}
	})
}

// An outage passes. What leaves a client alone for good, or takes its only token out of the state, is no way out of one.
func TestAnOutageGivesNoClientUp(t *testing.T) {
	t.Parallel()
	everyAnswer(func(name string, o Observation) {
		ways := o.Decide().Ways
		if o.Answer != AnswerLost || !slices.Contains(ways, WayRetry) && o.NotSent || o.ConfiguredElsewhere && o.ByProvider {
			return
		}
		for _, w := range []Way{WayManagementNone, WayStateRm} {
			if slices.Contains(ways, w) {
				t.Errorf("%s: %q is among %q", name, w, ways)
			}
		}
	})
}
