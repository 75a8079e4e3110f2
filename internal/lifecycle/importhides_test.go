// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A client is forgotten and imported where reads show no secret, and the journal gives the secret back in the first update. That the reads of the
// import and of the update showed none is what reads do: no plan after it proposes to find out.
func TestImportedSecretOfTheJournalIsHidden(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"no expiry":              {OmitSecretOnRead: true, OmitTokenOnRead: true, OmitSecretOnUpdate: true},
		"update rotates":         {OmitSecretOnRead: true, OmitTokenOnRead: true, OmitSecretOnUpdate: true, RotateTokenOnUpdate: true},
		"updates show":           {OmitSecretOnRead: true, OmitTokenOnRead: true, RotateTokenOnUpdate: true},
		"updates show an expiry": {OmitSecretOnRead: true, OmitTokenOnRead: true, OmitSecretOnUpdate: true, RotateTokenOnUpdate: true, SecretExpiryWithoutSecret: true},
		"reads show a hash":      {HashedSecretOnRead: true},
		"a hash, updates rotate": {HashedSecretOnRead: true, RotateTokenOnUpdate: true},
		"silent, updates rotate": {OmitSecretOnRead: true, OmitTokenOnRead: true, OmitSecretOnUpdate: true, RotateTokenOnUpdate: true, TokenChecksGrantFirst: true},
		"a hash, silent":         {HashedSecretOnRead: true, TokenChecksGrantFirst: true},
	} {
		for what, asked := range map[string]string{"same": "a", "changed": "b"} {
			t.Run(name+"/"+what, func(t *testing.T) {
				s := withJournal(t)
				l := begin(t, &fakeop.Server{Faults: f}, s)
				l.registerAs(web("a"))
				issued := l.state.Handle.ClientSecret
				l = l.restarted(handingIn(s, l.state.Handle))
				h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: l.state.Handle.RegistrationClientURI})
				if problem != nil {
					t.Fatal(problem)
				}
				l = l.later(s)
				l.state = authserver.State{Handle: h}
				said := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true}, l.save)
				t.Logf("after the import: %+v %s", l.state.Record.Facts, kinds(said.Problems))
				l = l.later(s)
				said = l.update(web(asked))
				t.Logf("after the update: %+v %s", l.state.Record.Facts, kinds(said.Problems))
				if asked != "a" && !l.state.Handle.ClientSecret.Equal(issued) {
					t.Errorf("the secret is not the one that was issued: has one: %t", !l.state.Handle.ClientSecret.IsEmpty())
				}
				l = l.later(s)
				said = l.refresh()
				reads, _ := lifecycle.ReadsInApply(l.server, l.state, authserver.Behaviour{Refresh: authserver.RefreshAuto})
				if reads || len(said.Problems) > 0 {
					t.Errorf("the next plan reads: %t, says: %s (%+v)", reads, kinds(said.Problems), l.state.Record.Facts)
				}
			})
		}
	}
}

// Another configuration looks at a client, with the same journal, on a server whose reads show what it stores of the secret. The journal keeps the
// secret, for the state and for an import after the state is lost.
func TestALookKeepsTheJournalsSecret(t *testing.T) {
	looks := map[string]func(*life, authserver.State) []outcome.Problem{
		"data source": func(l *life, of authserver.State) []outcome.Problem {
			_, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: of.Handle.ClientID, RegistrationClientURI: of.Handle.RegistrationClientURI, Token: of.Handle.RegistrationAccessToken})
			return problems
		},
		"ephemeral resource": func(l *life, of authserver.State) []outcome.Problem {
			h := of.Handle
			h.ClientSecret = secret.String{}
			answer, problems := lifecycle.FetchSecret(t.Context(), l.server, h)
			if answer != nil && !answer.ClientSecret.Equal(of.Handle.ClientSecret) {
				t.Errorf("%d problems, and what is stored of the secret is given out for it", len(problems))
			}
			return problems
		},
		"ephemeral resource by address": func(l *life, of authserver.State) []outcome.Problem {
			h := of.Handle
			h.ClientID, h.ClientSecret = "", secret.String{}
			_, problems := lifecycle.FetchSecret(t.Context(), l.server, h)
			return problems
		},
	}
	for name, f := range map[string]fakeop.Faults{
		"hash": {HashedSecretOnRead: true}, "hash, silent": {HashedSecretOnRead: true, TokenChecksGrantFirst: true},
		"hidden, silent": {OmitSecretOnRead: true, TokenChecksGrantFirst: true},
		"masked, silent": {ShowOnRead: map[string]any{"client_secret": "********"}, TokenChecksGrantFirst: true},
		"digest":         {ShowOnRead: map[string]any{"client_secret": func(any) any { return "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8" }}},
		"digest, silent": {TokenChecksGrantFirst: true, ShowOnRead: map[string]any{"client_secret": func(any) any { return "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8" }}},
	} {
		for way, look := range looks {
			for times := 1; times <= 2; times++ {
				t.Run(fmt.Sprint(name, "/", way, "/", times), func(t *testing.T) {
					s := withJournal(t)
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(web("a"))
					issued, id := l.state.Handle, l.state.Handle.ClientID
					l = l.later(s)
					for range times {
						l.server.Close()
						other := start(t, l.op, s)
						look(other, l.state)
						other.server.Close()
						l = l.later(s)
					}
					l.refresh()
					if inForce := l.op.CurrentSecret(id); l.state.Handle.ClientSecret.Reveal() != inForce {
						t.Errorf("the state has %q, in force is %q", l.state.Handle.ClientSecret.Reveal(), inForce)
					}
					l = l.later(s)
					l.state = authserver.State{Handle: reconcile.Handle{ClientID: id, RegistrationClientURI: issued.RegistrationClientURI, RegistrationAccessToken: issued.RegistrationAccessToken}}
					lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true}, l.save)
					if inForce := l.op.CurrentSecret(id); l.state.Handle.ClientSecret.Reveal() != inForce {
						t.Errorf("imported is %q, in force is %q", l.state.Handle.ClientSecret.Reveal(), inForce)
					}
				})
			}
		}
	}
}
