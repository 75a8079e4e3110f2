// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// bareSuccesses are answers to an update that say that it was made, and nothing else.
func bareSuccesses() map[string]fakeop.Answer {
	return map[string]fakeop.Answer{
		"204": {Status: 204}, "200": {Status: 200}, "202": {Status: 202}, "an empty object": {Status: 200, Body: `{}`}, "a status": {Status: 200, Body: `{"status":"ok"}`}, "a count": {Status: 200, Body: `{"success":true,"errors":0}`},
	}
}

// withoutReads is a server that has no reads and answers updates so.
func withoutReads(updates ...fakeop.CallFault) *fakeop.Server {
	s := &fakeop.Server{}
	s.Faults.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 405})
	s.Faults.Updating.Calls = updates
	return s
}

// Where there are no reads, an update that is acknowledged twice counts as made, though nothing shows what it registered: else no apply would ever end.
func TestUpdateThatIsOnlyAcknowledgedWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	for name, a := range bareSuccesses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.Processed = true
			r := newSubject(t, withoutReads(fakeop.Always(a)...), nil)
			config := app.With(attrs{"client_uri": "https://a.example/1"})
			r.Apply(config)
			id := r.id()
			for i, change := range []attrs{{"client_name": "App 2"}, {"client_uri": nil}, {"client_name": "App 3", "client_uri": "https://a.example/2", "id_token_signed_response_alg": "ES256"}, {"client_name": "App 2"}} {
				config = config.With(change)
				r.Apply(config)
				r.wantSays("Client updated, but not read back", "answered twice with success and without the client", "terraform apply -replace=ADDRESS")
				r.WantEmpty(config)
				r.start(nil)
				r.WantEmpty(config)
				got := r.registered()
				if r.id() != id || got["client_name"] != config["client_name"] || fmt.Sprint(got["client_uri"]) != fmt.Sprint(config["client_uri"]) {
					t.Errorf("change %d: client %s after %s: %v", i, r.id(), id, got)
				}
			}
			if n := r.op.CountOf(fakeop.OpUpdate); n != 8 {
				t.Errorf("%d updates were sent", n)
			}
			r.Destroy() // terraform apply -replace=ADDRESS
			r.Apply(config)
			r.WantEmpty(config)
			r.Destroy()
			if n := len(r.op.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// A server that counts what it changed counts nothing for the same update once more.
func TestUpdateThatIsCountedOnceWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	counts := func(n, from int) fakeop.CallFault {
		return fakeop.CallFault{From: from, Times: 1, Answer: fakeop.Answer{Status: 200, Body: fmt.Sprintf(`{"affectedRows":%d}`, n), Processed: true}}
	}
	r := newSubject(t, withoutReads(counts(1, 1), counts(0, 2), counts(0, 3), counts(0, 4)), nil)
	r.Apply(app)
	r.Apply(renamed)
	r.WantEmpty(renamed)
	if err := r.TryApply(app); err == nil {
		t.Error("an update of none, twice, is made")
	}
}

// The answer to an update that was made is lost. The next one of the same finds nothing to change, and its count of none may be that of a client which is not there: so the error names what
// has the server count the client.
func TestUpdateThatIsNotCountedAfterALostOne(t *testing.T) {
	t.Parallel()
	answers := func(from int, a fakeop.Answer) fakeop.CallFault {
		a.Processed = true
		return fakeop.CallFault{From: from, Times: 1, Answer: a}
	}
	counts := func(n int) fakeop.Answer { return fakeop.Answer{Status: 200, Body: fmt.Sprintf(`{"updated":%d}`, n)} }
	r := newSubject(t, withoutReads(answers(1, fakeop.Lost()), answers(2, counts(0)), answers(3, counts(1)), answers(4, counts(0)), answers(5, counts(1)), answers(6, counts(0))), attrs{"max_retries": 0})
	r.Apply(app)
	id := r.id()
	containsNone(t, fmt.Sprint(r.TryApply(renamed)), "give it another client_name")
	containsAll(t, fmt.Sprint(r.TryApply(renamed)), "The answer counts no client as changed.", "give it another client_name, apply, set that back, and apply once more:")
	r.Apply(app.With(attrs{"client_name": "App 3"}))
	r.Apply(renamed)
	r.WantEmpty(renamed)
	if r.id() != id || r.op.CountOf(fakeop.OpUpdate) != 6 {
		t.Errorf("client %s after %s, %d updates", r.id(), id, r.op.CountOf(fakeop.OpUpdate))
	}
}

