// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// notAllowed is how servers refuse who asks: nothing of it says that there is no such operation.
var notAllowed = fakeop.Forbidden("access_denied", "You are not allowed to delete this client. This operation is not allowed for your account type")

// TestDeregisterNeedsProof answers one deletion in each way that does not prove it. What is reported agrees with what is left at the
// server.
func TestDeregisterNeedsProof(t *testing.T) {
	always := func(a fakeop.Answer) fakeop.Faults {
		return fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(a)}}
	}
	for name, test := range map[string]struct {
		faults fakeop.Faults
		once   *fakeop.Answer
		gone   bool // of the outcome
		left   int
		kind   outcome.Kind // "" for nothing to tell
	}{
		"404 page for ever":                             {faults: always(fakeop.NotFoundPage()), gone: true, left: 1, kind: outcome.DeleteUnsupported},
		"404 document for ever":                         {faults: always(fakeop.NotFoundJSON()), gone: true, left: 1, kind: outcome.DeleteUnsupported},
		"405 for ever":                                  {faults: always(fakeop.Answer{Status: 405}), gone: true, left: 1, kind: outcome.DeleteUnsupported},
		"a login page for ever":                         {faults: always(fakeop.LoginPage()), gone: true, left: 1, kind: outcome.DeleteUnsupported},
		"403, an operation that is not there, for ever": {faults: always(fakeop.Unsupported()), gone: true, left: 1, kind: outcome.DeleteUnsupported},
		"403 of who asks, for ever":                     {faults: always(notAllowed), left: 1, kind: outcome.NotDeregistered},
		"403 of who asks, in other words, for ever":     {faults: always(fakeop.Forbidden("forbidden", "Role is not allowed to delete clients")), left: 1, kind: outcome.NotDeregistered},
		"307 to the leader, for ever":                   {faults: fakeop.Faults{Redirect: map[fakeop.Operation]string{fakeop.OpDelete: "https://leader.example.com/register/c1"}}, left: 1, kind: outcome.NotDeregistered},
		"404 once":                                      {once: &fakeop.Answer{Status: 404}, gone: true},
		"405 once":                                      {once: &fakeop.Answer{Status: 405}, gone: true},
		"410 once":                                      {once: &fakeop.Answer{Status: 410}, gone: true},
		"403 once":                                      {once: &fakeop.Answer{Status: 403}, left: 1, kind: outcome.NotDeregistered},
		"401 once":                                      {once: &fakeop.Answer{Status: 401}, left: 1, kind: outcome.NotDeregistered},
		"200 and nothing done":                          {once: &fakeop.Answer{Status: 200, Body: "{}"}, left: 1, kind: outcome.StillThere},
		"200 and says so":                               {once: &fakeop.Answer{Status: 200, Body: `{"success":false,"message":"Client has active sessions"}`}, left: 1, kind: outcome.NotDeregistered},
		"200, counted, and done":                        {once: &fakeop.Answer{Status: 200, Processed: true, Body: `{"deletedCount":1}`}, gone: true},
		"202 and done":                                  {once: &fakeop.Answer{Status: 202, Processed: true}, gone: true},
		"500 and done":                                  {once: &fakeop.Answer{Status: 500, Processed: true}, gone: true},
		"404 and done":                                  {once: &fakeop.Answer{Status: 404, Processed: true}, gone: true},
		"answer lost, and done":                         {once: &fakeop.Answer{Processed: true, Cut: fakeop.CutConnection}, gone: true},
		"answer lost, not done":                         {once: &fakeop.Answer{Cut: fakeop.CutConnection}, left: 1, kind: outcome.NotDeregistered},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{Faults: test.faults}, authserver.Settings{})
			l.register()
			if test.once != nil {
				l.op.Force(fakeop.OpDelete, *test.once)
			}
			out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
			if test.kind == "" {
				l.want(out)
			} else {
				l.want(out, test.kind)
			}
			if out.Gone != test.gone || len(l.op.Clients()) != test.left {
				t.Errorf("gone %t, %d clients left", out.Gone, len(l.op.Clients()))
			}
			if out.Failed() && len(out.Problems[0].Ways) == 0 {
				t.Error("no way out is named")
			}
		})
	}
}

