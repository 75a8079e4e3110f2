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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Under which circumstances an operation meets a client: none of them has a live one forgotten, registered twice or called deleted.

// A client that a killed run registered may be met in any state: as long as it is not known to be gone, no second one is registered.
func TestAdoptionUnderAnyCircumstances(t *testing.T) {
	silent := fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
	reads := func(a fakeop.Answer) fakeop.Faults {
		return fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(a)}}
	}
	for name, f := range map[string]fakeop.Faults{
		"a replica that lags": lagging(fakeop.Faults{}, 0), "disabled": {}, "expired, silent": silent, "423": reads(fakeop.Answer{Status: 423}), "451": reads(fakeop.Answer{Status: 451}), "412": reads(fakeop.Answer{Status: 412}),
		"a page": reads(fakeop.Welcome()), "an empty object": reads(fakeop.Answer{Status: 200, Body: "{}"}), "another client": reads(fakeop.Answer{OtherClient: true}), "429": reads(fakeop.TooMany(time.Second)),
	} {
		for kind, doc := range both {
			now := fakeop.Epoch
			settings := withJournal(t)
			op := &fakeop.Server{Clock: func() time.Time { return now }, TokenLifetime: 5 * time.Minute}
			l := begin(t, op, settings)
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a")}, func(authserver.Snapshot) {})
			id := op.Clients()[0].ID
			l = l.restarted(settings)
			l.waits = func(d time.Duration) {
				if d == reconcile.ReplicaPause && name == "a replica that lags" {
					op.SetFaults(fakeop.Faults{})
				}
			}
			op.SetFaults(f)
			switch name {
			case "disabled":
				if kind == "machine" {
					continue // of which nothing tells that it was not deleted
				}
				op.DisableClient(id)
			case "expired, silent":
				now = now.Add(time.Hour)
			}
			if l.registerAs(doc("a")); op.Registrations() != 1 {
				t.Errorf("%s, %s: registered %d times", name, kind, op.Registrations())
			}
		}
	}
}

// A roll-back right after the registration may reach a replica that does not know the client yet.
func TestRollBackAtAReplicaThatLags(t *testing.T) {
	for kind, doc := range both {
		for _, catchesUp := range []bool{true, false} {
			other := fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) { doc["client_name"] = "other" }})}}
			l := begin(t, &fakeop.Server{Faults: lagging(other, 0)}, authserver.Settings{})
			l.waits = func(d time.Duration) {
				if d == reconcile.ReplicaPause && catchesUp {
					l.op.SetFaults(other)
				}
			}
			out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
			if lives := len(l.op.Clients()) > 0; out.Gone && lives && catchesUp {
				t.Errorf("%s: said to be rolled back, and lives: %v", kind, out.Problems)
			}
		}
	}
}

// A deletion that reaches a replica which does not know the client is not made there, and is not called made.
func TestADeletionAtAReplicaThatLags(t *testing.T) {
	for _, status := range []int{401, 404} {
		for kind, doc := range both {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.registerAs(doc("a"))
			l.op.Force(fakeop.OpDelete, fakeop.Answer{Status: status, Body: `{"error":"invalid_token"}`})
			out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
			if lives := len(l.op.Clients()) > 0; out.Gone && lives {
				t.Errorf("%s, %d: said to be deleted, and lives: %v", kind, status, out.Problems)
			}
		}
	}
}

// Refusals that are about the moment or the request are none of the client. Each names a way out, and all is well once they are over.
func TestRefusalsThatAreNotAboutTheClient(t *testing.T) {
	for _, status := range []int{402, 406, 408, 409, 411, 412, 413, 415, 417, 421, 422, 423, 424, 425, 426, 428, 431, 451, 507, 508, 511} {
		l := begin(t, &fakeop.Server{}, withJournal(t))
		l.register()
		calls := fakeop.Always(fakeop.Answer{Status: status, Body: `{"error":"not_now"}`})
		l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: calls}, Updating: fakeop.UpdatingFaults{Calls: calls}, Deletion: fakeop.DeletionFaults{Calls: calls}})
		for operation, out := range map[string]outcome.Outcome{
			"read": l.refresh(), "update": l.rename("b"), "delete": lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save),
		} {
			if out.Gone || operation == "delete" && len(out.Problems[0].Ways) == 0 {
				t.Errorf("%d, %s: gone %v, %v", status, operation, out.Gone, out.Problems)
			}
		}
		l.op.SetFaults(fakeop.Faults{})
		l.want(l.refresh())
	}
}

