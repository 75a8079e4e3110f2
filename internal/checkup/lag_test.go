// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

// A server whose replicas agree a moment after a deletion has deleted the client: no check says otherwise.
func TestALagIsNoClientLeft(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"":                          {},
		"the token endpoint, too":   {},
		"no token endpoint":         {MetadataMembers: map[string]any{"token_endpoint": nil}},
		"the token endpoint is mum": {TokenChecksGrantFirst: true},
		"reads rotate the token":    {RotateTokenOnRead: true},
		"acknowledged by 200":       {DeleteStatus: http.StatusOK},
		"deleted clients are shown, and the token endpoint lags": {Deletion: fakeop.DeletionFaults{Soft: true}},
	} {
		t.Run(name, func(t *testing.T) {
			stale, lagging := f, []fakeop.CallFault{{Answer: fakeop.Answer{Stale: true}}}
			stale.Reading.Calls = lagging
			if strings.HasSuffix(name, "too") || f.Deletion.Soft {
				stale.TokenEndpoint.Calls = lagging
			}
			op := &fakeop.Server{Faults: f}
			there := 0
			op.After = func(r *http.Request) {
				if now := len(op.Clients()); r.Method == http.MethodDelete && now < there {
					op.SetFaults(stale)
				} else {
					there = now
				}
			}
			clock := testclock.New(func() time.Time { return fakeop.Epoch }).Hold(10 * time.Second).Note(func(d time.Duration) {
				if d == reconcile.ReplicaPause {
					op.SetFaults(f)
				}
			})
			op.Start(t)
			r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: settings(op), Clock: authserver.Clock{Now: clock.Now, After: clock.After}})
			honest(t, op, r)
			if len(op.Clients()) > 0 || len(r.LeftBehind) > 0 {
				t.Errorf("left behind %v, at the server %d", r.LeftBehind, len(op.Clients()))
			}
			if o := r.Operation(checkup.OperationDelete); o.Result != checkup.Works || strings.Contains(o.Note, "still") != f.Deletion.Soft || r.Facts.ReadDeleted == http.StatusOK != f.Deletion.Soft {
				t.Errorf("the deletion: %+v\n%s", o, printed(t, r))
			}
			if diff := cmp.Diff(checkup.VerdictWorks, r.Verdict); diff != "" {
				t.Errorf("verdict: %s\n%v", diff, op.Log())
			}
		})
	}
}

// An answer under 200 that is an error shows no client, whether the deletion is measured or made by the provider.
func TestErrorsUnder200TellNoClient(t *testing.T) {
	masked := fakeop.RegistrationFaults{Shows: fakeop.Shows{Secret: fakeop.Mask("********")}}
	hashed := fakeop.ReadingFaults{Shows: fakeop.Shows{Secret: fakeop.Hash()}}
	kept := fakeop.DeletionFaults{Calls: []fakeop.CallFault{{From: 3, Times: 2, Answer: fakeop.Answer{Status: http.StatusAccepted}}}}
	for name, c := range map[string]struct {
		faults     fakeop.Faults
		management string
	}{
		"deleted, and nothing is managed": {faults: fakeop.Faults{ErrorsUnder200: true, Registration: masked}, management: authserver.ManagementNone},
		"kept later on":                   {faults: fakeop.Faults{ErrorsUnder200: true, Registration: masked, Reading: hashed, Deletion: kept}, management: authserver.ManagementAuto},
	} {
		t.Run(name, func(t *testing.T) {
			op := &fakeop.Server{Faults: c.faults}
			op.Start(t)
			s := settings(op)
			s.Management = c.management
			r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: s, Clock: noWaits()})
			named := slices.DeleteFunc(slices.Clone(r.LeftBehind), func(l checkup.Left) bool { return strings.Contains(l.Why, "could not be seen") })
			if len(named) != len(op.Clients()) {
				t.Errorf("left behind are %+v, and at the server %d\n%v", r.LeftBehind, len(op.Clients()), op.Log())
			}
		})
	}
}
