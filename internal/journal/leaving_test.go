// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"os"
	"testing"
	"time"
)

// Terraform stores after the run that a client is left. Where the run ended in order, what the journal has of it is nobody's then and forgotten after a week,
// unless a state is seen to have it all the same.
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
			if e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri}); err != nil || !e.Leaving {
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
			must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
			must(t, j.ForgetAtEnd(t.Context(), Name{ClientID: "c1", URI: uri}, 0, true))
			c.after(t, j)
			j = open(t, Options{Path: path})
			e, found, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
			if must(t, err); !found || e.Leaving == c.kept {
				t.Errorf("found %v, leaving %v", found, e.Leaving)
			}
			if _, adoptable, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f"}); adoptable && !c.kept {
				t.Error("what nobody keeps is adopted", err)
			}
			after := func(seen bool) bool {
				opts := Options{Path: tempPath(t)}
				content, err := os.ReadFile(path)
				must(t, err)
				must(t, os.WriteFile(opts.Path, content, 0o600))
				j := open(t, opts)
				if seen {
					must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
				}
				must(t, j.Close())
				opts.Now = func() time.Time { return time.Now().Add(keepParted) }
				must(t, open(t, opts).Close())
				_, found, err := open(t, opts).Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
				must(t, err)
				return found
			}
			if after(false) != c.kept || !after(true) {
				t.Error("after a week", after(false), "and where a state was seen to have it", after(true))
			}
		})
	}
}

// A client whose credentials the state has is forgotten at once.
func TestForgetAtEndWhatTheStateHas(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	register(t, j, "f", token("t1"))
	must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
	must(t, j.ForgetAtEnd(t.Context(), Name{ClientID: "c1", URI: uri}, 0, false))
	j.Finish()
	must(t, j.Close())
	if _, found, err := open(t, Options{Path: path}).Lookup(t.Context(), Name{ClientID: "c1", URI: uri}); found {
		t.Error("it is there", err)
	}
}

// Another state has the client since, whose run the journal was told by: that this one leaves it takes neither its credentials nor its word.
func TestForgetAtEndBesideAnotherRun(t *testing.T) {
	for name, tells := range map[string]func(*testing.T, *Journal){
		"a read that replaced the token": func(t *testing.T, j *Journal) { must(t, j.record(t.Context(), token("t2"))) },
		"a registration":                 func(t *testing.T, j *Journal) { register(t, j, "g", token("t2")) },
		"a state":                        func(t *testing.T, j *Journal) { must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 2)) },
		"nothing":                        func(*testing.T, *Journal) {},
	} {
		t.Run(name, func(t *testing.T) {
			path := tempPath(t)
			leaves := open(t, Options{Path: path})
			register(t, leaves, "f", token("t1"))
			must(t, leaves.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 1))
			must(t, leaves.ForgetAtEnd(t.Context(), Name{ClientID: "c1", URI: uri}, 1, true))
			other := open(t, Options{Path: path})
			tells(t, other)
			leaves.Finish()
			must(t, leaves.Close())
			e, found, err := other.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
			if must(t, err); !found || e.Leaving != (name == "nothing") {
				t.Errorf("found %v, leaving %v", found, e.Leaving)
			}
			must(t, other.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 2))
			if hold, err := other.BeginDestroy(t.Context(), Name{ClientID: "c1", URI: uri}, 2); err != nil || hold != HeldAlone {
				t.Errorf("%v, %v", hold, err)
			}
		})
	}
}
