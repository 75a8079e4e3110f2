// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"path/filepath"
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

var anything = reconcile.Changeable{Secret: true, Token: true, URI: true}

// machine is a client that has nothing to ask an authorization endpoint with.
func machine(name string) metadata.Document {
	return metadata.Document{"client_name": name, "grant_types": []any{"client_credentials"}, "response_types": []any{}}
}

func (l *life) rename(name string) outcome.Outcome {
	l.t.Helper()
	return lifecycle.Update(l.t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web(name), StoresSecret: true, MayChange: anything}, l.save)
}

func (l *life) refresh() outcome.Outcome {
	l.t.Helper()
	return lifecycle.Read(l.t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAuto}}, l.save)
}

// shows fails unless the state's secret is the one that is in force.
func (l *life) shows(what string) {
	l.t.Helper()
	if got, want := l.state.Handle.ClientSecret.Reveal(), l.op.CurrentSecret(l.state.Handle.ClientID); got != want {
		l.t.Errorf("%s: the secret in the state is %q, in force is %q; facts %+v", what, got, want, l.state.Record.Facts)
	}
}

// edited changes what an operation's answer shows for a member.
func edited(member string, form func(string) any) []fakeop.CallFault {
	return fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
		if shown, ok := doc[member].(string); ok {
			doc[member] = form(shown)
		}
	}})
}

// Two servers without management may use one client_id, and share a journal: what is done with one server's client says nothing of the
// other's, whose state was never saved.
func TestClientsOfTwoServersInOneJournal(t *testing.T) {
	for what, act := range map[string]func(*life){
		"a plan":     func(l *life) { lifecycle.Confirm(t.Context(), l.server, l.state) },
		"a deletion": func(l *life) { lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save) },
	} {
		for _, private := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, private state %v", what, private), func(t *testing.T) {
				settings := authserver.Settings{Journal: &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}}
				one := begin(t, &fakeop.Server{Management: fakeop.ManagementOff, Seed: "one"}, settings)
				one.register()
				same := func(int) string { return one.state.Handle.ClientID }
				killed := begin(t, &fakeop.Server{Management: fakeop.ManagementOff, Seed: "two", ClientID: same}, settings)
				lifecycle.Register(t.Context(), killed.server, lifecycle.Registration{Asked: web("b")}, func(authserver.Snapshot) {})
				killed.server.Close()
				if !private {
					one.state.Record = reconcile.Record{}
				}
				act(one)
				two := start(t, killed.op, settings)
				out := lifecycle.Register(t.Context(), two.server, lifecycle.Registration{Asked: web("b")}, two.save)
				if n := two.op.Registrations(); n != 1 {
					t.Errorf("registered %d times: %v", n, out.Problems)
				}
			})
		}
	}
}

// An answer that names another client's address costs nothing: many servers revoke a token that shows up there.
func TestAddressOfAnotherClient(t *testing.T) {
	for _, form := range []fakeop.ClientURIForm{fakeop.URIPath, fakeop.URIQuery} {
		for _, by := range []fakeop.Operation{fakeop.OpUpdate, fakeop.OpRead} {
			l := begin(t, &fakeop.Server{ClientURI: form}, authserver.Settings{})
			l.register()
			other := &life{t: t, op: l.op, server: l.server}
			other.register()
			l.op.Force(by, fakeop.Answer{Edit: func(doc map[string]any) { doc["registration_client_uri"] = other.state.Handle.RegistrationClientURI }})
			if by == fakeop.OpUpdate {
				l.rename("b")
			} else {
				l.refresh()
			}
			l.want(l.refresh())
			l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
			if n := len(l.op.Clients()); n != 1 {
				t.Errorf("%s: %d clients are left", by, n)
			}
		}
	}
}

// Where the provider's credentials manage, what a read shows in a token's place pushes them aside by nothing.
func TestTokenThatIsNotNeeded(t *testing.T) {
	for _, form := range []string{"********", "[hidden]", "$2a$10$abcdefghijklmnopqrstuv", "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"} {
		l := begin(t, &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"iat": 0}},
			authserver.Settings{InitialAccessToken: secret.New("iat")})
		shown := fakeop.Answer{Edit: func(doc map[string]any) { doc["registration_access_token"] = form }}
		l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(shown)}, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(shown)}})
		l.register()
		l.want(l.refresh())
		l.want(l.rename("b"))
		l.want(l.refresh())
		l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
	}
}

