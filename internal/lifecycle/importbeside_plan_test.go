// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// One plan imports a client and refreshes the resource that has it already, in any order: both are seen to have it.
func TestAnImportAndARefreshOfOnePlan(t *testing.T) {
	for _, order := range []string{"refresh, import", "import, refresh"} {
		for _, looks := range []bool{false, true} {
			s := withJournal(t)
			l := begin(t, &fakeop.Server{}, s)
			l.registerAs(web("a"))
			next := runs(t, &l, s)
			one := l.state
			next(one)
			l.refresh()
			one = l.state
			next(one)
			refresh := func() {
				l.state = one
				l.refresh()
				one = l.state
			}
			if order == "refresh, import" {
				refresh()
			}
			l.importsBeside(one)
			two := l.state
			if order == "import, refresh" {
				refresh()
			}
			if looks {
				next(two)
				l.refresh()
				two = l.state
			}
			next(two)
			l.refresh()
			out := deregister(l, l.state)
			if _, lives := l.op.Client(one.Handle.ClientID); !lives || !out.Has(outcome.DeleteOfTwo) && !out.Has(outcome.DeleteInDoubt) {
				t.Errorf("%s, looks %v: lives %v: %s", order, looks, lives, kinds(out.Problems))
			}
		}
	}
}
