// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func (l *life) replace(asked metadata.Document, b authserver.Behaviour) outcome.Outcome {
	l.t.Helper()
	return lifecycle.Replace(l.t.Context(), l.server, lifecycle.Replacement{
		Old: l.state, Registration: lifecycle.Registration{Asked: asked, Behaviour: b},
	}, l.save)
}

// sameSecrets compares handles and records, whose secrets have no exported fields.
var sameSecrets = cmp.Options{
	cmp.Comparer(func(a, b reconcile.Handle) bool {
		return a.ClientID == b.ClientID && a.ClientSecret.Equal(b.ClientSecret) && a.RegistrationAccessToken.Equal(b.RegistrationAccessToken) &&
			a.RegistrationClientURI == b.RegistrationClientURI
	}),
	cmp.Comparer(func(a, b reconcile.Unproven) bool {
		return cmp.Equal(a, reconcile.Unproven{}) == cmp.Equal(b, reconcile.Unproven{})
	}),
}

func TestReplaceRegistersFirst(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	old := l.state.Handle.ClientID
	l.op.ResetLog()
	l.want(l.replace(web("b"), authserver.Behaviour{}))
	if got := l.state.Handle.ClientID; got == old || len(l.op.Clients()) != 1 {
		t.Errorf("%s after %s; left %v", got, old, l.op.Clients())
	}
	var order []fakeop.Operation
	for _, q := range l.op.Of(fakeop.OpRegister, fakeop.OpDelete) {
		order = append(order, q.Operation)
	}
	if diff := cmp.Diff([]fakeop.Operation{fakeop.OpRegister, fakeop.OpDelete}, order); diff != "" {
		t.Error(diff)
	}
	if last := l.saves[len(l.saves)-1]; !last.Applied || last.Record.Agreed == nil {
		t.Errorf("saved %+v", last)
	}
}

// Whatever the registration ends in, the old client is kept whole, and nothing else is left where the server deletes clients.
func TestReplaceKeepsTheOldClientOfARefusedRegistration(t *testing.T) {
	processed := fakeop.RegistrationFaults{Calls: []fakeop.CallFault{{Answer: fakeop.Answer{Status: 500, Processed: true, Body: `{"error":"server_error"}`}}}}
	for name, test := range map[string]struct {
		faults fakeop.Faults
		strict bool
		asked  metadata.Document
		left   int
	}{
		"refused":                   {faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{UniqueNames: true}}, left: 1},
		"switched off":              {faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Off: true}}, left: 1},
		"substituted":               {faults: fakeop.Faults{Substitute: map[string]any{"client_name": "c"}}, strict: true, left: 1},
		"substituted, not deleted":  {faults: fakeop.Faults{Substitute: map[string]any{"client_name": "c"}, DeleteStatus: http.StatusMethodNotAllowed}, strict: true, left: 2},
		"an error after the commit": {faults: fakeop.Faults{Registration: processed}, left: 2},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			before := l.state
			l.op.SetFaults(test.faults)
			out := l.replace(web("a"), authserver.Behaviour{Strict: test.strict})
			if !out.Failed() || out.Gone {
				t.Fatalf("%+v", out)
			}
			if diff := cmp.Diff(before, l.state, sameSecrets); diff != "" {
				t.Errorf("the old client is not kept as it was (-before +after):\n%s", diff)
			}
			if last := l.saves[len(l.saves)-1]; last.Applied {
				t.Error("saved as applied")
			}
			if n := len(l.op.Clients()); n != test.left {
				t.Errorf("%d clients at the server, want %d", n, test.left)
			}
			for _, p := range out.Problems {
				if !p.Warning && p.Replaces != before.Handle.ClientID {
					t.Errorf("%v does not name the client that was to be replaced", &p)
				}
			}
		})
	}
}

// An answer that holds the new client beside an error: the new one is deregistered, since only one can be kept.
func TestReplaceBesideAnError(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	before := l.state.Handle.ClientID
	l.op.SetFaults(fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: []fakeop.CallFault{{Answer: fakeop.Answer{
		Processed: true, Edit: func(doc map[string]any) { doc["error"] = "server_error" },
	}}}}})
	out := l.replace(web("b"), authserver.Behaviour{})
	l.want(out, outcome.RegisteredBesideError, outcome.NotRegistered)
	if left := l.op.Clients(); len(left) != 1 || left[0].ID != before || l.state.Handle.ClientID != before {
		t.Errorf("the state has %s after %s, the server %v", l.state.Handle.ClientID, before, left)
	}
}

