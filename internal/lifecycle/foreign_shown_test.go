// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// namesOther is a registration that is answered with another client's client_id, and nothing that would tell whose that is.
func namesOther(id string) fakeop.Answer {
	return fakeop.Answer{Edit: func(doc map[string]any) {
		doc["client_id"] = id
		for _, member := range []string{"registration_access_token", "registration_client_uri", "client_id_issued_at"} {
			delete(doc, member)
		}
	}}
}

// The provider's own credentials show any client, also one that the answer to a registration names wrongly. When its client_id was issued tells that it is none of
// this registration's, which neither deletes it nor takes it over.
func TestAnAnswerThatNamesAClientWhichTheProviderMayReadAnyhow(t *testing.T) {
	for _, management := range []string{authserver.ManagementProvider, authserver.ManagementAuto} {
		for _, before := range []time.Duration{30*24*time.Hour + 5*time.Hour + 13*time.Minute, 0} {
			for _, replaces := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s before, replaces %v", management, before, replaces), func(t *testing.T) {
					now := fakeop.Epoch.Add(-before)
					op := &fakeop.Server{RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"ours": 100}, Clock: func() time.Time { return now }}
					s := authserver.Settings{InitialAccessToken: secret.New("ours"), Management: management}
					l := begin(t, op, s)
					l.registerAs(web("theirs"))
					theirs := l.state.Handle.ClientID
					now = fakeop.Epoch
					l.state = authserver.State{}
					if replaces {
						l.registerAs(web("mine"))
					}
					mine := l.state.Handle.ClientID
					l = l.later(s)
					l.op.Force(fakeop.OpRegister, namesOther(theirs))
					var out outcome.Outcome
					if replaces {
						out = l.replace(web("b"), authserver.Behaviour{})
					} else {
						out = lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("b"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
					}
					_, theirsLives := l.op.Client(theirs)
					_, mineLives := l.op.Client(mine)
					if before > 0 && (!theirsLives || replaces != mineLives || !out.Failed() || l.state.Handle.ClientID == theirs && replaces) {
						t.Errorf("theirs lives %v, mine %v: %s", theirsLives, mineLives, kinds(out.Problems))
					}
				})
			}
		}
	}
}
