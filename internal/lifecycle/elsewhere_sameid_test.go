// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"cmp"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// countsFrom numbers the clients of a server.
func countsFrom(first int) func(int) string {
	return func(n int) string { return strconv.Itoa(first + n - 1) }
}

// named are the settings that name a server, by its issuer or by its registration endpoint.
func named(op *fakeop.Server, byEndpoint bool, s authserver.Settings) authserver.Settings {
	if byEndpoint {
		s.RegistrationEndpoint = op.Issuer() + "/register"
	}
	return s
}

// Two servers may give the same client_id. What is registered at the one is not the client of the other, which is deregistered where it is.
func TestACreateAtAnotherServerBeforeADestroyOfTheSameID(t *testing.T) {
	for i := range 8 {
		{
			journal, byEndpoint, tainted := i%2 == 1, i/2%2 == 1, i/4 == 1
			t.Run(fmt.Sprintf("journal %v, by endpoint %v, tainted %v", journal, byEndpoint, tainted), func(t *testing.T) {
				s := settingsWith(t, journal)
				l := begin(t, &fakeop.Server{ClientID: countsFrom(1)}, authserver.Settings{}) // by another machine
				l.registerAs(web("a"))
				l.server.Close()
				other := &fakeop.Server{ClientID: countsFrom(1), Seed: "other"}
				other.Start(t)
				m := start(t, other, named(other, byEndpoint, s))
				old := l.state
				old.Record.WrittenAt, old.Record.MadeAt = 0, old.Record.MadeAt-1
				if tainted {
					old = authserver.State{Handle: old.Handle}
				}
				lifecycle.Confirm(t.Context(), m.server, old)
				if out := m.registerAs(web("b")); out.Failed() || out.Has(outcome.KnownBefore) || m.state.Handle.ClientID != "1" {
					t.Fatalf("%s: %s", m.state.Handle.ClientID, kinds(out.Problems))
				}
				out := lifecycle.Deregister(t.Context(), m.server, old, authserver.Behaviour{}, func(authserver.Snapshot) {})
				if !out.Gone || out.Has(outcome.DeleteShared) || len(l.op.Clients()) != 0 || len(other.Clients()) != 1 {
					t.Errorf("%s: at the old server %v, at the new one %v", kinds(out.Problems), l.op.Clients(), other.Clients())
				}
			})
		}
	}
}

// Some servers take the client_id and the secret from the configuration, which then are the same wherever it is applied.
func TestACreateAtAnotherServerOfTheSameChosenCredentials(t *testing.T) {
	const chosen = "chosen-secret-0123456789"
	server := func(seed string) *fakeop.Server {
		return &fakeop.Server{ClientID: countsFrom(1), Seed: seed, Extensions: []string{"x_secret"}, Faults: fakeop.Faults{OmitSecretOnRead: true}}
	}
	for i := range 4 {
		recorded, within := i%2 == 0, i/2 == 1 // a tainted object is not recorded
		doc := func(name string) metadata.Document {
			d := web(name)
			if d["x_secret"] = chosen; within {
				d["x_secret"] = map[string]any{"credentials": []any{map[string]any{"value": chosen}}}
			}
			return d
		}
		l := begin(t, server("old"), authserver.Settings{})
		l.answers(shows("client_secret", chosen))
		l.registerAs(doc("a"))
		l.server.Close()
		other := server("other")
		other.Start(t)
		m := start(t, other, authserver.Settings{})
		old := l.state
		old.Record.WrittenAt, old.Record.MadeAt = 0, old.Record.MadeAt-1
		if !recorded {
			old.Record = reconcile.Record{Home: old.Record.Home}
		}
		lifecycle.Confirm(t.Context(), m.server, old)
		m.answers(shows("client_secret", chosen))
		if out := m.registerAs(doc("b")); out.Failed() || out.Has(outcome.KnownBefore) {
			t.Fatalf("recorded %v, within %v: %s", recorded, within, kinds(out.Problems))
		}
		if got := m.state.Handle; got.ClientID != old.Handle.ClientID || !got.ClientSecret.Equal(old.Handle.ClientSecret) {
			t.Fatalf("recorded %v: the two have not got the same", recorded)
		}
		out := lifecycle.Deregister(t.Context(), m.server, old, authserver.Behaviour{}, func(authserver.Snapshot) {})
		if !out.Gone || out.Has(outcome.DeleteShared) || len(l.op.Clients()) != 0 || len(other.Clients()) != 1 {
			t.Errorf("recorded %v: %s: at the old server %v, at the new one %v", recorded, kinds(out.Problems), l.op.Clients(), other.Clients())
		}
	}
}

