// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// keyed is what a server shows that keeps secrets under a key of its own: as long and of the same characters as its secrets, and
// derived from them by nothing that anyone else knows.
func keyed(doc map[string]any) {
	if shown, ok := doc["client_secret"].(string); ok {
		mac := hmac.New(sha256.New, []byte("the server's own key"))
		mac.Write([]byte(shown))
		doc["client_secret"] = hex.EncodeToString(mac.Sum(nil))
	}
}

func hexSecret(n int) string {
	sum := sha256.Sum256([]byte{byte(n)})
	return hex.EncodeToString(sum[:])
}

// An update whose answer was lost leaves it open whether updates issue secrets. That is no proof that they do: what the next one shows
// may be a stored form, and the known secret stays.
func TestALostUpdateIsNoProofThatUpdatesIssueSecrets(t *testing.T) {
	silent := fakeop.Faults{TokenChecksGrantFirst: true, OmitSecretOnRead: true}
	l := begin(t, &fakeop.Server{Faults: silent, Secret: hexSecret}, authserver.Settings{})
	l.register()
	working := l.state.Handle.ClientSecret
	lost := silent
	lost.Updating.Calls = fakeop.Always(fakeop.Lost())
	l.op.SetFaults(lost)
	if out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true}, l.save); !out.Failed() {
		t.Fatal("the update was answered")
	}
	silent.Updating.Calls = fakeop.Always(fakeop.Answer{Edit: keyed})
	l.op.SetFaults(silent)
	for _, name := range []string{"c", "d", "e"} {
		ch := lifecycle.Change{State: l.state, Asked: web(name), StoresSecret: true}
		ch.MayChange.Secret = true
		lifecycle.Update(t.Context(), l.server, ch, l.save)
		if !l.state.Handle.ClientSecret.Equal(working) {
			t.Fatalf("after the update to %s, the secret that works is not shown any more", name)
		}
	}
}

// The journal remembers that a client was deregistered. A server that was restored from a backup has it again, and a read that shows it
// ends that memory: a later refusal by itself proves nothing.
func TestAClientThatIsBackIsNotGoneForTheJournal(t *testing.T) {
	settings := authserver.Settings{Journal: &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}}
	l := begin(t, &fakeop.Server{}, settings)
	l.register()
	before := l.state
	l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204})}})
	if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone {
		t.Fatalf("not deregistered: %v", out.Problems)
	}
	l.op.SetFaults(fakeop.Faults{})
	l.state = before
	if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); out.Gone || out.Failed() {
		t.Fatalf("not read: %v", out.Problems)
	}
	l.op.ForceStatus(fakeop.OpRead, 404)
	if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); out.Gone {
		t.Errorf("one 404, and the client that was shown is forgotten: %v", out.Problems)
	}
}

// An administrator brought back a client that had been deregistered by mistake, and its state was restored. The first answer after that is wrong: a front end that
// has just started, or a replica that has not heard of it. The journal's memory of the deletion makes that one answer no proof.
func TestAClientThatWasBroughtBackIsNotGoneForOneAnswer(t *testing.T) {
	for name, wrong := range map[string]fakeop.Answer{"a page": fakeop.NotFoundPage(), "a document": fakeop.NotFoundJSON(), "401": {Status: 401, Body: `{"error":"invalid_token"}`}} {
		for _, back := range []bool{true, false} {
			for _, destroys := range []bool{true, false} {
				settings := authserver.Settings{Journal: &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}}
				l := begin(t, &fakeop.Server{}, settings)
				l.register()
				before := l.state
				if back {
					l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204})}})
				}
				l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
				l.op.SetFaults(fakeop.Faults{})
				l = l.restarted(settings)
				l.state = before
				var out outcome.Outcome
				if destroys { // the look before it shows the client
					l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{From: 2, Times: 1, Answer: wrong}}}})
					l.op.Force(fakeop.OpDelete, wrong)
					out = lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
				} else {
					l.op.Force(fakeop.OpRead, wrong)
					out = lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save)
				}
				if lives := len(l.op.Clients()) == 1; out.Gone == lives {
					t.Errorf("%s, back %t, destroys %t: gone %t, %d clients: %s", name, back, destroys, out.Gone, len(l.op.Clients()), kinds(out.Problems))
				}
				if !back {
					continue
				}
				p := out.Problems[0]
				if !destroys && (!strings.Contains(p.Evidence, "shows it") || !strings.Contains(p.Evidence, "the client exists") || !p.ShownAgain) {
					t.Errorf("%s: not told that the second answer showed it: %s", name, kinds(out.Problems))
				}
				if len(p.Ways) == 0 || p.Ways[0] != reconcile.WayRetry || !destroys && (slices.Contains(p.Ways, reconcile.WayTokens) || slices.Contains(p.Ways, reconcile.WayTemplate)) {
					t.Errorf("%s, destroys %t: %q", name, destroys, p.Ways)
				}
			}
		}
	}
}