// A client that is replaced and whose own token has expired stays at the server, which is told; the new one is kept.
func TestReplacementOfAClientWhoseTokenExpired(t *testing.T) {
	now := fakeop.Epoch
	l := begin(t, &fakeop.Server{Clock: func() time.Time { return now }, TokenLifetime: 5 * time.Minute, Faults: fakeop.Faults{TokenChecksGrantFirst: true}}, authserver.Settings{})
	l.registerAs(machine("a"))
	old := l.state
	now = now.Add(time.Hour)
	out := lifecycle.Replace(t.Context(), l.server, lifecycle.Replacement{Registration: lifecycle.Registration{Asked: machine("b")}, Old: old}, l.save)
	if out.Failed() || !out.Has(outcome.LeftAtServer) || l.state.Handle.ClientID == old.Handle.ClientID || len(l.op.Clients()) != 2 {
		t.Errorf("%d clients: %v", len(l.op.Clients()), out.Problems)
	}
}

// A server that lets no two clients have one name refuses a replacement: the old client and all that is known of it stay.
func TestReplacementWhereNamesAreUnique(t *testing.T) {
	for _, f := range []fakeop.Faults{{}, {RotateTokenOnRead: true}, {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}} {
		f.Registration.UniqueNames, f.UpdateStatus = true, 405
		l := begin(t, &fakeop.Server{Faults: f}, withJournal(t))
		l.registerAs(web("a"))
		old := l.state
		out := lifecycle.Replace(t.Context(), l.server, lifecycle.Replacement{Registration: lifecycle.Registration{Asked: web("a")}, Old: old}, l.save)
		if !out.Failed() || !l.state.Handle.Equal(old.Handle) || len(l.op.Clients()) != 1 {
			t.Errorf("%d clients, kept %v: %v", len(l.op.Clients()), l.state.Handle.Equal(old.Handle), out.Problems)
		}
	}
}

// The metadata of a client's server may lead to another server by a redirect. The client's secret is not sent there to find out whether it exists.
func TestMetadataThatIsRedirectedElsewhere(t *testing.T) {
	elsewhere := &fakeop.Server{Seed: "elsewhere"}
	elsewhere.Start(t)
	for kind, doc := range both {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.registerAs(doc("a"))
		l.op.RevokeToken(l.state.Handle.ClientID)
		l = l.restarted(authserver.Settings{})
		l.op.SetFaults(fakeop.Faults{
			Discovery:     fakeop.DiscoveryFaults{Calls: fakeop.Always(fakeop.Answer{Status: 307, Header: http.Header{"Location": {elsewhere.Issuer() + "/.well-known/openid-configuration"}}})},
			TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 308, Header: http.Header{"Location": {elsewhere.TokenEndpoint()}}})},
		})
		if out := l.refresh(); out.Gone {
			t.Errorf("%s: a live client is forgotten: %v", kind, out.Problems)
		}
		if n := elsewhere.CountOf(fakeop.OpToken) + elsewhere.CountOf(fakeop.OpRead); n != 0 {
			t.Errorf("%s: %d requests went elsewhere", kind, n)
		}
	}
}

// An update may be acknowledged without a document, under any success. What it rotated is lost then, which is told, and the client is not.
func TestUpdatesThatAnswerNothing(t *testing.T) {
	for _, status := range []int{200, 201, 202, 203, 204, 205} {
		for name, f := range map[string]fakeop.Faults{"nothing": {}, "token": {RotateTokenOnUpdate: true}, "token and secret": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}} {
			for kind, doc := range both {
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(doc("a"))
				l.op.Force(fakeop.OpUpdate, fakeop.Answer{Status: status, Processed: true})
				out := l.update(doc("b"))
				if rotates := f.RotateTokenOnUpdate; out.Failed() != rotates {
					t.Errorf("%d, %s, %s: %v", status, name, kind, out.Problems)
				}
				l = l.restarted(authserver.Settings{})
				if out := l.refresh(); out.Gone {
					t.Errorf("%d, %s, %s: a live client is forgotten: %v", status, name, kind, out.Problems)
				}
			}
		}
	}
}

// Whatever this machine's clock says, a client that lives is not gone.
func TestAClockThatJumps(t *testing.T) {
	for _, years := range []int{-20, -1, 1, 20} {
		for kind, doc := range both {
			for _, deleted := range []bool{false, true} {
				settings := withJournal(t)
				server := fakeop.Epoch
				l := begin(t, &fakeop.Server{Clock: func() time.Time { return server }, Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, settings)
				l.registerAs(doc("a"))
				if deleted {
					l.op.Force(fakeop.OpDelete, fakeop.Dropped())
					l.op.ForceStatus(fakeop.OpRead, 500)
					lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
				}
				server = server.AddDate(years, 0, 0)
				l = l.restarted(settings)
				if out := l.refresh(); out.Gone || out.Failed() {
					t.Errorf("%d years, %s, deletion lost %v: %v", years, kind, deleted, out.Problems)
				}
				l.op.RevokeToken(l.state.Handle.ClientID)
				if out := l.refresh(); out.Gone {
					t.Errorf("%d years, %s, deletion lost %v: a live client is forgotten: %v", years, kind, deleted, fmt.Sprint(out.Problems))
				}
			}
		}
	}
}
