// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var rotatesOnUpdate = fakeop.Faults{RotateTokenOnUpdate: true}

// withTheTokenBefore is a client whose token an update has replaced, and the settings of what knows the one before: a setting that stays, or the state and the
// journal, which keep it for later since a run of refresh = "never" handed it in.
func withTheTokenBefore(t *testing.T, stays bool, journal string) (*life, authserver.Settings) {
	t.Helper()
	s := authserver.Settings{}
	if journal == "from the beginning" {
		s = withJournal(t)
	}
	l := begin(t, &fakeop.Server{Faults: rotatesOnUpdate}, s)
	l.registerAs(web("a"))
	id := l.state.Handle.ClientID
	before := map[string]secret.String{id: secret.New(l.op.CurrentToken(id))}
	if stays {
		s.RegistrationAccessTokens = before
	}
	l = l.later(s)
	l.update(web("b"))
	for range 2 { // so that the state has the one before no more
		l = l.later(s)
		l.refresh()
	}
	if journal == "new" {
		s.Journal = withJournal(t).Journal
	}
	if !stays {
		once := s
		once.RegistrationAccessTokens = before
		l = l.later(once)
		lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshNever}}, l.save)
	}
	return l, s
}

// A replica lags during some plans, of which not all are applied, and takes the token that was in force before. The client's own is kept through all of them,
// also where the journal has the other one from a plan that was never applied, and where the state has it for later.
func TestATokenOfLongAgoThatPlansTake(t *testing.T) {
	for i, stays := range []bool{true, false, true, false, true, false} {
		status := []int{0, 403, 404}[i/2]
		for _, journal := range []string{"none", "from the beginning", "new"} {
			for _, operations := range [][]string{{"plan", "read"}, {"plan", "plan", "update"}, {"read", "read"}, {"read", "update"}, {"plan", "read", "read"}} {
				what := fmt.Sprintf("refused by %d, the setting stays %v, journal %s, %v", status, stays, journal, operations)
				l, s := withTheTokenBefore(t, stays, journal)
				op := l.op
				lags := rotatesOnUpdate
				lags.InvalidTokenStatus = status
				lags.Reading.Calls = fakeop.Always(fakeop.Answer{Stale: true})
				op.SetFaults(lags)
				var said string
				for _, name := range operations {
					l = l.later(s)
					saved := l.state
					if name != "plan" {
						said += kinds(l.operate(name, web("c")).Problems) + ";"
						continue
					}
					said += kinds(l.refresh().Problems) + ";"
					l.state = saved
				}
				lags.Reading.Calls = nil
				op.SetFaults(lags)
				l = l.later(s)
				if out := l.update(web("d")); out.Failed() {
					t.Errorf("%s: the client's own token is lost: %s then %s", what, said, kinds(out.Problems))
				}
			}
		}
	}
}
