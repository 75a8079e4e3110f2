// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
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
