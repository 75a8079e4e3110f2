// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Two processes with one journal update a client, each for a state of its own. The answer to the read-back of the first is under way while the second makes all
// of its update: no answer is lost, and the journal goes on to know the newest credentials, so that neither state loses the client.
func TestAReadBackThatAnotherUpdateOvertakes(t *testing.T) {
	for habit, f := range map[string]fakeop.Faults{
		"token": {RotateTokenOnUpdate: true}, "both": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
		"both, hidden": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitSecretOnRead: true, OmitTokenOnRead: true},
		"moves":        {MoveURIOnUpdate: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
	} {
		for kind, doc := range both {
			t.Run(fmt.Sprint(habit, ", ", kind), func(t *testing.T) {
				settings := withJournal(t)
				l := begin(t, &fakeop.Server{Faults: f}, settings)
				l.registerAs(doc("a"))
				l.update(doc("b"))
				l = l.later(settings)
				other := start(t, l.op, settings)
				other.state = l.state
				reads, done := 0, false
				l.op.SetHooks(nil, func(r *http.Request) {
					if fakeop.OperationOf(r) != fakeop.OpRead || done {
						return
					}
					if reads++; reads == 2 {
						done = true
						if out := other.update(doc("y")); out.Failed() {
							t.Errorf("the second update: %s", kinds(out.Problems))
						}
					}
				})
				out := l.update(doc("x"))
				l.op.SetHooks(nil, nil)
				if !done {
					t.Fatal("there was no read-back")
				}
				t.Log(kinds(out.Problems))
				l, other = l.restarted(settings), other.restarted(settings)
				for what, one := range map[string]*life{"the first": l, "the second": other} {
					if out := one.refresh(); out.Gone || out.Failed() || undecided(out) {
						t.Errorf("%s state: gone %v: %s", what, out.Gone, kinds(out.Problems))
					}
					one.holds(what)
				}
			})
		}
	}
}

// The answer to an update is under way while another process makes all of its update with the credential of before, as at a server that does not replace
// tokens. Which of the two secrets is in force is not known, so that neither is lost.
func TestAnUpdateThatAnotherUpdateOvertakes(t *testing.T) {
	for habit, f := range map[string]fakeop.Faults{
		"shown": {RotateSecretOnUpdate: true}, "hidden": {RotateSecretOnUpdate: true, OmitSecretOnRead: true},
	} {
		for kind, doc := range both {
			for when, after := range map[string]bool{"made before it": true, "made after it": false} {
				t.Run(fmt.Sprint(habit, ", ", kind, ", ", when), func(t *testing.T) {
					settings := withJournal(t)
					l := begin(t, &fakeop.Server{Faults: f}, settings)
					l.registerAs(doc("a"))
					l.update(doc("b"))
					l = l.later(settings)
					other := start(t, l.op, settings)
					other.state = l.state
					done := false
					hook := func(r *http.Request) {
						if fakeop.OperationOf(r) != fakeop.OpUpdate || done {
							return
						}
						done = true
						if out := other.update(doc("y")); out.Failed() {
							t.Errorf("the second update: %s", kinds(out.Problems))
						}
					}
					if after {
						l.op.SetHooks(nil, hook)
					} else {
						l.op.SetHooks(hook, nil)
					}
					l.update(doc("x"))
					l.op.SetHooks(nil, nil)
					id := l.state.Handle.ClientID
					l, other = l.restarted(settings), other.restarted(settings)
					for what, one := range map[string]*life{"the first": l, "the second": other} {
						if out := one.refresh(); out.Gone || out.Failed() || undecided(out) {
							t.Errorf("%s state: gone %v: %s", what, out.Gone, kinds(out.Problems))
						}
						if got := one.state.Handle.ClientSecret.Reveal(); got != l.op.CurrentSecret(id) {
							t.Errorf("%s state: another secret is in force", what)
						}
					}
				})
			}
		}
	}
}

