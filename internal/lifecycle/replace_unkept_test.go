// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// refusedDeletions are answers to a deletion that a read beside it contradicts, where that shows the client.
var refusedDeletions = map[string]fakeop.Answer{
	"400": {Status: http.StatusBadRequest, Body: `{"error":"invalid_request"}`}, "401": fakeop.Unauthorized(true), "401 page": {Status: http.StatusUnauthorized, MediaType: "text/html", Body: "<p>no</p>"},
	"403": fakeop.Forbidden("insufficient_scope", ""), "409": {Status: http.StatusConflict}, "422": {Status: http.StatusUnprocessableEntity},
	"500": fakeop.InternalError(), "502": fakeop.BadGateway(), "408": {Status: http.StatusRequestTimeout}, "cut": fakeop.Dropped(),
}

func deletionFault(times int, a fakeop.Answer) fakeop.Faults {
	return fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: []fakeop.CallFault{{Times: times, Answer: a}}}}
}

// Nothing keeps a client that another one has replaced: a deletion that is given up leaves it at the server for ever, with a secret that works.
func TestOneRefusalLeavesNoReplacedClientBehind(t *testing.T) {
	for name, answer := range refusedDeletions {
		for _, settings := range []authserver.Settings{{}, withJournal(t)} {
			l := begin(t, &fakeop.Server{}, settings)
			l.register()
			old := l.state.Handle.ClientID
			l.op.SetFaults(deletionFault(1, answer))
			l.want(l.replace(web("b"), authserver.Behaviour{}))
			if left := l.op.Clients(); len(left) != 1 || left[0].ID == old {
				t.Errorf("%s: left are %v", name, left)
			}
		}
	}
}

// Nor does anything keep a new one that is taken back.
func TestOneRefusalLeavesNoNewClientBehindThatIsTakenBack(t *testing.T) {
	for name, answer := range refusedDeletions {
		for _, strict := range []bool{false, true} {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			old := l.state.Handle.ClientID
			f, why := deletionFault(1, answer), []outcome.Kind{outcome.Substituted}
			if f.Substitute = map[string]any{"client_name": "c"}; !strict {
				f.Registration.Calls = []fakeop.CallFault{{Answer: fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { doc["error"] = "server_error" }}}}
				why = []outcome.Kind{outcome.RegisteredBesideError, outcome.NotRegistered}
			}
			l.op.SetFaults(f)
			l.want(l.replace(web("b"), authserver.Behaviour{Strict: strict}), why...)
			if left := l.op.Clients(); len(left) != 1 || left[0].ID != old {
				t.Errorf("%s, strict %v: left are %v", name, strict, left)
			}
		}
	}
}

