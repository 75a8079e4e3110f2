// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A lost update may have replaced the registration access token. What the provider's own credentials are shown after it tells nothing of the token,
// whose refusal then says no more than before.
func TestAReadByTheProvidersCredentialsAfterALostUpdate(t *testing.T) {
	const admin = "credential-of-the-provider"
	habits := map[string]fakeop.Faults{
		"reads replace nothing": {}, "reads replace the token": {RotateTokenOnRead: true}, "the token is refused as missing": {InvalidTokenStatus: 404},
	}
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for name, habit := range habits {
			for _, killed := range []bool{false, true} {
				for _, between := range []string{"read", "update", "plan"} {
					habit.RotateTokenOnUpdate, habit.AuthorizeErrorPage = true, true
					habit.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
					own := settings()
					byProvider := own
					byProvider.InitialAccessToken, byProvider.Management = secret.New(admin), authserver.ManagementProvider
					l := begin(t, &fakeop.Server{AdminToken: admin, Faults: habit}, own)
					l.registerAs(doc("a"))
					l.update(doc("b"))
					lost := habit
					lost.Updating.Calls = fakeop.Always(fakeop.Lost())
					l.op.SetFaults(lost)
					save := l.save
					if killed {
						save = func(authserver.Snapshot) {}
					}
					lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc("c"), StoresSecret: true, MayChange: anything}, save)
					l.op.SetFaults(fakeop.Faults{OmitTokenOnRead: true, OmitTokenOnUpdate: true})
					l = l.later(byProvider)
					before := l.state
					out := l.anyway()
					if between == "plan" { // which saves nothing
						l.state = before
					}
					if between == "update" {
						out = l.update(doc("d"))
					}
					l.op.SetFaults(habit)
					l = l.later(own)
					if gone := l.anyway(); gone.Gone && (own.Journal != nil || !killed) {
						t.Errorf("%s, killed %v, %s: a live client is forgotten: %v, after %v", name, killed, between, kinds(gone.Problems), kinds(out.Problems))
					}
				}
			}
		}
	})
}

// An administrator reissues the registration access token, and the provider's own credentials stand in for it. That is no word on what reads do, so
// that a change at the server is seen, and nothing is left to do after an update. Where reads do replace the token, two of them tell.
func TestTheProvidersCredentialsStandInForAToken(t *testing.T) {
	const admin = "credential-of-the-provider"
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for _, rotates := range []bool{false, true} {
			for _, first := range []string{"read", "update"} {
				own := settings()
				byProvider := own
				byProvider.InitialAccessToken, byProvider.Management = secret.New(admin), authserver.ManagementProvider
				l := begin(t, &fakeop.Server{AdminToken: admin}, own)
				l.registerAs(doc("a"))
				id := l.state.Handle.ClientID
				l.op.ReissueToken(id)
				l.op.SetFaults(fakeop.Faults{RotateTokenOnRead: rotates})
				l = l.later(byProvider)
				if out := l.operate(first, doc("b")); out.Has(outcome.ReadsRotate) != (rotates && first == "read" && own.Journal == nil) || l.state.Record.Facts.RotatesOnRead != rotates {
					t.Errorf("%s, reads replace the token %v: %+v, %s", first, rotates, l.state.Record.Facts, kinds(out.Problems))
				}
				reads, why := lifecycle.ReadsInApply(l.server, l.state, authserver.Behaviour{Refresh: authserver.RefreshAuto})
				if l.holds(first); reads {
					t.Errorf("%s, reads replace the token %v: the next apply is to read: %v", first, rotates, why)
				}
				if rotates {
					continue
				}
				for _, s := range []authserver.Settings{byProvider, own} {
					l.op.SetMember(id, "client_name", "drifted")
					l = l.later(s)
					out := l.refresh()
					if last := l.saves[len(l.saves)-1]; last.Values["client_name"] != "drifted" {
						t.Errorf("%s, then %q: the change is not seen: %s", first, s.Management, kinds(out.Problems))
					}
					if out = l.update(doc("c")); out.Failed() {
						t.Errorf("%s, then %q: %s", first, s.Management, kinds(out.Problems))
					}
				}
				if l.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(id) {
					t.Errorf("%s: the token that an administrator issued is not proved by its use", first)
				}
			}
		}
	})
}
