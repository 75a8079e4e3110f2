// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDeletion(t *testing.T) {
	gone, alive, open := PresenceVerdict{Presence: Gone, Step: Forget}, PresenceVerdict{Presence: Alive}, PresenceVerdict{}
	recreate := PresenceVerdict{Step: Forget}
	tests := []struct {
		name string
		a    DeletionAnswer
		want DeletionStep
	}{
		{"204", DeletionAnswer{Status: 204, Answer: AnswerDone}, DeletionDone},
		{"200", DeletionAnswer{Status: 200, Answer: AnswerDone}, DeletionConfirm},
		{"200, shown", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerDone}, DeletionAwait},
		{"nothing sent", DeletionAnswer{Unsent: true}, DeletionConfirm},
		{"nothing sent, shown", DeletionAnswer{Unsent: true, Confirmed: true, Read: AnswerDone}, DeletionSend},
		{"nothing sent, no answer", DeletionAnswer{Unsent: true, Confirmed: true}, DeletionFailed},
		{"nothing sent, 401", DeletionAnswer{Unsent: true, Confirmed: true, Read: AnswerUnauthorized}, DeletionFailed},
		{"200, shown twice", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerDone, Awaited: true}, DeletionFailed},
		{"200, 401", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized}, DeletionRepeat},
		{"200, then 401, 401", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Repeated: true, Acknowledged: true}, DeletionDone},
		{"200 twice, 401", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"200, 401, proven", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Presence: gone}, DeletionDone},
		{"200, 401, recreate", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Presence: recreate}, DeletionDone},
		{"200, 404", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerMissing}, DeletionDone},
		{"200, no reads", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnsupported}, DeletionRepeat},
		{"200, then 404, no reads", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerUnsupported, Repeated: true, Acknowledged: true}, DeletionDone},
		{"200 twice, no reads", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnsupported, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"401, no reads", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnsupported}, DeletionFailed},
		{"401, no reads, proven", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnsupported, Presence: gone}, DeletionRepeat},
		{"401 twice, no reads, proven", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnsupported, Presence: gone, Repeated: true}, DeletionDone},
		{"404, no reads, recreate", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerUnsupported, Presence: recreate}, DeletionRepeat},
		{"lost, then 404, no reads, proven", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerUnsupported, Presence: gone, MaybeProcessed: true}, DeletionDone},
		{"200, 401, but a witness knows it", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Presence: alive}, DeletionRepeat},
		{"200 twice, 401, but a witness knows it", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Presence: alive, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"200, then 401, 401, but a witness knows it", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Presence: alive, Repeated: true, Acknowledged: true}, DeletionDone},
		{"dead, 200, then 401, 401, but a witness knows it", DeletionAnswer{Missed: AnswerUnauthorized, Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Presence: alive, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"dead, 200, then 401, 401", DeletionAnswer{Missed: AnswerUnauthorized, Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"dead, 200, then 401, 401, proven", DeletionAnswer{Missed: AnswerUnauthorized, Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Presence: gone, Repeated: true, Acknowledged: true}, DeletionDone},
		{"dead, 200, then 401, 401, recreate", DeletionAnswer{Missed: AnswerUnauthorized, Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Presence: recreate, Repeated: true, Acknowledged: true}, DeletionTakenAsGone},
		{"401 before, 200, then 404, 404", DeletionAnswer{Missed: AnswerUnauthorized, Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Repeated: true, Acknowledged: true}, DeletionDone},
		{"404 before, 200, then 401, 401", DeletionAnswer{Missed: AnswerMissing, Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Repeated: true, Acknowledged: true}, DeletionDone},
		{"404 before, 200, then 404, 404, but a witness knows it", DeletionAnswer{Missed: AnswerMissing, Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Presence: alive, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"404 before, 200, 404", DeletionAnswer{Missed: AnswerMissing, Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerMissing}, DeletionDone},
		{"200, then 404, 404", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Repeated: true, Acknowledged: true}, DeletionDone},
		{"200 page, 401", DeletionAnswer{Status: 200, Page: true, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized}, DeletionRepeat},
		{"200 page twice, 401", DeletionAnswer{Status: 200, Page: true, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"200 page, then 401, 401, but a witness knows it", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Presence: alive, Repeated: true, Acknowledged: true, ByPage: true}, DeletionFailed},
		{"200 page, then 401, 401, and none knows it", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Repeated: true, Acknowledged: true, ByPage: true}, DeletionDone},
		{"200 page, then 404, 404", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Repeated: true, Acknowledged: true}, DeletionDone},
		{"200 page, then 404, shown", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerDone, Repeated: true, Acknowledged: true}, DeletionFailed},
		{"200, no answer", DeletionAnswer{Status: 200, Answer: AnswerDone, Confirmed: true}, DeletionFailed},
		{"404", DeletionAnswer{Status: 404, Answer: AnswerMissing}, DeletionConfirm},
		{"404, shown", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerDone}, DeletionRepeat},
		{"307 to the leader, shown", DeletionAnswer{Status: 307, Answer: AnswerRedirected, AskedElsewhere: true, Confirmed: true, Read: AnswerDone}, DeletionRepeat},
		{"307 to the leader twice, shown", DeletionAnswer{Status: 307, Answer: AnswerRedirected, AskedElsewhere: true, Confirmed: true, Read: AnswerDone, Repeated: true}, DeletionFailed},
		{"307 to the leader, then 405, shown", DeletionAnswer{Status: 405, Answer: AnswerUnsupported, Confirmed: true, Read: AnswerDone, Repeated: true}, DeletionRepeat},
		{"307 to the leader, shown, without deletions as known", DeletionAnswer{Status: 307, Answer: AnswerRedirected, AskedElsewhere: true, KnownUnable: true, Confirmed: true, Read: AnswerDone}, DeletionRepeat},
		{"307 to the leader twice, shown, without deletions as known", DeletionAnswer{Status: 307, Answer: AnswerRedirected, AskedElsewhere: true, KnownUnable: true, Confirmed: true, Read: AnswerDone, Repeated: true}, DeletionFailed},
		{"302 twice, shown", DeletionAnswer{Status: 302, Answer: AnswerRedirected, Confirmed: true, Read: AnswerDone, Repeated: true, UnableBefore: true}, DeletionLeftAlive},
		{"403, shown with another token", DeletionAnswer{Status: 403, Answer: AnswerForbidden, Confirmed: true, Read: AnswerDone, OtherToken: true}, DeletionRepeat},
		{"403 twice, shown with another token", DeletionAnswer{Status: 403, Answer: AnswerForbidden, Confirmed: true, Read: AnswerDone, OtherToken: true, Repeated: true}, DeletionFailed},
		{"422, shown with another token", DeletionAnswer{Status: 422, Answer: AnswerRefused, Confirmed: true, Read: AnswerDone, OtherToken: true}, DeletionFailed},
		{"202, shown", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerDone}, DeletionAwait},
		{"202, shown again", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerDone, Awaited: true}, DeletionFailed},
		{"202, shown, then missing", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerMissing, Awaited: true}, DeletionReadAgain},
		{"202, shown, then 401", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Awaited: true, Presence: recreate}, DeletionReadAgain},
		{"202, shown, then 401 twice", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Awaited: true, ReadAgain: true}, DeletionRepeat},
		{"202, shown, then 401 twice, recreate", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerUnauthorized, Awaited: true, ReadAgain: true, Presence: recreate}, DeletionDone},
		{"202, shown, then missing twice", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerMissing, Awaited: true, ReadAgain: true}, DeletionDone},
		{"202, shown, then missing, then shown", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerDone, Awaited: true, ReadAgain: true}, DeletionFailed},
		{"202, shown, then missing twice, proven", DeletionAnswer{Status: 202, Answer: AnswerDone, Confirmed: true, Read: AnswerMissing, Awaited: true, ReadAgain: true, Presence: gone}, DeletionDone},
		{"500, shown", DeletionAnswer{Status: 500, Answer: AnswerLost, MaybeProcessed: true, Confirmed: true, Read: AnswerDone}, DeletionFailed},
		{"404 twice, shown", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerDone, Repeated: true, UnableBefore: true}, DeletionLeftAlive},
		{"404, shown, 404", DeletionAnswer{Status: 404, Answer: AnswerMissing, Repeated: true}, DeletionRepeat},
		{"404, shown, 404, which may have been made", DeletionAnswer{Status: 404, Answer: AnswerMissing, Repeated: true, MaybeProcessed: true}, DeletionConfirm},
		{"lost, shown, 404", DeletionAnswer{Status: 404, Answer: AnswerMissing, Repeated: true, MaybeProcessed: true, LostBefore: true}, DeletionRepeat},
		{"lost, shown, 404 to what may be a repeat", DeletionAnswer{Status: 404, Answer: AnswerMissing, Repeated: true, MaybeProcessed: true}, DeletionConfirm},
		{"404, shown, 404 twice", DeletionAnswer{Status: 404, Answer: AnswerMissing, Repeated: true, InARow: true}, DeletionConfirm},
		{"404, shown, 405", DeletionAnswer{Status: 405, Answer: AnswerUnsupported, Repeated: true}, DeletionConfirm},
		{"200, 401, 404", DeletionAnswer{Status: 404, Answer: AnswerMissing, Repeated: true, Acknowledged: true}, DeletionConfirm},
		{"404, shown, as known", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerDone, KnownUnable: true}, DeletionLeftAlive},
		{"404, 404", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Presence: open}, DeletionFailed},
		{"404, 404, proven", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Presence: gone}, DeletionDone},
		{"404, 404, recreate", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Presence: recreate}, DeletionTakenAsGone},
		{"401, 401, recreate", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Presence: recreate}, DeletionTakenAsGone},
		{"no answer, 401, recreate", DeletionAnswer{MaybeProcessed: true, Confirmed: true, Read: AnswerUnauthorized, Presence: recreate}, DeletionTakenAsGone},
		{"404, 404, alive", DeletionAnswer{Status: 404, Answer: AnswerMissing, Confirmed: true, Read: AnswerMissing, Presence: alive}, DeletionFailed},
		{"405 twice, shown", DeletionAnswer{Status: 405, Answer: AnswerUnsupported, Confirmed: true, Read: AnswerDone, Repeated: true, UnableBefore: true}, DeletionLeftAlive},
		{"302 twice, shown", DeletionAnswer{Status: 302, Answer: AnswerRedirected, Confirmed: true, Read: AnswerDone, Repeated: true, UnableBefore: true}, DeletionLeftAlive},
		{"403, shown with another token, 405, shown", DeletionAnswer{Status: 405, Answer: AnswerUnsupported, Confirmed: true, Read: AnswerDone, Repeated: true}, DeletionRepeat},
		{"403, shown with another token, 302, shown", DeletionAnswer{Status: 302, Answer: AnswerRedirected, Confirmed: true, Read: AnswerDone, Repeated: true}, DeletionRepeat},
		{"403, 405 twice, shown", DeletionAnswer{Status: 405, Answer: AnswerUnsupported, Confirmed: true, Read: AnswerDone, Repeated: true, InARow: true, UnableBefore: true}, DeletionLeftAlive},
		{"403, 405, 403, shown", DeletionAnswer{Status: 403, Answer: AnswerForbidden, Confirmed: true, Read: AnswerDone, Repeated: true, InARow: true, UnableBefore: true}, DeletionFailed},
		{"401, 403, 405, shown", DeletionAnswer{Status: 405, Answer: AnswerUnsupported, Confirmed: true, Read: AnswerDone, Repeated: true, InARow: true}, DeletionFailed},
		{"500, shown, 405, shown, unkept", DeletionAnswer{Unkept: true, Status: 405, Answer: AnswerUnsupported, MaybeProcessed: true, Confirmed: true, Read: AnswerDone, Repeated: true}, DeletionRepeat},
		{"403, shown", DeletionAnswer{Status: 403, Answer: AnswerForbidden, Confirmed: true, Read: AnswerDone}, DeletionFailed},
		{"403, shown, unkept", DeletionAnswer{Unkept: true, Status: 403, Answer: AnswerForbidden, Confirmed: true, Read: AnswerDone}, DeletionRepeat},
		{"403 twice, shown, unkept", DeletionAnswer{Unkept: true, Status: 403, Answer: AnswerForbidden, Confirmed: true, Read: AnswerDone, Repeated: true}, DeletionFailed},
		{"500, shown, unkept", DeletionAnswer{Unkept: true, Status: 500, Answer: AnswerLost, MaybeProcessed: true, Confirmed: true, Read: AnswerDone}, DeletionRepeat},
		{"429, shown, unkept", DeletionAnswer{Unkept: true, Status: 429, Answer: AnswerLost, RateLimited: true, Confirmed: true, Read: AnswerDone}, DeletionFailed},
		{"403, shown, unkept, without deletions as known", DeletionAnswer{Unkept: true, Status: 403, Answer: AnswerForbidden, KnownUnable: true, Confirmed: true, Read: AnswerDone}, DeletionFailed},
		{"405, shown, unkept, as known", DeletionAnswer{Unkept: true, Status: 405, Answer: AnswerUnsupported, KnownUnable: true, Confirmed: true, Read: AnswerDone}, DeletionLeftAlive},
		{"401, 401, unkept", DeletionAnswer{Unkept: true, Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized}, DeletionFailed},
		{"200, shown twice, unkept", DeletionAnswer{Unkept: true, Status: 200, Answer: AnswerDone, Confirmed: true, Read: AnswerDone, Awaited: true}, DeletionFailed},
		{"401, 401", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized}, DeletionFailed},
		{"401, 401, proven", DeletionAnswer{Status: 401, Answer: AnswerUnauthorized, Confirmed: true, Read: AnswerUnauthorized, Presence: gone}, DeletionDone},
		{"no answer, 401, proven", DeletionAnswer{MaybeProcessed: true, Confirmed: true, Read: AnswerUnauthorized, Presence: gone}, DeletionDone},
		{"no answer, shown", DeletionAnswer{MaybeProcessed: true, Confirmed: true, Read: AnswerDone}, DeletionFailed},
		{"500, no answer", DeletionAnswer{Status: 500, Confirmed: true}, DeletionFailed},
	}
	rules := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := tt.a.Decide()
			rules[v.Rule] = true
			if v.Step != tt.want {
				t.Errorf("%v by %q, want %v", v.Step, v.Rule, tt.want)
			}
			if (v.Step == DeletionFailed || v.Step == DeletionLeftAlive) && len(v.Ways) == 0 {
				t.Error("no way out")
			}
		})
	}
	for _, row := range deletionTable {
		if !rules[row.rule] {
			t.Errorf("no test reaches the row %q", row.rule)
		}
	}
}

