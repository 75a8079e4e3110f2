// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "testing"

// An answer settles what was lost before its request, and nothing that was under way beside it.
func TestAnswersThatThisRunLost(t *testing.T) {
	var r requests
	one, two := clientKey{"s", "1"}, clientKey{"s", "2"}
	check := func(what string, want bool) {
		t.Helper()
		if got := r.missing(one); got != want {
			t.Errorf("%s: missing %v", what, got)
		}
		if r.missing(two) {
			t.Errorf("%s: another client is affected", what)
		}
	}
	check("nothing was asked", false)
	r.unanswered(r.begin(one), false)
	check("an answer was lost", true)
	r.answered(r.begin(one))
	check("a later one is answered", false)

	beside, here := r.begin(one), r.begin(one)
	r.unanswered(beside, true)
	r.answered(here)
	check("one was lost while the other one was under way", true)
	if later := r.begin(one); !later.token {
		t.Error("that the client has a token is not known any more")
	} else {
		r.answered(later)
	}
	check("a later one is answered again", false)

	nameless := clientKey{server: "s"}
	if r.unanswered(r.begin(nameless), false); r.missing(nameless) {
		t.Error("a client without a name stands for all of them")
	}
}
