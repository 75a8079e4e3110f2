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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// saysNoReads makes an operation that learns, with a front end that answers its first reads as a server without reads does.
var saysNoReads = map[string]func(l *life, s authserver.Settings, say func(saying bool)) *life{
	"create": func(l *life, _ authserver.Settings, say func(bool)) *life {
		say(true)
		l.registerAs(web("a"))
		return l
	},
	"update": func(l *life, s authserver.Settings, say func(bool)) *life {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.InternalError()) })
		l.registerAs(web("a")) // of which nothing is learnt
		l = l.later(s)
		say(true)
		l.rename("b")
		return l
	},
	"adoption": func(l *life, s authserver.Settings, say func(bool)) *life {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.InternalError()) })
		l.registerAs(web("a")) // and killed
		l = another(l, s, authserver.State{})
		say(true)
		l.registerAs(web("a"))
		return l
	},
}

// A front end says for as long as one operation lasts that there are no reads. Nothing has shown what they do, so that only an apply reads the client: no plan, no data source
// and no ephemeral resource does, each of which saves nothing.
func TestReadsThatAreSaidNotToExist(t *testing.T) {
	t.Parallel()
	for name, answer := range noReads {
		for moment, begins := range saysNoReads {
			for _, times := range []int{2, 3, 100} {
				for _, journal := range []bool{false, true} {
					if moment == "adoption" && !journal {
						continue
					}
					t.Run(fmt.Sprint(name, "/", moment, "/", times, "/journal ", journal), func(t *testing.T) {
						t.Parallel()
						rotating := fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true}
						s := settingsWith(t, journal)
						l := begin(t, &fakeop.Server{Faults: rotating}, s)
						l = begins(l, s, func(bool) {
							l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = []fakeop.CallFault{{Times: times, Answer: answer}} })
						})
						l.op.SetFaults(rotating)
						id, h := l.state.Handle.ClientID, l.state.Handle
						untouched := func(what string, l *life, out []outcome.Problem) {
							t.Helper()
							now, _ := l.op.Client(id)
							if now.Secret != h.ClientSecret.Reveal() || l.op.CurrentToken(id) != h.RegistrationAccessToken.Reveal() {
								t.Errorf("%s replaced credentials: %s", what, kinds(out))
							}
						}
						untouched("the data source", l, lookFor(l, h))
						l = another(l, s, l.state)
						untouched("the plan", l, l.refresh().Problems)
						untouched("the data source after the plan", l, lookFor(l, h))
						_, fetched := lifecycle.FetchSecret(t.Context(), l.server, h)
						untouched("the ephemeral resource", l, fetched)

						if out := l.rename("c"); out.Failed() {
							t.Fatal(kinds(out.Problems))
						}
						if l.state.Record.Capabilities.Read != reconcile.CapabilityYes || l.state.Record.Facts.SecretOnRead != reconcile.SecretRotates {
							t.Errorf("the update did not learn that there are reads, and what they do: %+v", l.state.Record)
						}
						l.holds("after the update")
					})
				}
			}
		}
	}
}

// What reads do stays known where they are said not to exist by now: a plan finds out that they do.
func TestKnownReadsThatAreSaidNotToExist(t *testing.T) {
	t.Parallel()
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(web("a"))
	l.state.Record.Capabilities.Read = reconcile.CapabilityNo
	l = l.later(authserver.Settings{})
	l.want(l.refresh())
	if l.state.Record.Capabilities.Read != reconcile.CapabilityYes {
		t.Error("the read of the plan is forgotten")
	}
}