// With strict, what no answer shows is refused as anywhere, with the way to accept it.
func TestUpdateThatIsOnlyAcknowledgedWhereThereAreNoReadsWithStrict(t *testing.T) {
	t.Parallel()
	r := newSubject(t, withoutReads(fakeop.Always(fakeop.Answer{Status: 204, Processed: true})...), nil)
	config := app.With(attrs{"strict": true})
	r.Apply(config)
	config = config.With(attrs{"client_name": "App 2"})
	err := fmt.Sprint(r.TryApply(config))
	containsAll(t, err, "Server does not show some parameters", `accept_substitutions = ["client_name"]`)
	config = config.With(attrs{"accept_substitutions": []string{"client_name"}})
	r.Apply(config)
	r.WantEmpty(config)
}

// One such answer is not given twice: where a proxy gave it in the server's place, the server makes the update when it is sent again, and shows it.
func TestOneAcknowledgementOfAProxyWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	for name, a := range bareSuccesses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, withoutReads(fakeop.CallFault{Times: 1, Answer: a}), nil)
			r.Apply(app)
			r.Apply(renamed)
			if got := strings.Join(r.told(), "\n"); strings.Contains(got, "does not show") {
				t.Errorf("the update was shown: %s", got)
			}
			if got := r.registered()["client_name"]; got != "App 2" {
				t.Errorf("client_name is registered as %v", got)
			}
			r.WantEmpty(renamed)
		})
	}
}

// Where the update that was acknowledged replaced the token, the one that follows is refused: the token is lost, and the error says what helps.
func TestAcknowledgedUpdateThatReplacedTheTokenWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	s := withoutReads(fakeop.CallFault{Times: 1, Answer: fakeop.Answer{Status: 204, Processed: true}})
	s.Faults.RotateTokenOnUpdate = true
	r := newSubject(t, s, nil)
	r.Apply(app)
	before, id := r.State, r.id()
	err := r.TryApply(renamed)
	if err == nil {
		t.Fatal("the update succeeds though the new token is lost")
	}
	containsAll(t, err.Error(), "The server may have made the update all the same", "registration_access_tokens")
	if !r.State.Equal(before) {
		t.Error("the state changed")
	}
	r.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
	r.start(attrs{"registration_access_tokens": attrs{id: r.op.ReissueToken(id)}})
	r.Apply(renamed)
	r.WantEmpty(renamed)
	if r.id() != id {
		t.Errorf("client %s after %s", r.id(), id)
	}
}

// An answer that speaks of an error, or a page, acknowledges nothing, however often it is given.
func TestUpdateThatIsNotAcknowledgedWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	for _, a := range []fakeop.Answer{
		{Status: 200, Body: `{"status":"rejected"}`}, {Status: 200, Body: `{"ok":0}`}, {Status: 200, Body: `{"error":true}`}, {Status: 200, Body: `{"message":"client_name is taken"}`}, {Status: 200, Body: `{"client_id":"another"}`}, fakeop.Welcome(),
	} {
		t.Run(a.Body, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, withoutReads(fakeop.Always(a)...), nil)
			r.Apply(app)
			before, id := r.State, r.id()
			for range 2 {
				err := r.TryApply(renamed)
				if err == nil {
					t.Fatal("the update succeeds")
				}
				containsAll(t, err.Error(), "Client not updated", "terraform apply -replace=ADDRESS", `management = "none"`)
				if !r.State.Equal(before) {
					t.Error("the state changed")
				}
			}
			r.Destroy() // terraform apply -replace=ADDRESS
			r.Apply(renamed)
			r.WantEmpty(renamed)
			if r.id() == id || r.registered()["client_name"] != "App 2" || len(r.op.Clients()) != 1 {
				t.Errorf("client %s after %s: %v", r.id(), id, r.op.Clients())
			}
		})
	}
}