// A replica that has not seen the last update answers several reads in a row. It shows and takes the token that the update replaced;
// once it is gone again, the token that is in force must still be there.
func TestAReplicaThatLagsForLongCostsNoToken(t *testing.T) {
	for _, reads := range []int{1, 2, 3, 5} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, authserver.Settings{})
		l.register()
		ch := lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true}
		ch.MayChange.Token = true
		if out := lifecycle.Update(t.Context(), l.server, ch, l.save); out.Failed() {
			t.Fatal(out.Problems)
		}
		for range reads {
			l.op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Stale: true})}})
			lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save)
			l = l.restarted(authserver.Settings{})
		}
		l.op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true})
		for range 2 {
			if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); out.Gone || out.Failed() || undecided(out) {
				t.Fatalf("after %d reads of a replica that lags, the client cannot be read: %v", reads, out.Problems)
			}
		}
		if l.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(l.state.Handle.ClientID) {
			t.Errorf("after %d reads of a replica that lags, the state shows a token that is not in force", reads)
		}
	}
}

// So does one that shares with the others who may ask, and shows documents of the time before, on a server that honours a replaced token
// for some time still.
func TestATokenOfTheTimeBeforeIsNotTakenAgain(t *testing.T) {
	var before string
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, authserver.Settings{})
	l.register()
	before = l.state.Handle.RegistrationAccessToken.Reveal()
	ch := lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true}
	ch.MayChange.Token = true
	if out := lifecycle.Update(t.Context(), l.server, ch, l.save); out.Failed() {
		t.Fatal(out.Problems)
	}
	l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) { doc["registration_access_token"] = before }})}})
	for range 3 {
		l = l.restarted(authserver.Settings{})
		l.op.ResetLog()
		lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save)
		for _, r := range l.op.Requests() {
			if r.Credential == before {
				t.Fatalf("%s %s is asked with the token that was replaced", r.Method, r.Path)
			}
		}
	}
}

// The same with a secret, where the one before is honoured for some time still: both authenticate, and the newer one must not be lost.
func TestAReplicaThatLagsCostsNoSecretThatIsStillHonoured(t *testing.T) {
	known := reconcile.Credentials{
		Known: reconcile.Handle{ClientID: "1", ClientSecret: secret.New("the-new-secret-that-is-in-force")}, Facts: reconcile.Facts{SecretOnRead: reconcile.SecretShown, UpdateSeen: true},
	}
	stale := reconcile.Handle{ClientID: "1", ClientSecret: secret.New("the-old-secret-that-still-works")}
	c, _ := known.Take(stale, reconcile.FromRead)
	c, _ = c.SecretsTried(reconcile.Authenticates, reconcile.Authenticates)
	if !c.Known.ClientSecret.Equal(known.Known.ClientSecret) {
		t.Error("the state shows the old secret")
	}
	// Once only one of them is honoured, that one counts.
	for newer, want := range map[bool]secret.String{true: known.Known.ClientSecret, false: stale.ClientSecret} {
		said := []reconcile.Authentication{reconcile.AuthenticationRefused, reconcile.Authenticates}
		if newer {
			slices.Reverse(said)
		}
		if d, _ := c.SecretsTried(said[0], said[1]); !d.Known.ClientSecret.Equal(want) {
			t.Errorf("the newer one is honoured: %v, and the other one is shown", newer)
		}
	}
}

// A template that leads to a document which is no client's shows nothing: what the server returned stays.
func TestATemplateThatLeadsElsewhere(t *testing.T) {
	for name, template := range map[string]string{
		"the server's metadata": "{registration_endpoint}/../.well-known/openid-configuration?client={client_id}",
		"its keys":              "{registration_endpoint}/../jwks?client={client_id}",
		"nothing":               "{registration_endpoint}/nothing/{client_id}",
		"the endpoint itself":   "{registration_endpoint}?unknown={client_id}",
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			uri := l.state.Handle.RegistrationClientURI
			b := authserver.Behaviour{URITemplate: template}
			out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
			if out.Gone || l.state.Registered["client_name"] != "a" {
				t.Errorf("the client is read as %v: %v", l.state.Registered, out.Problems)
			}
			lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), Behaviour: b}, l.save)
			if got, _ := l.op.Client(l.state.Handle.ClientID); got.Metadata["client_name"] != "b" || l.state.Handle.RegistrationClientURI != uri {
				t.Errorf("the client is managed at %s and has the name %v", l.state.Handle.RegistrationClientURI, got.Metadata["client_name"])
			}
		})
	}
}

