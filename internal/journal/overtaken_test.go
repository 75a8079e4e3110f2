// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// One request is answered and under way while another process records what its own brought. Then its answer is recorded.
func TestAnAnswerThatWasOvertaken(t *testing.T) {
	type known struct{ Token, Secret, URI, WaitingToken, WaitingSecret, WaitingURI string }
	begun := known{Token: "t1", Secret: "s1", URI: uri}
	for name, tt := range map[string]struct {
		other, late        known // what two answers lead to that were begun with the same
		want               known
		newer, overtaken   bool
		askedAfter, unseen bool
		shows              known // what the late answer shows besides, which is recorded next
	}{
		"alone":                   {late: known{Token: "t2", Secret: "s2", URI: uri}, want: known{Token: "t2", Secret: "s2", URI: uri}},
		"the same":                {other: known{Token: "t2", Secret: "s2", URI: uri}, late: known{Token: "t2", Secret: "s2", URI: uri}, want: known{Token: "t2", Secret: "s2", URI: uri}},
		"nothing new":             {other: known{Token: "t2", Secret: "s2", URI: uri}, late: begun, want: known{Token: "t2", Secret: "s2", URI: uri}, newer: true, overtaken: true},
		"its secret is new":       {other: known{Token: "t2", Secret: "s2", URI: uri}, late: known{Token: "t1", Secret: "s3", URI: uri}, want: known{Token: "t2", Secret: "s2", URI: uri}, newer: true, overtaken: true},
		"moved":                   {other: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, late: begun, want: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, newer: true, overtaken: true},
		"asked after it":          {other: known{Token: "t2", Secret: "s2", URI: uri}, late: begun, want: begun, askedAfter: true},
		"asked at no known time":  {other: known{Token: "t2", Secret: "s2", URI: uri}, late: begun, want: begun, unseen: true},
		"two tokens":              {other: known{Token: "t2", Secret: "s1", URI: uri}, late: known{Token: "t3", Secret: "s1", URI: uri}, want: known{Token: "t2", Secret: "s1", URI: uri, WaitingToken: "t3"}, newer: true},
		"two tokens, one waits":   {other: known{Token: "t2", Secret: "s1", URI: uri}, late: known{Token: "t1", Secret: "s1", URI: uri, WaitingToken: "t3"}, want: known{Token: "t2", Secret: "s1", URI: uri, WaitingToken: "t3"}, newer: true},
		"two secrets":             {other: known{Token: "t1", Secret: "s2", URI: uri}, late: known{Token: "t1", Secret: "s3", URI: uri}, want: known{Token: "t1", Secret: "s2", URI: uri, WaitingSecret: "s3"}, newer: true, overtaken: true},
		"two addresses":           {other: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, late: known{Token: "t1", Secret: "s1", URI: uri + "/3"}, want: known{Token: "t1", Secret: "s1", URI: uri + "/2", WaitingURI: uri + "/3"}, newer: true, overtaken: true},
		"a token and a secret":    {other: known{Token: "t1", Secret: "s2", URI: uri}, late: known{Token: "t2", Secret: "s1", URI: uri}, want: known{Token: "t2", Secret: "s2", URI: uri}, newer: true},
		"a secret and a token":    {other: known{Token: "t2", Secret: "s1", URI: uri}, late: known{Token: "t1", Secret: "s2", URI: uri}, want: known{Token: "t2", Secret: "s1", URI: uri}, newer: true, overtaken: true},
		"what waits there stays":  {other: known{Token: "t2", Secret: "s1", URI: uri, WaitingToken: "t4"}, late: known{Token: "t3", Secret: "s1", URI: uri}, want: known{Token: "t2", Secret: "s1", URI: uri, WaitingToken: "t4"}, newer: true},
		"what waits there is his": {other: known{Token: "t1", Secret: "s2", URI: uri, WaitingToken: "t2"}, late: known{Token: "t2", Secret: "s1", URI: uri}, want: known{Token: "t2", Secret: "s2", URI: uri}, newer: true},

		"moved, and a new token":    {other: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, late: begun, shows: known{Token: "t2"}, want: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, newer: true},
		"moved, and the same token": {other: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, late: begun, shows: known{Token: "t1"}, want: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, newer: true, overtaken: true},
		"moved, and a new secret":   {other: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, late: begun, shows: known{Secret: "s2"}, want: known{Token: "t1", Secret: "s1", URI: uri + "/2"}, newer: true},
		"an older token, and a new": {other: known{Token: "t2", Secret: "s1", URI: uri}, late: begun, shows: known{Token: "t3"}, want: known{Token: "t2", Secret: "s1", URI: uri}, newer: true},
		"replaced, and its secret":  {other: known{Token: "t2", Secret: "s2", URI: uri}, late: begun, shows: known{Secret: "s3"}, want: known{Token: "t2", Secret: "s2", URI: uri}, newer: true, overtaken: true},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, Options{Path: tempPath(t)})
			entry := func(k known) Entry {
				e := Entry{ClientID: "c1", RegistrationClientURI: k.URI, RegistrationAccessToken: secret.New(k.Token), ClientSecret: secret.New(k.Secret), Unproven: Unproven{
					RegistrationAccessToken: secret.New(k.WaitingToken), ClientSecret: secret.New(k.WaitingSecret), RegistrationClientURI: k.WaitingURI,
				}}
				if k.Token != begun.Token {
					e.PreviousToken = secret.New(begun.Token)
				}
				if k.Secret != begun.Secret {
					e.PreviousSecret = secret.New(begun.Secret)
				}
				if k.URI != begun.URI {
					e.PreviousURI = begun.URI
				}
				return e
			}
			must(t, j.record(t.Context(), entry(begun)))
			before, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
			must(t, err)
			if tt.other != (known{}) {
				must(t, j.record(t.Context(), entry(tt.other)))
			}
			late := entry(tt.late)
			late.ShowsToken, late.ShowsSecret = secret.New(tt.shows.Token), secret.New(tt.shows.Secret)
			if late.Seen = before.Seen; tt.askedAfter {
				now, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
				must(t, err)
				late.Seen = now.Seen
			} else if tt.unseen {
				late.Seen = 0
			}
			s, err := j.Record(t.Context(), late)
			must(t, err)
			if s.Newer != tt.newer || s.Overtaken != tt.overtaken {
				t.Errorf("newer %v, overtaken %v; want %v, %v", s.Newer, s.Overtaken, tt.newer, tt.overtaken)
			}
			e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
			must(t, err)
			if e.Seen != s.Seen {
				t.Errorf("the next entry would be overtaken: %v, want %v", s.Seen, e.Seen)
			}
			got := known{
				e.RegistrationAccessToken.Reveal(), e.ClientSecret.Reveal(), e.RegistrationClientURI,
				e.Unproven.RegistrationAccessToken.Reveal(), e.Unproven.ClientSecret.Reveal(), e.Unproven.RegistrationClientURI,
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A token that was handed in keeps its mark beside what another process recorded meanwhile: without it, it would be taken for one that an answer showed.
func TestAHandedInTokenKeepsItsMark(t *testing.T) {
	waits := func(token string, marked bool) (u Unproven) {
		if u.RegistrationAccessToken = secret.New(token); marked {
			u.HandedIn = []string{digest(u.RegistrationAccessToken)}
		}
		return u
	}
	for name, tt := range map[string]struct {
		there, late Unproven
		waits       string
		marked      bool
	}{
		"nothing waits there": {late: waits("handed-in", true), waits: "handed-in", marked: true},
		"another waits there": {there: waits("shown", false), late: waits("handed-in", true), waits: "shown"},
		"it waits there":      {there: waits("handed-in", true), waits: "handed-in", marked: true},
		"two, the first":      {there: waits("handed-in", true), late: waits("shown", false), waits: "handed-in", marked: true},
	} {
		for _, previous := range []string{"t1", ""} {
			j := open(t, Options{Path: tempPath(t)})
			must(t, j.record(t.Context(), token("t1")))
			before, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
			must(t, err)
			other := token("t2")
			other.PreviousToken, other.Unproven = secret.New("t1"), tt.there
			must(t, j.record(t.Context(), other))
			late := token("t1")
			if previous != "" { // another new one, beside it
				late = token("t3")
				late.PreviousToken = secret.New(previous)
			}
			late.Seen, late.Unproven = before.Seen, tt.late
			must(t, j.record(t.Context(), late))
			e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
			must(t, err)
			want := tt.waits
			if previous != "" && tt.there.RegistrationAccessToken.IsEmpty() {
				want = "t3"
			}
			got := e.Unproven.RegistrationAccessToken
			if marked := slices.Contains(e.Unproven.HandedIn, digest(got)); got.Reveal() != want || marked != (tt.marked && want == tt.waits) {
				t.Errorf("%s, previous %q: %q waits, marked %v", name, previous, got.Reveal(), marked)
			}
		}
	}
}

// Of a token that was handed in it is known that no answer showed it, as long as it is there: what it took the place of may be in force still.
func TestATokenThatWasHandedInIsKnownAsThat(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	must(t, j.record(t.Context(), token("t1")))
	given := func(what, of string, want bool) {
		t.Helper()
		e, _, err := open(t, Options{Path: path}).Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
		must(t, err)
		if e.RegistrationAccessToken.Reveal() != of || e.Given() != want {
			t.Errorf("%s: %s, handed in %v", what, e.RegistrationAccessToken.Reveal(), e.Given())
		}
	}
	given("before", "t1", false)
	handedIn := token("t0")
	handedIn.Occasion, handedIn.PreviousToken = OccasionHandedIn, secret.New("t1")
	must(t, j.record(t.Context(), handedIn))
	given("handed in", "t0", true)
	read := token("t0")
	read.ClientSecret = secret.New("s")
	must(t, j.record(t.Context(), read))
	given("a read has shown a secret", "t0", true)
	must(t, j.record(t.Context(), token("t2")))
	given("another one was shown", "t2", false)
}

// Only a deletion that was noted or made before the client was asked for is undone by an answer, whatever the clock says and a compaction drops.
func TestADeletionThatOvertookAnAnswer(t *testing.T) {
	for name, made := range map[string]bool{"noted": false, "made": true} {
		for when, after := range map[string]bool{"before": false, "after": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				path := tempPath(t)
				j := open(t, Options{Path: path})
				must(t, j.record(t.Context(), token("t1")))
				seen := func() Moment {
					e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
					must(t, err)
					return e.Seen
				}
				asked := seen()
				must(t, j.Deleting(t.Context(), Name{ClientID: "c1", URI: uri}, true, secret.New("t1")))
				if made {
					must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: uri}, secret.New("t1")))
				}
				shut(t, j)
				if j = open(t, Options{Path: path}); !after {
					asked = seen()
				}
				must(t, j.Kept(t.Context(), Name{ClientID: "c1", URI: uri}, asked))
				late := token("t2")
				late.PreviousToken, late.Seen = secret.New("t1"), asked
				s, err := j.Record(t.Context(), late)
				must(t, err)
				e, found, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
				must(t, err)
				deleted, err := j.WasDeleted(t.Context(), Name{ClientID: "c1", URI: uri})
				must(t, err)
				if gone := made && after; found == gone || deleted != gone || s.Overtaken != gone || e.Deletion.IsZero() == (after && !made) {
					t.Errorf("found %v, deleted %v, %+v, a deletion is under way since %v", found, deleted, s, e.Deletion)
				}
			})
		}
	}
}