// The same of two that are imported in one run: no configuration tells an import who chose the secret.
func TestImportsFromTwoServersOfTheSameChosenCredentials(t *testing.T) {
	var settings authserver.Settings
	var found []authserver.State
	for _, seed := range []string{"one", "other"} {
		l := begin(t, &fakeop.Server{ClientID: countsFrom(1), Seed: seed}, authserver.Settings{})
		l.answers(shows("client_secret", "chosen-secret-0123456789"))
		l.registerAs(web("a"))
		l.op.EditFaults(func(f *fakeop.Faults) {
			f.Reading.Calls = fakeop.Always(shows("client_secret", "chosen-secret-0123456789"))
		})
		tokens := handingIn(authserver.Settings{}, l.state.Handle).RegistrationAccessTokens
		maps.Copy(tokens, settings.RegistrationAccessTokens)
		settings.RegistrationAccessTokens = tokens
		h := reconcile.Handle{ClientID: l.state.Handle.ClientID, RegistrationClientURI: l.state.Handle.RegistrationClientURI, RegistrationAccessToken: l.state.Handle.RegistrationAccessToken}
		found = append(found, authserver.State{Handle: h, Place: authserver.Place{Issuer: l.op.Issuer()}})
		settings.Issuer = cmp.Or(settings.Issuer, l.op.Issuer())
		if seed == "other" {
			l = l.restarted(settings)
			for i, s := range append(found, found[0]) {
				out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: s, Importing: true}, l.save)
				if again := i == 2; out.Failed() || out.Has(outcome.ImportOfAnothers) != again || l.state.Handle.ClientSecret.Reveal() != "chosen-secret-0123456789" {
					t.Errorf("import %d: %q: %s", i, l.state.Handle.ClientSecret.Reveal(), kinds(out.Problems))
				}
			}
		}
	}
}

// Clients that are replaced in one run at a server that counts its clients on: what one of them gets there may be the client_id of another one at the old server.
func TestReplacementsAtAnotherServerThatGivesTheIDsOfTheOld(t *testing.T) {
	l := begin(t, &fakeop.Server{ClientID: countsFrom(1)}, authserver.Settings{})
	var old []authserver.State
	for _, name := range []string{"a", "b"} {
		l.registerAs(web(name))
		l.state.Record.WrittenAt, l.state.Record.MadeAt = 0, l.state.Record.MadeAt+int64(len(old))
		old, l.state = append(old, l.state), authserver.State{}
	}
	l.server.Close()
	other := &fakeop.Server{ClientID: countsFrom(2), Seed: "other"}
	other.Start(t)
	m := start(t, other, authserver.Settings{})
	for i, name := range []string{"a", "b"} {
		m.state = old[i]
		if out := m.replace(web(name), authserver.Behaviour{}); out.Failed() || out.Has(outcome.KnownBefore) {
			t.Errorf("%s: %s", name, kinds(out.Problems))
		}
	}
	if len(l.op.Clients()) != 0 || len(other.Clients()) != 2 {
		t.Errorf("at the old server %v, at the new one %v", l.op.Clients(), other.Clients())
	}
}

// A client that was registered and is refused is taken back, also where the client of another server has its client_id.
func TestACreateAtAnotherServerThatIsTakenBackOfTheSameID(t *testing.T) {
	l := begin(t, &fakeop.Server{ClientID: countsFrom(1)}, authserver.Settings{})
	l.registerAs(web("a"))
	l.server.Close()
	other := &fakeop.Server{ClientID: countsFrom(1), Seed: "other", Faults: fakeop.Faults{Substitute: map[string]any{"client_name": "other"}}}
	other.Start(t)
	m := start(t, other, authserver.Settings{})
	lifecycle.Read(t.Context(), m.server, lifecycle.Refresh{State: l.state}, func(authserver.Snapshot) {})
	out := lifecycle.Register(t.Context(), m.server, lifecycle.Registration{Asked: web("b"), Behaviour: authserver.Behaviour{Strict: true}}, m.save)
	if !out.Failed() || len(other.Clients()) != 0 || len(l.op.Clients()) != 1 {
		t.Errorf("%s: at the old server %v, at the new one %v", kinds(out.Problems), l.op.Clients(), other.Clients())
	}
}

