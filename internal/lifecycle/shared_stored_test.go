// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// digested shows these credentials as a server shows them that keeps no others.
func digested(members ...string) fakeop.Answer {
	return fakeop.Answer{Edit: func(doc map[string]any) {
		for _, member := range members {
			if value, shown := doc[member].(string); shown {
				sum := sha256.Sum256([]byte(value))
				doc[member] = hex.EncodeToString(sum[:])
			}
		}
	}}
}

// A server answers a registration with the client that it has, and shows its credentials in whatever form, or none. Afterwards the new object has all that there was, or the old one is not destroyed,
// which alone has it. Nothing is deregistered, and no destroy is held up without need.
func TestOneObjectHasAllOfAClientThatIsMadeAgain(t *testing.T) {
	const token, uri, key = "registration_access_token", "registration_client_uri", "client_secret"
	bare := shows(token, nil, uri, nil)
	again := map[string]struct{ first, second fakeop.Answer }{
		"as it is": {}, "a token's digest": {second: digested(token)}, "a secret's digest": {second: digested(key)}, "digests": {second: digested(token, key)},
		"no management": {first: bare, second: bare}, "neither a secret nor management": {first: bare, second: shows(token, nil, uri, nil, key, nil)},
		"no management, and a masked secret": {first: bare, second: shows(token, nil, uri, nil, key, "*****")}, "no management any more": {second: bare},
	}
	for name, answer := range hiding {
		again[name] = struct{ first, second fakeop.Answer }{second: answer}
	}
	for name, answers := range again {
		for i := range 8 {
			hidden, journal, tainted := i%2 == 1, i/2%2 == 1, i/4 == 1
			t.Run(fmt.Sprintf("%s, secret hidden %v, journal %v, tainted %v", name, hidden, journal, tainted), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, journal)
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: hidden, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
				l.answers(answers.first)
				l.registerAs(web("a"))
				old := l.state
				l = l.later(s)
				l.refresh()
				l = another(l, s, authserver.State{})
				if tainted {
					old = authserver.State{Handle: old.Handle}
				}
				l.answers(answers.second)
				if made := l.registerAs(web("a")); made.Failed() {
					return // before anything is destroyed
				}
				before := &life{t: t, op: l.op, server: l.server, state: old}
				out := before.operate("delete", nil)
				client, lives := l.op.Client(old.Handle.ClientID)
				if !lives {
					t.Fatalf("deregistered: %s", kinds(out.Problems))
				}
				has := func(s authserver.State) bool {
					managed := s.Handle.RegistrationAccessToken.Reveal() == client.Token && s.Handle.RegistrationClientURI == client.URI
					return s.Handle.ClientSecret.Reveal() == client.Secret && (managed || answers.first.Edit != nil)
				}
				if whole := has(l.state); whole != out.Gone || !out.Gone && !has(before.state) {
					t.Errorf("the new object has all: %v; the old one is destroyed: %v: %s", whole, out.Gone, kinds(out.Problems))
				}
			})
		}
	}
}

// answers has the next registration answered so.
func (l *life) answers(a fakeop.Answer) {
	if a.Edit != nil {
		l.op.Force(fakeop.OpRegister, a)
	}
}

// The journal has a secret from the time when the client used one. It uses none now, as the answer shows.
func TestACreateOfTheSameClientThatUsesNoSecretAnyMore(t *testing.T) {
	for _, method := range []string{"none", "private_key_jwt"} {
		s := withJournal(t)
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
		l.registerAs(web("a"))
		l = l.later(s)
		l.refresh()
		before := &life{t: t, op: l.op, state: l.state}
		l = another(l, s, authserver.State{})
		before.server = l.server
		now := map[string]any{"token_endpoint_auth_method": method}
		edit := fakeop.Answer{Edit: func(doc map[string]any) {
			delete(doc, "client_secret")
			delete(doc, "client_secret_expires_at")
			maps.Copy(doc, now)
		}}
		l.op.Force(fakeop.OpRegister, edit)
		l.op.Force(fakeop.OpRead, edit)
		out := l.registerAs(web("a"))
		if !l.state.Handle.ClientSecret.IsEmpty() || l.state.Handle.RegistrationAccessToken.IsEmpty() {
			t.Errorf("%s: it has a secret: %s", method, kinds(out.Problems))
		}
		if out := before.operate("delete", nil); !out.Gone || !out.Has(outcome.DeleteShared) {
			t.Errorf("%s: the old object is held for a secret of no use: %s", method, kinds(out.Problems))
		}
	}
}
