// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// TestAsking: a request without an answer is told of until one is answered, also by another run, in a compacted file, and where the
// server moved the client in between.
func TestAsking(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	check := func(at string, want bool) {
		t.Helper()
		e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: at})
		if err != nil || e.Asked.IsZero() == want {
			t.Errorf("a request without an answer at %s: %v %v, want %v", at, e.Asked, err, want)
		}
	}
	asking := func(at string) {
		t.Helper()
		asks(t, j, "c1", at)
		check(at, true)
		shut(t, j) // compacts
		j = open(t, Options{Path: path})
		check(at, true)
	}
	check(uri, false)
	answered(t, j)
	asking(uri) // a client that is not in the journal
	check(uri+"/2", false)
	answered(t, j)
	check(uri, false)

	must(t, j.record(t.Context(), token("t1")))
	asking(uri)
	first, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	j.Over(asks(t, j, "c1", uri))
	if again, _, _ := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri}); !again.Asked.Equal(first.Asked) {
		t.Error("a later request takes the place of the one whose answer is missing")
	}
	moved := token("t3")
	moved.RegistrationClientURI, moved.PreviousURI = uri+"/new", uri
	must(t, j.record(t.Context(), moved))
	check(uri, true)
	check(uri+"/new", true)
	answered(t, j)
	check(uri, false)
	check(uri+"/new", false)

	asking(uri + "/new")
	must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: uri + "/new"}))
	check(uri+"/new", false)
}

// asked is what a run is told before it sends a request.
func asked(t *testing.T, j *Journal) Entry {
	t.Helper()
	e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	return e
}

// asks has a request noted that is under way until Over.
func asks(t *testing.T, j *Journal, id, at string) Request {
	t.Helper()
	request, err := j.Asking(t.Context(), Name{ClientID: id, URI: at}, false)
	must(t, err)
	return request
}

// answered has the run ask and be answered.
func answered(t *testing.T, j *Journal) {
	t.Helper()
	before := asked(t, j)
	answers(t, j, before, asks(t, j, "c1", uri))
}

func answers(t *testing.T, j *Journal, before Entry, request Request) {
	t.Helper()
	must(t, j.Answered(t.Context(), Name{ClientID: "c1", URI: uri}, before, request))
	j.Over(request)
}

func withdraws(t *testing.T, j *Journal, request Request) {
	t.Helper()
	must(t, j.Withdrawn(t.Context(), Name{ClientID: "c1", URI: uri}, request))
	j.Over(request)
}

// What one run is answered ends the notes of runs that are over, and none of a request that another run has under way.
func TestARequestThatAnotherRunHasUnderWay(t *testing.T) {
	path := tempPath(t)
	one, two := open(t, Options{Path: path}), open(t, Options{Path: path})
	check := func(what string, want bool, here int) {
		t.Helper()
		if e, _, err := two.Lookup(t.Context(), Name{ClientID: "c1", URI: uri}); err != nil || e.Asked.IsZero() == want || e.UnderWay != here {
			t.Errorf("%s: asked %v, under way here %v, %v", what, e.Asked, e.UnderWay, err)
		}
	}
	first := asks(t, one, "c1", uri)
	check("the other one asks", true, 0)
	second := asks(t, two, "c1", uri)
	check("both ask", true, 1)
	withdraws(t, two, second)
	check("this one was refused", true, 0)
	before := asked(t, two)
	answers(t, two, before, asks(t, two, "c1", uri))
	check("this one is answered", true, 0)
	second = asks(t, two, "c1", uri)
	answers(t, one, asked(t, one), first)
	check("the other one is answered", true, 1)
	asks(t, one, "c1", uri)
	shut(t, one)
	withdraws(t, two, second)
	check("the other one ended without an answer", true, 0)
	answered(t, two)
	check("this one is answered after that", false, 0)

	one = open(t, Options{Path: path})
	asks(t, one, "c1", uri)
	before = asked(t, two)
	second = asks(t, two, "c1", uri)
	shut(t, one)
	answers(t, two, before, second)
	check("the other one ended while this one was waiting", true, 0)
}

