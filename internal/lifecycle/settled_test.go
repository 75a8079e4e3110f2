// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A run was killed while the answer to an update was under way, which replaced token and secret. A read by the provider's own credentials is answered since:
// of a data source, of an ephemeral resource, or of a plan that is not applied. It says nothing of the token, so that the answer is missing still.
func TestAReadByTheProviderSettlesNothing(t *testing.T) {
	const admin = "credential-of-the-provider"
	for kind, doc := range both {
		for _, by := range []string{"data source", "plan", "ephemeral"} {
			for _, hidden := range []bool{true, false} {
				t.Run(fmt.Sprint(kind, ", ", by, ", hidden ", hidden), func(t *testing.T) {
					f := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitTokenOnRead: hidden, OmitSecretOnRead: hidden}
					s := withJournal(t)
					s.InitialAccessToken = secret.New(admin)
					l := begin(t, &fakeop.Server{AdminToken: admin, Faults: f}, s)
					l.registerAs(doc("a"))
					l.update(doc("b"))
					l = l.later(s)
					before := l.state
					lost := f
					lost.Updating.Calls = fakeop.Always(fakeop.Lost())
					l.op.SetFaults(lost)
					l.update(doc("c"))
					l.op.SetFaults(f)
					l.lookedAt(by, before, s)
					l = l.later(s)
					l.state = before
					if out := l.refresh(); out.Gone || l.state.Record.Gone {
						t.Errorf("a live client is gone: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// The same in the run that lost the answer, which has no journal.
func TestAReadByTheProviderSettlesNothingOfItsRun(t *testing.T) {
	const admin = "credential-of-the-provider"
	for kind, doc := range both {
		f := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitTokenOnRead: true, OmitSecretOnRead: true}
		l := begin(t, &fakeop.Server{AdminToken: admin, Faults: f}, authserver.Settings{InitialAccessToken: secret.New(admin)})
		l.registerAs(doc("a"))
		before, lost := l.state, f
		lost.Updating.Calls = fakeop.Always(fakeop.Lost())
		l.op.SetFaults(lost)
		l.update(doc("c"))
		l.op.SetFaults(f)
		if found, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: before.Handle.ClientID}); found == nil {
			t.Fatal(kinds(problems))
		}
		l.state = before // as in another object that has the client
		l.state.Record.WrittenAt = 0
		if out := l.refresh(); out.Gone || l.state.Record.Gone {
			t.Errorf("%s: a live client is gone: %s", kind, kinds(out.Problems))
		}
	}
}

// lookedAt reads the client in a process of its own by the provider's own credentials. Nothing of what is read is saved.
func (l *life) lookedAt(by string, before authserver.State, s authserver.Settings) {
	l.t.Helper()
	if by == "plan" {
		s.Management = authserver.ManagementProvider
	}
	looks := l.later(s)
	h := before.Handle
	switch by {
	case "data source":
		if found, problems := lifecycle.Find(l.t.Context(), looks.server, lifecycle.Wanted{ClientID: h.ClientID}); found == nil {
			l.t.Fatal(kinds(problems))
		}
	case "ephemeral":
		h.RegistrationAccessToken, h.ClientSecret = secret.String{}, secret.String{}
		lifecycle.FetchSecret(l.t.Context(), looks.server, h)
	default:
		looks.state = before
		if out := looks.refresh(); out.Failed() || undecided(out) {
			l.t.Fatal(kinds(out.Problems))
		}
	}
	looks.server.Close()
}
