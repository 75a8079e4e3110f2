// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func with(doc metadata.Document, member string, value any) metadata.Document {
	doc[member] = value
	return doc
}

const method = "token_endpoint_auth_method"

// keeps is a server that has a use for the secret of a client without a secret method, and shows neither.
func keeps(f fakeop.Faults) fakeop.Faults {
	const alg = "id_token_signed_response_alg"
	f.AddMembers = map[string]any{alg: "HS256"}
	f.DropOnRead, f.DropOnWrite = []string{alg}, []string{alg}
	f.OmitSecretOnRead, f.OmitSecretOnUpdate = true, true
	return f
}

// An update that makes a client public drops its secret and the expiry, and keeps them in the record: a server that shows no secrets may
// have kept it, and then it is the one of the client again once the client has a method with a secret again.
func TestASecretThatIsTakenAwayComesBack(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"dropped": {}, "dropped, rotating reads": {RotateSecretOnRead: true}, "dropped, rotating updates": {RotateSecretOnUpdate: true},
		"kept": keeps(fakeop.Faults{}), "kept and demanded": keeps(fakeop.Faults{UpdateNeedsSecret: true}),
		"kept and silent": keeps(fakeop.Faults{TokenChecksGrantFirst: true}),
	} {
		for _, journaled := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				settings := authserver.Settings{}
				if journaled {
					settings = withJournal(t)
				}
				l := begin(t, &fakeop.Server{SecretLifetime: 20 * 24 * time.Hour, Faults: f}, settings)
				l.registerAs(web("a"))
				if out := l.update(with(web("a"), method, "none")); out.Failed() || !l.state.Handle.ClientSecret.IsEmpty() || l.state.Handle.ClientSecretExpiresAt != nil {
					t.Fatalf("the state has %v: %v", l.state.Handle, out.Problems)
				}
				l = l.later(settings)
				l.op.ResetLog()
				l.refresh()
				if l.op.CountOf(fakeop.OpRead) != 1 || l.op.CountOf(fakeop.OpToken) > 0 || !l.state.Handle.ClientSecret.IsEmpty() {
					t.Errorf("a refresh: %d reads, %d token requests, secret %v", l.op.CountOf(fakeop.OpRead), l.op.CountOf(fakeop.OpToken), l.state.Handle.ClientSecret)
				}
				if out := l.update(with(web("a"), method, "client_secret_basic")); out.Failed() {
					t.Fatal(out.Problems)
				}
				if got := l.state.Handle.ClientSecret.Reveal(); got != l.op.CurrentSecret(l.state.Handle.ClientID) {
					t.Errorf("the secret is %q", got)
				}
				if l.state.Handle.ClientSecretExpiresAt == nil {
					t.Error("its expiry is lost")
				}
			})
		}
	}
}

// What does not prove that the secret is gone takes none away: a read-back that does not show the new method or that shows a secret, one
// that fails, and an algorithm that has the secret for a key.
func TestASecretThatMayBeInUseIsKept(t *testing.T) {
	public := with(web("a"), method, "none")
	for name, test := range map[string]struct {
		f       fakeop.Faults
		reading fakeop.Answer
		asked   metadata.Document
	}{
		"the read-back shows the old method":  {reading: fakeop.Answer{Edit: func(doc map[string]any) { doc[method] = "client_secret_basic"; delete(doc, "client_secret") }}, asked: public},
		"the read-back shows no method":       {f: fakeop.Faults{DropOnRead: []string{method}}, asked: public},
		"the answer shows no method":          {f: fakeop.Faults{DropOnWrite: []string{method}}, asked: public},
		"the read-back fails":                 {reading: fakeop.Answer{Status: 500}, asked: public},
		"the secret is the key of ID Tokens":  {f: fakeop.Faults{OmitSecretOnRead: true, OmitSecretOnUpdate: true}, asked: with(with(web("a"), method, "private_key_jwt"), "id_token_signed_response_alg", "HS256")},
		"the server goes on to show a secret": {f: fakeop.Faults{AddMembers: map[string]any{"request_object_signing_alg": "HS256"}, DropOnRead: []string{"request_object_signing_alg"}}, asked: public},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{Faults: test.f}, authserver.Settings{})
			l.registerAs(web("a"))
			had := l.state.Handle.ClientSecret
			if test.reading.Edit != nil || test.reading.Status != 0 {
				f := test.f
				f.Reading.Calls = []fakeop.CallFault{{From: 2, Answer: test.reading}}
				l.op.SetFaults(f)
			}
			if l.update(test.asked); !l.state.Handle.ClientSecret.Equal(had) {
				t.Errorf("the state has the secret %q, and had %q", l.state.Handle.ClientSecret.Reveal(), had.Reveal())
			}
		})
	}
}

func silentKeeps(f fakeop.Faults) fakeop.Faults {
	f.TokenChecksGrantFirst, f.AuthorizeErrorPage = true, true
	return keeps(f)
}

