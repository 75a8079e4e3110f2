// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// inSuccess is the refusal of a server that knows one status alone.
func inSuccess(code string) fakeop.Answer {
	return fakeop.Answer{Status: 200, Body: `{"error":"` + code + `","error_description":"The server's own words"}`}
}

// A deletion that is refused under a successful status, by a code of the standards, was not made: the client lives whose token was revoked meanwhile, and the read that finds
// the token refused says no more of it than any time. An error of the server's own is none: it may have come in the middle.
func TestADeletionRefusedInASuccessIsNone(t *testing.T) {
	for _, code := range []string{"invalid_token", "access_denied", "invalid_request", "insufficient_scope", "invalid_client_metadata", "unsupported_operation"} {
		for i := range 2 {
			t.Run(fmt.Sprintf("%s, journal %v", code, i == 1), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, i == 1)
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, s) // no endpoint tells
				l.register()
				l.op.RevokeToken(l.state.Handle.ClientID)
				l.op.EditFaults(func(f *fakeop.Faults) { f.Deletion.Calls = fakeop.Always(inSuccess(code)) })
				for run := range 2 {
					l = l.later(s)
					out := l.operate("delete", nil)
					if out.Gone {
						t.Fatalf("run %d: a live client is forgotten: %s", run, kinds(out.Problems))
					}
					if said := fmt.Sprint(out.Problems[len(out.Problems)-1].Err); !strings.Contains(said, code+": The server's own words") {
						t.Errorf("run %d: it does not say what the server said: %s", run, said)
					}
				}
			})
		}
	}
}

// A client that is shown then is there, and the deletion fails with what the server said. One that a witness does not know is gone, whatever answers its deletion.
func TestAReadDecidesOnADeletionRefusedInASuccess(t *testing.T) {
	for _, code := range []string{"invalid_token", "invalid_request", "client_in_use", "server_error"} {
		for _, deleted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, deleted %v", code, deleted), func(t *testing.T) {
				t.Parallel()
				l := begin(t, &fakeop.Server{}, settingsWith(t, false))
				l.register()
				l.op.EditFaults(func(f *fakeop.Faults) { f.Deletion.Calls = fakeop.Always(inSuccess(code)) })
				if deleted {
					l.op.RemoveClient(l.state.Handle.ClientID)
				}
				out := l.operate("delete", nil)
				if out.Gone != deleted {
					t.Fatalf("gone %v: %s", out.Gone, kinds(out.Problems))
				}
				if deleted {
					return
				}
				p := out.Problems[len(out.Problems)-1]
				if said := fmt.Sprint(p.Err); p.Kind != outcome.NotDeregistered || !strings.Contains(said, code+": The server's own words") || len(p.Ways) == 0 || p.Ways[0] == reconcile.WayTokens {
					t.Errorf("%s, ways %v: %s", p.Kind, p.Ways, said)
				}
			})
		}
	}
}

// A server without reads that answers so says of the token what any refusal says: it is left open, and on_missing decides.
func TestADeletionRefusedInASuccessWhereThereAreNoReads(t *testing.T) {
	for _, recreate := range []bool{false, true} {
		var kinds []outcome.Kind
		for _, answer := range []fakeop.Answer{inSuccess("invalid_token"), {Status: 401, Body: `{"error":"invalid_token"}`}} {
			l := begin(t, &fakeop.Server{}, settingsWith(t, false))
			l.register()
			l.op.EditFaults(func(f *fakeop.Faults) { f.ReadStatus, f.Deletion.Calls = 405, fakeop.Always(answer) })
			l.op.RemoveClient(l.state.Handle.ClientID)
			b := authserver.Behaviour{}
			if recreate {
				b.OnMissing = reconcile.OnMissingRecreate
			}
			out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save)
			if out.Gone != recreate || len(out.Problems) != 1 {
				t.Fatalf("recreate %v, gone %v: %v", recreate, out.Gone, out.Problems)
			}
			kinds = append(kinds, out.Problems[0].Kind)
		}
		if kinds[0] != kinds[1] {
			t.Errorf("recreate %v: %s is told in another way than %s", recreate, kinds[0], kinds[1])
		}
	}
}

// A deletion whose first answer was lost may have been made, whatever the repeat is answered. So may one that ended in an error of the server's.
func TestADeletionMadeAndAnsweredWithAnErrorIsFound(t *testing.T) {
	for _, code := range []string{"server_error", "temporarily_unavailable", "Internal error"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := settingsWith(t, true)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, s)
			l.register()
			made := inSuccess(code)
			made.Processed = true
			l.op.Force(fakeop.OpDelete, made)
			if out := l.operate("delete", nil); !out.Gone || len(l.op.Clients()) != 0 {
				t.Errorf("gone %v, %d clients: %s", out.Gone, len(l.op.Clients()), kinds(out.Problems))
			}
		})
	}
}