// The old client cannot be deregistered: that is a warning with all that is needed to find it, since nothing keeps it.
func TestReplaceNamesWhatStays(t *testing.T) {
	for name, test := range map[string]struct {
		op     *fakeop.Server
		faults fakeop.Faults
		kind   outcome.Kind
	}{
		"no management": {op: &fakeop.Server{Management: fakeop.ManagementOff}, kind: outcome.DeleteUnmanaged},
		"no deletions":  {op: &fakeop.Server{}, faults: fakeop.Faults{DeleteStatus: http.StatusMethodNotAllowed}, kind: outcome.DeleteUnsupported},
		"refused": {op: &fakeop.Server{}, faults: fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: []fakeop.CallFault{{
			Answer: fakeop.Answer{Status: http.StatusForbidden, Body: `{"error":"insufficient_scope"}`},
		}}}}, kind: outcome.LeftAtServer},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, test.op, authserver.Settings{})
			l.register()
			before := l.state.Handle
			l.op.SetFaults(test.faults)
			out := l.replace(web("b"), authserver.Behaviour{})
			l.want(out, test.kind)
			if out.Failed() || out.Problems[0].ClientID != before.ClientID || len(l.op.Clients()) != 2 {
				t.Errorf("%+v, left %v", out, l.op.Clients())
			}
			if test.kind == outcome.LeftAtServer && out.Problems[0].Endpoint != before.RegistrationClientURI {
				t.Errorf("the warning does not say where it is: %+v", out.Problems[0])
			}
			if l.state.Handle.ClientID == before.ClientID {
				t.Error("the new client is not saved")
			}
		})
	}
}

// What updates do, and which operations there are, is known of the new client at once.
func TestReplaceInherits(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed, DeleteStatus: http.StatusMethodNotAllowed}}, authserver.Settings{})
	l.register()
	l.want(lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b")}, l.save), outcome.UpdateUnsupported)
	l.want(l.replace(web("b"), authserver.Behaviour{}), outcome.DeleteUnsupported)
	if can := l.state.Record.Capabilities; can.Update != reconcile.CapabilityNo || can.Delete != reconcile.CapabilityNo {
		t.Errorf("the new client's record has %+v", can)
	}
	l.op.ResetLog()
	l.want(l.replace(web("c"), authserver.Behaviour{}), outcome.DeleteUnsupported)
	if n := l.op.CountOf(fakeop.OpDelete); n != 0 {
		t.Errorf("%d deletions were sent to a server without them", n)
	}
}

// What reads do to the credentials of a client that was registered while management was off is seen by the first apply that manages it: its plan
// promises none of them, whatever updates of the client before left alone. A server without reads changes nothing by them.
func TestTheFirstReadOfAReplacement(t *testing.T) {
	for _, reads := range []bool{true, false} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnRead: true}}, authserver.Settings{})
		if !reads {
			l.op.SetFaults(fakeop.Faults{ReadStatus: http.StatusMethodNotAllowed})
		}
		l.registerAs(web("a"))
		l.update(web("b"))
		l = l.later(authserver.Settings{Management: authserver.ManagementNone})
		l.replace(web("c"), authserver.Behaviour{})
		first := func() bool { return lifecycle.ReadsFirst(l.server, l.state) }
		if first() {
			t.Errorf("reads %v: an apply that manages nothing is to read", reads)
		}
		if l = l.later(authserver.Settings{}); first() != reads {
			t.Errorf("reads %v: the next apply is the first to read: %v", reads, first())
		}
		l.update(web("d"))
		if l.shows("updated"); first() {
			t.Errorf("reads %v: nothing was learnt", reads)
		}
	}
}

// An answer that says that there are no updates holds no new secret, in whatever dress it comes: the secret stays the evidence by
// which a deleted client is told from a refused token.
func TestReplaceInheritsNoSecretOfAnUpdateThatThereIsNot(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"no method": {UpdateStatus: http.StatusMethodNotAllowed},
		"a sign-in": {Redirect: map[fakeop.Operation]string{fakeop.OpUpdate: "/login"}, RedirectStatus: http.StatusFound},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.register()
			l.want(lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b")}, l.save), outcome.UpdateUnsupported)
			l.want(l.replace(web("b"), authserver.Behaviour{}))
			if l.state.Record.Facts.SecretOnUpdate {
				t.Error("updates that there are not are taken to issue secrets")
			}
		})
	}
}