// Of a client that lives, one wrong answer never makes a deletion that is said to be done, nor a client that is left
// behind, but for a 204.
func TestNoSingleAnswerDeletes(t *testing.T) {
	often(t, func(rt *rapid.T) {
		o := drawObservation(rt)
		o.Operation, o.Deletion, o.Importing = OperationDelete, NotDeleted, false
		if o.OnMissing == OnMissingRecreate {
			o.OnMissing = OnMissingUnset
		}
		truth := []Testimony{NotAsked, Silent, Knows}
		o.Token, o.Authorization = rapid.SampledFrom(truth).Draw(rt, "true token"), rapid.SampledFrom(truth).Draw(rt, "true authorization")
		// The server can delete, and did not: its true answers are a refusal or none, and a read that shows the client.
		a := DeletionAnswer{Answer: rapid.SampledFrom([]Answer{AnswerLost, AnswerUnauthorized, AnswerForbidden, AnswerRefused}).Draw(rt, "true answer"), Read: AnswerDone}
		if rapid.Bool().Draw(rt, "which is wrong") {
			a.Status, a.Answer = 200, rapid.SampledFrom(allAnswers).Draw(rt, "wrong answer")
		} else {
			a.Read = rapid.SampledFrom(allAnswers).Draw(rt, "wrong read")
		}
		o.Answer, o.Repeated, a.Confirmed = a.Read, false, true
		a.Presence = o.Decide()
		if v := a.Decide(); v.Step == DeletionDone || v.Step == DeletionLeftAlive {
			rt.Fatalf("%v by %q: %+v", v.Step, v.Rule, a)
		}
	})
}