// The answer to a registration may show a mask where reads show the secret. What looks like a hash may be the secret: both are kept.
func TestMaskInTheAnswerToARegistration(t *testing.T) {
	for name, form := range map[string]fakeop.Showing{
		"mask": fakeop.Mask("********"), "word": fakeop.Mask("[hidden]"), "prefix": fakeop.Prefix(4, "…"), "hash": fakeop.Hash(),
	} {
		f := fakeop.Faults{TokenChecksGrantFirst: true, Registration: fakeop.RegistrationFaults{Shows: fakeop.Shows{Secret: form}}}
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
		l.refresh()
		if name == "hash" {
			l.state.Handle.ClientSecret = l.state.Record.Unproven.ClientSecret
		}
		l.shows(name)
	}
}

// A server that shows another ciphertext with each read looks like one that replaces the secret. The last secret that was proved stays
// known however long the token endpoint is away, and is back in the state once that tells.
func TestAnotherCiphertextWithEachRead(t *testing.T) {
	n := 100
	ciphertext := func(string) any { n++; return hexSecret(n) }
	f := fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: edited("client_secret", ciphertext)}}
	away := f
	away.TokenEndpoint.Calls = fakeop.Always(fakeop.InternalError())
	for _, updates := range []int{0, 1, 3} {
		l := begin(t, &fakeop.Server{Faults: away, Secret: hexSecret}, authserver.Settings{})
		lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
		for i := range updates {
			l.rename(fmt.Sprint(i))
		}
		l.op.SetFaults(f)
		l.refresh()
		l.shows(fmt.Sprintf("after %d updates, in the next refresh", updates))
		l.rename("last")
		l.refresh()
		l.shows(fmt.Sprintf("after %d updates and another", updates))
	}
}

// Where updates were seen to issue secrets, what the next one shows is asked of the token endpoint all the same.
func TestFormsWhereUpdatesIssueSecrets(t *testing.T) {
	for name, form := range map[string]func(string) any{
		"blanks": func(s string) any { return " " + s + "\n" }, "quoted": func(s string) any { return `"` + s + `"` },
		"upper case": func(s string) any { return strings.ToUpper(s) },
		"reversed":   func(s string) any { b := []byte(s); slices.Reverse(b); return string(b) },
		"keyed":      func(s string) any { d := map[string]any{"client_secret": s}; keyed(d); return d["client_secret"] },
	} {
		l := begin(t, &fakeop.Server{Secret: hexSecret, Faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}}, authserver.Settings{})
		l.register()
		if l.rename("b"); !l.state.Record.Facts.SecretOnUpdate {
			t.Fatal("it is not learnt that updates issue secrets")
		}
		l.op.SetFaults(fakeop.Faults{OmitSecretOnRead: true, Updating: fakeop.UpdatingFaults{Calls: edited("client_secret", form)}})
		l.rename("c")
		l.shows(name)
	}
}

// A 503 without a time to come back is also how a proxy answers whose connection to the server broke off: what was sent may have been
// done, so that the credentials of before are no evidence.
func TestUnavailableAfterTheUpdateWasMade(t *testing.T) {
	rotates := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		f := rotates
		f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Answer{Status: status, Processed: true}}}
		l := begin(t, &fakeop.Server{Faults: rotates}, authserver.Settings{})
		l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: machine("a")}, l.save))
		l.op.SetFaults(f)
		lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: machine("b"), StoresSecret: true}, l.save)
		if out := l.refresh(); out.Gone {
			t.Errorf("%d: a client that lives is forgotten: %v", status, out.Problems)
		}
	}
}

