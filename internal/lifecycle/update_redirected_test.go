// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// An update was made and answered as by a server that has none, and a read with the token that it replaced is refused: nothing says that there are no updates, nor that
// nothing was changed, and the next plan replaces no client for it.
func TestAnUpdateThatWasMadeIsNoneThatThereIsNot(t *testing.T) {
	for _, status := range []int{302, 303, 307, 308, 405, 501} {
		for i := range 4 {
			journal, first := i%2 == 1, i > 1
			t.Run(fmt.Sprintf("%d, journal %v, of the first update %v", status, journal, first), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, journal)
				f := fakeop.Faults{RotateTokenOnUpdate: true}
				l := begin(t, &fakeop.Server{Faults: f}, s)
				l.registerAs(machine("a"))
				if !first {
					l.update(machine("b"))
				}
				l = l.later(s)
				made := fakeop.Answer{Status: status, Processed: true, Header: http.Header{"Location": {l.op.URL() + "/clients"}, "Allow": {"GET"}}}
				l.op.SetFaults(withCall(f, fakeop.OpUpdate, fakeop.CallFault{From: 1, Times: 1, Answer: made}))
				out := l.update(machine("c"))
				if !out.Failed() || out.Has(outcome.UpdateUnsupported) || l.state.Record.Capabilities.Update == reconcile.CapabilityNo {
					t.Errorf("the update counts as one that there is not: %s", kinds(out.Problems))
				}
			})
		}
	}
}

// A renewal at a server without updates, which sends them to a login page: that there are none is learnt, so that the next plan replaces the client.
func TestARenewalThatIsSentToALogin(t *testing.T) {
	t.Parallel()
	f := fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: http.StatusFound, Header: http.Header{"Location": {"/login"}}})}}
	l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
	l.registerAs(web("a"))
	l = l.later(authserver.Settings{})
	out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("a"), RenewSecret: true, StoresSecret: true, MayChange: anything}, l.save)
	if !out.Has(outcome.UpdateUnsupported) || l.state.Record.Capabilities.Update != reconcile.CapabilityNo {
		t.Errorf("it would be tried for ever: %s", kinds(out.Problems))
	}
}

// An update was made, its answer lost, and the transport sent it again, which is refused since the token is another one by now: that is no server without updates.
func TestAnUpdateThatWasMadeAndSentAgain(t *testing.T) {
	for i := range 4 {
		journal, first := i%2 == 1, i > 1
		t.Run(fmt.Sprintf("journal %v, first %v", journal, first), func(t *testing.T) {
			t.Parallel()
			s := settingsWith(t, journal)
			s.Transport.MaxRetries = 1
			f := fakeop.Faults{RotateTokenOnUpdate: true, InvalidTokenStatus: http.StatusNotFound}
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(machine("a"))
			if !first {
				l.update(machine("b"))
			}
			l = l.later(s)
			l.op.SetFaults(withCall(f, fakeop.OpUpdate, fakeop.CallFault{From: 1, Times: 1, Answer: fakeop.Answer{Status: http.StatusBadGateway, Processed: true}}))
			out := l.update(machine("c"))
			if out.Has(outcome.UpdateUnsupported) || l.state.Record.Capabilities.Update == reconcile.CapabilityNo {
				t.Errorf("the update counts as one that there is not: %s", kinds(out.Problems))
			}
		})
	}
}