// What one request comes to says nothing of another one of the same run that is under way beside it, or whose answer is missing.
func TestTwoRequestsOfOneRun(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	check := func(what string, want bool, here int) {
		t.Helper()
		if e := asked(t, j); e.Asked.IsZero() == want || e.UnderWay != here {
			t.Errorf("%s: asked %v, under way %v", what, e.Asked, e.UnderWay)
		}
	}
	lost := asks(t, j, "c1", uri)
	refused := asks(t, j, "c1", uri)
	check("both are under way", true, 2)
	j.Over(lost)
	withdraws(t, j, refused)
	check("one is lost, the other one refused", true, 0)
	answered(t, j)
	check("a later one is answered", false, 0)

	before := asked(t, j)
	here := asks(t, j, "c1", uri)
	beside := asks(t, j, "c1", uri)
	answers(t, j, before, here)
	check("one is answered while the other one is under way", true, 1)
	before = asked(t, j)
	here = asks(t, j, "c1", uri)
	j.Over(beside)
	answers(t, j, before, here)
	check("the other one was lost while this one was under way", true, 0)
	answered(t, j)
	check("a later one is answered again", false, 0)
}

// Two requests may know of two addresses of one client, of which an answer said that one replaced the other.
func TestRequestsAtTwoAddresses(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	there := uri + "/new"
	must(t, j.record(t.Context(), token("t1")))
	old := asks(t, j, "c1", uri)
	beside := asks(t, j, "c1", there)
	moved := token("t2")
	moved.RegistrationClientURI, moved.PreviousURI = there, uri
	must(t, j.record(t.Context(), moved))
	withdraws(t, j, beside)
	must(t, j.Withdrawn(t.Context(), Name{ClientID: "c1", URI: there}, beside))
	if e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: there}); err != nil || e.Asked.IsZero() || e.UnderWay != 1 {
		t.Errorf("the request at the former address is not known at the present one: %v %v %v", e.Asked, e.UnderWay, err)
	}
	withdraws(t, j, old)
	asks(t, j, "c1", uri)
	if e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: there}); err != nil || e.Asked.IsZero() {
		t.Errorf("a request at the former address, after the move, is not known at the present one: %v %v", e.Asked, err)
	}
}

// A client whose answers are lost again and again has a line that does not grow for ever, and whose note is settled all the same.
func TestManyLostAnswers(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	var before Entry
	var early Request
	for i := range 3 * keepAsking {
		if i == keepAsking/2 {
			before = asked(t, j)
			early = asks(t, j, "c1", uri)
		}
		j.Over(asks(t, j, "c1", uri))
	}
	if e := asked(t, j); e.Asked.IsZero() || len(e.askedOver) > keepAsking || e.UnderWay != 1 {
		t.Errorf("asked %v, %d over, %d under way", e.Asked, len(e.askedOver), e.UnderWay)
	}
	answers(t, j, before, early)
	if e := asked(t, j); e.Asked.IsZero() {
		t.Error("an answer settles what was asked after its request")
	}
	answered(t, j)
	if e := asked(t, j); !e.Asked.IsZero() {
		t.Errorf("asked %v after an answer", e.Asked)
	}
}

// However long ago it was: an answer that was lost may have replaced the credentials of a client that is still known here. Of one that
// is not, nobody will ask.
func TestALostAnswerIsNotForgotten(t *testing.T) {
	now := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	opts := Options{Path: tempPath(t), Now: func() time.Time { return now }}
	j := open(t, opts)
	must(t, j.record(t.Context(), token("t1")))
	asks(t, j, "c1", uri)
	asks(t, j, "c2", uri+"/2")
	now = now.Add(400 * 24 * time.Hour)
	shut(t, j)
	j = open(t, opts)
	for id, at := range map[string]string{"c1": uri, "c2": uri + "/2"} {
		if e, _, err := j.Lookup(t.Context(), Name{ClientID: id, URI: at}); err != nil || e.Asked.IsZero() != (id == "c2") {
			t.Errorf("%s: asked %v, %v", id, e.Asked, err)
		}
	}
}

