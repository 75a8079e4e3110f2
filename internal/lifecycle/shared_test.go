// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// A server that answers metadata that it has with the client that has it: what is made before its predecessor is destroyed is the same
// client. The destroy of the one leaves it to the other, whose own destroy deregisters it.
func TestACreateBeforeADestroyOfTheSameClient(t *testing.T) {
	// The clock of the machine that wrote the one before may go wrong, and a tainted object has no record.
	for name, was := range map[string]func(*reconcile.Record){
		"before": func(r *reconcile.Record) { r.MadeAt -= 5e9 }, "a moment before": func(r *reconcile.Record) { r.MadeAt-- }, "by a clock ahead": func(r *reconcile.Record) { r.MadeAt += 5e9 },
		"tainted": func(r *reconcile.Record) { *r = reconcile.Record{} },
	} {
		for _, journal := range []bool{false, true} {
			status := 200 + len(name)%2
			t.Run(fmt.Sprint(name, ", ", status, ", journal ", journal), func(t *testing.T) {
				settings := settingsWith(t, journal)
				destroy := func(l *life, state authserver.State) outcome.Outcome {
					return lifecycle.Deregister(t.Context(), l.server, state, authserver.Behaviour{}, func(authserver.Snapshot) {})
				}
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}, RegisterStatus: status}}, authserver.Settings{}) // by another machine
				l.registerAs(web("a"))
				id := l.state.Handle.ClientID
				l = l.later(settings) // an apply of a saved plan, which reads nothing
				old := l.state
				was(&old.Record)
				lifecycle.Confirm(t.Context(), l.server, old)
				l.registerAs(web("a"))
				if l.state.Handle.ClientID != id {
					t.Fatal("another client")
				}
				out := destroy(l, old)
				if _, lives := l.op.Client(id); !lives || !out.Gone || !out.Has(outcome.DeleteShared) {
					t.Errorf("the client lives: %v, %v", lives, kinds(out.Problems))
				}
				l = l.later(settings)
				if out := l.refresh(); out.Failed() || out.Gone {
					t.Errorf("the client that was kept: %v", kinds(out.Problems))
				}
				if out = destroy(l, l.state); !out.Gone || len(l.op.Clients()) > 0 {
					t.Errorf("its own destroy: %v, %v", out.Gone, kinds(out.Problems))
				}

				// One that was made and is destroyed in one run is its own.
				l.registerAs(web("b"))
				if out := destroy(l, l.state); !out.Gone || len(l.op.Clients()) > 0 {
					t.Errorf("a destroy in the run of the create: %v, %v", out.Gone, kinds(out.Problems))
				}
			})
		}
	}
}

// A registration that is answered with a client that there is, and then refused, leaves it to the resource that has it.
func TestACreateThatIsTakenBackOfTheSameClient(t *testing.T) {
	for _, refreshed := range []bool{true, false} {
		for _, journal := range []bool{true, false} {
			t.Run(fmt.Sprintf("refreshed %v, journal %v", refreshed, journal), func(t *testing.T) {
				settings := settingsWith(t, journal)
				f := fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}
				f.Substitute = map[string]any{"client_name": "other"}
				l := begin(t, &fakeop.Server{Faults: f}, settings)
				l.registerAs(web("a"))
				l = l.later(settings)
				old := l.state
				old.Record.MadeAt--
				if refreshed {
					l.refresh()
				}
				lifecycle.Confirm(t.Context(), l.server, old)
				out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, func(authserver.Snapshot) {})
				if !out.Failed() {
					t.Fatal("not refused")
				}
				last := lifecycle.Deregister(t.Context(), l.server, old, authserver.Behaviour{}, l.save)
				if n := len(l.op.Clients()); n > 0 && last.Gone {
					told := append(slices.Clone(out.Problems), last.Problems...)
					t.Errorf("no state has the client, which lives (create gone %v): %s", out.Gone, kinds(told))
				}
			})
		}
	}
}

// A registration that is taken back leaves the note of another one of the run, which was answered with the same client and kept it.
func TestACreateThatIsTakenBackBesideAnother(t *testing.T) {
	for _, journal := range []bool{false, true} {
		s := settingsWith(t, journal)
		f := fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}
		f.Substitute = map[string]any{"client_name": "other"}
		l := begin(t, &fakeop.Server{Faults: f}, s)
		l.registerAs(web("a"))
		l = l.later(s)
		old := l.state
		old.Record.MadeAt--
		lifecycle.Confirm(t.Context(), l.server, old)
		l.registerAs(web("a")) // create_before_destroy
		kept := l.state
		again := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, func(authserver.Snapshot) {})
		out := lifecycle.Deregister(t.Context(), l.server, old, authserver.Behaviour{}, func(authserver.Snapshot) {})
		if len(l.op.Clients()) == 0 {
			t.Errorf("journal %v: the client of %s is deleted: %s%s", journal, kept.Handle.ClientID, kinds(slices.Concat(again.Problems)), kinds(out.Problems))
		}
	}
}

// A server has an issuer and a registration endpoint, and resources may name it by the one, the other or both: it is one server, and
// a client that two of them are answered with is one client.
func TestOneServerInTwoWords(t *testing.T) {
	places := map[string]func(*fakeop.Server) authserver.Place{
		"as the provider": func(*fakeop.Server) authserver.Place { return authserver.Place{} },
		"issuer":          func(op *fakeop.Server) authserver.Place { return authserver.Place{Issuer: op.Issuer()} },
		"endpoint": func(op *fakeop.Server) authserver.Place {
			return authserver.Place{RegistrationEndpoint: op.Issuer() + "/register"}
		},
		"both": func(op *fakeop.Server) authserver.Place {
			return authserver.Place{Issuer: op.Issuer(), RegistrationEndpoint: op.Issuer() + "/register"}
		},
	}
	for first, there := range places {
		for second, here := range places {
			for _, tainted := range []bool{false, true} {
				for _, strict := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, then %s, tainted %v, refused %v", first, second, tainted, strict), func(t *testing.T) {
						f := fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}
						if strict {
							f.Substitute = map[string]any{"client_name": "other"}
						}
						l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
						register := func(place authserver.Place, strict bool) outcome.Outcome {
							return lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Place: place, Asked: web("a"), Behaviour: authserver.Behaviour{Strict: strict}}, l.save)
						}
						register(there(l.op), false)
						l.state.Place = there(l.op)
						l = l.later(authserver.Settings{})
						old := l.state
						old.Record.MadeAt--
						if tainted {
							old.Record = reconcile.Record{}
						}
						lifecycle.Confirm(t.Context(), l.server, old)
						if out := register(here(l.op), strict); out.Failed() != strict {
							t.Fatalf("refused %v", out.Failed())
						}
						if len(l.op.Clients()) == 0 {
							t.Error("the create that was taken back deleted the other resource's client")
						}
						if strict {
							return
						}
						out := lifecycle.Deregister(t.Context(), l.server, old, authserver.Behaviour{}, func(authserver.Snapshot) {})
						if len(l.op.Clients()) == 0 {
							t.Errorf("the destroy of the one before deleted the client that was just made: %v", kinds(out.Problems))
						}
					})
				}
			}
		}
	}
}
