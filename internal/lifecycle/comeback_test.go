// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// comeBack is how a proxy answers that lost the server: with a time to come back (RFC 9110 §10.2.3). made: the server had done what it was asked for.
func comeBack(made bool) fakeop.Answer {
	a := fakeop.Unavailable(time.Second)
	a.Processed = made
	return a
}

// Behind a proxy that says when to come back, a registration is sent once, and the journal tells afterwards that a client may have been left behind.
func TestARegistrationThatAProxyTurnsAwayIsSentOnce(t *testing.T) {
	// Some say 408 of a request that they had passed on whole, when the answer to it did not come in time.
	for name, answer := range map[string]fakeop.Answer{"made": comeBack(true), "not made": comeBack(false), "408": {Status: 408, Processed: true, Body: "request timeout", MediaType: "text/plain"}} {
		for _, retries := range []int{0, 4} {
			t.Run(fmt.Sprintf("%s, %d retries", name, retries), func(t *testing.T) {
				t.Parallel()
				s := withJournal(t)
				s.Transport = transport.Options{MaxRetries: retries}
				l := begin(t, &fakeop.Server{}, s)
				l.op.Force(fakeop.OpRegister, answer)
				out := l.registerAs(web("a"))
				if n := l.op.CountOf(fakeop.OpRegister); n != 1 || !out.Has(outcome.NotRegistered) || !out.Problems[0].MaybeProcessed {
					t.Fatalf("%d registrations were sent: %v", n, out.Problems)
				}
				l = l.restarted(s)
				if out := l.registerAs(web("a")); !out.Has(outcome.LeftBehind) {
					t.Errorf("nothing tells that a client may have been left behind: %v", out.Problems)
				}
			})
		}
	}
}

// A deletion that such a proxy answers, and that was made, ends in a second run at the latest; one that was not made is not taken for one, whatever the proxy says of the client
// as long as it has lost the server.
func TestADeletionThatAProxyTurnsAway(t *testing.T) {
	late := fakeop.Answer{Status: 408, Body: "request timeout", MediaType: "text/plain"}
	lateAndMade := late
	lateAndMade.Processed = true
	for what, answer := range map[string]fakeop.Answer{"made": comeBack(true), "not made": comeBack(false), "408, made": lateAndMade, "408, not made": late} {
		for says, read := range map[string]fakeop.Answer{"passes": {}, "knows no address": notThere["code"], "refuses": notThere["refused"]} {
			if answer.Processed && says != "passes" {
				continue
			}
			for i := range 4 {
				retries, journal := 4*(i%2), i/2 == 1
				t.Run(fmt.Sprintf("%s, the proxy %s, %d retries, journal %v", what, says, retries, journal), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, journal)
					s.Transport = transport.Options{MaxRetries: retries}
					// No endpoint tells whether the client exists.
					l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, s)
					l.register()
					l.op.Force(fakeop.OpDelete, answer)
					if read.Status != 0 {
						l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(read) })
					}
					out := outcome.Outcome{}
					for range 2 {
						l = l.later(s)
						if out = l.operate("delete", nil); out.Gone {
							break
						}
						l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil })
					}
					ends := journal || !answer.Processed
					if ends && !out.Gone || out.Gone && len(l.op.Clients()) != 0 {
						t.Errorf("gone %v, %d clients: %s", out.Gone, len(l.op.Clients()), kinds(out.Problems))
					}
				})
			}
		}
	}
}

// An update that such a proxy answers counts as one that may have been made: what it replaced is not held against the client.
func TestAnUpdateThatAProxyTurnsAway(t *testing.T) {
	for _, retries := range []int{0, 4} {
		s := authserver.Settings{Transport: transport.Options{MaxRetries: retries}}
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}}, s)
		l.registerAs(machine("a"))
		l.op.EditFaults(func(f *fakeop.Faults) {
			f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: comeBack(true)}}
		})
		lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: machine("b"), StoresSecret: true}, l.save)
		l = l.later(s)
		if out := l.refresh(); out.Gone {
			t.Errorf("%d retries: a client that lives is forgotten: %v", retries, out.Problems)
		}
	}
}

