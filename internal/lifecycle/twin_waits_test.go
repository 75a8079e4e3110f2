// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The old object has a credential that an update's answer showed and that nothing has proved, beside the one before. Whichever of the two is in force, the object is not
// destroyed for an answer to the registration that shows another one.
func TestNoDestroyDropsACredentialThatWaits(t *testing.T) {
	for _, member := range []string{"client_secret", "registration_access_token"} {
		for _, waitsInForce := range []bool{true, false} {
			for _, shown := range []string{"the one in force", "the other one", "a wrong one"} {
				t.Run(fmt.Sprintf("%s, the one that waits is in force %v, shown %s", member, waitsInForce, shown), func(t *testing.T) {
					t.Parallel()
					l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}}, authserver.Settings{})
					l.registerAs(machine("a"))
					now := another(l, authserver.Settings{}, authserver.State{})
					before := &life{t: t, op: l.op, server: now.server, state: l.state}
					other := before.hasWait(member, waitsInForce)
					switch shown {
					case "the other one":
						now.answers(shows(member, other))
					case "a wrong one":
						now.answers(registrationShows["a wrong "+map[string]string{"client_secret": "secret", "registration_access_token": "token"}[member]])
					}
					l.op.Force(fakeop.OpRead, fakeop.InternalError())
					now.registerAs(machine("a"))
					out := before.operate("delete", nil)
					client, lives := l.op.Client(before.state.Handle.ClientID)
					if !lives || inForce(now.state, client) != out.Gone || out.Gone != (shown == "the one in force") {
						t.Errorf("lives %v, destroyed %v: %s", lives, out.Gone, kinds(out.Problems))
					}
					if !out.Gone && (!out.Has(outcome.DeleteOnlyCopy) || !inForce(before.state, client)) {
						t.Errorf("the old object has not what is in force: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// hasWait has a credential wait in the state beside the known one, and returns the one of the two that is not in force.
func (l *life) hasWait(member string, inForce bool) (other string) {
	h, u := &l.state.Handle, &l.state.Record.Unproven
	known, waits, anew, never := &h.ClientSecret, &u.ClientSecret, l.op.ReissueSecret, "secret-7-cafecafecafecafe"
	if member == "registration_access_token" {
		known, waits, anew, never = &h.RegistrationAccessToken, &u.RegistrationAccessToken, l.op.ReissueToken, "reg-token-7-cafecafecafecafe"
	}
	if *waits = secret.New(never); inForce {
		never, *waits = known.Reveal(), secret.New(anew(h.ClientID))
	}
	return never
}
