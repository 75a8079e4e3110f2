// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "testing"

// An answer settles what was lost before its request, and nothing that was under way beside it; a refusal settles nothing.
func TestRequestsWithoutAnAnswer(t *testing.T) {
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
	answered := func() { r.end(r.begin(one, true), true, false) }
	check("nothing was asked", false)
	lost, refused := r.begin(one, true), r.begin(one, true)
	check("both are under way", true)
	r.end(lost, false, true)
	r.end(refused, false, false)
	check("one is lost, the other one refused", true)
	r.end(r.begin(one, false), false, false)
	check("one that replaces nothing is refused", true)
	answered()
	check("one is answered", false)

	beside, here := r.begin(one, true), r.begin(one, true)
	r.end(here, true, false)
	check("one is answered while the other one is under way", true)
	here = r.begin(one, false)
	r.end(beside, false, true)
	r.end(here, true, false)
	check("the other one was lost while this one was under way", true)
	r.end(r.begin(one, false), true, false)
	check("one that replaces nothing is answered", false)

	r.end(r.begin(clientKey{server: "s"}, true), false, true)
	check("a client without a name", false)
}