// A client uses its secret again, and the server shows a stored form of it: the secret that was dropped comes back.
func TestAStoredFormOfASecretThatIsGivenBack(t *testing.T) {
	for tells, f := range map[string]fakeop.Faults{"tells": keeps(fakeop.Faults{}), "silent": silentKeeps(fakeop.Faults{})} {
		for name, mask := range map[string]any{"mask": "********", "hash": "2b5c9f3e0d7a4e1b8c6d5f4e3a2b1c0d2b5c9f3e0d7a4e1b8c6d5f4e3a2b1c0d", "empty": ""} {
			for _, times := range []int{0, 1} {
				what := fmt.Sprint(tells, ", ", name, ", times ", times)
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(web("a"))
				l = l.later(authserver.Settings{})
				l.update(with(web("a"), method, "none"))
				masked := f
				masked.Updating.Calls = []fakeop.CallFault{{Times: times, Answer: fakeop.Answer{Edit: func(doc map[string]any) { doc["client_secret"] = mask }}}}
				l.op.SetFaults(masked)
				for i := range 2 {
					l = l.later(authserver.Settings{})
					l.refresh()
					l = l.later(authserver.Settings{})
					l.update(with(web(fmt.Sprint("b", i)), method, "client_secret_basic"))
				}
				u := l.state.Record.Unproven
				if got, want := l.state.Handle.ClientSecret.Reveal(), l.op.CurrentSecret(l.state.Handle.ClientID); got != want {
					t.Errorf("%s: the secret is %q, in force %q; former %q, refused %q", what, got, want, u.FormerSecret.Reveal(), u.RefusedSecret.Reveal())
				}
			}
		}
	}
}

// unstored is what a state keeps where the secret is not stored.
func (l *life) unstored() {
	l.state.Handle.ClientSecret, l.state.Record = secret.String{}, l.state.Record.WithoutSecret(l.state.Handle.ClientSecret)
}

// A client has a secret again, on a server whose reads replace it and which states no expiry, and the state does not store it. Whatever one answer of
// the update that gives it the secret goes wrong, no refresh replaces it from then on.
func TestASecretThatIsBackIsNotReplacedByRefreshes(t *testing.T) {
	answers := map[string]fakeop.Answer{"none": {}, "lost": fakeop.Lost(), "500": fakeop.InternalError(), "no secret": shows("client_secret", nil), "masked": shows("client_secret", "********")}
	for habit, f := range map[string]fakeop.Faults{
		"reads":        {RotateSecretOnRead: true, OmitSecretExpiry: true},
		"silent":       {RotateSecretOnRead: true, OmitSecretExpiry: true, TokenChecksGrantFirst: true},
		"token, too":   {RotateSecretOnRead: true, RotateTokenOnRead: true, OmitSecretExpiry: true},
		"with expiry":  {RotateSecretOnRead: true},
		"updates, too": {RotateSecretOnRead: true, RotateSecretOnUpdate: true, OmitSecretExpiry: true},
	} {
		for name, answer := range answers {
			for _, op := range []string{"read", "update"} {
				for call := 1; call <= 3; call++ {
					t.Run(fmt.Sprintf("%s, %s, %s %d", habit, name, op, call), func(t *testing.T) {
						t.Parallel()
						none := authserver.Settings{}
						l := begin(t, &fakeop.Server{Faults: f}, none)
						l.registerAs(web("a"))
						l.unstored()
						update := func(to string) {
							l = l.later(none)
							lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: with(web("a"), method, to), MayChange: anything}, l.save)
							l.unstored()
						}
						update("none")
						once := f
						calls := []fakeop.CallFault{{From: call, Times: 1, Answer: answer}}
						if name == "none" {
							calls = nil
						}
						if op == "read" {
							once.Reading.Calls = calls
						} else {
							once.Updating.Calls = calls
						}
						l.op.SetFaults(once)
						update("client_secret_basic")
						l.op.SetFaults(f)
						update("client_secret_basic")
						id := l.state.Handle.ClientID
						inForce := l.op.CurrentSecret(id)
						for i := range 3 {
							l = l.later(none)
							l.refresh()
							l.unstored()
							if now := l.op.CurrentSecret(id); now != inForce {
								t.Fatalf("refresh %d replaced the secret (facts %+v)", i, l.state.Record.Facts)
							}
						}
					})
				}
			}
		}
	}
}

// An update of a client whose secret was taken away is refused for something else. The secret that it had is not sent.
func TestASecretThatIsTakenAwayIsNotSentWithoutNeed(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"401": fakeop.Unauthorized(true), "401 without a code": {Status: 401}, "400": {Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"token_endpoint_auth_method client_secret_basic is not allowed"}`},
	} {
		for _, f := range []fakeop.Faults{{}, {RotateSecretOnUpdate: true}} {
			for times := range 3 {
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(web("a"))
				had := l.state.Handle.ClientSecret.Reveal()
				if l.update(with(web("a"), method, "none")); !l.state.Handle.ClientSecret.IsEmpty() {
					t.Fatal("the secret is not taken away")
				}
				once := f
				once.Updating.Calls = []fakeop.CallFault{{Times: times, Answer: answer}}
				l.op.SetFaults(once)
				l = l.later(authserver.Settings{})
				at := len(l.op.Requests())
				l.update(with(web("b"), method, "none"))
				for _, r := range l.op.Requests()[at:] {
					if r.Method == http.MethodPut && strings.Contains(string(r.Body), had) {
						t.Errorf("%s, %d times: the secret is sent in %s", name, times, r)
					}
				}
			}
		}
	}
}