// A server may answer a registration with a client that another resource has. One client in two resources is told, whether the other
// resource is of this run or only in the journal; what the answer brought is kept.
func TestRegistrationIsAnsweredWithAKnownClient(t *testing.T) {
	for _, status := range []int{200, 201} {
		for _, sameRun := range []bool{true, false} {
			settings := authserver.Settings{Journal: &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}}
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RegisterStatus: status, SameMetadataSameClient: true}}, settings)
			public := web("a")
			public["token_endpoint_auth_method"] = "none"
			l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: public}, l.save))
			lifecycle.Confirm(t.Context(), l.server, l.state)
			second := &life{t: t, op: l.op, server: l.server}
			if !sameRun {
				second = l.restarted(settings)
			}
			second.want(lifecycle.Register(t.Context(), second.server, lifecycle.Registration{Asked: public}, second.save), outcome.KnownBefore)
			if second.state.Handle.ClientID != l.state.Handle.ClientID || len(l.op.Clients()) != 1 {
				t.Errorf("%d: %d clients", status, len(l.op.Clients()))
			}
		}
	}
}

// A replica that has not seen an update refuses what the update issued, and takes what was before it. That proves neither: once the
// replica is past, what works is found again.
func TestAReplicaThatLagsDropsNothing(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"token": {RotateTokenOnUpdate: true}, "address": {MoveURIOnUpdate: true},
		"token and secret":        {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitSecretOnRead: true},
		"with each read, as well": {RotateTokenOnRead: true, RotateSecretOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
	} {
		for answers := 1; answers <= 4; answers++ {
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
			lags := f
			lags.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Times: answers, Answer: fakeop.Answer{Stale: true}}}
			l.op.SetFaults(lags)
			l.rename("b")
			l.op.SetFaults(f)
			what := fmt.Sprintf("%s, %d answers", name, answers)
			if out := l.rename("c"); out.Failed() {
				t.Errorf("%s: %v", what, &out.Problems[len(out.Problems)-1])
				continue
			}
			l.rename("d")
			l.shows(what)
			if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Failed() || len(l.op.Clients()) > 0 {
				t.Errorf("%s: not deregistered: %v", what, out.Problems)
			}
		}
	}
}

// The same of the token endpoint and a secret that reads hide.
func TestATokenEndpointThatLagsDropsNoSecret(t *testing.T) {
	f := fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}
	l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
	l.register()
	before := l.state.Handle.ClientSecret.Reveal()
	known := func(r *http.Request) bool { _, password, _ := r.BasicAuth(); return password == before }
	lags := f
	lags.TokenEndpoint.Calls = []fakeop.CallFault{
		{Matches: known, Answer: fakeop.Answer{Status: 400, Body: `{"error":"invalid_grant"}`}},
		{Matches: func(r *http.Request) bool { return !known(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`}},
	}
	l.op.SetFaults(lags)
	l.rename("b")
	l.op.SetFaults(f)
	l.refresh()
	l.shows("after a refresh")
}

// A deletion that was not made is not called one where a front end loses its answer and then has a page of its own for the read after it.
func TestDeletionThatAFrontEndAnswers(t *testing.T) {
	for what, answers := range map[string][2]fakeop.Answer{
		"502, then 404":    {fakeop.BadGateway(), fakeop.NotFoundPage()},
		"cut, then 404":    {fakeop.Dropped(), fakeop.NotFoundPage()},
		"500, then a text": {{Status: 500}, {Status: 404, MediaType: "text/plain", Body: "default backend - 404"}},
		"500, then 410":    {{Status: 500}, fakeop.GonePage()},
	} {
		silent := fakeop.Faults{TokenChecksGrantFirst: true}
		l := begin(t, &fakeop.Server{Faults: silent}, authserver.Settings{})
		l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: machine("a")}, l.save))
		f := silent
		f.Deletion.Calls, f.Reading.Calls = fakeop.Always(answers[0]), fakeop.Always(answers[1])
		l.op.SetFaults(f)
		out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
		if out.Gone || len(out.Problems) != 1 || len(out.Problems[0].Ways) == 0 {
			t.Errorf("%s: gone %v, %v", what, out.Gone, out.Problems)
		}
		l.op.SetFaults(silent)
		l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
	}
}
