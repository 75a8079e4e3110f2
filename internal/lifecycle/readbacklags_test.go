// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// A replica that does not know a client yet that was just registered refuses its token (RFC 7592 §2.1). It is asked once more, after a moment.
func TestAReadBackThatIsRefusedIsRepeated(t *testing.T) {
	for status, f := range map[int]fakeop.Faults{401: {}, 400: {InvalidTokenStatus: 400}, 403: {InvalidTokenStatus: 403}, 404: {InvalidTokenStatus: 404}} {
		for kind, doc := range both {
			f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpRegister, Times: 1, Answer: fakeop.Answer{Stale: true}}}
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			var waited time.Duration
			l.waits = func(d time.Duration) { waited += d }
			l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a")}, l.save))
			if l.op.Struck(fakeop.OpRead) != 1 || waited != time.Second {
				t.Errorf("%d, %s: waited for %v, and %d reads were refused", status, kind, waited, l.op.Struck(fakeop.OpRead))
			}
			if record := l.state.Record; record.Unread || !record.Facts.ReadSeen {
				t.Errorf("%d, %s: nothing is learnt of reads, so that the next plan is not empty", status, kind)
			}
			l = l.later(authserver.Settings{})
			l.want(l.refresh())
		}
	}
}

// Where the token goes on to be refused, that is told once, after one moment.
func TestAReadBackThatIsRefusedAgainIsToldOnce(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Unauthorized(true))}}}, authserver.Settings{})
	var waited time.Duration
	l.waits = func(d time.Duration) { waited += d }
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save), outcome.NotReadBack)
	if waited != time.Second || l.op.CountOf(fakeop.OpRead) != 2 || !l.state.Record.Unread {
		t.Errorf("waited for %v, %d reads", waited, l.op.CountOf(fakeop.OpRead))
	}
}
