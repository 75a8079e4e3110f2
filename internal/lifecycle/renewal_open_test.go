// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// leaves returns what takes members out of an answer.
func leaves(out ...string) fakeop.Answer {
	return fakeop.Answer{Edit: func(doc map[string]any) {
		for _, member := range out {
			delete(doc, member)
		}
	}}
}

// What an update did to the secret is told by the read after it, where reads show the secret. As long as that fails, the secret is not known to be kept, whatever the update's
// answer left out: only another client would have a new one from then on. What asked for a new secret still does, and the next update that is read tells.
func TestAReadBackThatFailsKeepsNoSecret(t *testing.T) {
	unread := map[string]fakeop.Answer{"500": fakeop.InternalError(), "403": {Status: http.StatusForbidden}, "404": {Status: http.StatusNotFound}, "405": {Status: http.StatusMethodNotAllowed}, "cut": fakeop.Dropped(), "page": fakeop.Welcome()}
	answers := map[string]fakeop.Answer{"silent": leaves("client_secret", "client_secret_expires_at"), "without the secret": leaves("client_secret"), "whole": leaves()}
	for what, fails := range unread {
		for shown, answer := range answers {
			for _, life := range []time.Duration{0, 90 * 24 * time.Hour} {
				for _, rotates := range []bool{true, false} {
					for _, stored := range []bool{true, false} {
						for _, asked := range []bool{true, false} {
							if life == 0 && !asked {
								continue
							}
							t.Run(fmt.Sprintf("%s, %s, life %v, rotates %v, stored %v, asked for %v", what, shown, life, rotates, stored, asked), func(t *testing.T) {
								t.Parallel()
								open := opened{answer: answer, told: rotates && shown == "whole", fails: fails, life: life, rotates: rotates, stored: stored, asked: asked}
								open.run(t)
							})
						}
					}
				}
			}
		}
	}
}

// opened is a renewal of a client's secret whose read-back fails.
type opened struct {
	answer, fails                  fakeop.Answer
	life                           time.Duration
	rotates, stored, asked, hidden bool
	told                           bool // by the answer
}

func (o opened) run(t *testing.T) {
	var passed atomic.Int64
	f := fakeop.Faults{RotateSecretOnUpdate: o.rotates, OmitSecretOnRead: o.hidden}
	f.Updating.Calls = fakeop.Always(o.answer)
	l := begin(t, &fakeop.Server{Faults: f, SecretLifetime: o.life, Clock: func() time.Time { return fakeop.Epoch.Add(time.Duration(passed.Load())) }}, authserver.Settings{})
	l.registerAs(web("a"))
	renew := func() outcome.Outcome {
		l = l.later(authserver.Settings{})
		if !o.stored {
			l.unstored()
		}
		passed.Add(int64(24 * time.Hour))
		return lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("a"), MayChange: anything, StoresSecret: o.stored, RenewSecret: true, RotateSecret: o.asked}, l.save)
	}
	failing := f
	failing.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: o.fails}}
	l.op.SetFaults(failing)
	before := l.op.CurrentSecret(l.state.Handle.ClientID)
	out := renew()
	if l.state.Record.SecretKept || out.Has(outcome.SecretKept) {
		t.Fatalf("the secret counts as kept: %s", kinds(out.Problems))
	}
	now := l.op.CurrentSecret(l.state.Handle.ClientID)
	if last := l.saves[len(l.saves)-1]; last.Applied != (o.told || !o.asked) || out.Failed() == last.Applied {
		t.Errorf("applied %v, failed %v: %s", last.Applied, out.Failed(), kinds(out.Problems))
	}
	l.op.SetFaults(f)
	out = renew()
	kept := !o.rotates
	if l.state.Record.SecretKept != kept || out.Has(outcome.SecretKept) != kept || o.rotates && (out.Failed() || now == before) {
		t.Errorf("once it is read, the secret is kept %v, %+v: %s", l.state.Record.SecretKept, l.state.Record.Facts, kinds(out.Problems))
	}
	if o.stored && l.state.Handle.ClientSecret.Reveal() != l.op.CurrentSecret(l.state.Handle.ClientID) {
		t.Error("the secret in the state is not in force")
	}
}
