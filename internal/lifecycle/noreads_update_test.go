// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// noReads are the answers of servers that have no reads.
var noReads = map[string]fakeop.Answer{
	"405": {Status: 405}, "501": fakeop.NotImplemented(), "403": fakeop.Forbidden("access_denied", "Unsupported operation"),
	"400": {Status: 400, Body: `{"error":"invalid_request","error_description":"method not allowed"}`},
}

func without(reads fakeop.Answer, f fakeop.Faults) fakeop.Faults {
	f.Reading.Calls = fakeop.Always(reads)
	return f
}

var knowsNobody = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})

func recreate() authserver.Behaviour {
	return authserver.Behaviour{Refresh: authserver.RefreshAuto, OnMissing: reconcile.OnMissingRecreate}
}

// planned is what the next plan does, in another process, which reads in vain.
func (l *life) planned(settings authserver.Settings, b authserver.Behaviour) (*life, lifecycle.Missing) {
	l.t.Helper()
	l = l.later(settings)
	b.Refresh = authserver.RefreshAuto
	lifecycle.Read(l.t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
	return l, lifecycle.DecideMissing(l.server, l.state, b)
}

// A server without reads has updates, whatever it says in the place of reads.
func TestUpdateWithoutReads(t *testing.T) {
	t.Parallel()
	for name, answer := range noReads {
		l := begin(t, &fakeop.Server{Faults: without(answer, fakeop.Faults{})}, authserver.Settings{})
		l.registerUnread()
		l = l.later(authserver.Settings{})
		if out := l.rename("b"); out.Failed() {
			t.Errorf("%s: a client that lives cannot be changed: %s", name, kinds(out.Problems))
		}
		if got, _ := l.op.Client(l.state.Handle.ClientID); got.Metadata["client_name"] != "b" {
			t.Errorf("%s: the server has %v", name, got.Metadata["client_name"])
		}
	}
}

// A client of a server without reads is deleted behind the back. The update that is refused finds it out, as far as the witnesses tell and updates are
// known to work, and what it leaves open names what ends it.
func TestDeletedWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	for name, answer := range noReads {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
			for _, gone := range []int{401, 404} {
				for _, updates := range []int{0, 1, 2} {
					what := fmt.Sprintf("%s, %s, %d after %d updates", name, kind, gone, updates)
					l := begin(t, &fakeop.Server{Faults: without(answer, fakeop.Faults{GoneStatus: gone})}, authserver.Settings{})
					l.registerAs(doc("a"))
					for range updates {
						l.update(doc(fmt.Sprint("b", l.op.CountOf(fakeop.OpUpdate)))) // which shows that the server has updates, and the next one, what they replace
					}
					l = l.later(authserver.Settings{})
					l.op.RemoveClient(l.state.Handle.ClientID)
					out := l.update(doc("c"))
					proven := l.state.Record.Gone
					if proven != (updates > 1) {
						t.Errorf("%s: proven gone %v: %s", what, proven, kinds(out.Problems))
					}
					last := out.Problems[len(out.Problems)-1]
					if !proven && (!slices.Contains(last.Ways, reconcile.WayOnMissingRecreate) || slices.Contains(last.Ways, reconcile.WayTokens) != (gone == 401) || slices.Contains(last.Ways, reconcile.WayTemplate)) {
						t.Errorf("%s: the ways are %v", what, last.Ways)
					}
					l, missing := l.planned(authserver.Settings{}, authserver.Behaviour{})
					if missing.Recreate != proven || proven && missing.Problem == nil {
						t.Errorf("%s: the next plan: %+v", what, missing)
					}
					if _, missing = l.planned(authserver.Settings{}, recreate()); !missing.Recreate || missing.Problem == nil {
						t.Errorf("%s: no plan registers another client: %+v", what, missing)
					}
				}
			}
		}
	}
}

