// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// managedByCredential is a server whose clients the provider's credentials manage, and which names their addresses or does not.
func managedByCredential(t *testing.T, named bool) (*fakeop.Server, fakeop.Faults) {
	t.Helper()
	op := &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"admin": 0}}
	op.Start(t)
	f, endpoint := fakeop.Faults{}, op.RegistrationEndpoint()
	if named {
		f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) {
			doc["registration_client_uri"] = fmt.Sprint(endpoint, "/", doc["client_id"])
		}})
	}
	op.SetFaults(f)
	return op, f
}

// A credential of the provider that expires between a registration and the read after it is refused there. That says nothing of whether it manages the client
// (RFC 6750 §3.1), and with another one the client is managed as every other.
func TestACredentialThatExpiresBeforeTheReadBack(t *testing.T) {
	settings := authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider}
	for _, named := range []bool{false, true} {
		for _, template := range []string{"", "{registration_endpoint}/{client_id}"} {
			for _, then := range []string{"update", "replace", "destroy", "destroy without a refresh"} {
				for _, refusal := range []fakeop.Answer{fakeop.Unauthorized(true), {Status: 400, Body: `{"error":"invalid_token"}`}} {
					t.Run(fmt.Sprintf("named %v, template %q, %s, %d", named, template, then, refusal.Status), func(t *testing.T) {
						t.Parallel()
						op, f := managedByCredential(t, named)
						l := start(t, op, settings)
						b := authserver.Behaviour{URITemplate: template, Refresh: authserver.RefreshAuto}
						expired := f
						expired.Reading.Calls = []fakeop.CallFault{{Times: 2, Answer: refusal}}
						op.SetFaults(expired)
						l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: b}, l.save), outcome.NotReadBack)
						op.SetFaults(f)
						id := l.state.Handle.ClientID
						if l = l.later(settings); then != "destroy without a refresh" {
							l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save), outcome.SkippedNotLearnt) // which the apply makes up for
							l = l.later(settings)
						}
						switch then {
						case "update":
							l.want(lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), Behaviour: b, StoresSecret: true, MayChange: anything}, l.save))
							if l.state.Handle.ClientID != id || len(op.Clients()) != 1 || !l.server.Manages(l.state.Handle) {
								t.Errorf("%+v; at the server are %v", l.state.Handle, op.Clients())
							}
							l = l.later(settings)
						case "replace":
							if l.want(l.replace(web("b"), b)); len(op.Clients()) != 1 {
								t.Errorf("at the server are %v", op.Clients())
							}
							l = l.later(settings)
						}
						if l.want(l.destroy(b)); len(op.Clients()) != 0 {
							t.Errorf("left are %v", op.Clients())
						}
					})
				}
			}
		}
	}
}

// A refresh that looks at the client before the credential is renewed, or while the server is away, says no more of that. The first one that can be believed does.
func TestALookThatFailsInARefreshIsNotTheLast(t *testing.T) {
	expired := fakeop.Unauthorized(true)
	for what, failure := range map[string][]fakeop.CallFault{
		"expired": nil, "503": {{Times: 4, Answer: fakeop.Answer{Status: 503}}}, "cut": {{Times: 4, Answer: fakeop.Dropped()}}, "one 404": {{Times: 1, Answer: fakeop.Answer{Status: 404}}},
		"one 401 of a good credential": {{Times: 1, Answer: expired}}, "one 403": {{Times: 1, Answer: fakeop.Answer{Status: 403}}},
	} {
		for client, asked := range map[string]metadata.Document{"secret": web("a"), "no secret": public("a")} {
			for _, then := range []string{"update", "replace", "destroy"} {
				t.Run(fmt.Sprintf("%s, %s, %s", what, client, then), func(t *testing.T) {
					t.Parallel()
					op, f := managedByCredential(t, false)
					settings := authserver.Settings{RegistrationEndpoint: looksAtTheCredentialFirst(t, op), InitialAccessToken: secret.New("admin"), Management: authserver.ManagementNone}
					l := startAs(t, op, settings)
					l.want(l.registerAs(asked))
					settings.Management = authserver.ManagementProvider
					f.Reading.Calls = failure
					op.SetFaults(f)
					looking := settings
					if what == "expired" {
						looking.InitialAccessToken = secret.New("expired")
					}
					l = l.later(looking)
					always := authserver.Behaviour{Refresh: authserver.RefreshAlways}
					out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: always}, l.save)
					if failure != nil && failure[0].Times == 1 {
						l.want(out)
					} else {
						l.want(out, outcome.NotRefreshed)
					}
					f.Reading.Calls = nil
					op.SetFaults(f)
					l = l.later(settings)
					id, b := l.state.Handle.ClientID, maps.Clone(asked)
					b["client_name"] = "b"
					switch then {
					case "update":
						l.want(lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: b, Behaviour: always, StoresSecret: true, MayChange: anything}, l.save))
						if l.state.Handle.ClientID != id || !l.server.Manages(l.state.Handle) {
							t.Errorf("%+v", l.state.Handle)
						}
					case "replace":
						l.want(l.replace(b, always))
					}
					if len(op.Clients()) != 1 {
						t.Errorf("at the server are %v", op.Clients())
					}
					l = l.later(settings)
					if l.want(l.destroy(always)); len(op.Clients()) != 0 {
						t.Errorf("left are %v", op.Clients())
					}
				})
			}
		}
	}
}

