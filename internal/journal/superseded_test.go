// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// TestSupersedes tells an older state from one that another machine wrote without this journal.
func TestSupersedes(t *testing.T) {
	entry := func(token, s string) Entry {
		return Entry{ClientID: "c1", RegistrationClientURI: uri, RegistrationAccessToken: secret.New(token), ClientSecret: secret.New(s)}
	}
	for name, c := range map[string]struct {
		record    []Entry
		older     []string
		unrelated []string
	}{
		"nothing was replaced": {[]Entry{entry("t1", "s1")}, nil, []string{"t1", "s1", ""}},
		"what the journal had": {[]Entry{entry("t1", "s1"), entry("t2", ""), entry("t3", "s3")}, []string{"t1", "t2", "s1"}, []string{"t3", "s3", "t9", ""}},
		"what only the caller knew": {[]Entry{func() Entry {
			e := entry("t2", "s2")
			e.PreviousToken, e.PreviousSecret = secret.New("t1"), secret.New("s1")
			return e
		}()}, []string{"t1", "s1"}, []string{"t2", "s2"}},
		"one that is in force again": {[]Entry{entry("t1", "s1"), entry("t2", "s1"), entry("t1", "s1")}, []string{"t2"}, []string{"t1", "s1"}},
	} {
		t.Run(name, func(t *testing.T) {
			key, _ := newKey(t)
			for _, opts := range []Options{{Path: tempPath(t)}, {Path: tempPath(t), Identities: key}} {
				j := open(t, opts)
				for _, e := range c.record {
					must(t, j.record(t.Context(), e))
				}
				shut(t, j) // compacts
				got, ok, err := open(t, opts).Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
				for _, s := range c.older {
					if !got.Supersedes(secret.New(s)) {
						t.Errorf("%q should be superseded", s)
					}
				}
				for _, s := range c.unrelated {
					if got.Supersedes(secret.New(s)) {
						t.Errorf("%q should not be superseded", s)
					}
				}
				if !got.PreviousToken.IsEmpty() || !got.PreviousSecret.IsEmpty() {
					t.Error("an answer of Lookup has previous credentials")
				}
			}
		})
	}
}

func TestSupersededIsBounded(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	for i := range 3 * keepSuperseded {
		must(t, j.record(t.Context(), token(fmt.Sprint("t", i))))
	}
	got, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	if n := len(got.superseded); n != keepSuperseded {
		t.Errorf("%d digests, want %d", n, keepSuperseded)
	}
	for _, kept := range []string{"t0", fmt.Sprint("t", 3*keepSuperseded-2)} {
		if !got.Supersedes(secret.New(kept)) {
			t.Errorf("%s is forgotten", kept)
		}
	}
}

// Tokens that are replaced by each read push no secret out: of a state that has the former one, nothing else tells that it is not in force.
func TestFormerSecretsOutlastTokens(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	for i := range 3 * keepSuperseded {
		e := token(fmt.Sprint("t", i))
		if i < 3 {
			e.ClientSecret = secret.New(fmt.Sprint("s", i))
		}
		must(t, j.record(t.Context(), e))
	}
	got, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	for _, former := range []string{"s0", "s1", "t0"} {
		if !got.Supersedes(secret.New(former)) {
			t.Errorf("%s is forgotten", former)
		}
	}
	if got.Supersedes(secret.New("s2")) || got.ClientSecret.Reveal() != "s2" {
		t.Error("the present secret counts as a former one")
	}
}

func TestAlone(t *testing.T) {
	path := tempPath(t)
	first := open(t, Options{Path: path})
	check := func(j *Journal, want bool) {
		t.Helper()
		if alone, err := j.Alone(t.Context()); err != nil || alone != want {
			t.Errorf("alone: %v %v, want %v", alone, err, want)
		}
	}
	check(first, true)
	second := open(t, Options{Path: path})
	check(first, false)
	check(second, false)
	die(second)
	check(first, true)
}

func TestPending(t *testing.T) {
	path := tempPath(t)
	one, two := open(t, Options{Path: path}), open(t, Options{Path: path})
	check := func(j *Journal, i Intent, want bool) {
		t.Helper()
		if _, _, pending, err := j.ClaimAdoptable(t.Context(), i); err != nil || pending != want {
			t.Errorf("pending: %v %v, want %v", pending, err, want)
		}
	}
	i := Intent{Endpoint: endpoint, Fingerprint: "f"}
	check(two, i, false)
	id, err := one.Begin(t.Context(), i)
	must(t, err)
	check(one, i, false) // one's own
	check(two, i, true)
	check(two, Intent{Endpoint: endpoint, Fingerprint: "g"}, false)
	check(two, Intent{Endpoint: endpoint + "/2", Fingerprint: "f"}, false)
	must(t, one.Registered(t.Context(), id, token("t1")))
	check(two, i, true)
	must(t, one.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
	check(two, i, false)
	_, err = one.Begin(t.Context(), i)
	must(t, err)
	check(two, i, true)
	die(one)
	check(two, i, false)
}

// A run may end between two looks at it. Its client is then pending or adopted, and never neither.
func TestARunThatEndsWhileItIsLookedFor(t *testing.T) {
	path := tempPath(t)
	one, two := open(t, Options{Path: path}), open(t, Options{Path: path})
	i := Intent{Endpoint: endpoint, Fingerprint: "f"}
	id, err := one.Begin(t.Context(), i)
	must(t, err)
	must(t, one.Registered(t.Context(), id, token("t1")))
	failpoint = func(point string) {
		if point == "adoptable:one of two" {
			die(one)
		}
	}
	defer func() { failpoint = nil }()
	_, found, pending, err := two.ClaimAdoptable(t.Context(), i)
	if must(t, err); !found && !pending {
		t.Error("the client is neither found nor pending")
	}
}

func TestDeletionUnderWay(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	check := func(at string, want bool) {
		t.Helper()
		e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: at})
		if err != nil || e.Deletion.IsZero() == want {
			t.Errorf("deletion under way at %s: %v %v, want %v", at, e.Deletion, err, want)
		}
	}
	deleting := func(at string) {
		t.Helper()
		must(t, j.Deleting(t.Context(), Name{ClientID: "c1", URI: at}, true))
		check(at, true)
		shut(t, j) // compacts
		j = open(t, Options{Path: path})
		check(at, true)
		if deleted, err := j.WasDeleted(t.Context(), Name{ClientID: "c1", URI: at}); err != nil || deleted {
			t.Errorf("deleted: %v %v", deleted, err)
		}
	}
	check(uri, false)
	must(t, j.Kept(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
	deleting(uri) // a client that is not in the journal
	check(uri+"/2", false)
	must(t, j.Kept(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
	check(uri, false)

	must(t, j.record(t.Context(), token("t1")))
	deleting(uri)
	must(t, j.record(t.Context(), token("t2"))) // an answer alone is no proof: it may have been on its way
	check(uri, true)
	must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: uri}))
	check(uri, false)

	moved := token("t3")
	moved.RegistrationClientURI, moved.PreviousURI = uri+"/new", uri
	must(t, j.record(t.Context(), moved))
	deleting(uri + "/new")
	check(uri, true)
}