// Whatever else a deletion was sent again for, one answer as of a server without deletions leaves nothing behind.
func TestOneAnswerIsNoServerWithoutDeletions(t *testing.T) {
	often(t, func(rt *rapid.T) {
		draw := func(name string) bool { return rapid.Bool().Draw(rt, name) }
		a := DeletionAnswer{
			Answer: rapid.SampledFrom(allAnswers).Draw(rt, "answer"), Read: rapid.SampledFrom(allAnswers).Draw(rt, "read"), Confirmed: true, Repeated: draw("repeated"), InARow: draw("in a row"),
			OtherToken: draw("other token"), Awaited: draw("awaited"), Unkept: draw("unkept"), MaybeProcessed: draw("maybe"), LostBefore: draw("lost"), Acknowledged: draw("acknowledged"), AskedElsewhere: draw("elsewhere"),
		}
		if v := a.Decide(); v.Step == DeletionLeftAlive {
			rt.Fatalf("%q: %+v", v.Rule, a)
		}
	})
}

// Who leads a deletion to another address has deletions, whatever else was answered before or is recorded.
func TestWhoLeadsADeletionElsewhereHasDeletions(t *testing.T) {
	often(t, func(rt *rapid.T) {
		draw := func(name string) bool { return rapid.Bool().Draw(rt, name) }
		a := DeletionAnswer{
			Status: 307, Answer: AnswerRedirected, AskedElsewhere: true, Read: rapid.SampledFrom(allAnswers).Draw(rt, "read"), Confirmed: true, Repeated: draw("repeated"), InARow: draw("in a row"),
			Unkept: draw("unkept"), MaybeProcessed: draw("maybe"), LostBefore: draw("lost"), Acknowledged: draw("acknowledged"), KnownUnable: draw("known"), UnableBefore: draw("before"),
		}
		if v := a.Decide(); v.Step == DeletionLeftAlive {
			rt.Fatalf("%q: %+v", v.Rule, a)
		}
	})
}

