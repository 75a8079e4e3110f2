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

// killedCreate is a create at a server that is killed after its answer is in the journal; early: before the client is read back.
func killedCreate(t *testing.T, f fakeop.Faults, early bool) (*life, authserver.Settings) {
	t.Helper()
	settings := withJournal(t)
	l := begin(t, &fakeop.Server{Faults: f}, settings)
	if early {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = []fakeop.CallFault{{Down: true}} })
	}
	if first := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, func(authserver.Snapshot) {}); first.Failed() {
		t.Fatalf("without a kill it fails, too: %s", kinds(first.Problems))
	}
	if early {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = nil })
		if err := l.op.AcceptConnections(); err != nil {
			t.Fatal(err)
		}
	}
	return l.restarted(settings), settings
}

// A create was killed at a server without reads. The next one takes the client over, keeps what else there is of its management, and registers
// no second one.
func TestAdoptionWithoutReads(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults  fakeop.Faults
		updates bool
	}{
		"405":              {fakeop.Faults{ReadStatus: 405}, true},
		"501":              {fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.NotImplemented())}}, true},
		"403, unsupported": {fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Unsupported())}}, false}, // nor of one without a kill
	} {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", before the read-back ", early), func(t *testing.T) {
				t.Parallel()
				l, settings := killedCreate(t, test.faults, early)
				out := l.registerAs(web("a"))
				if out.Failed() || !out.Has(outcome.Adopted) || l.op.Registrations() != 1 {
					t.Fatalf("%d registrations: %s", l.op.Registrations(), kinds(out.Problems))
				}
				id := l.state.Handle.ClientID
				l = l.restarted(settings)
				if test.updates {
					if out := l.update(web("b")); out.Failed() {
						t.Errorf("the update fails: %s", kinds(out.Problems))
					}
					if got, _ := l.op.Client(id); got.Metadata["client_name"] != "b" {
						t.Errorf("the server has %v", got.Metadata["client_name"])
					}
					l = l.restarted(settings)
				}
				if out := l.operate("delete", nil); out.Failed() || len(l.op.Clients()) != 0 {
					t.Errorf("%d clients are left: %s", len(l.op.Clients()), kinds(out.Problems))
				}
			})
		}
	}
}

// Where something else than the client is at its address, it may be an outage, so that nothing is registered. The way that the message names for a
// server that manages no clients ends it.
func TestAdoptionWhereNobodyServesTheAddress(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{"page": fakeop.Welcome(), "403": fakeop.Forbidden("access_denied", "not here"), "login": fakeop.LoginPage()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, settings := killedCreate(t, fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(answer)}}, true)
			out := l.registerAs(web("a"))
			if !out.Has(outcome.AdoptionUndecided) || l.op.Registrations() != 1 {
				t.Fatalf("%d registrations: %s", l.op.Registrations(), kinds(out.Problems))
			}
			unmanaged := settings
			unmanaged.Management = authserver.ManagementNone
			l = l.restarted(unmanaged)
			out = l.registerAs(web("a"))
			if out.Failed() || !out.Has(outcome.Adopted) || l.op.Registrations() != 1 {
				t.Fatalf("%d registrations with management = none: %s", l.op.Registrations(), kinds(out.Problems))
			}
			l = l.restarted(settings)
			if out := l.refresh(); out.Failed() || out.Gone {
				t.Errorf("afterwards: %s", kinds(out.Problems))
			}
			l = l.restarted(unmanaged)
			l.want(l.refresh())
			if out := l.operate("delete", nil); out.Failed() || !out.Gone {
				t.Errorf("the destroy: %s", kinds(out.Problems))
			}
		})
	}
}

// One wrong answer that there are no reads costs an adopted client nothing: it is read once more, and what reads do is known then.
func TestAdoptionAsksTwiceWhetherThereAreReads(t *testing.T) {
	t.Parallel()
	l, _ := killedCreate(t, fakeop.Faults{RotateSecretOnRead: true}, true)
	l.op.EditFaults(func(f *fakeop.Faults) {
		f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Answer{Status: 405}}}
	})
	out := l.registerAs(web("a"))
	if out.Failed() || l.state.Record.Capabilities.Read == reconcile.CapabilityNo || l.state.Handle.ClientSecret.Reveal() != l.op.CurrentSecret(l.state.Handle.ClientID) {
		t.Errorf("reads %v: %s", l.state.Record.Capabilities.Read, kinds(out.Problems))
	}
}