// TestDeregisterOfAGoneClient: what is wanted is the case already, and nothing is to tell.
func TestDeregisterOfAGoneClient(t *testing.T) {
	for _, status := range []int{0, 404, 410} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{GoneStatus: status}}, authserver.Settings{})
		l.register()
		l.op.RemoveClient(l.state.Handle.ClientID)
		out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
		l.want(out)
		if !out.Gone {
			t.Errorf("%d: not gone", status)
		}
	}
}

// TestRollBackNeedsProof: a deletion that was not made is not called one.
func TestRollBackNeedsProof(t *testing.T) {
	for _, status := range []int{404, 405} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{
			Substitute: map[string]any{"client_name": "b"}, Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: status})},
		}}, authserver.Settings{})
		out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
		l.want(out, outcome.Substituted)
		if out.Gone || out.Problems[0].Consequence != outcome.NotRolledBack || l.state.Handle.RegistrationAccessToken.IsEmpty() {
			t.Errorf("%d: %+v", status, out)
		}
	}
}

// TestRollBackWithoutManagement: management = "none" has no client read or deleted later, and leaves none behind in the create that
// registered it.
func TestRollBackWithoutManagement(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"client_name": "b"}}}, authserver.Settings{Management: authserver.ManagementNone})
	out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
	l.want(out, outcome.Substituted)
	if !out.Gone || out.Problems[0].Consequence != outcome.Deregistered || len(l.op.Clients()) != 0 {
		t.Errorf("%+v, left %v", out, l.op.Clients())
	}
	if n := l.op.CountOf(fakeop.OpRead); n != 0 {
		t.Errorf("%d reads", n)
	}
}

// TestRollBackLeavesWhatWasThere: a server may answer a registration with a client that it has already.
func TestRollBackLeavesWhatWasThere(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{SameMetadataSameClient: true}}, authserver.Settings{})
	public := func() metadata.Document {
		doc := web("a")
		doc["token_endpoint_auth_method"] = "none"
		return doc
	}
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: public()}, l.save))
	first := l.state
	second := &life{t: t, op: l.op, server: l.server}
	l.op.EditFaults(func(f *fakeop.Faults) { f.ShowOnRead = map[string]any{"client_name": "b"} })
	out := lifecycle.Register(t.Context(), second.server, lifecycle.Registration{Asked: public(), Behaviour: authserver.Behaviour{Strict: true}}, second.save)
	if second.state.Handle.ClientID != first.Handle.ClientID {
		t.Fatalf("the server made another client, %+v", out)
	}
	if !out.Gone || !out.Failed() || len(l.op.Clients()) != 1 {
		t.Errorf("%+v, left %v", out, l.op.Clients())
	}
	for _, p := range out.Problems {
		if !p.Warning && p.Consequence != outcome.LeftAlone {
			t.Errorf("the consequence is %v", p.Consequence)
		}
	}
}

// TestDeregisterNamesWaysOut: a client that cannot be deregistered blocks nothing without a word on what helps.
func TestDeregisterNamesWaysOut(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	l.op.RevokeToken(l.state.Handle.ClientID)
	out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
	l.want(out, outcome.TokenRefused)
	var ways []string
	for _, way := range out.Problems[0].Ways {
		ways = append(ways, string(way))
	}
	for _, want := range []reconcile.Way{reconcile.WayTokens, reconcile.WayStateRm} {
		if !strings.Contains(strings.Join(ways, "\n"), string(want)) {
			t.Errorf("%q is not among %q", want, ways)
		}
	}
}

// A server that has updates and refuses who asks goes on to have them: the next plan changes the client, and registers no other one.
func TestAnUpdateThatIsNotAllowedTeachesNothing(t *testing.T) {
	for _, updated := range []bool{false, true} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.register()
		if updated {
			l.want(l.rename("b"))
		}
		l.op.SetFaults(fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(notAllowed)}})
		for range 2 {
			if out := l.rename("c"); !out.Failed() || l.state.Record.Capabilities.Update == reconcile.CapabilityNo {
				t.Errorf("updated before %t: %s, updates %q", updated, kinds(out.Problems), l.state.Record.Capabilities.Update)
			}
		}
		l.op.SetFaults(fakeop.Faults{})
		if l.want(l.rename("c")); len(l.op.Clients()) != 1 {
			t.Errorf("updated before %t: %d clients", updated, len(l.op.Clients()))
		}
	}
}