// An update whose answer was lost before, for another change, says nothing of a renewal: a single answer without the client replaces no client then either, nor does one
// that is followed by a lost one.
func TestRenewalAfterALostUpdateWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	for name, calls := range map[string][]fakeop.CallFault{
		"once":             {{Times: 1, Answer: fakeop.Answer{Status: 204}}},
		"once, and made":   {{Times: 1, Answer: fakeop.Answer{Status: 204, Processed: true}}},
		"and a lost one":   {{Times: 1, Answer: fakeop.Answer{Status: 204}}, {From: 2, Times: 1, Answer: fakeop.Lost()}},
		"and an error":     {{Times: 1, Answer: fakeop.Answer{Status: 204}}, {From: 2, Times: 1, Answer: fakeop.Answer{Status: 503}}},
		"and a page":       {{Times: 1, Answer: fakeop.Answer{Status: 204}}, {From: 2, Times: 1, Answer: fakeop.Welcome()}},
		"a page and it":    {{Times: 1, Answer: fakeop.Welcome()}, {From: 2, Times: 1, Answer: fakeop.Answer{Status: 204}}},
		"twice":            {{Times: 2, Answer: fakeop.Answer{Status: 204}}},
		"twice, and made":  {{Times: 2, Answer: fakeop.Answer{Status: 204, Processed: true}}},
		"twice, in bodies": {{Times: 2, Answer: fakeop.Answer{Status: 200, Body: `{"code":20000}`}}},
	} {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", lost before ", before), func(t *testing.T) {
				t.Parallel()
				s := withoutReads()
				s.Faults.RotateSecretOnUpdate = true
				healthy := s.Faults
				r := newSubject(t, s, attrs{"max_retries": 0})
				config := app.With(attrs{"rotate_secret_when": attrs{"a": "1"}})
				r.Apply(config)
				if before {
					r.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Lost()) })
					config = config.With(attrs{"client_name": "App 2"})
					if err := r.TryApply(config); err == nil {
						t.Fatal("an update is not lost")
					}
				}
				faults := healthy
				faults.Updating.Calls = calls
				r.op.SetFaults(faults)
				r.start(attrs{"max_retries": 0})
				id, secret := r.id(), r.op.CurrentSecret(r.id())
				config = config.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
				err := r.TryApply(config)
				twice := strings.HasPrefix(name, "twice")
				if failed := err != nil; failed != (!strings.HasPrefix(name, "once")) {
					t.Fatalf("the renewal: %v", err)
				}
				p := r.Plan(config)
				if r.anew(p) != twice {
					t.Errorf("the next plan makes another client: %v", !twice)
				}
				r.op.SetFaults(healthy)
				r.start(attrs{"max_retries": 0})
				r.Apply(config)
				r.WantEmpty(config)
				if (r.id() != id) != twice || r.op.CurrentSecret(r.id()) == secret {
					t.Errorf("client %s after %s", r.id(), id)
				}
				r.holds()
			})
		}
	}
}

// A front end answers each update with its page, and each deletion, too. What the error names ends that, also of a renewal, which would come due for ever.
func TestPagesForUpdatesWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	for _, deletes := range []bool{true, false} {
		t.Run(fmt.Sprint("deletions come through: ", deletes), func(t *testing.T) {
			t.Parallel()
			c := &clock{now: fakeop.Epoch}
			s := withoutReads(fakeop.Always(fakeop.Welcome())...)
			s.Clock, s.SecretLifetime = c.read, 90*day
			if !deletes {
				s.Faults.Deletion.Calls = fakeop.Always(fakeop.Welcome())
			}
			r := newSubject(t, s, nil)
			config := app.With(attrs{"renew_secret_before": "240h"})
			r.Apply(config)
			id := r.id()
			c.now = c.now.Add(81 * day)
			r.start(nil)
			err := fmt.Sprint(r.TryApply(config))
			containsAll(t, err, "The answer is a page", "let PUT and DELETE through to this address", "terraform apply -replace=ADDRESS", `management = "none"`)
			if err := r.TryDestroy(); (err == nil) != deletes { // terraform apply -replace=ADDRESS
				t.Fatalf("the deletion: %v", err)
			}
			if !deletes {
				r.start(attrs{"management": "none"})
				r.Destroy() // the same with it
			}
			r.Apply(config)
			r.start(nil)
			r.Apply(config) // which looks at the new client, once
			r.WantEmpty(config)
			if r.id() == id {
				t.Error("there is no other client")
			}
			r.holds()
		})
	}
	t.Run("they come through again", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, withoutReads(fakeop.Always(fakeop.Welcome())...), nil)
		r.Apply(app)
		containsAll(t, fmt.Sprint(r.TryApply(renamed)), "let PUT and DELETE through to this address")
		r.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
		r.Apply(renamed)
		r.WantEmpty(renamed)
	})
}

