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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// More of what a server does day by day, and one fault beside it.

// Some servers end a client's token where another one shows up at its address. A token of the time before, which is kept for replicas that
// lag, is not shown there because of one wrong answer to the one that is in force.
func TestOneWrongRefusalAndAServerThatRevokes(t *testing.T) {
	revokes := fakeop.Faults{Credentials: fakeop.CredentialFaults{RefusalRevokes: true}}
	for _, journaled := range []bool{false, true} {
		for _, operation := range []string{"read", "update", "delete"} {
			settings := authserver.Settings{}
			if journaled {
				settings = withJournal(t)
			}
			l := begin(t, &fakeop.Server{}, settings)
			l.register()
			l.state.Record.Unproven.RefusedToken, l.state.Record.Unproven.FormerToken = secret.New("a-token-of-the-time-before"), secret.New("and-another-one")
			revokes.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Unauthorized(true)}}
			revokes.Deletion.Calls = revokes.Reading.Calls
			l.op.SetFaults(revokes)
			if out := l.operate(operation, web("b")); operation == "delete" && out.Gone {
				continue
			}
			if l.op.CurrentToken(l.state.Handle.ClientID) == "" {
				t.Errorf("%s, journal %v: the only token that works was revoked", operation, journaled)
			}
		}
	}
}

// A refused answer whose client the server does not deregister is kept as tainted, without private state: what is kept is a token that works.
func TestATaintedClientKeepsATokenThatWorks(t *testing.T) {
	hashed := fakeop.Faults{
		ShowOnRead: map[string]any{"client_name": "other"}, DeleteStatus: 405,
		Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Encrypted()}, Calls: []fakeop.CallFault{{From: 2, Times: 1, Answer: fakeop.InternalError()}}},
	}
	rotates := fakeop.Faults{ShowOnRead: hashed.ShowOnRead, DeleteStatus: 405, RotateTokenOnRead: true}
	rotates.Reading.Calls = hashed.Reading.Calls
	for name, f := range map[string]fakeop.Faults{"reads show a stored form": hashed, "reads rotate": rotates} {
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
		if got, want := l.state.Handle.RegistrationAccessToken.Reveal(), l.op.CurrentToken(l.state.Handle.ClientID); got != want {
			t.Errorf("%s: the token in the attributes is %q, in force is %q", name, got, want)
		}
	}
}

// A server may give a client another client_id with an update. The client lives, under a name that nobody here can prove: it is not taken as gone.
func TestAnUpdateThatChangesTheClientID(t *testing.T) {
	for kind, doc := range both {
		for _, journaled := range []bool{false, true} {
			settings := authserver.Settings{}
			if journaled {
				settings = withJournal(t)
			}
			l := begin(t, &fakeop.Server{}, settings)
			l.registerAs(doc("a"))
			l.op.Force(fakeop.OpUpdate, fakeop.Answer{OtherClient: true})
			l.want(l.update(doc("b")), outcome.NotUpdated)
			l.op.RemoveClient(l.state.Handle.ClientID) // it has another id now
			l = l.restarted(settings)
			if out := l.refresh(); out.Gone {
				t.Errorf("%s, journal %v: the client is forgotten: %v", kind, journaled, out.Problems)
			}
		}
	}
}