// What answers twice as where no clients are served ends the look, and so does the refusal of a credential that is not known to be bad: it is told once, and nothing asks again.
func TestALookThatFindsNoManagementIsTheLast(t *testing.T) {
	for what, answer := range map[string]fakeop.Answer{"404": {Status: 404}, "405": {Status: 405}, "403": {Status: 403}, "good credential": fakeop.Unauthorized(true), "nothing tells": fakeop.Unauthorized(true)} {
		op, f := managedByCredential(t, false)
		settings := authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint(), InitialAccessToken: secret.New("admin"), Management: authserver.ManagementNone}
		if what == "good credential" {
			settings.RegistrationEndpoint = looksAtTheCredentialFirst(t, op)
		}
		l := startAs(t, op, settings)
		l.want(l.registerAs(public("a")))
		f.Reading.Calls, f.Deletion.Calls = fakeop.Always(answer), fakeop.Always(answer)
		op.SetFaults(f)
		settings.Management = authserver.ManagementProvider
		l = l.later(settings)
		l.want(l.refresh(), outcome.NotManageable)
		if l.state.Record.Unlooked || l.server.Manages(l.state.Handle) {
			t.Errorf("%s: looked for for ever: %+v", what, l.state.Handle)
		}
		reads := op.CountOf(fakeop.OpRead)
		l = l.later(settings)
		if l.want(l.refresh()); op.CountOf(fakeop.OpRead) != reads {
			t.Errorf("%s: asked for again", what)
		}
		if out := l.destroy(authserver.Behaviour{}); !out.Gone || !out.Has(outcome.DeleteUnmanaged) {
			t.Errorf("%s: %s", what, kinds(out.Problems))
		}
	}
}

// A credential that had expired, of which nothing tells, ends the look as one that manages no clients does. Renewed, and with the address written out, it manages the client again.
func TestALookThatAnExpiredCredentialEndedIsMadeAgainWhereTheAddressIsWrittenOut(t *testing.T) {
	for client, asked := range map[string]metadata.Document{"secret": web("a"), "no secret": public("a")} {
		for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshAlways} {
			op, f := managedByCredential(t, false)
			settings := authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint(), InitialAccessToken: secret.New("admin"), Management: authserver.ManagementNone}
			l := startAs(t, op, settings)
			l.want(l.registerAs(asked))
			id := l.state.Handle.ClientID
			settings.Management, settings.InitialAccessToken = authserver.ManagementProvider, secret.New("expired")
			l = l.later(settings)
			l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAlways}}, l.save), outcome.NotManageable)
			settings.InitialAccessToken = secret.New("admin")
			written := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}", Refresh: refresh}
			l = l.later(settings)
			lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: written}, l.save)
			if !l.server.Manages(l.state.Handle) {
				t.Fatalf("%s, %s: the plan replaces the client: %+v", client, refresh, l.state)
			}
			b := maps.Clone(asked)
			b["client_name"] = "b"
			l = l.later(settings)
			l.want(lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: b, Behaviour: written, StoresSecret: true, MayChange: anything}, l.save))
			l = l.later(settings) // and once it was shown there, the address stays
			op.SetFaults(f)
			if l.want(l.destroy(authserver.Behaviour{})); l.state.Handle.ClientID != id || len(op.Clients()) != 0 {
				t.Errorf("%s, %s: left are %v", client, refresh, op.Clients())
			}
		}
	}
}