// A server that has one status for all refuses the token of a read in a success, too: that says of the client what any refusal of its token does.
func TestAReadRefusedInASuccessIsARefusal(t *testing.T) {
	for _, operation := range []string{"refresh", "delete"} {
		for what, gone := range map[string]bool{"deleted": true, "token revoked": false, "deleted, and nothing tells": false, "deleted, nothing tells, and taken as gone": true} {
			t.Run(operation+", "+what, func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{}
				if strings.Contains(what, "tells") {
					server.Faults = fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
				}
				s := settingsWith(t, false)
				l := begin(t, server, s)
				l.register()
				id := l.state.Handle.ClientID
				if what == "token revoked" {
					l.op.RevokeToken(id)
				} else {
					l.op.RemoveClient(id)
				}
				refused := fakeop.Always(inSuccess("invalid_token"))
				l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls, f.Deletion.Calls = refused, refused })
				b := authserver.Behaviour{Refresh: authserver.RefreshAuto}
				if strings.HasSuffix(what, "taken as gone") {
					b.OnMissing = reconcile.OnMissingRecreate
				}
				l = l.later(s)
				if operation == "delete" {
					if out := l.destroy(b); out.Gone != gone {
						t.Errorf("gone %v: %s", out.Gone, kinds(out.Problems))
					}
					return
				}
				out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
				replaced := out.Gone || lifecycle.DecideMissing(l.server, l.state, b).Recreate
				if replaced != gone {
					t.Errorf("planned anew %v: %s", replaced, kinds(out.Problems))
				}
			})
		}
	}
}

// refusingIn200 is a server that refuses a token in a success.
func refusingIn200(f fakeop.Faults) *fakeop.Server {
	f.InvalidTokenStatus = 200
	return &fakeop.Server{Faults: f}
}

// A client that was deleted behind the back of a server that refuses in a success is found to be gone as at one that answers 401, whatever its reads replace, and whether it has a
// secret or not. One whose token was revoked is not.
func TestARefusalInASuccessReplacesNothing(t *testing.T) {
	for client, asked := range map[string]metadata.Document{"secret": web("a"), "no secret": public("a")} {
		for habit, f := range map[string]fakeop.Faults{"harmless": {}, "replaces the token": {RotateTokenOnRead: true}} {
			for _, gone := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, gone %v", client, habit, gone), func(t *testing.T) {
					t.Parallel()
					s := withJournal(t)
					l := begin(t, refusingIn200(f), s)
					l.registerAs(asked)
					if gone {
						l.op.RemoveClient(l.state.Handle.ClientID)
					} else {
						l.op.RevokeToken(l.state.Handle.ClientID)
					}
					l = l.later(s)
					out := l.refresh()
					if l.state.Record.Unanswered {
						t.Error("an answer counts as lost")
					}
					if replaced := out.Gone || lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{}).Recreate; replaced != gone {
						t.Errorf("planned anew %v: %s", replaced, kinds(out.Problems))
					}
				})
			}
		}
	}
}

// Refused with a token that nothing has proved, and accepted with the known one: the known one stays. A token that is handed in for a refused one is tried, also at an address that
// does not name the client, and is not kept for later where it is refused.
func TestATokenRefusedInASuccessLeavesTheOthersTheirTurn(t *testing.T) {
	for _, recreate := range []bool{false, true} {
		b := authserver.Behaviour{Refresh: authserver.RefreshAlways}
		if recreate {
			b.OnMissing = reconcile.OnMissingRecreate
		}
		l := begin(t, refusingIn200(fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}), authserver.Settings{})
		l.register()
		l.state.Record.Unproven.RegistrationAccessToken = secret.New("never-in-force")
		l = l.later(authserver.Settings{})
		l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save), outcome.TokenKept)
		if waits := l.state.Record.Unproven.RegistrationAccessToken; !waits.IsEmpty() {
			t.Errorf("recreate %v: it waits on", recreate)
		}
	}
	for _, opaque := range []bool{false, true} {
		for _, good := range []bool{false, true} {
			op := refusingIn200(fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true})
			if opaque {
				op.ClientURI = fakeop.URIEndpoint
			}
			l := begin(t, op, authserver.Settings{})
			l.register()
			id := l.state.Handle.ClientID
			token := l.op.ReissueToken(id)
			if !good {
				token = "never-in-force"
			}
			l = l.later(authserver.Settings{RegistrationAccessTokens: map[string]secret.String{id: secret.New(token)}})
			out := l.refresh()
			if out.Has(outcome.TokenReplaced) != good || out.Has(outcome.TokenKeptForLater) || undecided(out) == good {
				t.Errorf("opaque %v, good %v: %s", opaque, good, kinds(out.Problems))
			}
		}
	}
}
