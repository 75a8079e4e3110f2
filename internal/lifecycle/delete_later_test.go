// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// A deletion that is acknowledged and made a moment later (RFC 9110 §15.3.3), or that one replica does not know yet, is seen to be made after that moment.
func TestADeletionThatIsMadeAMomentLater(t *testing.T) {
	for _, status := range []int{200, 202} {
		for _, gone := range []int{0, 404} {
			for kind, doc := range both {
				for says, f := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
					what := fmt.Sprint(status, " ", gone, " ", kind, " ", says)
					f.DeleteStatus, f.GoneStatus = status, gone
					f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpDelete, Times: 1, Answer: fakeop.Answer{Stale: true}}}
					l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
					l.registerAs(doc("a"))
					l = l.later(authserver.Settings{})
					var waited time.Duration
					l.waits = func(d time.Duration) { waited += d }
					out := l.operate("delete", nil)
					if !out.Gone || out.Failed() || len(out.Problems) > 0 || waited != time.Second {
						t.Errorf("%s: gone %v after %v: %s", what, out.Gone, waited, kinds(out.Problems))
					}
				}
			}
		}
	}
}

// One that is not made is told after that moment. Where the server says that it will make it, another run finds it made.
func TestADeletionThatIsAcknowledgedAndNotMade(t *testing.T) {
	for _, status := range []int{200, 202} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: status, DeleteKeepsClient: true}}, authserver.Settings{})
		l.registerAs(web("a"))
		l = l.later(authserver.Settings{})
		var waited time.Duration
		l.waits = func(d time.Duration) { waited += d }
		out := l.operate("delete", nil)
		if out.Gone || !out.Failed() || waited != time.Second {
			t.Fatalf("%d: gone %v after %v: %s", status, out.Gone, waited, kinds(out.Problems))
		}
		if again := slices.Contains(out.Problems[0].Ways, reconcile.WayRetry); again != (status == 202) {
			t.Errorf("%d: to run it again is named: %v", status, again)
		}
		if status == 202 {
			l.op.EditFaults(func(f *fakeop.Faults) { f.DeleteKeepsClient = false })
			l.op.RemoveClient(l.state.Handle.ClientID)
			l = l.later(authserver.Settings{})
			if out := l.operate("delete", nil); !out.Gone {
				t.Errorf("another run leaves it: %s", kinds(out.Problems))
			}
		}
	}
}

// Nor is one wrong answer a moment after the client was shown a deletion that was made, whatever the user has taken as gone, and what is told is what the last read showed.
func TestADeletionThatIsAcknowledgedAndNotMadeIsNotProvedByOneWrongAnswer(t *testing.T) {
	for _, status := range []int{404, 410, 401} {
		for says, f := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
			for _, setting := range []reconcile.OnMissing{reconcile.OnMissingUnset, reconcile.OnMissingRecreate} {
				f.DeleteStatus, f.DeleteKeepsClient = 200, true
				f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpDelete, From: 2, Times: 1, Answer: fakeop.Answer{Status: status}}}
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(web("a"))
				l = l.later(authserver.Settings{})
				out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{OnMissing: setting}, l.save)
				if out.Gone || !out.Failed() {
					t.Errorf("%d, %s, %q: a client that lives is forgotten: %s", status, says, setting, kinds(out.Problems))
					continue
				}
				p := out.Problems[len(out.Problems)-1]
				if p.Kind != outcome.StillThere || slices.Contains(p.Ways, reconcile.WayOnMissingRecreate) || slices.Contains(p.Ways, reconcile.WayTemplate) {
					t.Errorf("%d, %s, %q: %s with the ways of a client that is not shown: %v", status, says, setting, kinds(out.Problems), p.Ways)
				}
			}
		}
	}
}

// Where the read after such an answer meets an outage, it is the outage that is told, and that it may be tried again.
func TestAnOutageAfterADeletionThatIsAcknowledgedAndNotMadeIsTold(t *testing.T) {
	for _, status := range []int{404, 410, 401} {
		f := silentEndpoints
		f.DeleteStatus, f.DeleteKeepsClient = 200, true
		f.Reading.Calls = []fakeop.CallFault{
			{After: fakeop.OpDelete, From: 2, Times: 1, Answer: fakeop.Answer{Status: status}},
			{After: fakeop.OpDelete, From: 3, Answer: fakeop.Answer{Status: 503}},
		}
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.registerAs(web("a"))
		l = l.later(authserver.Settings{})
		out := l.operate("delete", nil)
		if out.Gone || !out.Failed() {
			t.Fatalf("%d: a client that lives is forgotten: %s", status, kinds(out.Problems))
		}
		p := out.Problems[len(out.Problems)-1]
		if p.Kind != outcome.NotDeregistered || !strings.Contains(p.Err.Error(), "503") || !slices.Contains(p.Ways, reconcile.WayRetry) || slices.Contains(p.Ways, reconcile.WayOnMissingRecreate) {
			t.Errorf("%d: %s, %v, %v", status, kinds(out.Problems), p.Err, p.Ways)
		}
	}
}

// A deletion that is made a moment later is seen to be made whatever the server answers of a client that is gone, and without a word where the user has it taken as gone.
func TestADeletionThatIsMadeAMomentLaterEndsUnderEachSetting(t *testing.T) {
	for _, status := range []int{0, 404, 410} {
		for says, f := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
			for _, setting := range []reconcile.OnMissing{reconcile.OnMissingUnset, reconcile.OnMissingRecreate, reconcile.OnMissingKeep} {
				f.DeleteStatus, f.GoneStatus = 200, status
				f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpDelete, Times: 1, Answer: fakeop.Answer{Stale: true}}}
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(web("a"))
				l = l.later(authserver.Settings{})
				out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{OnMissing: setting}, l.save)
				if !out.Gone || len(out.Problems) > 0 {
					t.Errorf("%d, %s, %q: gone %v: %s", status, says, setting, out.Gone, kinds(out.Problems))
				}
			}
		}
	}
}