// An update that is refused for what stands in it, once a limiter has let it through, was not made before: the client's secret is not doubted for it.
func TestAnUpdateThatALimiterDelaysIsRefusedAsAnyOther(t *testing.T) {
	for _, made := range []bool{true, false} {
		t.Run(fmt.Sprintf("the token is replaced: %v", made), func(t *testing.T) {
			t.Parallel()
			s := authserver.Settings{Transport: transport.Options{MaxRetries: 4}}
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: made, RotateSecretOnUpdate: made}}, s)
			l.registerAs(machine("a"))
			calls := []fakeop.CallFault{{Times: 1, Answer: comeBack(made)}}
			if !made {
				refusal := fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"client_name is not allowed"}`}
				calls = append(calls, fakeop.CallFault{From: 2, Answer: refusal})
			}
			l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = calls })
			out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: machine("b"), StoresSecret: true}, l.save)
			if open := slices.ContainsFunc(out.Problems, func(p outcome.Problem) bool { return p.MaybeProcessed }); !out.Failed() || open != made || l.state.Record.Facts.UpdateLost != made {
				t.Errorf("may have been made: %v; the secret is doubted: %v; %v", open, l.state.Record.Facts.UpdateLost, out.Problems)
			}
		})
	}
}

// So is the update that made a public client a confidential one, and whose repeat is refused for want of the secret that it was given: it may have been made. What is refused
// for another member of a client that had a secret all along was not.
func TestAnUpdateWhoseRepeatLacksTheSecretThatItGaveMayHaveBeenMade(t *testing.T) {
	for name, test := range map[string]struct {
		before, then string
		made         bool
	}{
		"said":                              {"none", `{"error":"invalid_client_metadata","error_description":"client_secret is required"}`, true},
		"not said":                          {"none", `{"error":"invalid_client_metadata"}`, true},
		"a key before":                      {"private_key_jwt", `{"error":"invalid_client_metadata","error_description":"A secret is required"}`, true},
		"a certificate before":              {"self_signed_tls_client_auth", `{"error":"invalid_client_metadata","error_description":"A secret is required"}`, true},
		"not shown":                         {"", `{"error":"invalid_client_metadata","error_description":"A secret is required"}`, true},
		"not made, and confidential before": {"client_secret_post", `{"error":"invalid_client_metadata","error_description":"client_secret_basic is not allowed"}`, false},
	} {
		for _, hides := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reads hide it: %v", name, hides), func(t *testing.T) {
				t.Parallel()
				s := withJournal(t)
				s.Transport = transport.Options{MaxRetries: 4}
				op := &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: hides, RotateSecretOnUpdate: hides}}
				before := test.before
				if before == "" {
					op.Faults.DropOnRead, op.Faults.DropOnWrite = []string{"token_endpoint_auth_method"}, []string{"token_endpoint_auth_method"}
					before = "none"
				}
				l := begin(t, op, s)
				asked := func(name, method string) map[string]any {
					doc := web(name)
					doc["token_endpoint_auth_method"] = method
					doc["jwks"] = map[string]any{"keys": []any{map[string]any{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "1"}}}
					return doc
				}
				l.registerAs(asked("a", before))
				calls := []fakeop.CallFault{{Times: 1, Answer: comeBack(test.made)}, {From: 2, Answer: fakeop.Answer{Status: 400, Body: test.then}}}
				l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = calls })
				change := lifecycle.Change{State: l.state, Asked: asked("a", "client_secret_basic"), StoresSecret: true}
				out := lifecycle.Update(t.Context(), l.server, change, l.save)
				if open := slices.ContainsFunc(out.Problems, func(p outcome.Problem) bool { return p.MaybeProcessed }); !out.Failed() || open != test.made {
					t.Errorf("may have been made: %v; %v", open, out.Problems)
				}
				if lost := l.state.Record.Facts.UpdateLost; lost != test.made {
					t.Errorf("the secret is doubted: %v", lost)
				}
				l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
				l = l.later(s)
				if out := l.update(asked("b", "client_secret_basic")); out.Failed() {
					t.Fatalf("the next update fails: %v", out.Problems)
				}
				if client, _ := l.op.Client(l.state.Handle.ClientID); client.Secret == "" || l.state.Handle.ClientSecret.Reveal() != client.Secret {
					t.Error("the secret in force is not in the state")
				}
			})
		}
	}
}

// So may one whose repeat is refused for a document that the server fetches: it was there for the first attempt, whose answer a gateway lost with the secret in it.
func TestAnUpdateWhoseRepeatIsRefusedForADocumentThatWasThereBeforeMayHaveBeenMade(t *testing.T) {
	s := withJournal(t)
	s.Transport = transport.Options{MaxRetries: 4}
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}}, s)
	asked := func(name string) map[string]any {
		doc := web(name)
		doc["sector_identifier_uri"] = "https://sector.example/uris"
		return doc
	}
	l.registerAs(asked("a"))
	calls := []fakeop.CallFault{{Times: 1, Answer: fakeop.Answer{Processed: true, Status: 504}}, {From: 2, Answer: fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata"}`}}}
	l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = calls })
	out := l.update(asked("b"))
	if open := slices.ContainsFunc(out.Problems, func(p outcome.Problem) bool { return p.MaybeProcessed }); !out.Failed() || !open || !l.state.Record.Facts.UpdateLost {
		t.Errorf("may have been made: %v; the secret is doubted: %v; %v", open, l.state.Record.Facts.UpdateLost, out.Problems)
	}
	l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
	l = l.later(s)
	if out := l.update(asked("c")); out.Failed() {
		t.Fatalf("the next update fails: %v", out.Problems)
	}
	if client, _ := l.op.Client(l.state.Handle.ClientID); l.state.Handle.ClientSecret.Reveal() != client.Secret || l.state.Record.Facts.UpdateLost {
		t.Errorf("the secret in force is not in the state, or still doubted: %v", l.state.Record.Facts.UpdateLost)
	}
}