// A moment counts on where the newest line is gone.
func TestAMomentOutlivesItsLine(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	must(t, j.record(t.Context(), token("t1")))
	for range 3 {
		must(t, j.Deleting(t.Context(), Name{ClientID: "c1", URI: uri}, true))
	}
	must(t, j.Kept(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
	before, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	shut(t, j) // compacts
	e, _, err := open(t, Options{Path: path}).Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	if must(t, err); e.Seen < before.Seen {
		t.Errorf("%v after %v", e.Seen, before.Seen)
	}
}

// One that was handed in while another process replaced the token waits beside that, and it is the one that keeps the mark.
func TestATokenThatWasHandedInBesideANewOne(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	must(t, j.record(t.Context(), token("t1")))
	before, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	shown := token("t2")
	shown.PreviousToken = secret.New("t1")
	must(t, j.record(t.Context(), shown))
	given := token("t0")
	given.Occasion, given.PreviousToken, given.Seen = OccasionHandedIn, secret.New("t1"), before.Seen
	must(t, j.record(t.Context(), given))
	e, _, err := open(t, Options{Path: path}).Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	if waits := e.Unproven.RegistrationAccessToken; e.RegistrationAccessToken.Reveal() != "t2" || e.Given() || waits.Reveal() != "t0" || !slices.Contains(e.Unproven.HandedIn, digest(waits)) {
		t.Errorf("%s, handed in %v, and %s waits, with the marks %v", e.RegistrationAccessToken.Reveal(), e.Given(), waits.Reveal(), e.Unproven.HandedIn)
	}
}
