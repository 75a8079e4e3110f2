// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import "testing"

// Terraform stores after the run that a client is left. What the journal has of it is forgotten where the run ended in order, and kept where it did not.
func TestForgetAtEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(*testing.T, *Journal) // what the run did after it left the client, and how it ended
		kept  bool
	}{
		{"ended in order", func(t *testing.T, j *Journal) { j.Finish(); must(t, j.Close()) }, false},
		{"interrupted", func(t *testing.T, j *Journal) { must(t, j.Close()) }, true},
		{"killed", func(_ *testing.T, j *Journal) { die(j) }, true},
		{"found anew", func(t *testing.T, j *Journal) {
			must(t, j.record(t.Context(), token("t2")))
			j.Finish()
			must(t, j.Close())
		}, true},
		{"registered anew", func(t *testing.T, j *Journal) {
			if e, _, err := j.Lookup(t.Context(), "c1", uri); err != nil || !e.Leaving {
				t.Fatal("not said to be leaving", err)
			}
			register(t, j, "g", token("t2"))
			j.Finish()
			must(t, j.Close())
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			j := open(t, Options{Path: path})
			register(t, j, "f", token("t1"))
			must(t, j.Confirm(t.Context(), "c1", uri, "", 0))
			must(t, j.ForgetAtEnd(t.Context(), "c1", uri, ""))
			c.after(t, j)
			_, found, err := open(t, Options{Path: path}).Lookup(t.Context(), "c1", uri)
			if must(t, err); found != c.kept {
				t.Errorf("found %v", found)
			}
		})
	}
}