// A server that refuses deletions is asked twice, and one that says to wait, or that has none, is not asked more often than before.
func TestADeletionThatIsRefusedEachTimeEnds(t *testing.T) {
	for name, test := range map[string]struct {
		answer fakeop.Answer
		sent   int
		kind   outcome.Kind
	}{
		"401": {refusedDeletions["401"], 2, outcome.LeftAtServer}, "403": {refusedDeletions["403"], 2, outcome.LeftAtServer},
		"409": {refusedDeletions["409"], 2, outcome.LeftAtServer}, "500": {fakeop.InternalError(), 2, outcome.LeftAtServer},
		"429": {fakeop.TooMany(time.Second), 1, outcome.LeftAtServer}, "408": {fakeop.Answer{Status: http.StatusRequestTimeout}, 2, outcome.LeftAtServer},
		"405":            {fakeop.Answer{Status: http.StatusMethodNotAllowed}, 2, outcome.DeleteUnsupported},
		"501":            {fakeop.Answer{Status: http.StatusNotImplemented}, 2, outcome.DeleteUnsupported},
		"no such action": {fakeop.Unsupported(), 2, outcome.DeleteUnsupported},
		"to the leader":  {fakeop.Answer{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://leader.example.com/register/c1"}}}, 2, outcome.LeftAtServer},
	} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.register()
		l.op.SetFaults(deletionFault(0, test.answer))
		l.want(l.replace(web("b"), authserver.Behaviour{}), test.kind)
		if n := l.op.CountOf(fakeop.OpDelete); n != test.sent {
			t.Errorf("%s: %d deletions were sent, want %d", name, n, test.sent)
		}
	}
}

// One answer as of a server without deletions, to a deletion that is sent again for another reason, is one answer: the next one is sent, and no later client is taken for one
// that cannot be deleted.
func TestOneAnswerOfAServerWithoutDeletionsAfterAnotherRefusal(t *testing.T) {
	unable := map[string]fakeop.Answer{
		"405": {Status: http.StatusMethodNotAllowed}, "501": {Status: http.StatusNotImplemented}, "no such action": fakeop.Unsupported(), "404": {Status: http.StatusNotFound},
		"302": {Status: http.StatusFound, Header: http.Header{"Location": {"https://login.example.com/"}}},
	}
	firsts := maps.Clone(refusedDeletions)
	firsts["307 to the leader"] = fakeop.Answer{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://leader.example.com/register/c1"}}}
	for first, refusal := range firsts {
		for second, answer := range unable {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			old := l.state.Handle.ClientID
			l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: []fakeop.CallFault{{Times: 1, Answer: refusal}, {From: 2, Times: 1, Answer: answer}}}})
			l.want(l.replace(web("b"), authserver.Behaviour{}))
			if left := l.op.Clients(); len(left) != 1 || left[0].ID == old || l.state.Record.Capabilities.Delete == reconcile.CapabilityNo {
				t.Errorf("%s, %s: left are %v: %+v", first, second, left, l.state.Record.Capabilities)
			}
		}
	}
}

// A state that keeps the client has the next destroy go on: one refusal is told, and not asked again.
func TestADestroyThatIsRefusedAsksOnce(t *testing.T) {
	for name, answer := range refusedDeletions {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.register()
		l.op.SetFaults(deletionFault(1, answer))
		if out := l.destroy(authserver.Behaviour{}); !out.Failed() || l.op.CountOf(fakeop.OpDelete) != 1 {
			t.Errorf("%s: %d deletions: %s", name, l.op.CountOf(fakeop.OpDelete), kinds(out.Problems))
		}
		if l.want(l.destroy(authserver.Behaviour{})); len(l.op.Clients()) != 0 {
			t.Errorf("%s: the next destroy leaves the client", name)
		}
	}
}

// A deletion that failed may be made after the read that still shows the client. The refusal of the next one is then that of a client that is gone.
func TestADeletionThatIsMadeLateAndSentAgain(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	old := l.state.Handle.ClientID
	l.op.SetFaults(deletionFault(1, fakeop.InternalError()))
	l.op.After = func(r *http.Request) {
		if r.Method == http.MethodGet && l.op.CountOf(fakeop.OpDelete) == 1 {
			l.op.RemoveClient(old)
		}
	}
	l.want(l.replace(web("b"), authserver.Behaviour{}))
	if left := l.op.Clients(); len(left) != 1 || left[0].ID == old || l.op.CountOf(fakeop.OpDelete) != 2 {
		t.Errorf("left are %v after %d deletions", left, l.op.CountOf(fakeop.OpDelete))
	}
}

// A server that asks to wait (RFC 9110 §10.2.3) for longer than an interrupt leaves time for is waited for while the operation has time.
func TestADeletionThatNothingMakesUpForWaitsForTheServer(t *testing.T) {
	for what, strict := range map[string]bool{"replaced": false, "taken back": true} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{Transport: transport.Options{MaxRetries: 4}})
		l.register()
		f, why := deletionFault(1, fakeop.TooMany(45*time.Second)), []outcome.Kind{}
		if strict {
			f.Substitute, why = map[string]any{"client_name": "c"}, append(why, outcome.Substituted)
		}
		l.op.SetFaults(f)
		if l.want(l.replace(web("b"), authserver.Behaviour{Strict: strict}), why...); len(l.op.Clients()) != 1 {
			t.Errorf("%s: left are %v", what, l.op.Clients())
		}
	}
}