// An update that is only told, twice, shows that the client lives as well as one whose answer shows it: what a refusal before it left open has ended, and
// no plan gives the client up, whatever is set for those that are missing.
func TestAnUpdateThatIsOnlyToldEndsADoubt(t *testing.T) {
	t.Parallel()
	silent := fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
	for name, answer := range noReads {
		for what, told := range map[string][]fakeop.CallFault{"shown": nil, "told": fakeop.Always(fakeop.Answer{Status: 204, Processed: true})} {
			l := begin(t, &fakeop.Server{Faults: without(answer, silent)}, authserver.Settings{})
			l.registerAs(withKeys("a"))
			l.update(withKeys("a2"))
			f := without(answer, silent)
			f.Updating.Calls = fakeop.Always(fakeop.NotFoundJSON())
			l.op.SetFaults(f)
			l = l.later(authserver.Settings{})
			if l.update(withKeys("b")); !l.state.Record.Missing {
				t.Fatalf("%s: the refusal leaves nothing open", name)
			}
			l.state.Record.WrittenAt = 0
			f.Updating.Calls = told
			l.op.SetFaults(f)
			l = l.later(authserver.Settings{})
			if out := l.update(withKeys("b")); out.Failed() || l.state.Record.Missing || l.state.Record.WrittenAt == 0 {
				t.Errorf("%s, %s: %+v: %s", name, what, l.state.Record, kinds(out.Problems))
			}
			if _, missing := l.planned(authserver.Settings{}, recreate()); missing.Recreate {
				t.Errorf("%s, %s: a plan registers another client: %+v", name, what, missing)
			}
		}
	}
}

// One wrong answer to an update is not given twice, however little the endpoints know.
func TestOneWrongAnswerToAnUpdateWithoutReads(t *testing.T) {
	t.Parallel()
	wrong := map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(), "410": {Status: 410}, "400": {Status: 400, Body: `{"error":"invalid_token"}`}}
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for name, answer := range wrong {
			for _, updates := range []int{0, 1} {
				s := settings()
				f := without(noReads["405"], fakeop.Faults{AuthorizeErrorPage: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}})
				l := begin(t, &fakeop.Server{Faults: f}, s)
				l.registerAs(doc("a"))
				for range updates {
					l.update(doc("b"))
				}
				f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: answer}}
				l.op.SetFaults(f)
				l = l.later(s)
				l.update(doc("c"))
				if l, missing := l.planned(s, recreate()); missing.Recreate {
					t.Errorf("%s after %d updates: a live client is taken as gone", name, updates)
				} else if out := l.update(doc("d")); out.Failed() {
					t.Errorf("%s after %d updates: %s", name, updates, kinds(out.Problems))
				}
			}
		}
	})
}

// The answer to an update was lost, and the token with it. What refuses the next update proves nothing, and a token that is handed in helps,
// also where on_missing would take the client as gone.
func TestALostUpdateWithoutReads(t *testing.T) {
	t.Parallel()
	silent := fakeop.Faults{AuthorizeErrorPage: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}}
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for name, f := range map[string]fakeop.Faults{"told": {}, "silent": silent} {
			for _, both := range []bool{false, true} {
				for _, before := range []int{0, 1} {
					s := settings()
					f.RotateTokenOnUpdate, f.RotateSecretOnUpdate = true, both
					f = without(noReads["405"], f)
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(doc("a"))
					for range before {
						l.update(doc("b"))
					}
					id := l.state.Handle.ClientID
					l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Lost()) })
					l.update(doc("c"))
					l.op.SetFaults(f)
					l = l.later(s)
					out := l.update(doc("d"))
					if last := out.Problems[len(out.Problems)-1]; l.state.Record.Gone || !slices.Contains(last.Ways, reconcile.WayTokens) {
						t.Fatalf("%s, both %v, %d before: gone %v, ways %v: %s", name, both, before, l.state.Record.Gone, last.Ways, kinds(out.Problems))
					}
					s.RegistrationAccessTokens = map[string]secret.String{id: secret.New(l.op.ReissueToken(id))}
					l, missing := l.planned(s, recreate())
					if missing.Recreate {
						t.Errorf("%s, both %v, %d before: the token that was handed in is not tried", name, both, before)
					}
					if out := l.update(doc("d")); out.Failed() {
						t.Errorf("%s, both %v, %d before: with another token: %s", name, both, before, kinds(out.Problems))
					}
				}
			}
		}
	})
}

// A server may have neither reads nor updates, and say so of updates as of a client that is gone. Beside endpoints that know nobody, a client lives
// without any fault.
func TestNeitherReadsNorUpdates(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage()} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
			f := without(noReads["405"], fakeop.Faults{AuthorizeErrorPage: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}})
			f.Updating.Calls = fakeop.Always(answer)
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(doc("a"))
			l = l.later(authserver.Settings{})
			if out := l.update(doc("b")); !out.Failed() || l.state.Record.Gone {
				t.Errorf("%s, %s: a live client is forgotten: %s", name, kind, kinds(out.Problems))
			}
		}
	}
}

