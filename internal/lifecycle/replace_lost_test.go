// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

func killReplace(l *life, asked metadata.Document, saves int) {
	n := 0
	lifecycle.Replace(l.t.Context(), l.server, lifecycle.Replacement{
		Registration: lifecycle.Registration{Asked: asked}, Old: l.state,
	}, func(s authserver.Snapshot) {
		if n++; n <= saves {
			l.save(s)
		}
	})
}

// livesOn refreshes the client in two later runs, in which it must not pass for gone. said is what was told before.
func (l *life) livesOn(s authserver.Settings, said []outcome.Problem) {
	l.t.Helper()
	for range 2 {
		l = l.later(s)
		out := l.refresh()
		if said = append(said, out.Problems...); out.Gone || l.state.Record.Gone {
			l.t.Fatalf("a live client is forgotten: %s %+v", kinds(said), l.state.Record.Facts)
		}
	}
}

// Killed while the answer is waited for, with a journal: it knows that a POST was sent that may have been answered with this client and its new credentials.
func TestReplaceIsKilledWhoseAnswerRenewsTheClient(t *testing.T) {
	for _, status := range []int{401, 404, 403, 400} {
		for kind, doc := range map[string]func(string) metadata.Document{"machine": machine, "web": web} {
			for _, updated := range []bool{true, false} {
				for says, silent := range map[string]fakeop.Faults{"tells": {}, "silent": {AuthorizeErrorPage: true}} {
					for _, renews := range []string{"token", "both"} {
						t.Run(fmt.Sprintf("%d %s updated %v %s %s", status, kind, updated, says, renews), func(t *testing.T) {
							s := withJournal(t)
							f := silent
							f.OmitSecretOnRead, f.Registration.SameClient = true, true
							f.InvalidTokenStatus = status
							l := begin(t, &fakeop.Server{Faults: f}, s)
							asked := doc("a")
							l.registerAs(asked)
							if updated {
								asked = doc("b")
								l.update(asked)
							}
							id := l.state.Handle.ClientID
							renewals[renews](l.op, id)
							l = l.later(s)
							l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadGateway})
							killReplace(l, asked, 0)
							l.livesOn(s, nil)
						})
					}
				}
			}
		}
	}
}

// The answer is lost, and the registration has replaced the secret alone, which no read shows. Later management is switched off.
func TestReplaceLosesTheAnswerThatRenewsTheSecret(t *testing.T) {
	for i := range 8 {
		journal, updated, lostUpdate := i%2 == 1, i/2%2 == 1, i/4 == 1
		if lostUpdate && updated {
			continue // that an update leaves the secret alone is known then
		}
		t.Run(fmt.Sprintf("journal %v updated %v by an update %v", journal, updated, lostUpdate), func(t *testing.T) {
			s := settingsWith(t, journal)
			f := fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}
			l := begin(t, &fakeop.Server{Faults: f}, s)
			asked := machine("a")
			l.registerAs(asked)
			if updated {
				asked = machine("b")
				l.update(asked)
			}
			l = l.later(s)
			l.refresh()
			l = l.later(s)
			l.op.ReissueSecret(l.state.Handle.ClientID)
			if lostUpdate {
				l.op.EditFaults(func(f *fakeop.Faults) {
					f.Updating.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusBadGateway})
				})
				l.update(machine("c"))
				l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
			} else {
				l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadGateway})
				l.replace(asked, authserver.Behaviour{})
			}
			for range 2 {
				l = l.later(s)
				l.refresh()
			}
			l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.NotFoundJSON()) })
			l.livesOn(s, nil)
		})
	}
}

// Reads replace the secret: the failed replacement must leave the old client as it was.
func TestReplaceFailsAndReadsRotate(t *testing.T) {
	for i := range 8 {
		journal, both, lost := i%2 == 1, i/2%2 == 1, i/4 == 1
		t.Run(fmt.Sprintf("journal %v both %v read lost %v", journal, both, lost), func(t *testing.T) {
			s := settingsWith(t, journal)
			f := fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: both, OmitSecretOnRead: !both}
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(web("a"))
			l = l.later(s)
			before, _ := l.op.Client(l.state.Handle.ClientID)
			l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadGateway})
			if lost {
				l.op.Force(fakeop.OpRead, fakeop.Answer{Status: http.StatusBadGateway, Processed: true})
			}
			out := l.replace(web("b"), authserver.Behaviour{})
			after, _ := l.op.Client(l.state.Handle.ClientID)
			if after.Secret != before.Secret {
				t.Errorf("the secret in use was replaced by a replacement that failed: %s", kinds(out.Problems))
			}
			h := l.state.Record.Pending.Apply(l.state.Handle)
			if u := l.state.Record.Unproven; h.RegistrationAccessToken.Reveal() != after.Token && u.RegistrationAccessToken.Reveal() != after.Token {
				t.Errorf("the token in force is lost: %s", kinds(out.Problems))
			}
		})
	}
}

// Interrupted while the registration is under way, whose answer is lost. The server is an ordinary one, so that the old client is as it was, and the reads that
// follow show so. Where the server has no updates, nothing but these can ever end the doubt.
func TestReplaceIsInterruptedAtAnOrdinaryServer(t *testing.T) {
	for i := range 8 {
		journal, shown, updates := i%2 == 1, i/2%2 == 1, i/4 == 1
		t.Run(fmt.Sprintf("journal %v, reads show the secret %v, updates %v", journal, shown, updates), func(t *testing.T) {
			s := settingsWith(t, journal)
			f := fakeop.Faults{OmitSecretOnRead: !shown}
			if !updates {
				f.UpdateStatus = http.StatusMethodNotAllowed
			}
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(machine("a"))
			if updates {
				l.update(machine("b"))
			}
			l = l.later(s)
			ctx, cancel := context.WithCancel(t.Context())
			l.op.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(map[string]any) { cancel() }, Cut: fakeop.CutConnection})
			out := lifecycle.Replace(ctx, l.server, lifecycle.Replacement{Registration: lifecycle.Registration{Asked: machine("c")}, Old: l.state}, l.save)
			for range 2 {
				l = l.later(s)
				l.refresh()
			}
			l = l.later(s)
			l.op.RemoveClient(l.state.Handle.ClientID)
			if gone := l.refresh(); !gone.Gone {
				t.Errorf("a deletion is undecided: %s; facts %+v", strings.TrimSpace(kinds(append(out.Problems, gone.Problems...))), l.state.Record.Facts)
			}
		})
	}
}
