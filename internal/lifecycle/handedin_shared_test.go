// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// oneAddress is the second of two clients of a server that has one address for all of them and tells them apart by their tokens (RFC 7592 §2), with a token
// handed in by that address. The server may not take the second one's own token any more.
func oneAddress(t *testing.T, s authserver.Settings, refused bool, token func(one authserver.State, reissued string) string) (l *life, one string) {
	t.Helper()
	op := &fakeop.Server{ClientURI: fakeop.URIEndpoint}
	l = begin(t, op, s)
	l.registerAs(web("one"))
	first := l.state
	l.state = authserver.State{}
	l.registerAs(web("two"))
	reissued := ""
	if refused {
		reissued = op.ReissueToken(l.state.Handle.ClientID)
	}
	s.RegistrationAccessTokens = map[string]secret.String{l.state.Handle.RegistrationClientURI: secret.New(token(first, reissued))}
	return l.later(s), first.Handle.ClientID
}

// A token that is handed in by an address changes and deletes no other client that has that address, too: a read tells whose it is.
func TestATokenByAnAddressThatClientsShare(t *testing.T) {
	for _, journal := range []bool{false, true} {
		for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
			for _, refusal := range []string{"none", "its token is refused", "one wrong refusal"} {
				for _, operation := range []string{"delete", "update"} {
					what := fmt.Sprintf("journal %v, refresh %s, %s, %s", journal, refresh, refusal, operation)
					s := authserver.Settings{}
					if journal {
						s = withJournal(t)
					}
					s.Behaviour.Refresh = refresh
					l, one := oneAddress(t, s, refusal == "its token is refused", func(one authserver.State, _ string) string { return one.Handle.RegistrationAccessToken.Reveal() })
					two := l.state.Handle.ClientID
					lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
					if refusal == "one wrong refusal" {
						once := []fakeop.CallFault{{Times: 1, Answer: fakeop.Unauthorized(true)}}
						l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: once}, Updating: fakeop.UpdatingFaults{Calls: once}})
					}
					out := l.operate(operation, web("b"))
					other, lives := l.op.Client(one)
					if !lives || other.Metadata["client_name"] != "one" {
						t.Errorf("%s: the other client lives %v: %v", what, lives, other.Metadata)
					}
					if _, lives := l.op.Client(two); lives && out.Gone || !lives && !out.Gone {
						t.Errorf("%s: gone %v, lives %v", what, out.Gone, lives)
					}
					if out.Failed() && refusal == "none" {
						t.Errorf("%s: %s", what, kinds(out.Problems))
					}
				}
			}
		}
	}
}

// Its own one works, with and without a refresh.
func TestItsTokenByAnAddressThatClientsShare(t *testing.T) {
	for _, operation := range []string{"read", "update", "delete"} {
		l, _ := oneAddress(t, authserver.Settings{}, true, func(_ authserver.State, reissued string) string { return reissued })
		out := l.operate(operation, web("b"))
		if out.Failed() || operation == "delete" != out.Gone || len(l.op.Clients()) != map[bool]int{true: 1, false: 2}[out.Gone] {
			t.Errorf("%s: %s", operation, kinds(out.Problems))
		}
	}
}

// What is told where the token that is handed in is another client's is about this client's own, which is refused.
func TestAnotherClientsTokenIsNoAnswer(t *testing.T) {
	l, _ := oneAddress(t, authserver.Settings{}, true, func(one authserver.State, _ string) string { return one.Handle.RegistrationAccessToken.Reveal() })
	l.refresh()
	p := lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{}).Problem
	if p == nil || p.Kind != outcome.TokenRefused {
		t.Errorf("%v", p)
	}
}