func TestRollBack(t *testing.T) {
	answered := time.Date(2026, time.January, 1, 9, 12, 34, 0, time.UTC)
	issued := func(before time.Duration) *int64 {
		at := answered.Add(-before).Unix()
		return &at
	}
	for _, tt := range []struct {
		r    RollBack
		want bool
	}{
		{RollBack{Status: 201}, true},
		{RollBack{Status: 200}, true},
		{RollBack{Status: 200, KnownBefore: true}, false},
		{RollBack{Status: 201, KnownBefore: true}, false},
		{RollBack{}, false},
		{RollBack{Status: 201, IssuedAt: issued(0), Answered: answered}, true},
		{RollBack{Status: 201, IssuedAt: issued(14 * time.Hour), Answered: answered}, true}, // a clock that is set to a local time
		{RollBack{Status: 201, IssuedAt: issued(-14 * time.Hour), Answered: answered}, true},
		{RollBack{Status: 201, IssuedAt: issued(25 * time.Hour), Answered: answered}, false},
		{RollBack{Status: 200, IssuedAt: issued(400 * 24 * time.Hour), Answered: answered}, false},
		{RollBack{Status: 201, IssuedAt: issued(400 * 24 * time.Hour), Answered: answered, Now: answered.Add(-time.Hour)}, false},
		{RollBack{Status: 201, IssuedAt: issued(400 * 24 * time.Hour), Answered: answered, Now: answered.AddDate(-10, 0, 0)}, false}, // ours is behind
		{RollBack{Status: 201, IssuedAt: issued(0), Answered: answered.AddDate(10, 0, 0), Now: answered}, true},                      // whose clock jumped ahead
		{RollBack{Status: 201, IssuedAt: issued(400 * 24 * time.Hour)}, true},                                                        // of which no clock is known
		{RollBack{Status: 201, IssuedAt: new(int64), Answered: answered}, true},                                                      // 0: not told
	} {
		if got := tt.r.MayDelete(); got != tt.want {
			t.Errorf("%+v: %v", tt.r, got)
		}
	}
}