// Where the provider's own credentials manage, and the server returns no address, a client of a run that ended is adopted as a managed
// one, by one resource. A second resource with the same document gets a client of its own, in that run and in later ones.
func TestAdoptionWhereTheProvidersCredentialsManage(t *testing.T) {
	const admin = "credential-of-the-provider"
	settings := authserver.Settings{
		InitialAccessToken: secret.New(admin), Management: authserver.ManagementProvider,
		Journal: &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")},
	}
	op := &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: admin}
	l := begin(t, op, settings)
	lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, func(authserver.Snapshot) {}) // whose state nobody saves
	if n := len(op.Clients()); n != 1 {
		t.Fatalf("%d clients", n)
	}
	lost := op.Clients()[0].ID
	again := l.restarted(settings)
	again.want(lifecycle.Register(t.Context(), again.server, lifecycle.Registration{Asked: web("a")}, again.save), outcome.Adopted)
	if again.state.Handle.ClientID != lost || again.state.Handle.RegistrationClientURI == "" {
		t.Fatalf("the client is not adopted as a managed one: %+v", again.state.Handle)
	}
	twin := &life{t: t, op: op, server: again.server}
	twin.want(lifecycle.Register(t.Context(), twin.server, lifecycle.Registration{Asked: web("a")}, twin.save))
	if twin.state.Handle.ClientID == lost || len(op.Clients()) != 2 {
		t.Fatalf("the second resource has %s, and there are %d clients", twin.state.Handle.ClientID, len(op.Clients()))
	}
	// Both states were seen to hold their clients; a third resource of a later run has nothing to adopt.
	for _, one := range []*life{again, twin} {
		lifecycle.Confirm(t.Context(), one.server, one.state)
	}
	third := twin.restarted(settings)
	third.state = authserver.State{}
	third.want(lifecycle.Register(t.Context(), third.server, lifecycle.Registration{Asked: web("a")}, third.save))
	if n := len(op.Clients()); n != 3 {
		t.Errorf("%d clients", n)
	}
}

// An operator closes registration: the metadata name no endpoint for it any more, and each client's address is a 404. A token endpoint that refuses a machine's
// secret as well, since an administrator replaced it or since it wants a certificate, has refused it for as long as nobody looked: its clients live.
func TestClosedRegistrationForgetsNoMachine(t *testing.T) {
	for name, missing := range map[string]fakeop.Answer{"a page": fakeop.NotFoundPage(), "a document": fakeop.NotFoundJSON()} {
		for _, closed := range []bool{true, false} {
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true}}, authserver.Settings{})
			l.registerAs(machine("a"))
			l = l.restarted(authserver.Settings{})
			f := fakeop.Faults{OmitSecretOnRead: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(missing)}}
			if closed {
				f.Discovery.NoRegistrationEndpointIn = []string{"openid-configuration", "oauth-authorization-server"}
			}
			l.op.SetFaults(f)
			out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save)
			if out.Gone == closed {
				t.Errorf("%s, closed %t: gone %t: %s", name, closed, out.Gone, kinds(out.Problems))
			}
			if closed && len(out.Problems[0].Ways) == 0 {
				t.Errorf("%s: no way out is named", name)
			}
			if closed && slices.Contains(out.Problems[0].Ways, reconcile.WayOnMissingRecreate) {
				t.Errorf("%s: nothing can be registered, and it is to be: %v", name, out.Problems[0].Ways)
			}
			if !closed {
				continue
			}
			recreate := authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate}
			if _, plan := l.planned(authserver.Settings{}, recreate); plan.Recreate || plan.Problem != nil && !plan.Problem.Warning {
				t.Errorf("%s: to be registered again where nothing is: %+v", name, plan)
			}
			if _, plan := l.planned(authserver.Settings{RegistrationEndpoint: l.op.RegistrationEndpoint()}, recreate); !plan.Recreate { // which goes on to register
				t.Errorf("%s: to be registered again at an endpoint that is written out: %+v", name, plan)
			}
			l = l.restarted(authserver.Settings{})
			l.op.Force(fakeop.OpDelete, missing, missing)
			if out := l.destroy(authserver.Behaviour{}); out.Gone || !slices.Contains(out.Problems[0].Ways, reconcile.WayOnMissingRecreate) {
				t.Errorf("%s: destroyed: gone %t, %s, %v", name, out.Gone, kinds(out.Problems), out.Problems)
			}
		}
	}
}

// Metadata that never named the registration endpoint, which was written out, tell nothing by not naming it. A provider that is configured for another server by now does not
// say so any more: the record knows it. Where the metadata did name it, the registration of that server was closed, whoever asks.
func TestAnEndpointThatWasWrittenOutIsNotClosedElsewhere(t *testing.T) {
	none := []string{"openid-configuration", "oauth-authorization-server"}
	for name, writtenOut := range map[string]bool{"written out": true, "of the metadata": false} {
		t.Run(name, func(t *testing.T) {
			f := fakeop.Faults{OmitSecretOnRead: true}
			op, settings := &fakeop.Server{}, authserver.Settings{}
			op.Start(t)
			if writtenOut {
				f.Discovery.NoRegistrationEndpointIn = none
				settings.RegistrationEndpoint = op.RegistrationEndpoint()
			}
			op.SetFaults(f)
			l := start(t, op, settings)
			l.registerAs(machine("a"))
			other := &fakeop.Server{Seed: "other"}
			other.Start(t)
			l = l.restarted(authserver.Settings{Issuer: other.Issuer()})
			f.Discovery.NoRegistrationEndpointIn = none
			f.TokenEndpoint.Calls, f.Reading.Calls = knowsNobody, fakeop.Always(fakeop.NotFoundJSON())
			l.op.SetFaults(f)
			if out := l.refresh(); out.Gone != writtenOut {
				t.Errorf("gone %t: %s, %s", out.Gone, kinds(out.Problems), out.Problems[0].Evidence)
			}
		})
	}
}
