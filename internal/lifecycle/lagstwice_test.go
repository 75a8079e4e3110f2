// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A replica lags for as long as a plan and its apply, or a read and the one after it, take. The token of long ago works twice, and the client's own is kept still.
func TestATokenOfLongAgoThatWorksTwice(t *testing.T) {
	for i, from := range []string{"settings", "settings, with a journal", "journal", "settings", "settings, with a journal", "journal", "settings", "settings, with a journal", "journal"} {
		status := []int{0, 403, 404}[i/3]
		for _, second := range []string{"read", "update"} {
			l, s := withATokenOfLongAgo(t, from)
			op, id := l.op, l.state.Handle.ClientID
			own := op.CurrentToken(id)
			lags := fakeop.Faults{RotateTokenOnUpdate: true, InvalidTokenStatus: status, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Stale: true})}}
			op.SetFaults(lags)
			l = l.later(s)
			l.state.Record.WrittenAt = 0
			one := l.refresh()
			l = l.later(s)
			two := l.operate(second, web("c"))
			op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true, InvalidTokenStatus: status})
			l = l.later(s)
			if out := l.update(web("d")); out.Failed() {
				u := l.state.Record.Unproven
				t.Errorf("%s, %d, %s: the client's own token is lost (in force %v): %s; then %s; then %s; waits %v former %v refused %v", from, status, second,
					op.CurrentToken(id) == own, kinds(one.Problems), kinds(two.Problems), kinds(out.Problems), !u.RegistrationAccessToken.IsEmpty(), !u.FormerToken.IsEmpty(), !u.RefusedToken.IsEmpty())
			}
		}
	}
}
