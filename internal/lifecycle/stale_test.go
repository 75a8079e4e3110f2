// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Some servers refuse a token that was replaced with 403 or with 404, and not with 401 (RFC 6750 §3.1). What else the state or the journal has is tried there, too.
var refusedAs = []int{403, 404}

func staleRefusedAs(status int) fakeop.Faults {
	return fakeop.Faults{RotateTokenOnUpdate: true, OmitTokenOnRead: true, InvalidTokenStatus: status}
}

// A replica that lags has an update's token refused, and the one before taken. When it has caught up, the update's is tried again.
func TestATokenThatIsRefusedAsForbiddenOrMissingLeavesTheOthersToTry(t *testing.T) {
	for _, status := range refusedAs {
		for _, last := range []string{"read", "update", "delete"} {
			for kind, doc := range both {
				what := fmt.Sprint(status, " ", last, " ", kind)
				f := staleRefusedAs(status)
				l := withAStaleToken(t, f, doc)
				if l.state.Handle.RegistrationAccessToken.Reveal() == l.op.CurrentToken(l.state.Handle.ClientID) {
					t.Fatalf("%s: the state has the token in force already, so that this shows nothing", what)
				}
				if last != "read" {
					l.refresh()
				}
				if out := l.operate(last, doc("c")); out.Failed() || out.Gone != (last == "delete") {
					t.Errorf("%s: gone %v, %s", what, out.Gone, kinds(out.Problems))
				}
				if last != "delete" && l.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(l.state.Handle.ClientID) {
					t.Errorf("%s: the token in the state is not in force", what)
				}
			}
		}
	}
}

// withAStaleToken is a client whose token an update replaced, and a state that has the one before as the known one, after replicas that lagged.
func withAStaleToken(t *testing.T, f fakeop.Faults, doc func(string) metadata.Document) *life {
	t.Helper()
	l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
	l.registerAs(doc("a"))
	l = l.later(authserver.Settings{})
	lags := f
	lags.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Answer{Stale: true}}}
	l.op.SetFaults(lags)
	l.update(doc("b"))
	l.op.SetFaults(f)
	return l.later(authserver.Settings{})
}

// Without a refresh before it, a deletion that is forbidden is sent once more with the token that the read after it found in force.
func TestADeletionThatIsForbiddenIsSentWithTheOtherToken(t *testing.T) {
	l := withAStaleToken(t, staleRefusedAs(403), web)
	if out := l.operate("delete", nil); out.Failed() || !out.Gone || len(l.op.Clients()) != 0 {
		t.Errorf("gone %v, %s", out.Gone, kinds(out.Problems))
	}
}

// Where the token in force is refused a deletion alone, the token of before is not sent at all.
func TestADeletionThatIsForbiddenSendsNoTokenOfBefore(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: 403})}}}, authserver.Settings{})
	l.registerAs(web("a"))
	former := l.state.Handle.RegistrationAccessToken
	l.update(web("b"))
	l = l.later(authserver.Settings{})
	if l.state.Record.Unproven.FormerToken.IsEmpty() {
		t.Fatal("there is no older token")
	}
	l.op.ResetLog()
	if out := l.operate("delete", nil); !out.Failed() || out.Gone {
		t.Errorf("gone %v, %s", out.Gone, kinds(out.Problems))
	}
	for _, r := range l.op.Requests() {
		if r.Credential == former.Reveal() {
			t.Errorf("the token of before was sent: %s", r)
		}
	}
}

// A plan has the token of before, which the apply of another process has replaced since: the journal has the new one.
func TestATokenThatAnotherProcessReplacedIsReadInTheJournal(t *testing.T) {
	for _, status := range refusedAs {
		f := staleRefusedAs(status)
		s := withJournal(t)
		l := begin(t, &fakeop.Server{Faults: f}, s)
		l.registerAs(web("a"))
		l = l.later(s)
		plan := start(t, l.op, s)
		plan.state = l.state
		id, made := l.state.Handle.ClientID, false
		l.op.SetHooks(func(r *http.Request) { // while the plan's read is on its way
			if made || fakeop.OperationOf(r) != fakeop.OpRead {
				return
			}
			made = true
			l.update(web("b"))
		}, nil)
		if out := plan.refresh(); out.Failed() || out.Gone || plan.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(id) {
			t.Errorf("%d: %s", status, kinds(out.Problems))
		}
	}
}