// A server that refuses a good credential at its clients, each time, does not have it manage them.
func TestACredentialThatManagesNoClients(t *testing.T) {
	for _, named := range []bool{false, true} {
		op, f := managedByCredential(t, named)
		f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true))
		op.SetFaults(f)
		settings := authserver.Settings{RegistrationEndpoint: looksAtTheCredentialFirst(t, op), InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider}
		l := startAs(t, op, settings)
		l.want(l.registerAs(web("a")), outcome.NotManageable)
		if l.server.Manages(l.state.Handle) || l.state.Record.Unlooked {
			t.Errorf("named %v: %+v", named, l.state.Handle)
		}
	}
}

// Where nothing tells whether the credential is good, each apply asks and says what helps, until the user does not promise any more that it manages clients.
func TestACredentialOfWhichNothingTells(t *testing.T) {
	settings := authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider}
	op, f := managedByCredential(t, false)
	f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true))
	op.SetFaults(f)
	l := start(t, op, settings)
	l.want(l.registerAs(web("a")), outcome.NotReadBack)
	for range 3 {
		l = l.later(settings)
		l.want(l.refresh(), outcome.SkippedNotLearnt)
		if may, _ := lifecycle.ReadsInApply(l.server, l.state, authserver.Behaviour{Refresh: authserver.RefreshAuto}); !may {
			t.Fatal("the client is not asked for")
		}
		out := l.update(web("a"))
		l.want(out, outcome.ProviderRefused)
		if !slices.Contains(out.Problems[0].Ways, reconcile.WayManagementNone) {
			t.Errorf("no way is named: %q", out.Problems[0].Ways)
		}
	}
	settings.Management = authserver.ManagementNone
	l = l.later(settings)
	reads := op.CountOf(fakeop.OpRead)
	l.want(l.refresh())
	if may, _ := lifecycle.ReadsInApply(l.server, l.state, authserver.Behaviour{Refresh: authserver.RefreshAuto}); may || op.CountOf(fakeop.OpRead) != reads {
		t.Error("asked for with management = none")
	}
}

// One metadata document that names a host inside for the registration endpoint, as a replica's, keeps the look from being sent. It is the next one's then.
func TestALookThatWasNeverSentIsNotTheLast(t *testing.T) {
	for client, asked := range map[string]metadata.Document{"secret": web("a"), "no secret": public("a")} {
		for _, stays := range []bool{false, true} {
			op, f := managedByCredential(t, false)
			settings := authserver.Settings{Issuer: op.Issuer(), InitialAccessToken: secret.New("admin"), Management: authserver.ManagementNone}
			l := startAs(t, op, settings)
			l.want(l.registerAs(asked))
			settings.Management = authserver.ManagementProvider
			wrong := f
			wrong.MetadataMembers = map[string]any{"registration_endpoint": "http://localhost:9/register"}
			op.SetFaults(wrong)
			always := authserver.Behaviour{Refresh: authserver.RefreshAlways}
			for range 2 {
				l = l.later(settings)
				l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: always}, l.save), outcome.NotRefreshed)
				if !l.state.Record.Unlooked || op.CountOf(fakeop.OpRead) != 0 {
					t.Fatalf("%s: nobody looks any more, after %d reads", client, op.CountOf(fakeop.OpRead))
				}
			}
			if l = l.later(settings); stays {
				if out := l.destroy(always); out.Gone {
					t.Errorf("%s: forgotten, and nobody was asked: %s", client, kinds(out.Problems))
				}
				settings.Management = authserver.ManagementNone
				if l = l.later(settings); !l.destroy(always).Gone {
					t.Errorf("%s: there is no way out", client)
				}
				continue
			}
			op.SetFaults(f)
			l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: always}, l.save))
			if !l.server.Manages(l.state.Handle) {
				t.Errorf("%s: nothing manages it: %+v", client, l.state.Handle)
			}
			l = l.later(settings)
			if l.want(l.destroy(always)); len(op.Clients()) != 0 {
				t.Errorf("%s: left are %v", client, op.Clients())
			}
		}
	}
}