// Where the answer for a client that cannot exist is lost, there is nothing to hold the one for the client against.
func TestAControlQuestionThatIsLost(t *testing.T) {
	page := fakeop.Answer{Status: 400, MediaType: "text/html", Body: "<html><body>invalid_client: not now</body></html>"}
	refused := fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`}
	for name, f := range map[string]fakeop.Faults{
		"authorization": {TokenChecksGrantFirst: true, AuthorizationEndpoint: fakeop.AuthorizationEndpointFaults{Calls: []fakeop.CallFault{{Times: 1, Answer: page}, {From: 1, Answer: fakeop.InternalError()}}}},
		"token":         {AuthorizeErrorPage: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: []fakeop.CallFault{{Times: 1, Answer: refused}, {From: 1, Answer: fakeop.InternalError()}}}},
	} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.register()
		l.op.RevokeToken(l.state.Handle.ClientID)
		l.op.SetFaults(f)
		if out := l.refresh(); out.Gone {
			t.Errorf("%s: a live client is forgotten: %v", name, out.Problems)
		}
	}
}

// A deletion that is accepted and made later is not made yet, which is told; the next destroy ends well, whatever the endpoints tell.
func TestADeletionThatIsMadeLater(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{"told": {}, "silent": {TokenChecksGrantFirst: true, AuthorizeErrorPage: true}} {
		for _, journaled := range []bool{false, true} {
			settings := authserver.Settings{}
			if journaled {
				settings = withJournal(t)
			}
			l := begin(t, &fakeop.Server{Faults: f}, settings)
			l.register()
			l.op.Force(fakeop.OpDelete, fakeop.Answer{Status: 202})
			l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save), outcome.StillThere)
			l.op.RemoveClient(l.state.Handle.ClientID)
			l = l.restarted(settings)
			out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
			if !out.Gone && (name == "told" || len(out.Problems[0].Ways) == 0) {
				t.Errorf("%s, journal %v: %v", name, journaled, out.Problems)
			}
		}
	}
}

// An answer to an update may hold the changed members only. Beside a read-back that fails, the others are not taken as removed.
func TestAnUpdateThatAnswersWhatChanged(t *testing.T) {
	keep := map[string]bool{"client_id": true, "client_name": true}
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	l.op.Force(fakeop.OpUpdate, fakeop.Answer{Edit: func(doc map[string]any) {
		for member := range doc {
			if !keep[member] {
				delete(doc, member)
			}
		}
	}})
	l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.InternalError()}}}})
	if out := l.rename("b"); out.Failed() {
		t.Fatal(out.Problems)
	}
	l.op.SetFaults(fakeop.Faults{})
	for range 2 {
		if out := l.refresh(); out.Failed() || out.Gone {
			t.Fatal(out.Problems)
		}
		values := l.saves[len(l.saves)-1].Values
		if l.saves[len(l.saves)-1].Values != nil && (values["client_name"] != "b" || fmt.Sprint(values["redirect_uris"]) != fmt.Sprint(web("b")["redirect_uris"])) {
			t.Errorf("shown as %v", values)
		}
	}
	l.shows("after the update")
	l.holds("after the update")
}

// A server whose paths moved redirects every request; reads follow, and what a read found is where updates and deletions go.
func TestAServerThatMovedItsPaths(t *testing.T) {
	for _, status := range []int{301, 302, 307, 308} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.register()
		path := "/register/" + l.state.Handle.ClientID
		moved := func(r *http.Request) bool { return r.URL.Path == path && r.URL.RawQuery == "" }
		away := fakeop.Answer{Status: status, Header: http.Header{"Location": {path + "?v=2"}}}
		calls := []fakeop.CallFault{{Matches: moved, Answer: away}}
		l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: calls}, Updating: fakeop.UpdatingFaults{Calls: calls}, Deletion: fakeop.DeletionFaults{Calls: calls}})
		l.want(l.refresh())
		if out := l.rename("b"); out.Failed() {
			t.Errorf("%d: %v", status, out.Problems)
		}
		if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(l.op.Clients()) != 0 {
			t.Errorf("%d: %d clients are left: %v", status, len(l.op.Clients()), out.Problems)
		}
	}
}

// A registration that is accepted and made later is not served for some seconds. The client is managed once it is.
func TestARegistrationThatIsMadeLater(t *testing.T) {
	for _, answer := range []fakeop.Answer{fakeop.NotFoundPage(), fakeop.NotFoundJSON(), fakeop.Unauthorized(true), {Status: 403}} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RegisterStatus: 202}}, authserver.Settings{})
		l.op.SetFaults(fakeop.Faults{RegisterStatus: 202, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(answer)}})
		if out := l.registerAs(web("a")); out.Failed() {
			t.Fatal(out.Problems)
		}
		l.op.SetFaults(fakeop.Faults{})
		if !l.server.Manages(l.state.Handle) {
			t.Errorf("%d: kept without management", answer.Status)
		}
		l = l.restarted(authserver.Settings{})
		if out := l.rename("b"); out.Failed() {
			t.Errorf("%d: %v", answer.Status, out.Problems)
		}
		if got, _ := l.op.Client(l.state.Handle.ClientID); got.Metadata["client_name"] != "b" || !l.server.Manages(l.state.Handle) {
			t.Errorf("%d: not managed: %s", answer.Status, l.state.Handle.RegistrationClientURI)
		}
	}
}

// On a server whose reads replace token and secret, one read whose answer has neither loses both. What refuses them afterwards is no word that
// the client is gone, and the habit is not unlearnt.
func TestOneReadWithoutTheCredentialsThatItReplaced(t *testing.T) {
	bare := fakeop.Answer{Edit: func(doc map[string]any) {
		delete(doc, "client_secret")
		delete(doc, "registration_access_token")
	}}
	empty := fakeop.Answer{Edit: func(doc map[string]any) { doc["client_secret"], doc["registration_access_token"] = "", "" }}
	for what, answer := range map[string]fakeop.Answer{"absent": bare, "empty": empty} {
		for kind, doc := range both {
			for _, journaled := range []bool{false, true} {
				for _, at := range []int{1, 2, 3} { // the read-back of the create, then those of an update
					settings := authserver.Settings{}
					if journaled {
						settings = withJournal(t)
					}
					f := fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true, AuthorizeIgnoresPrompt: true}
					wrong := f
					wrong.Reading.Calls = []fakeop.CallFault{{From: at, Times: 1, Answer: answer}}
					l := begin(t, &fakeop.Server{Faults: wrong}, settings)
					l.registerAs(doc("a"))
					l.update(doc("b"))
					l.op.SetFaults(f)
					for range 2 {
						l = l.restarted(settings)
						always := lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAlways}}
						if out := lifecycle.Read(t.Context(), l.server, always, l.save); out.Gone || l.state.Record.Gone {
							t.Errorf("%s, %s, journal %v, read %d: a live client is forgotten: %v", what, kind, journaled, at, out.Problems)
						}
					}
				}
			}
		}
	}
}

// So does one update whose answer has neither.
func TestOneUpdateWithoutTheCredentialsThatItReplaced(t *testing.T) {
	for _, missing := range []any{nil, ""} {
		for kind, doc := range both {
			for _, journaled := range []bool{false, true} {
				for _, at := range []int{1, 2} {
					settings := authserver.Settings{}
					if journaled {
						settings = withJournal(t)
					}
					f := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, AuthorizeIgnoresPrompt: true}
					wrong := f
					wrong.Updating.Calls = []fakeop.CallFault{{From: at, Times: 1, Answer: shows("client_secret", missing, "registration_access_token", missing)}}
					l := begin(t, &fakeop.Server{Faults: wrong}, settings)
					l.registerAs(doc("a"))
					for i := range at {
						l.update(doc(fmt.Sprint(i)))
					}
					l.op.SetFaults(f)
					for range 2 {
						l = l.restarted(settings)
						if out := l.refresh(); out.Gone {
							t.Errorf("%v, %s, journal %v, update %d: a live client is forgotten: %v", missing, kind, journaled, at, out.Problems)
						}
						if out := l.update(doc("z")); l.state.Record.Gone {
							t.Errorf("%v, %s, journal %v, update %d: a live client is noted as gone: %v", missing, kind, journaled, at, out.Problems)
						}
					}
				}
			}
		}
	}
}
