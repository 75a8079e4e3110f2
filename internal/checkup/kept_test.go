// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// keeping are servers that acknowledge a deletion and keep the client.
func keeping() map[string]fakeop.Faults {
	acknowledged := fakeop.Answer{Status: http.StatusNoContent}
	always := fakeop.DeletionFaults{Calls: fakeop.Always(acknowledged)}
	return map[string]fakeop.Faults{
		"always":             {Deletion: always},
		"as far as it looks": {DeleteKeepsClient: true},
		"from the second on": {Deletion: fakeop.DeletionFaults{Calls: []fakeop.CallFault{{From: 2, Answer: acknowledged}}}},
		// What such a read shows is no token, so that the refusal of it proves nothing.
		"a read shows a hash of the token": {Deletion: always, Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Hash()}}},
		"a read shows a mask":              {Deletion: always, Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Mask("********")}}},
		"a refused deletion is acknowledged": {
			Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: http.StatusNoContent, Processed: true})},
			Reading:  fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Hash()}},
		},
		"reads rotate the token": {Deletion: always, RotateTokenOnRead: true},
		// Each token that the server ever took was outdated before the deletion, so that a refusal after it proves nothing.
		"reads rotate the token and show none": {
			Deletion: always, RotateTokenOnRead: true, RotateTokenOnUpdate: true, Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Encrypted()}},
		},
		// The secret that the token endpoint refuses after the deletion is the one before, and the client is no client that is marked as deleted.
		"reads rotate the secret": {Deletion: always, RotateSecretOnRead: true},
		// The token is lost, and what the last answer showed for a secret is none.
		"an update is lost": {
			Deletion: always, RotateTokenOnUpdate: true, Updating: fakeop.UpdatingFaults{Calls: []fakeop.CallFault{{From: 3, Answer: fakeop.Lost()}}, Shows: fakeop.Shows{Secret: fakeop.Encrypted()}},
		},
		"reads have no client_id": {Deletion: always, Reading: fakeop.PartialManagement()["reads without client_id"].Reading},
		"reads are refused":       {Deletion: always, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Forbidden("access_denied", "no"))}},
		"there are no reads":      {Deletion: always, ReadStatus: http.StatusMethodNotAllowed},
	}
}

// A server that acknowledges a deletion and keeps the client is what a check is there to find: it names each such client, whether it was
// interrupted or not and at whichever request.
func TestKeptClientsAreNamed(t *testing.T) {
	for name, faults := range keeping() {
		for n := 0; n <= moments; n++ {
			t.Run(fmt.Sprintf("%s/interrupted at %d", name, n), func(t *testing.T) {
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				op := &fakeop.Server{Faults: faults}
				var count atomic.Int32
				op.After = func(*http.Request) {
					if int(count.Add(1)) == n {
						interrupt()
					}
				}
				op.Start(t)
				r := checkup.Run(ctx, t.Context(), checkup.Options{Settings: settings(op), Clock: noWaits()})
				honest(t, op, r)
				if len(r.LeftBehind) != len(op.Clients()) {
					t.Errorf("left behind %v, at the server %d\n%v", r.LeftBehind, len(op.Clients()), op.Log())
				}
				if n == 0 && len(op.Clients()) > 0 && r.Verdict != checkup.VerdictFails {
					t.Errorf("a client is left, and the verdict is %s", r.Verdict)
				}
			})
		}
	}
}

// A read says nothing of a deletion where deleted clients are shown on, and the refusal of a token where the provider's own credential
// manages clients.
func TestKeptClientsAreNamedWhereAReadTellsLittle(t *testing.T) {
	fromSecond := []fakeop.CallFault{{From: 2, Answer: fakeop.Answer{Status: http.StatusNoContent}}}
	for name, test := range map[string]struct {
		op       *fakeop.Server
		settings func(*authserver.Settings)
	}{
		"deleted clients are shown": {op: &fakeop.Server{Faults: fakeop.Faults{Deletion: fakeop.DeletionFaults{Soft: true, Calls: fromSecond}}}},
		// The third client authenticates in another way than the first one.
		"reads are a login": {op: &fakeop.Server{Faults: fakeop.Faults{
			Deletion: fakeop.DeletionFaults{Calls: []fakeop.CallFault{{From: 3, Times: 1, Answer: fakeop.Answer{Status: http.StatusNoContent}}}},
			Reading:  fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.LoginPage())},
		}}},
		"management is none, and reads replace the secret": {
			op: &fakeop.Server{Faults: fakeop.Faults{
				DeleteKeepsClient: true, RotateSecretOnRead: true, Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Secret: fakeop.Encrypted()}},
			}},
			settings: func(s *authserver.Settings) { s.Management = authserver.ManagementNone },
		},
		"the provider's credential": {
			op: &fakeop.Server{
				RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"initial-token": 0},
				Faults: fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fromSecond}, Registration: fakeop.RegistrationFaults{Shows: fakeop.Shows{Token: fakeop.Hash()}}},
			},
			settings: func(s *authserver.Settings) {
				s.InitialAccessToken, s.Management = secret.New("initial-token"), authserver.ManagementProvider
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.op.Start(t)
			s := settings(test.op)
			if test.settings != nil {
				test.settings(&s)
			}
			r := check(t, test.op, s)
			if len(r.LeftBehind) == 0 || r.Verdict != checkup.VerdictFails && s.Management != authserver.ManagementNone {
				t.Errorf("left behind %v, at the server %d, and the verdict is %s\n%v", r.LeftBehind, len(test.op.Clients()), r.Verdict, test.op.Log())
			}
		})
	}
}

// A server may count refusals, and lock out who meets many: no client is asked about with tokens that others have outdated.
func TestFewRefusalsWhereTokensRotate(t *testing.T) {
	op := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}}
	op.Start(t)
	check(t, op, settings(op))
	refusals := map[string]int{}
	for _, q := range op.Requests() {
		if q.Operation == fakeop.OpRead && q.Status == http.StatusUnauthorized {
			refusals[q.ClientID]++
		}
	}
	for id, n := range refusals {
		if n > 10 {
			t.Errorf("client %s: %d reads were refused", id, n)
		}
	}
	if len(refusals) == 0 {
		t.Error("no read was refused, so that no deletion was looked at")
	}
}
