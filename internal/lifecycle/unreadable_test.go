// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The journal that is configured has the credentials that a killed update brought, or the note that its answer is missing, and cannot be read just now, as
// with another age identity or while its lock is held. Without it nothing proves a client gone.
func TestAJournalThatCannotBeReadJustNow(t *testing.T) {
	for kind, doc := range both {
		for _, updates := range []int{0, 1} {
			for _, answered := range []bool{true, false} {
				t.Run(fmt.Sprint(kind, ", ", updates, ", ", answered), func(t *testing.T) {
					f := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
					s := withJournal(t)
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(doc("a"))
					for range updates {
						l.update(doc("b"))
					}
					l = l.later(s)
					before := l.state
					if !answered {
						lost := f
						lost.Updating.Calls = fakeop.Always(fakeop.Lost())
						l.op.SetFaults(lost)
					}
					l.update(doc("c")) // and killed
					l.op.SetFaults(f)
					l.server.Close()
					content, err := os.ReadFile(s.Journal.Path)
					if err == nil {
						err = os.WriteFile(s.Journal.Path, append(content, "{\"event\":\"later\"}\n"...), 0o600)
					}
					if err != nil {
						t.Fatal(err)
					}
					for _, operation := range []string{"read", "delete"} {
						l = l.later(s)
						l.state = before
						if out := l.operate(operation, nil); out.Gone && len(l.op.Clients()) > 0 || l.state.Record.Gone {
							t.Errorf("%s: a live client is gone: %s", operation, kinds(out.Problems))
						}
					}
				})
			}
		}
	}
}
