// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// Killed after an answer to an update at one of two addresses was had, with a journal.
func TestKilledAtTwoAddresses(t *testing.T) {
	for says, silent := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
		for kind, doc := range both {
			for _, rotates := range []bool{false, true} {
				for _, noReadsAtAll := range []bool{true, false} {
					for saves := range 6 {
						moves, saves := saves%2 == 0, saves/2
						for _, last := range []string{"refresh", "update", "destroy"} {
							what := fmt.Sprintf("%s, %s, moves %v, rotates %v, no reads %v, %d saves, %s", says, kind, moves, rotates, noReadsAtAll, saves, last)
							s := withJournal(t)
							f := silent
							f.MoveURIOnUpdate, f.RotateTokenOnUpdate, f.RotateSecretOnUpdate = moves, rotates, rotates
							if noReadsAtAll {
								f = without(noReads["405"], f)
							}
							op := &fakeop.Server{Faults: f}
							l := begin(t, op, s)
							l.registerAs(doc("a"))
							id := l.state.Handle.ClientID
							l = l.later(s)
							l.update(doc("b"))
							l = l.later(s)
							n := 0
							lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc("c"), StoresSecret: true, MayChange: anything}, func(sn authserver.Snapshot) {
								if n++; n <= saves {
									l.save(sn)
								}
							})
							for range 2 {
								l = l.later(s)
								var out outcome.Outcome
								switch last {
								case "refresh":
									out = l.refresh()
								case "update":
									out = l.update(doc("d"))
								default:
									out = l.destroy(authserver.Behaviour{})
								}
								l.honest(what, id, out)
								if out.Failed() {
									t.Errorf("%s: %s", what, kinds(out.Problems))
								}
								if out.Gone {
									break
								}
							}
						}
					}
				}
			}
		}
	}
}

// Killed in an update, with a journal, after any habit: what the journal has is enough.
func TestKilledInAnUpdateWithAJournal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		habits := drawHabits(rt)
		habits.DeleteStatus = 0
		doc := rapid.SampledFrom([]func(string) metadata.Document{web, machine, public}).Draw(rt, "kind")
		s := authserver.Settings{Journal: &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}}
		op := &fakeop.Server{}
		l := begin(t, op, s)
		defer op.Close()
		defer func() { l.server.Close() }()
		op.SetFaults(habits)
		l.registerAs(doc("a"))
		id := l.state.Handle.ClientID
		for i := range rapid.IntRange(0, 2).Draw(rt, "updates") {
			l = l.later(s)
			l.update(doc(fmt.Sprint("b", i)))
		}
		l = l.later(s)
		saves, n := rapid.IntRange(0, 2).Draw(rt, "saves"), 0
		killed := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc("c"), StoresSecret: true, MayChange: anything}, func(sn authserver.Snapshot) {
			if n++; n <= saves {
				l.save(sn)
			}
		})
		if killed.Failed() {
			return
		}
		var out outcome.Outcome
		for i := range 2 {
			l = l.later(s)
			l.refresh()
			l = l.later(s)
			out = l.update(doc(fmt.Sprint("d", i)))
		}
		if l.state.Record.Gone || out.Failed() {
			rt.Fatalf("gone %v, cannot be changed: %s", l.state.Record.Gone, kinds(out.Problems))
		}
		if got, _ := op.Client(id); got.Metadata["client_name"] != "d1" {
			rt.Fatalf("the update did not arrive: %s", kinds(out.Problems))
		}
		l = l.later(s)
		if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(op.Clients()) > 0 {
			rt.Fatalf("not destroyed: %s", kinds(out.Problems))
		}
	})
}
