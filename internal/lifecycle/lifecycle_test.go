// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// life is one client at a test server, with what its caller has saved.
type life struct {
	t      *testing.T
	op     *fakeop.Server
	server *authserver.Server
	state  authserver.State
	saves  []authserver.Snapshot
	waits  func(time.Duration) // called where an operation begins to wait, if set
}

func begin(t *testing.T, op *fakeop.Server, settings authserver.Settings) *life {
	t.Helper()
	op.Start(t)
	return start(t, op, settings)
}

// start gives a process at a server that runs.
func start(t *testing.T, op *fakeop.Server, settings authserver.Settings) *life {
	t.Helper()
	if settings.Issuer == "" {
		settings.Issuer = op.Issuer()
	}
	if settings.Management == "" {
		settings.Management = authserver.ManagementAuto
	}
	settings.URITemplate = "{registration_endpoint}/{client_id}"
	settings.Transport = transport.Options{UserAgent: "test", RequestTimeout: 10 * time.Second, MaxConcurrentRequests: 4, MaxRetries: settings.Transport.MaxRetries}
	l := &life{t: t, op: op}
	clock := testclock.New(func() time.Time { return fakeop.Epoch }).Note(func(d time.Duration) {
		if l.waits != nil {
			l.waits(d)
		}
	})
	server, problem := authserver.NewServer(settings, authserver.Clock{Now: clock.Now, After: clock.After}, nil)
	if problem != nil {
		t.Fatal(problem)
	}
	t.Cleanup(server.Close)
	l.server = server
	return l
}

func (l *life) save(s authserver.Snapshot) {
	l.saves = append(l.saves, s)
	l.state.Handle, l.state.Record = s.Handle, s.Record
	if s.Registered != nil {
		l.state.Registered = s.Registered
	}
}

// want fails unless these, and no other, kinds of problems were reported.
func (l *life) want(out outcome.Outcome, kinds ...outcome.Kind) {
	l.t.Helper()
	for i, p := range out.Problems {
		if i >= len(kinds) || p.Kind != kinds[i] {
			l.t.Fatalf("problem %d is %v (%s), want %v", i, &p, p.Evidence, kinds)
		}
	}
	if len(out.Problems) != len(kinds) {
		l.t.Fatalf("%d problems, want %v", len(out.Problems), kinds)
	}
}

func web(name string) metadata.Document {
	return metadata.Document{"client_name": name, "redirect_uris": []any{"https://a.example/cb"}}
}

func (l *life) register() {
	l.t.Helper()
	l.want(lifecycle.Register(l.t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save))
	if l.state.Handle.ClientID == "" || l.state.Record.Agreed == nil {
		l.t.Fatalf("not all is saved: %+v", l.state)
	}
}

func TestRegisterSavesFromThePostOn(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	// The read-back fails, and what the answer to the POST brought is saved all the same.
	l.op.ForceStatus(fakeop.OpRead, 500, 500, 500)
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save), outcome.NotReadBack)
	first := l.saves[0]
	if id := first.Handle.ClientID; l.op.CurrentToken(id) != first.Handle.RegistrationAccessToken.Reveal() || !first.Applied {
		t.Errorf("the first save is %+v", first)
	}
}

func TestRegisterRollsBack(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"client_name": "b"}}}, authserver.Settings{})
	out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
	l.want(out, outcome.Substituted)
	if !out.Gone || !out.Failed() || out.Problems[0].Consequence != outcome.Deregistered || len(l.op.Clients()) != 0 {
		t.Errorf("%+v, left %v", out, l.op.Clients())
	}
}

func TestRead(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save))
	if got := l.saves[len(l.saves)-1].Values["client_name"]; got != "a" {
		t.Errorf("client_name is %v", got)
	}
	l.op.RemoveClient(l.state.Handle.ClientID)
	out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save)
	l.want(out, outcome.Gone)
	if !out.Gone || out.Failed() {
		t.Errorf("%+v", out)
	}
}

func TestReadWithAnotherToken(t *testing.T) {
	tokens := map[string]secret.String{}
	l := begin(t, &fakeop.Server{}, authserver.Settings{RegistrationAccessTokens: tokens})
	l.register()
	id := l.state.Handle.ClientID
	tokens[id] = secret.New(l.op.ReissueToken(id))
	l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save), outcome.TokenReplaced)
	if !l.state.Handle.RegistrationAccessToken.Equal(tokens[id]) {
		t.Error("the token that was accepted is not saved")
	}
}

