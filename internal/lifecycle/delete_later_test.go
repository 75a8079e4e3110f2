// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
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

// Nor is one wrong answer a moment after the client was shown a deletion that was made.
func TestADeletionThatIsAcknowledgedAndNotMadeIsNotProvedByOneWrongAnswer(t *testing.T) {
	for _, status := range []int{404, 410} {
		for says, f := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
			f.DeleteStatus, f.DeleteKeepsClient = 200, true
			f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpDelete, From: 2, Times: 1, Answer: fakeop.Answer{Status: status}}}
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(web("a"))
			l = l.later(authserver.Settings{})
			if out := l.operate("delete", nil); out.Gone || !out.Failed() {
				t.Errorf("%d, %s: a client that lives is forgotten: %s", status, says, kinds(out.Problems))
			}
		}
	}
}
