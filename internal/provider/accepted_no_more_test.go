// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

const signingAlg = "id_token_signed_response_alg"

// wantRefused has a configuration refused by apply after apply, each of which its plan shows.
func (r *subject) wantRefused(settings, config attrs) {
	r.t.Helper()
	id := r.id()
	for range 3 {
		r.start(settings)
		if p := r.planned(config); len(r.Changes(p)) == 0 {
			r.t.Error("the plan is empty")
		}
		if err := r.TryApply(config); err == nil {
			r.t.Fatalf("another value than was asked for is taken: %v", r.Text(signingAlg))
		}
		r.wantSays("Server registered other values", signingAlg+": asked for")
		if r.id() != id || len(r.op.Clients()) != 1 {
			r.t.Fatalf("client %s after %s, %d clients", r.id(), id, len(r.op.Clients()))
		}
	}
}

// wantRefusedUntilDecided holds each apply to a refusal until the server's value is accepted again, and asked for in the end.
func (r *subject) wantRefusedUntilDecided(settings, refused attrs) {
	r.t.Helper()
	for _, decided := range []attrs{{"accept_substitutions": []string{signingAlg}}, {signingAlg: "HS256"}} {
		r.wantRefused(settings, refused)
		r.start(settings)
		config := refused.With(decided)
		r.Apply(config)
		r.start(settings)
		r.WantEmpty(config)
	}
}

// A substitution that was accepted and is so no more is refused by each apply until the configuration accepts it again, asks for what the server
// registers, or the server registers what is asked for: with another change and without, by the resource's settings and by the provider's.
func TestASubstitutionThatIsAcceptedNoMoreIsRefused(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	servers := map[string]fakeop.Faults{
		"reads":               {},
		"no reads":            {ReadStatus: 405},
		"reads replace token": {RotateTokenOnRead: true},
		"reads replace both":  {RotateTokenOnRead: true, RotateSecretOnRead: true},
	}
	ways := map[string]struct{ settings, accepting, then attrs }{
		"the resource's":                  {accepting: accept},
		"the resource's, another change":  {accepting: accept, then: attrs{"client_name": "App 2"}},
		"the resource's, the next strict": {accepting: accept, then: attrs{"strict": true}},
		"the provider's":                  {settings: accept},
		"the resource's, and a default":   {accepting: accept, then: attrs{"application_type": "web"}},
		"the provider's, another change":  {settings: accept, then: attrs{"client_name": "App 2"}},
	}
	for name, faults := range servers {
		for way, w := range ways {
			for _, refresh := range []string{"auto", "never"} {
				t.Run(name+", "+way+", "+refresh, func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{Faults: faults}
					op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
					settings := attrs{"refresh": refresh}
					r := newSubject(t, op, settings.With(w.settings))
					accepting := secured().With(w.accepting)
					r.Apply(accepting)
					r.WantEmpty(accepting)
					refused := secured().With(w.then)
					r.wantRefusedUntilDecided(settings, refused)
					if err := r.TryApply(refused); err == nil {
						t.Fatal("another value than was asked for is taken")
					}
					op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
					r.Apply(refused)
					r.start(settings)
					r.WantEmpty(refused)
					if got := r.registered()[signingAlg]; got != "ES256" {
						t.Errorf("registered: %v", got)
					}
				})
			}
		}
	}
}

// The server has no reads, and its answers to updates show nothing, or a part without the value: each apply refuses it all the same, as also beside another change, until it is
// accepted again or given up.
func TestASubstitutionThatIsAcceptedNoMoreIsRefusedWhereNothingShowsIt(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	for name, answers := range map[string]fakeop.Answer{
		"204":    {Status: 204, Processed: true},
		"a word": {Status: 200, Processed: true, Body: `{"status":"ok"}`},
		"a part": {Edit: func(doc map[string]any) {
			maps.DeleteFunc(doc, func(member string, _ any) bool {
				return member != "client_name" && member != "grant_types" && member != "redirect_uris"
			})
		}},
		"no metadata": {Edit: func(doc map[string]any) {
			maps.DeleteFunc(doc, func(member string, _ any) bool {
				return member != "client_id" && member != "client_secret" && member != "registration_access_token"
			})
		}},
	} {
		for change, then := range map[string]attrs{"alone": nil, "beside another change": {"client_name": "App 2"}} {
			t.Run(name+", "+change, func(t *testing.T) {
				t.Parallel()
				op := withoutReads(fakeop.Always(answers)...)
				op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
				r := newSubject(t, op, nil)
				accepting := secured().With(accept)
				r.Apply(accepting)
				r.WantEmpty(accepting)
				refused := secured().With(then)
				r.wantRefusedUntilDecided(nil, refused)
			})
		}
	}
}