// An administrator replaces the secret, at a server that compares the one in an update and refuses it as it refuses a token: all that is refused is the
// secret, and no fault is needed.
func TestAReplacedSecretWithoutReads(t *testing.T) {
	t.Parallel()
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for _, answer := range []fakeop.Answer{{Status: 401, Body: `{"error":"invalid_client"}`}, fakeop.Unauthorized(true), {Status: 400, Body: `{"error":"invalid_client"}`}} {
			s := settings()
			f := without(noReads["405"], fakeop.Faults{AuthorizeErrorPage: true, UpdateWithoutSecretIsUnauthorized: true})
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(doc("a"))
			if out := l.update(doc("b")); out.Failed() {
				t.Fatal(kinds(out.Problems))
			}
			l.op.ReissueSecret(l.state.Handle.ClientID)
			f.Updating.Calls = fakeop.Always(answer)
			l.op.SetFaults(f)
			l = l.later(s)
			if out := l.update(doc("c")); !out.Failed() || l.state.Record.Gone {
				t.Errorf("%d: a live client is forgotten: %s", answer.Status, kinds(out.Problems))
			}
		}
	})
}

// What was recorded as gone, wrongly, comes back with a token that is handed in, as the plan's warning says. One that does not help is tried once.
func TestATokenForAClientThatWasRecordedAsGone(t *testing.T) {
	t.Parallel()
	for _, lives := range []bool{true, false} {
		l := begin(t, &fakeop.Server{Faults: without(noReads["405"], fakeop.Faults{})}, authserver.Settings{})
		l.registerUnread()
		l.rename("b")
		l.rename("b2")
		id, token := l.state.Handle.ClientID, "a-token-that-does-not-help"
		if lives {
			token = l.op.ReissueToken(id)
		} else {
			l.op.RemoveClient(id)
		}
		l.state.Record.Gone = true
		s := authserver.Settings{RegistrationAccessTokens: map[string]secret.String{id: secret.New(token)}}
		l, missing := l.planned(s, authserver.Behaviour{})
		if missing.Recreate {
			t.Fatal("the token is not tried")
		}
		if out := l.rename("c"); out.Failed() == lives || l.state.Record.Gone == lives {
			t.Errorf("lives %v, gone %v: %s", lives, l.state.Record.Gone, kinds(out.Problems))
		}
		if _, missing = l.planned(s, authserver.Behaviour{}); missing.Recreate == lives {
			t.Errorf("lives %v: the next plan registers another client: %v", lives, missing.Recreate)
		}
	}
}

// registerUnread registers a client of a server without reads, which the read-back finds out.
func (l *life) registerUnread() {
	l.t.Helper()
	l.want(l.registerAs(web("a")), outcome.NotReadBack)
}

// An update's answer shows something else in the place of the token or the address that it gave the client. It waits for a proof that never comes, and
// explains that the next update is refused, also by a server that is a client's only witness and knows nobody.
func TestAnUpdateThatShowedSomethingElseWithoutReads(t *testing.T) {
	t.Parallel()
	stranger := strings.Repeat("0f1e2d3c", 8)
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for name, f := range map[string]fakeop.Faults{"registration_access_token": {RotateTokenOnUpdate: true}, "registration_client_uri": {MoveURIOnUpdate: true}} {
			for _, status := range []int{0, 404} {
				s := settings()
				f := without(noReads["403"], f)
				f.AuthorizeErrorPage, f.TokenEndpoint.Calls, f.GoneStatus, f.InvalidTokenStatus = true, knowsNobody, status, status
				l := begin(t, &fakeop.Server{Faults: f}, s)
				l.registerAs(doc("a"))
				l.update(doc("b"))
				wrong := f
				wrong.Updating.Calls = []fakeop.CallFault{{Answer: fakeop.Answer{Edit: func(doc map[string]any) {
					if doc[name] = stranger; name == "registration_client_uri" {
						doc[name] = l.state.Handle.RegistrationClientURI + "/" + stranger
					}
				}}}}
				l.op.SetFaults(wrong)
				l.update(doc("c"))
				l.op.SetFaults(f)
				l = l.later(s)
				if out := l.update(doc("d")); l.state.Record.Gone {
					t.Errorf("%s, %d: a live client is forgotten: %s", name, status, kinds(out.Problems))
				}
			}
		}
	})
}