// A deletion is of the client that something is known of, and not of the next one that gets its client_id.
func TestADeletionIsOfOneClient(t *testing.T) {
	ctx := t.Context()
	mine, former, next, nothing := secret.New("t2"), secret.New("t1"), secret.New("t9"), secret.String{}
	for _, recorded := range []bool{true, false} {
		path := tempPath(t)
		j := open(t, Options{Path: path})
		if recorded {
			must(t, j.record(ctx, token("t1")))
			must(t, j.record(ctx, token("t2")))
		}
		must(t, j.Deleting(ctx, Name{ClientID: "c1", URI: uri}, true, mine, nothing))
		check := func(known secret.String, want bool) {
			t.Helper()
			e, _, err := j.Lookup(ctx, Name{ClientID: "c1", URI: uri})
			must(t, err)
			deleted, err := j.WasDeleted(ctx, Name{ClientID: "c1", URI: uri}, known)
			if under := !e.DeletionOf(known).IsZero(); err != nil || (under || deleted) != want {
				t.Errorf("journal knew it: %v; with %q, deletion under way %v, deleted %v (%v); want %v", recorded, known.Reveal(), under, deleted, err, want)
			}
		}
		for range 2 {
			shut(t, j) // compacts
			j = open(t, Options{Path: path})
			check(mine, true)
			check(former, recorded) // as of an older state
			check(next, false)
			check(nothing, false)
			must(t, j.Deleted(ctx, Name{ClientID: "c1", URI: uri}, mine))
		}
	}
	j := open(t, Options{Path: tempPath(t)})
	must(t, j.Deleted(ctx, Name{ClientID: "c1", URI: uri}, nothing))
	for known, want := range map[secret.String]bool{nothing: true, next: false} {
		if deleted, err := j.WasDeleted(ctx, Name{ClientID: "c1", URI: uri}, known); err != nil || deleted != want {
			t.Errorf("a client of which nothing was known: deleted %v (%v), want %v", deleted, err, want)
		}
	}
}

// A clock that was put back between the two makes no answer of the next client of that client_id one that its deletion has overtaken.
func TestADeletionOvertakesNoOtherClient(t *testing.T) {
	now := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	j := open(t, Options{Path: tempPath(t), Now: func() time.Time { return now }})
	must(t, j.record(t.Context(), token("t1")))
	must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: uri}))
	next := token("t9")
	next.PreviousToken, next.Time = secret.New("t8"), now.Add(-time.Hour)
	must(t, j.record(t.Context(), next))
	if got := lookup(t, j, "c1", uri); got != "t9" {
		t.Errorf("the token in force is not kept: %s", got)
	}
}

// That a client was shown since a request without an answer is noted until the next such request, and not beside one that another run has under way.
func TestShownSince(t *testing.T) {
	path := tempPath(t)
	one, two := open(t, Options{Path: path}), open(t, Options{Path: path})
	show := func(before Entry) {
		t.Helper()
		must(t, two.Shown(t.Context(), Name{ClientID: "c1", URI: uri}, before))
	}
	check := func(what string, asked, shown bool) {
		t.Helper()
		if e, _, err := two.Lookup(t.Context(), Name{ClientID: "c1", URI: uri}); err != nil || e.Asked.IsZero() == asked || e.AskedShown != shown {
			t.Errorf("%s: asked %v, shown %v, %v", what, e.Asked, e.AskedShown, err)
		}
	}
	show(asked(t, two))
	check("nothing was asked", false, false)
	asks(t, one, "c1", uri)
	show(asked(t, two))
	check("the other run has it under way", true, false)
	before := asked(t, two)
	shut(t, one)
	show(before)
	check("it had it under way when this one asked", true, false)
	show(asked(t, two))
	check("it has ended", true, true)
	mine := asks(t, two, "c1", uri)
	check("asked again", true, false)
	show(asked(t, two))
	check("by this run, which has it under way", true, false)
	two.Over(mine)
	show(asked(t, two))
	check("by this run, which was shown it", true, true)
	answered(t, two)
	check("answered", false, false)
	before = asked(t, two)
	three := open(t, Options{Path: path})
	asks(t, three, "c1", uri)
	shut(t, three)
	show(before)
	check("another run asked in between, and has ended", true, false)
}