// What the server registers by now as it is asked for needs no acceptance.
func TestWhatIsRegisteredAsAskedByNowNeedsNoAcceptance(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{signingAlg: "HS256"}}}
	r := newSubject(t, op, nil)
	accepting := secured().With(attrs{"accept_substitutions": []string{signingAlg}})
	r.Apply(accepting)
	op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
	op.SetMember(r.id(), signingAlg, "ES256")
	r.Apply(secured())
	r.WantEmpty(secured())
	if n := op.CountOf(fakeop.OpUpdate); n != 0 {
		t.Errorf("%d updates were sent", n)
	}
}

// What was accepted in the time before strict is refused as soon as strict is set, by each apply.
func TestStrictRefusesWhatWasTakenBefore(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]attrs{"the resource's": nil, "the provider's": {"strict": true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"grant_types": []any{"authorization_code", "refresh_token"}}}}
			r := newSubject(t, op, nil)
			config := secured().With(attrs{"grant_types": []string{"authorization_code"}})
			r.Apply(config)
			r.WantEmpty(config)
			strict := config
			if settings == nil {
				strict = config.With(attrs{"strict": true})
			}
			for range 2 {
				r.start(settings)
				if p := r.planned(strict); len(r.Changes(p)) == 0 {
					t.Error("the plan is empty")
				}
				if err := r.TryApply(strict); err == nil {
					t.Error("an addition is taken")
				}
			}
			accepting := strict.With(attrs{"accept_substitutions": []string{"grant_types"}})
			r.Apply(accepting)
			r.WantEmpty(accepting)
		})
	}
}

// Where only another client could have another value, none is made for the sake of a setting: the apply says what the setting refuses, and the plan is no error, so that a destroy goes on.
func TestNoOtherClientIsMadeForASubstitutionThatIsAcceptedNoMore(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	for name, management := range map[string]fakeop.Management{"no management": fakeop.ManagementOff, "no updates": fakeop.ManagementFull} {
		for i := range 16 {
			provider, adds, hides, unread := i&1 != 0, i&2 != 0, i&4 != 0, i&8 != 0
			t.Run(fmt.Sprintf("%s, the provider's %v, adds a grant type %v, hides a parameter %v, and the value from reads %v", name, provider, adds, hides, unread), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Management: management}
				op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
				if adds { // which nobody need accept
					op.Faults.Substitute["grant_types"] = []any{"authorization_code", "refresh_token"}
				}
				if unread {
					op.Faults.DropOnRead = []string{signingAlg}
				}
				if hides {
					op.Faults.Drop = []string{"client_uri"}
				}
				all := secured().With(attrs{"grant_types": []string{"authorization_code"}, "client_uri": "https://app.example"})
				settings, accepting := attrs{}, all.With(accept)
				if provider {
					settings, accepting = accept, all
				}
				r := newSubject(t, op, settings)
				r.Apply(accepting)
				if management == fakeop.ManagementFull {
					op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 405}) })
					if err := r.TryApply(accepting.With(attrs{"client_name": "App 2"})); err == nil {
						t.Fatal("the server has updates")
					}
				}
				id := r.id()
				r.start(nil)
				refused := accepting.With(attrs{"accept_substitutions": nil})
				sent := op.CountOf(fakeop.OpUpdate)
				for range 2 {
					r.start(nil)
					if p := r.planned(refused); len(r.Changes(p)) == 0 || r.anew(p) || r.Anew(p, "client_secret") {
						t.Errorf("the plan changes %v", r.Changes(p))
					}
					if err := r.TryApply(refused); err == nil {
						t.Error("another value than was asked for is taken")
					}
					r.wantSays("Server registered other values", signingAlg+": asked for")
				}
				if op.CountOf(fakeop.OpUpdate) != sent {
					t.Error("an update was sent")
				}
				if r.id() != id || !slices.ContainsFunc(op.Clients(), func(c fakeop.Client) bool { return c.ID == id }) {
					t.Errorf("client %s is %s now", id, r.id())
				}
				r.start(settings)
				r.Apply(accepting)
				r.WantEmpty(accepting)
				r.start(nil)
				own := refused.With(attrs{signingAlg: "HS256"})
				r.Apply(own)
				r.WantEmpty(own)
				written := own.With(attrs{"application_type": "web"}) // as the server has it
				r.Apply(written)
				r.WantEmpty(written)
				if r.id() != id || len(op.Clients()) != 1 {
					t.Errorf("client %s is %s now", id, r.id())
				}
				// Another value than the server has is a reason as ever, also where that has changed by itself.
				if p := r.Plan(written.With(attrs{"client_name": "App 3"})); !r.anew(p) {
					t.Error("a change is planned as an update")
				}
				if name == "no updates" {
					op.SetMember(id, "grant_types", []any{"authorization_code", "client_credentials"})
					if p := r.Plan(written); !r.anew(p) {
						t.Error("what has changed at the server is planned as an update")
					}
				}
			})
		}
	}
}

