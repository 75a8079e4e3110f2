// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A replica lags for as long as a plan and its apply, or a read and the one after it, take. The token of long ago works twice, and the client's own is kept still.
func TestATokenOfLongAgoThatWorksTwice(t *testing.T) {
	for _, from := range []string{"settings", "settings, with a journal", "journal"} {
		for _, second := range []string{"read", "update"} {
			op := &fakeop.Server{}
			s, stays := authserver.Settings{}, authserver.Settings{}
			if from != "settings" {
				s = withJournal(t)
			}
			l := begin(t, op, s)
			l.registerAs(web("a"))
			id := l.state.Handle.ClientID
			handedIn := map[string]secret.String{id: secret.New(op.ReissueToken(id))}
			first := s
			first.RegistrationAccessTokens = handedIn
			l = l.later(first)
			l.refresh()
			if from != "journal" {
				s.RegistrationAccessTokens, stays = handedIn, first
			}
			op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true})
			l = l.later(stays)
			if out := l.update(web("b")); out.Failed() {
				t.Fatal(kinds(out.Problems))
			}
			l = l.later(stays)
			l.refresh()
			own := op.CurrentToken(id)
			lags := fakeop.Faults{RotateTokenOnUpdate: true, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Stale: true})}}
			op.SetFaults(lags)
			l = l.later(s)
			l.state.Record.WrittenAt = 0
			one := l.refresh()
			l = l.later(s)
			two := l.operate(second, web("c"))
			op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true})
			l = l.later(s)
			if out := l.update(web("d")); out.Failed() {
				u := l.state.Record.Unproven
				t.Errorf("%s, %s: the client's own token is lost (in force %v): %s; then %s; then %s; waits %v former %v refused %v", from, second,
					op.CurrentToken(id) == own, kinds(one.Problems), kinds(two.Problems), kinds(out.Problems), !u.RegistrationAccessToken.IsEmpty(), !u.FormerToken.IsEmpty(), !u.RefusedToken.IsEmpty())
			}
		}
	}
}