// A server that answers metadata that it has with the client that has it: that client must not be deregistered as the old one.
func TestReplaceIsAnsweredWithTheSameClient(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}, authserver.Settings{})
	l.register()
	before := l.state.Handle.ClientID
	configured := reconcile.Home{Issuer: l.op.Issuer()}
	l.state.Record.Configured = configured
	l.want(l.replace(web("a"), authserver.Behaviour{}), outcome.NotReplaced)
	if l.state.Record.Configured != configured {
		t.Errorf("the record has %v for the server that is configured", l.state.Record.Configured)
	}
	if len(l.op.Clients()) != 1 || l.state.Handle.ClientID != before {
		t.Errorf("the state has %s after %s, the server %v", l.state.Handle.ClientID, before, l.op.Clients())
	}
	if now := l.state.Handle.RegistrationAccessToken.Reveal(); now != l.op.CurrentToken(before) {
		t.Error("the token in force is not saved")
	}
}

// A registration in the place of another client may be answered with somebody else's client, which is known by when it was issued. Where
// it cannot be accepted, all three stay as they were: the old one in the state, the somebody's at the server, and none is deleted.
func TestReplaceIsAnsweredWithSomebodyElsesClient(t *testing.T) {
	days := 0
	op := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}, Clock: func() time.Time { return someMorning.AddDate(0, 0, days) }}
	l := begin(t, op, authserver.Settings{})
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("theirs")}, l.save))
	theirs := l.state.Handle.ClientID
	days = 30
	l = l.restarted(authserver.Settings{})
	l.state = authserver.State{}
	l.register()
	mine := l.state
	op.EditFaults(func(f *fakeop.Faults) { f.ShowOnRead = map[string]any{"client_name": "other"} })
	out := lifecycle.Replace(t.Context(), l.server, lifecycle.Replacement{
		Registration: lifecycle.Registration{Asked: web("theirs"), Behaviour: authserver.Behaviour{Strict: true}}, Old: l.state,
	}, l.save)
	if !out.Failed() || out.Problems[0].Consequence != outcome.LeftAlone {
		t.Errorf("%v", out.Problems)
	}
	if l.state.Handle.ClientID != mine.Handle.ClientID || len(op.Clients()) != 2 {
		t.Errorf("the state has %s; at the server are %d clients", l.state.Handle.ClientID, len(op.Clients()))
	}
	if _, lives := op.Client(theirs); !lives {
		t.Error("somebody else's client is deleted")
	}
}

// One answer to the registration of the new client holds no secret, or a mask, and nothing shows it later: the old client and its secret are kept.
func TestReplaceKeepsTheOldClientOfANewOneWithoutSecret(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{"none": shows("client_secret", nil), "empty": shows("client_secret", ""), "a mask": shows("client_secret", "********")} {
		for _, managed := range []bool{false, true} {
			for _, journaled := range []bool{false, true} {
				what := fmt.Sprintf("%s, managed %v, journal %v", name, managed, journaled)
				settings := authserver.Settings{}
				if journaled {
					settings = withJournal(t)
				}
				op := &fakeop.Server{Management: fakeop.ManagementOff}
				if managed {
					op = &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true}}
				}
				l := begin(t, op, settings)
				l.registerAs(web("a"))
				before, left := l.state.Handle, 1
				if !managed {
					left = 2
				}
				l = l.restarted(settings)
				l.op.Force(fakeop.OpRegister, answer)
				out := l.replace(web("b"), authserver.Behaviour{})
				if !out.Failed() || !out.Has(outcome.NewSecretNotKnown) || out.Has(outcome.DeleteUnmanaged) == managed {
					t.Errorf("%s: %v", what, kinds(out.Problems))
				}
				if diff := cmp.Diff(before, l.state.Handle, sameSecrets); diff != "" || len(l.op.Clients()) != left {
					t.Errorf("%s: %d clients are left; %s", what, len(l.op.Clients()), diff)
				}
				l = l.restarted(settings)
				if out := l.replace(web("b"), authserver.Behaviour{}); out.Failed() {
					t.Errorf("%s: once more: %v", what, kinds(out.Problems))
				}
				l.shows(what)
				public := web("c")
				public["token_endpoint_auth_method"] = "none"
				if out := l.replace(public, authserver.Behaviour{}); out.Failed() {
					t.Errorf("%s: a client that needs none: %v", what, kinds(out.Problems))
				}
			}
		}
	}
}