// A refusal that most servers have for something else is no reason to wait for what another run may write that has sent nothing.
func TestARefusalForAnotherReasonWaitsForNobodysJournal(t *testing.T) {
	for _, status := range []int{403, 404} {
		s := withJournal(t)
		l := begin(t, &fakeop.Server{}, s)
		l.registerAs(web("a"))
		other := start(t, l.op, s) // lives as long as the test
		other.registerAs(web("b"))
		l = l.later(s)
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: status}) })
		waited := time.Duration(0)
		l.waits = func(d time.Duration) { waited += d }
		l.refresh()
		if waited > 2*time.Second {
			t.Errorf("%d: waited for %s", status, waited)
		}
	}
}

// A client that is gone is so for each of its tokens, whatever the server says to those that it has replaced.
func TestAClientThatIsGoneStaysSoWhateverIsSaidToAnOlderToken(t *testing.T) {
	for _, gone := range []int{404, 410} {
		for _, older := range []int{401, 403, 404, 422, 500} {
			for _, journal := range []bool{true, false} {
				for kind, doc := range both {
					what := fmt.Sprint(gone, " ", older, " ", kind, " journal ", journal)
					s := settingsWith(t, journal)
					l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, GoneStatus: gone}}, s)
					l.registerAs(doc("a"))
					l.update(doc("b"))
					l = l.later(s)
					id := l.state.Handle.ClientID
					if l.state.Record.Unproven.FormerToken.IsEmpty() {
						t.Fatalf("%s: there is no older token", what)
					}
					l.op.EditFaults(func(f *fakeop.Faults) { f.InvalidTokenStatus = older })
					l.op.RemoveClient(id)
					if out := l.refresh(); !out.Gone || out.Failed() {
						t.Errorf("%s: gone %v, %s", what, out.Gone, kinds(out.Problems))
					}
				}
			}
		}
	}
}

// One wrong refusal of the token in force does not bring the one before to light, which some servers take as the sign of a theft.
func TestOneWrongRefusalOfTheTokenInForceSendsNoOther(t *testing.T) {
	for _, status := range refusedAs {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, authserver.Settings{})
		l.registerAs(web("a"))
		former := l.state.Handle.RegistrationAccessToken
		l.update(web("b"))
		l = l.later(authserver.Settings{})
		if l.state.Record.Unproven.FormerToken.IsEmpty() {
			t.Fatal("there is no older token")
		}
		l.op.ForceStatus(fakeop.OpRead, status)
		before := len(l.op.Requests())
		if out := l.refresh(); out.Failed() || out.Gone {
			t.Errorf("%d: %s", status, kinds(out.Problems))
		}
		for _, r := range l.op.Requests()[before:] {
			if r.Header.Get("Authorization") == "Bearer "+former.Reveal() {
				t.Errorf("%d: the token of before was sent", status)
			}
		}
	}
}

// What refuses a read for another reason than the token is told, and the token in force is kept.
func TestARefusalThatIsTheSameWithEachTokenIsTold(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, authserver.Settings{})
	l.registerAs(web("a"))
	l.update(web("b"))
	l = l.later(authserver.Settings{})
	known := l.state.Handle
	l.op.EditFaults(func(f *fakeop.Faults) {
		f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 403, Body: `{"error":"insufficient_scope"}`})
	})
	out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save)
	if out.Gone || len(out.Problems) == 0 || !l.state.Handle.RegistrationAccessToken.Equal(known.RegistrationAccessToken) {
		t.Errorf("gone %v, %s", out.Gone, kinds(out.Problems))
	}
}