// An update that is refused, since no answer shows what it registered, or registered what is accepted no more, is refused for that by each apply also where the server counts no client
// as changed by what it has already.
func TestWhatIsRefusedIsRefusedAgainWhereNoneIsCounted(t *testing.T) {
	t.Parallel()
	count := func(from, n int) fakeop.CallFault {
		return fakeop.CallFault{From: from, Times: 1, Answer: fakeop.Answer{Status: 200, Body: fmt.Sprintf(`{"updated":%d}`, n), Processed: true}}
	}
	none := []fakeop.CallFault{count(1, 0), count(2, 0), count(3, 0), count(4, 0), count(5, 0)}
	for name, test := range map[string]struct {
		updates                  []fakeop.CallFault
		before, then, afterwards attrs
		says                     string
	}{
		"not shown": {
			updates: append([]fakeop.CallFault{count(1, 1)}, none[1:]...),
			then:    attrs{"client_name": "App 2"}, afterwards: attrs{"accept_substitutions": []string{"client_name"}}, says: "client_name: ",
		},
		"accepted no more, and another given up": {
			updates: append([]fakeop.CallFault{count(1, 1)}, none[1:]...), before: attrs{"accept_substitutions": []string{signingAlg}, "client_uri": "https://app.example"},
			afterwards: attrs{"accept_substitutions": []string{signingAlg}}, says: signingAlg + `: asked for "ES256"`,
		},
		"accepted no more": {
			updates: none, before: attrs{"accept_substitutions": []string{signingAlg}}, afterwards: attrs{"accept_substitutions": []string{signingAlg}}, says: signingAlg + `: asked for "ES256"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := withoutReads(test.updates...)
			if test.before != nil {
				op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
			}
			settings := attrs{"strict": true}
			r := newSubject(t, op, settings)
			r.Apply(secured().With(test.before))
			refused := secured().With(test.then)
			var first string
			for i := range 3 {
				r.start(settings)
				err := r.TryApply(refused)
				if err == nil {
					t.Fatal("what is refused is taken")
				}
				r.wantSays(test.says, "accept_substitutions")
				if i == 0 {
					first = fmt.Sprint(err)
				} else if fmt.Sprint(err) != first {
					t.Errorf("apply %d says\n%v\nand the first one said\n%s", i+1, err, first)
				}
			}
			r.start(settings)
			accepting := refused.With(test.afterwards)
			r.Apply(accepting)
			r.start(settings)
			r.WantEmpty(accepting)
			if len(op.Clients()) != 1 || op.Clients()[0].ID != r.id() {
				t.Errorf("client %s is not the one there", r.id())
			}
		})
	}
}

// An update that asks for something else and changes no client is not taken for one that was made before, also where its values would be refused: one before it may have got lost.
func TestAnotherUpdateThatChangesNoneIsNotTakenAsMade(t *testing.T) {
	t.Parallel()
	none := fakeop.Answer{Status: 200, Body: `{"updated":0}`}
	r := newSubject(t, withoutReads(fakeop.Always(none)...), attrs{"strict": true})
	r.Apply(app)
	for range 2 {
		containsAll(t, fmt.Sprint(r.TryApply(renamed)), "The answer counts no client as changed.")
	}
	r.Apply(app)
	r.WantEmpty(app)
}