// A read that any client is shown to may show somebody else's, which it tells by when that one was registered.
func TestRollBackOfAClientThatAReadDisowns(t *testing.T) {
	answered := time.Date(2026, time.January, 1, 9, 12, 34, 0, time.UTC)
	issued := func(before time.Duration) *int64 {
		at := answered.Add(-before).Unix()
		return &at
	}
	long := 400*24*time.Hour + 7*time.Minute
	for name, tt := range map[string]struct {
		said, shown, old *int64
		want             bool
	}{
		"nothing is shown":           {nil, nil, nil, false},
		"issued just now":            {nil, issued(0), issued(long), false},
		"issued long before":         {nil, issued(long), nil, true},
		"issued before the old one":  {nil, issued(2 * long), issued(long), true},
		"said to be issued just now": {issued(0), issued(long), nil, false},
		"a placeholder was said":     {new(int64), issued(long), nil, true},
		"said so itself":             {issued(long), issued(long), nil, false},
		"shown for the old one, too": {nil, issued(long), issued(long), false},
		"a placeholder":              {nil, new(int64), nil, false},
	} {
		by, disowned := RollBack{Status: 201, IssuedAt: tt.said, Answered: answered, Now: answered}.Disowned(tt.shown, tt.old)
		if disowned != tt.want || disowned && by.MayDelete() {
			t.Errorf("%s: %v, may delete %v", name, disowned, by.MayDelete())
		}
	}
}