// A page in front of the server answers a deletion with 200, of a client whose token is refused anyway and whose secret is good: the server knows the client, and the
// refusals are those of the token.
func TestADeletionThatAPageAcknowledgesIsNoneOfAClientThatIsKnown(t *testing.T) {
	settings := withJournal(t)
	l := begin(t, &fakeop.Server{}, settings)
	l.register()
	refused := fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}
	page := fakeop.Answer{Status: 200, MediaType: "text/html", Body: "<html><title>Welcome</title></html>"}
	l.op.SetFaults(fakeop.Faults{
		Reading:  fakeop.ReadingFaults{Calls: []fakeop.CallFault{{From: 2, Answer: refused}}}, // after the look
		Deletion: fakeop.DeletionFaults{Calls: []fakeop.CallFault{{Times: 1, Answer: page}, {From: 2, Answer: refused}}},
	})
	if out := l.destroy(authserver.Behaviour{}); out.Gone || !out.Failed() || len(l.op.Clients()) != 1 {
		t.Errorf("gone %t: %s", out.Gone, kinds(out.Problems))
	}
	l.server.Close()
	if e, found := journaled(t, settings.Journal.Path, 0, l.state.Handle); !found || e.Deletion.IsZero() {
		t.Errorf("the journal does not know any more that a deletion was sent, which was acknowledged: %t, %+v", found, e)
	}
}

// At a server that serves no reads, and where no endpoint can tell of a client that authenticates by its key, the deletion's own answer is all that there is.
func TestADeletionThatSaysThatItWasNotMadeIsNone(t *testing.T) {
	keyed := machine("a")
	keyed["token_endpoint_auth_method"], keyed["jwks_uri"] = "private_key_jwt", "https://a.example/jwks"
	for body, gone := range map[string]bool{`{"success":false}`: false, `{"deleted":false}`: false, `{"affected":0}`: false, `{"success":true}`: true, `{"deleted":1}`: true, "": true} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.registerAs(keyed)
		l.op.SetFaults(fakeop.Faults{
			Reading:  fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.NotFoundJSON())},
			Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: 200, Body: body, Processed: gone})},
		})
		out := l.destroy(authserver.Behaviour{})
		if out.Gone != gone || (len(l.op.Clients()) == 0) != gone {
			t.Errorf("%s: gone %t: %s", body, out.Gone, kinds(out.Problems))
		}
		if out.Failed() && len(out.Problems[len(out.Problems)-1].Ways) == 0 {
			t.Errorf("%s: no way out is named: %s", body, kinds(out.Problems))
		}
	}
}

// A standby leads each deletion to the leader, also of a client of which the record says that its server has no deletion. There is one, then, and the record is wrong.
func TestADeletionThatIsLedElsewhereOutweighsTheRecord(t *testing.T) {
	leader := fakeop.Answer{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://leader.example.com/register/c1"}}}
	none := fakeop.Answer{Status: http.StatusMethodNotAllowed}
	for name, tt := range map[string]struct {
		calls []fakeop.CallFault
		gone  bool
	}{
		"each time":          {[]fakeop.CallFault{{Answer: leader}}, false},
		"once":               {[]fakeop.CallFault{{Times: 1, Answer: leader}}, true},
		"once, and then 405": {[]fakeop.CallFault{{Times: 1, Answer: leader}, {From: 2, Times: 1, Answer: none}}, true},
	} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.register()
		l.state.Record.Capabilities.Delete = reconcile.CapabilityNo
		l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: tt.calls}})
		out := l.destroy(authserver.Behaviour{})
		if left := len(l.op.Clients()); out.Gone != tt.gone || (left == 0) != tt.gone || out.Failed() == tt.gone {
			t.Errorf("%s: gone %v, and the server has %d: %s", name, out.Gone, left, kinds(out.Problems))
		}
		if !tt.gone && l.state.Record.Capabilities.LeavesBehind(true) {
			t.Errorf("%s: the next plan says that it has no deletion", name)
		}
	}
}