// A killed create is adopted, also where the client of another server that has its client_id is looked at first.
func TestACreateAtAnotherServerIsAdoptedBesideTheSameID(t *testing.T) {
	l := begin(t, &fakeop.Server{ClientID: countsFrom(1)}, authserver.Settings{})
	l.registerAs(web("a"))
	l.server.Close()
	other := &fakeop.Server{ClientID: countsFrom(1), Seed: "other"}
	other.Start(t)
	s := withJournal(t)
	m := start(t, other, s)
	lifecycle.Register(t.Context(), m.server, lifecycle.Registration{Asked: web("b")}, func(authserver.Snapshot) {})
	if len(other.Clients()) != 1 {
		t.Fatalf("registered %v", other.Clients())
	}
	m = m.restarted(s)
	lifecycle.Read(t.Context(), m.server, lifecycle.Refresh{State: l.state}, func(authserver.Snapshot) {})
	if out := m.registerAs(web("b")); !out.Has(outcome.Adopted) || len(other.Clients()) != 1 {
		t.Errorf("%s: at the new server %v", kinds(out.Problems), other.Clients())
	}
}

// A server that has another name by now, and answers metadata that it has with the client that has it: what it answers with has the credentials of the old one, and
// is that one.
func TestACreateAtAServerOfAnotherNameBeforeADestroyOfTheSameClient(t *testing.T) {
	for kind, doc := range kindsOfClient {
		for _, strict := range []bool{false, true} {
			f := fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}
			if strict {
				f.Substitute = map[string]any{"client_name": "other"}
			}
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(doc("a"))
			id := l.state.Handle.ClientID
			l = l.later(authserver.Settings{})
			old := l.state
			old.Record.MadeAt--
			for _, name := range []*string{&old.Handle.RegistrationClientURI, &old.Record.ShownAt, &old.Record.Home.Issuer, &old.Record.Home.RegistrationEndpoint} {
				*name = strings.Replace(*name, "127.0.0.1", "localhost", 1)
			}
			lifecycle.Confirm(t.Context(), l.server, old)
			out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a"), Behaviour: authserver.Behaviour{Strict: strict}}, l.save)
			if _, lives := l.op.Client(id); !lives || l.state.Handle.ClientID != id || out.Failed() != strict {
				t.Fatalf("%s, strict %v: the old client lives: %v, %s", kind, strict, lives, kinds(out.Problems))
			}
			if strict {
				continue
			}
			out = lifecycle.Deregister(t.Context(), l.server, old, authserver.Behaviour{}, func(authserver.Snapshot) {})
			if _, lives := l.op.Client(id); !lives || !out.Has(outcome.DeleteShared) {
				t.Errorf("%s: the client that was just made lives: %v, %s", kind, lives, kinds(out.Problems))
			}
		}
	}
}

// What a journal has of another server's client is not taken for this server's client of the same client_id, whichever server was configured when it was noted.
func TestACreateAtAnotherServerTakesNothingOfTheSameIDFromTheJournal(t *testing.T) {
	for _, byEndpoint := range []bool{true, false} {
		l := begin(t, &fakeop.Server{ClientID: countsFrom(1), Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}}, authserver.Settings{}) // by another machine
		l.registerAs(web("a"))
		l.server.Close()
		other := &fakeop.Server{ClientID: countsFrom(1), Seed: "other", Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(unmanaged)}}}
		other.Start(t)
		s := withJournal(t)
		m := start(t, other, named(other, byEndpoint, s))
		m.state = l.state
		m.state.Record.WrittenAt = 0
		if out := m.update(web("b")); out.Failed() {
			t.Fatal(kinds(out.Problems))
		}
		theirs, old := m.state.Handle, m.state
		m.state = authserver.State{}
		l.op.ResetLog()
		out := m.registerAs(web("c"))
		now := m.state.Handle
		if out.Failed() || out.Has(outcome.KnownBefore) || now.ClientID != "1" || now.RegistrationAccessToken.Equal(theirs.RegistrationAccessToken) || now.ClientSecret.Equal(theirs.ClientSecret) {
			t.Errorf("by endpoint %v: %s", byEndpoint, kinds(out.Problems))
		}
		if sent := l.op.Requests(); len(sent) != 0 {
			t.Errorf("by endpoint %v: the other server was sent %v", byEndpoint, sent)
		}
		if out = lifecycle.Deregister(t.Context(), m.server, old, authserver.Behaviour{}, func(authserver.Snapshot) {}); !out.Gone || len(l.op.Clients()) != 0 {
			t.Errorf("by endpoint %v: %s", byEndpoint, kinds(out.Problems))
		}
	}
}