// Where the client's own URI shows it after its deletion was refused, the refusal is not about the credential.
func TestWaysOfARefusedDeletionOfAClientThatIsShown(t *testing.T) {
	for _, class := range []Answer{AnswerUnauthorized, AnswerCredential} {
		a := DeletionAnswer{Status: 400, Answer: class, Confirmed: true, Read: AnswerDone}
		if ways := a.Decide().Ways; slices.Contains(ways, WayTokens) || slices.Contains(ways, WayOnMissingRecreate) || !slices.Contains(ways, WayManagementNone) {
			t.Errorf("%v: %q", class, ways)
		}
		a.ByProvider = true
		if ways := a.Decide().Ways; !slices.Contains(ways, WayCredentials) || slices.Contains(ways, WayOnMissingRecreate) {
			t.Errorf("%v, by the provider: %q", class, ways)
		}
	}
}

// A 403 may be one of the token that reads alone are allowed with. One whose code says that there is no such operation is the same for each.
func TestWaysOfADeletionThatIsNoOperation(t *testing.T) {
	for _, none := range []bool{false, true} {
		for _, byProvider := range []bool{false, true} {
			a := DeletionAnswer{Status: 403, Answer: AnswerForbidden, Confirmed: true, Read: AnswerDone, NoOperation: none, ByProvider: byProvider}
			v := a.Decide()
			another := slices.Contains(v.Ways, WayTokens) || slices.Contains(v.Ways, WayCredentials)
			if v.Step != DeletionFailed || another == none || slices.Contains(v.Ways, WayManagementNone) != none || !slices.Contains(v.Ways, WayStateRm) {
				t.Errorf("no operation %v, by the provider %v: %v, %q", none, byProvider, v.Step, v.Ways)
			}
		}
	}
}

// A look costs a request, and where reads replace credentials, more than that.
func TestLooksBeforeDeletion(t *testing.T) {
	harmless := Facts{ReadSeen: true, SecretOnRead: SecretShown}
	rotating := Facts{ReadSeen: true, SecretOnRead: SecretShown, RotatesOnRead: true}
	for _, tt := range []struct {
		name    string
		refresh Refresh
		facts   Facts
		without bool // a secret
		journal bool
		never   bool // shown there
		want    bool
	}{
		{"no refresh reads", RefreshNever, harmless, false, false, false, true},
		{"no refresh reads, and the secret is hidden", RefreshNever, Facts{ReadSeen: true, SecretOnRead: SecretHidden}, false, false, false, true},
		{"a refresh may have read, long ago", RefreshAuto, harmless, false, false, false, true},
		{"the same, by the default", "", harmless, false, false, false, true},
		{"the token moves", RefreshNever, rotating, false, false, false, false},
		{"the token moves, and a journal keeps it", RefreshAuto, rotating, false, true, false, true},
		{"the secret moves", RefreshNever, Facts{ReadSeen: true, SecretOnRead: SecretRotates}, false, false, false, false},
		{"the token moves, and each refresh reads", RefreshAlways, rotating, false, false, false, false},
		{"the secret moves, and each refresh reads", RefreshAlways, Facts{ReadSeen: true, SecretOnRead: SecretRotates}, false, true, false, false},
		{"what reads do is not known", RefreshNever, Facts{ReadSeen: true}, false, false, false, false},
		{"what reads do is not known, and there is no secret", RefreshNever, Facts{ReadSeen: true}, true, false, false, true},
		{"no read was seen", RefreshAuto, Facts{SecretOnRead: SecretShown}, false, false, false, false},
		{"never shown there", RefreshNever, harmless, false, false, true, false},
	} {
		for _, byProvider := range []bool{false, true} {
			q := ReadQuestion{Refresh: tt.refresh, Facts: tt.facts, HasSecret: !tt.without, HasToken: !byProvider, Journal: tt.journal}
			if got := LooksBeforeDeletion(q, !tt.never); got != tt.want {
				t.Errorf("%s, by the provider's credentials %v: %v", tt.name, byProvider, got)
			}
		}
	}
}