func TestUpdate(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, authserver.Settings{})
	l.register()
	ch := lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true}
	ch.MayChange.Token = true
	l.want(lifecycle.Update(t.Context(), l.server, ch, l.save))
	if last := l.saves[len(l.saves)-1]; !last.Applied || last.Registered["client_name"] != "b" {
		t.Errorf("saved %+v", last)
	}
	if got := l.state.Handle.RegistrationAccessToken.Reveal(); got != l.op.CurrentToken(l.state.Handle.ClientID) {
		t.Error("the rotated token is not saved")
	}
}

// What an update showed and nothing could prove at that moment is decided by the token endpoint in the next refresh, also where that one
// does not read.
func TestUnprovenSecretOfAClientThatIsNotRead(t *testing.T) {
	rotates := fakeop.Faults{RotateSecretOnUpdate: true, RotateTokenOnRead: true}
	l := begin(t, &fakeop.Server{Faults: rotates}, authserver.Settings{})
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save), outcome.ReadsRotate)
	busy := rotates
	busy.TokenEndpoint.Calls, busy.Reading.Calls = fakeop.Always(fakeop.InternalError()), []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.InternalError()}}
	l.op.SetFaults(busy)
	ch := lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true}
	ch.MayChange.Token, ch.MayChange.Secret = true, true
	l.want(lifecycle.Update(t.Context(), l.server, ch, l.save), outcome.UpdateNotReadBack, outcome.SecretUnproven)
	l.op.SetFaults(rotates)
	client, _ := l.op.Client(l.state.Handle.ClientID)
	if l.state.Handle.ClientSecret.Reveal() == client.Secret {
		t.Fatal("the secret was proved already")
	}
	reads := l.op.CountOf(fakeop.OpRead)
	never := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshNever}}, l.save)
	l.want(never)
	if l.state.Handle.ClientSecret.Reveal() == client.Secret {
		t.Error("refresh = never asked the token endpoint")
	}
	l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAuto}}, l.save), outcome.SkippedRotating)
	if l.state.Handle.ClientSecret.Reveal() != client.Secret {
		t.Error("the secret in the state is not in force")
	}
	if n := l.op.CountOf(fakeop.OpRead); n != reads {
		t.Errorf("the client was read %d times", n-reads)
	}
}

func TestUpdateThatIsRefused(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	l.op.ForceStatus(fakeop.OpUpdate, 401, 401, 401) // without the client_secret, and with it
	out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b")}, l.save)
	l.want(out, outcome.NotUpdated)
	if last := l.saves[len(l.saves)-1]; last.Applied {
		t.Error("an update that failed is saved as applied")
	}
}

func TestDeregister(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
	l.want(out)
	if !out.Gone || len(l.op.Clients()) != 0 {
		t.Errorf("%+v, left %v", out, l.op.Clients())
	}
}

func TestImport(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	l = l.restarted(handingIn(authserver.Settings{}, l.state.Handle))
	h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: l.state.Handle.RegistrationClientURI})
	if problem != nil {
		t.Fatal(problem)
	}
	l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, l.save))
	if l.saves[len(l.saves)-1].Values["client_name"] != "a" {
		t.Errorf("imported %+v", l.saves[len(l.saves)-1])
	}
	if _, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(" ")); problem == nil || problem.Kind != outcome.EmptyImportID {
		t.Errorf("an empty ID: %v", problem)
	}
}

// restarted is the same client in the hands of another process.
func (l *life) restarted(settings authserver.Settings) *life {
	l.t.Helper()
	l.server.Close()
	next := start(l.t, l.op, settings)
	next.state = l.state
	return next
}

// handingIn are the settings with the token of a client, by its address.
func handingIn(s authserver.Settings, h reconcile.Handle) authserver.Settings {
	s.RegistrationAccessTokens = map[string]secret.String{h.RegistrationClientURI: h.RegistrationAccessToken}
	return s
}

// later is the same after so long that no replica lags.
func (l *life) later(settings authserver.Settings) *life {
	l.t.Helper()
	next := l.restarted(settings)
	next.state.Record.WrittenAt = 0
	return next
}

// operate does one of the operations "read", "update" (to doc) and "delete".
func (l *life) operate(operation string, doc metadata.Document) outcome.Outcome {
	l.t.Helper()
	switch operation {
	case "read":
		return l.refresh()
	case "update":
		return l.update(doc)
	case "delete":
		return lifecycle.Deregister(l.t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
	}
	l.t.Fatalf("no operation %q", operation)
	return outcome.Outcome{}
}