// The answer to a read is under way while another process deletes the client. The journal goes on to know the deletion, and keeps no credential of the client.
func TestAReadThatADeletionOvertakes(t *testing.T) {
	keys := func(name string) metadata.Document {
		return metadata.Document{
			"client_name": name, "grant_types": []any{"client_credentials"}, "response_types": []any{}, "token_endpoint_auth_method": "private_key_jwt",
			"jwks_uri": "https://a.example/jwks",
		}
	}
	for habit, f := range map[string]fakeop.Faults{"still": {}, "token on read": {RotateTokenOnRead: true}, "token later": {RotateTokenAfter: 1}} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "keys": keys} {
			t.Run(fmt.Sprint(habit, ", ", kind), func(t *testing.T) {
				settings := withJournal(t)
				settings.Behaviour.Refresh = authserver.RefreshAlways
				l := begin(t, &fakeop.Server{Faults: f}, settings)
				if out := l.registerAs(doc("a")); out.Failed() {
					t.Fatal(kinds(out.Problems))
				}
				id, uri := l.state.Handle.ClientID, l.state.Handle.RegistrationClientURI
				l = l.later(settings)
				other := start(t, l.op, settings)
				other.state = l.state
				done := false
				l.op.SetHooks(nil, func(r *http.Request) {
					if fakeop.OperationOf(r) == fakeop.OpRead && !done {
						done = true
						if habit == "token on read" {
							other.state.Handle.RegistrationAccessToken = secret.New(l.op.CurrentToken(id))
						}
						if out := other.operate("delete", nil); !out.Gone {
							t.Errorf("the deletion: %s", kinds(out.Problems))
						}
					}
				})
				l.anyway()
				l.op.SetHooks(nil, nil)
				l = l.restarted(settings)
				if out := l.anyway(); !out.Gone {
					t.Errorf("the deletion is not known any more: %s", kinds(out.Problems))
				}
				l.server.Close()
				other.server.Close()
				j, err := journal.Open(journal.Options{Path: settings.Journal.Path})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = j.Close() }()
				if e, found, _ := j.Lookup(t.Context(), journal.Name{ClientID: id, URI: uri}); found {
					t.Errorf("the journal keeps the credentials of a client that is deleted (token empty %v)", e.RegistrationAccessToken.IsEmpty())
				}
			})
		}
	}
}

// The read-back of an update proves the address and brings a new token. While its answer is under way, another process with the same journal is refused, and
// no answer is lost: the new token is kept, and nobody takes the client for gone.
func TestAReadBackWhoseAddressIsOvertaken(t *testing.T) {
	for kind, doc := range both {
		for _, secretToo := range []bool{false, true} {
			for _, then := range []string{"update", "read"} {
				t.Run(fmt.Sprint(kind, ", secret too ", secretToo, ", ", then), func(t *testing.T) {
					f := fakeop.Faults{RotateTokenOnRead: true, OmitSecretOnRead: true, MoveURIOnUpdate: true, RotateSecretOnUpdate: secretToo}
					settings := withJournal(t)
					l := begin(t, &fakeop.Server{Faults: f}, settings)
					l.registerAs(doc("a"))
					l = l.later(settings)
					other, third := start(t, l.op, settings), start(t, l.op, settings)
					other.state, third.state = l.state, l.state
					reads, done := 0, false
					l.op.SetHooks(nil, func(r *http.Request) {
						if fakeop.OperationOf(r) != fakeop.OpRead || done {
							return
						}
						if reads++; reads == 2 {
							done = true
							other.operate(then, doc("y"))
						}
					})
					out := l.update(doc("x"))
					l.op.SetHooks(nil, nil)
					if !done || out.Failed() {
						t.Fatal(kinds(out.Problems))
					}
					l.holds("the updated state")
					if out := third.anyway(); out.Gone || undecided(out) {
						t.Errorf("a third state: gone %v: %s", out.Gone, kinds(out.Problems))
					}
				})
			}
		}
	}
}