// An apply whose outcome is known before sends nothing: the client has what it was registered with, the server's own value is accepted no more, and nothing
// else is asked. An update would replace the client's secret at some servers, in an apply that ends in errors for certain. Another change is sent as ever.
func TestNothingIsSentForASubstitutionThatIsAcceptedNoMore(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	servers := map[string]fakeop.Faults{
		"updates replace nothing":    {},
		"updates replace the token":  {RotateTokenOnUpdate: true},
		"updates replace the secret": {RotateSecretOnUpdate: true},
		"updates replace both":       {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
		"replaced by reads, too":     {RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
	}
	for name, faults := range servers {
		for _, updated := range []bool{false, true} {
			for _, provider := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, updated before %v, the provider's %v", name, updated, provider), func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{Faults: faults}
					op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
					settings, refused := attrs{}, secured()
					accepting := refused.With(accept)
					if provider {
						settings, accepting = accept, refused
					}
					r := newSubject(t, op, settings)
					r.Apply(accepting)
					if updated {
						change := attrs{"client_name": "App 0"}
						accepting, refused = accepting.With(change), refused.With(change)
						r.Apply(accepting)
					}
					before, sent := op.Clients()[0], op.CountOf(fakeop.OpUpdate)
					for range 2 {
						r.start(nil)
						if p := r.planned(refused); len(r.Changes(p)) == 0 {
							t.Error("the plan is empty")
						}
						if err := r.TryApply(refused); err == nil {
							t.Error("another value than was asked for is taken")
						}
						r.wantSays("Server registered other values", signingAlg+": asked for", "Nothing was sent")
					}
					if now := op.Clients()[0]; now.Secret != before.Secret || r.Text("client_secret") != before.Secret || op.CountOf(fakeop.OpUpdate) != sent {
						t.Errorf("after %d more updates the secret is another one", op.CountOf(fakeop.OpUpdate)-sent)
					}
					r.start(settings)
					r.Apply(accepting)
					r.WantEmpty(accepting)
					if now := op.Clients()[0]; now.Secret != before.Secret || op.CountOf(fakeop.OpUpdate) != sent {
						t.Error("an update was sent for a setting")
					}

					r.start(nil)
					if err := r.TryApply(refused.With(attrs{"client_name": "App 2"})); err == nil {
						t.Error("another value than was asked for is taken beside a change")
					}
					if r.registered()["client_name"] != "App 2" {
						t.Error("another change is not sent")
					}
					r.holds()
				})
			}
		}
	}
}

// A client that has another value by now is updated: nothing tells what comes of that. Where the server's policy has changed, it is asked again by way of its value.
func TestASubstitutionThatIsAcceptedNoMoreIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]func(r *subject, refused attrs){
		"another value by now": func(r *subject, _ attrs) { r.op.SetMember(r.id(), signingAlg, "RS256") },
		"its own value first":  func(r *subject, refused attrs) { r.Apply(refused.With(attrs{signingAlg: "HS256"})) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{signingAlg: "HS256"}}}
			r := newSubject(t, op, nil)
			r.Apply(secured().With(attrs{"accept_substitutions": []string{signingAlg}}))
			refused := secured()
			if err := r.TryApply(refused); err == nil {
				t.Fatal("another value than was asked for is taken")
			}
			op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
			way(r, refused)
			r.Apply(refused)
			r.WantEmpty(refused)
			if got := r.registered()[signingAlg]; got != "ES256" {
				t.Errorf("registered: %v", got)
			}
		})
	}
}

// Nothing is sent where a read shows what was accepted before, or what is asked for, and the read that follows shows yet another value: the error does not say that an update was made.
func TestASubstitutionThatTheNextReadShowsOtherwise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, then string
		refused     bool
	}{
		"accepted before, then another":     {"HS256", "HS384", true},
		"accepted before, and so again":     {"HS256", "HS256", true},
		"what is asked for, then another":   {"ES256", "HS384", true},
		"what is asked for, then the first": {"ES256", "HS256", true},
		"what is asked for, and so again":   {"ES256", "ES256", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{signingAlg: "HS256"}}}
			r := newSubject(t, op, nil)
			r.Apply(secured().With(attrs{"accept_substitutions": []string{signingAlg}}))
			p := r.planned(secured())
			reads, updates := op.CountOf(fakeop.OpRead), op.CountOf(fakeop.OpUpdate)
			show := func(value string) fakeop.Answer {
				return fakeop.Answer{Edit: func(doc map[string]any) { doc[signingAlg] = value }}
			}
			op.EditFaults(func(f *fakeop.Faults) {
				f.RotateTokenOnRead = true
				f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: show(c.first)}, {From: 2, Answer: show(c.then)}}
			})
			if err := r.ApplyPlan(p); (err != nil) != c.refused {
				t.Errorf("refused %v: %v", c.refused, err)
			}
			if n := op.CountOf(fakeop.OpRead) - reads; n < 2 {
				t.Errorf("%d reads", n)
			}
			if n := op.CountOf(fakeop.OpUpdate) - updates; n != 0 {
				t.Errorf("%d updates", n)
			}
			if c.refused {
				r.wantSays("Nothing was sent")
				containsNone(t, r.details(), "has made the update")
			}
		})
	}
}
