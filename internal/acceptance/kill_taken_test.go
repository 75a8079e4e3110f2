// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// takenMoments are those of what gives a resource a client that the server has already, or takes a new one back: an adoption from the token
// journal, an import, and the deletion of a client that is not what was asked for.
var takenMoments = map[string][]string{
	"adopt":    {"read-back asked", "read-back answered", "read-back journaled", "create done"},
	"import":   {"read-back asked", "read-back answered", "read-back journaled", "read done"},
	"rollback": {"delete asked", "delete answered", "create done"},
}

// takenCells are the hardest blow at each moment with a journal, and where it costs most without one, or where an interrupt ends the command instead: a
// provider or a CLI that is killed alone leaves no more than that behind.
func takenCells() (all []killCell) {
	add := func(blow string, journal bool, during string, moments ...string) {
		for i, moment := range moments {
			all = append(all, killCell{during: during, moment: moment, blow: blow, killSetting: killSetting{rotates: "tokens", journal: journal, http: i%2 == 1}})
		}
	}
	for _, during := range slices.Sorted(maps.Keys(takenMoments)) {
		add("SIGKILL of all", true, during, takenMoments[during]...)
	}
	add("SIGKILL of CLI", true, "import", "read-back asked") // which a provider outlives: its read brings a token
	add("SIGKILL of all", false, "import", "read-back answered")
	add("SIGKILL of all", false, "rollback", "delete answered")
	// The CLI's import takes no second interrupt before the provider's answer.
	add("two SIGINT", true, "adopt", "read-back answered")
	add("two SIGINT", true, "rollback", "delete answered")
	return all
}

// prepare brings the client to where the operation begins, and gives its command.
func (l *lifeRun) prepare(c killCell) []string {
	l.configure("App")
	switch c.during {
	case "adopt":
		l.x.killed(everybody, "create journaled", tftest.TerminalApply...)
		l.x.Unlock()
	case "import":
		l.x.Apply()
		client := l.op.Clients()[0]
		l.x.Must("state", "rm", clientType+".c")
		l.tokens = fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.ID, l.op.ReissueToken(client.ID))
		l.configure("App")
		return []string{"import", "-no-color", clientType + ".c", client.URI}
	case "rollback":
		l.op.EditFaults(func(f *fakeop.Faults) {
			f.Substitute = map[string]any{"redirect_uris": []any{"https://app.example.com/other"}}
		})
	}
	return tftest.TerminalApply
}

// again repeats what was killed until the client is the resource's, by the way out that an error names.
func (l *lifeRun) again(c killCell, args []string) (said []string) {
	for range 3 {
		if c.during != "import" || l.x.resources()["c"] != nil {
			break
		}
		out, code := l.x.Try(args...)
		said = append(said, diagnosticsIn(out)...)
		if code != 0 {
			l.wayOut(c, oneLine(out))
		}
	}
	return append(said, l.recover(c)...)
}

// A client that is adopted, imported or taken back while everything is killed is nobody's loss: the same command again comes to a clean plan, with one client and the
// credentials in force, and what else the server has was named.
func TestKilledWhileAClientIsTakenOverOrBack(t *testing.T) {
	var handedIn, unseen atomic.Int64
	t.Run("cells", func(t *testing.T) {
		for _, c := range takenCells() {
			t.Run(strings.ReplaceAll(c.String(), ", ", "/"), func(t *testing.T) {
				t.Parallel()
				l := newLifeRun(t, c.killSetting)
				args := l.prepare(c)
				before := l.stateFile()
				paused, ok := l.x.PauseAt(c.moment, groupOf, args...)
				if !ok {
					t.Fatalf("the command never came to that moment:\n%s", paused.Wait())
				}
				killBlows[c.blow](t, paused)
				out := paused.Wait()
				l.restore(before)
				l.x.Unlock()
				l.op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
				imported := ""
				if c.during == "import" {
					imported = filepath.Base(args[len(args)-1])
				}
				l.judge(c, append(diagnosticsIn(out), l.again(c, args)...))
				if id, _ := l.x.resources()["c"]["client_id"].(string); imported != "" && id != imported {
					l.found("the state has %q, and %q was imported", id, imported)
				}
				l.x.Must(tftest.TerminalDestroy...)
				if n := len(l.op.Clients()); n != 0 {
					l.found("%d clients are left after the destroy", n)
				}
				slices.Sort(l.findings)
				for _, finding := range slices.Compact(l.findings) {
					t.Error(finding)
				}
				handedIn.Add(int64(l.handedIn))
				unseen.Add(int64(l.unseen))
			})
		}
	})
	t.Logf("%d kills; %d tokens handed in; without a journal %d clients are left that nothing can know of", len(takenCells()), handedIn.Load(), unseen.Load())
}
