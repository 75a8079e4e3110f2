// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import "testing"

// TestAsking: a request without an answer is told of until one is answered, also by another run, in a compacted file, and where the
// server moved the client in between.
func TestAsking(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	check := func(at string, want bool) {
		t.Helper()
		e, _, err := j.Lookup(t.Context(), "c1", at)
		if err != nil || e.Asked.IsZero() == want {
			t.Errorf("a request without an answer at %s: %v %v, want %v", at, e.Asked, err, want)
		}
	}
	asking := func(at string) {
		t.Helper()
		must(t, j.Asking(t.Context(), "c1", at))
		check(at, true)
		shut(t, j) // compacts
		j = open(t, Options{Path: path})
		check(at, true)
	}
	check(uri, false)
	must(t, j.Answered(t.Context(), "c1", uri))
	asking(uri) // a client that is not in the journal
	check(uri+"/2", false)
	must(t, j.Answered(t.Context(), "c1", uri))
	check(uri, false)

	must(t, j.Record(t.Context(), token("t1")))
	asking(uri)
	first, _, err := j.Lookup(t.Context(), "c1", uri)
	must(t, err)
	must(t, j.Asking(t.Context(), "c1", uri))
	if again, _, _ := j.Lookup(t.Context(), "c1", uri); !again.Asked.Equal(first.Asked) {
		t.Error("a later request takes the place of the one whose answer is missing")
	}
	moved := token("t3")
	moved.RegistrationClientURI, moved.PreviousURI = uri+"/new", uri
	must(t, j.Record(t.Context(), moved))
	check(uri, true)
	check(uri+"/new", true)
	must(t, j.Answered(t.Context(), "c1", uri))
	check(uri, false)
	check(uri+"/new", false)

	asking(uri + "/new")
	must(t, j.Deleted(t.Context(), "c1", uri+"/new"))
	check(uri+"/new", false)
}
