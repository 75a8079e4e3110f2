// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// TestServerEndsDuringAnApply kills a server while twenty clients are registered there, and starts it again. The same apply then makes
// what is missing; every client of the server is in the state or was named as one that may have been left behind.
func TestServerEndsDuringAnApply(t *testing.T) {
	lacks := func(i *Instance) string {
		if i.Kill == nil || i.Clients == nil {
			return "has no data that outlive its process"
		}
		return ""
	}
	eachProduct(t, lacks, func(t *testing.T, _ Server, i *Instance) {
		x := newSitting(t, i)
		x.Configure(x.block(), x.resource("App ${count.index}", "count = 20"))
		answered := 0
		out, code := x.during(func(_ int, moment string) {
			if moment == "create answered" {
				if answered++; answered == 7 {
					i.Kill()
				}
			}
		}, tftest.TerminalApply...)
		before := x.states()
		if code == 0 || len(before) < 7 || len(before) == 20 {
			t.Fatalf("exit code %d with %d of 20 clients:\n%s", code, len(before), out)
		}
		if err := i.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		at := x.clients()
		for _, h := range before {
			if !slices.Contains(at, h.ClientID) {
				t.Errorf("%s is in the state, and the server does not have it", h.ClientID)
			}
		}
		// Glewlwyd answers 500 where two registrations write at once. What such an answer leaves is told and counted as the rest.
		for range 5 {
			var again string
			if again, code = x.Try(tftest.TerminalApply...); code == 0 {
				out += again
				break
			}
			x.says(again, "500 Internal Server Error")
			out += again
		}
		x.Quiet()
		var ids []string
		for _, h := range x.states() {
			ids = append(ids, h.ClientID)
		}
		if slices.Sort(ids); len(slices.Compact(slices.Clone(ids))) != 20 {
			t.Fatalf("the state has %v", ids)
		}
		for _, h := range before {
			if !slices.Contains(ids, h.ClientID) {
				t.Errorf("the second apply lost %s", h.ClientID)
			}
		}
		at = x.clients()
		if lost := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(at, id) }); len(lost) > 0 {
			t.Errorf("in the state and not at the server: %v", lost)
		}
		// Only a registration whose answer was lost can have left a client, and each of these is told.
		orphans := slices.DeleteFunc(slices.Clone(at), func(id string) bool { return slices.Contains(ids, id) })
		if told := strings.Count(line(out), "may have been left behind"); len(orphans) > told {
			t.Errorf("%d clients of the server are in no state, and %d messages say so: %v\n%s", len(orphans), told, orphans, out)
		}
		t.Logf("%d clients before the end of the server, %d left behind by it", len(before), len(orphans))
		out = x.Must(tftest.TerminalDestroy...)
		if left := x.clients(); i.Can.Delete && !slices.Equal(left, orphans) || !i.Can.Delete && len(left) != 20+len(orphans) {
			t.Errorf("after the destruction the server has %v; %v were left behind before:\n%s", left, orphans, out)
		}
	})
}

// TestKilled kills the CLI and the provider at the hardest moments: an answer has come and nothing has it yet, or the journal alone.
// One apply restores order, and says where a person has to help: the server has exactly the one client, and its token works.
func TestKilled(t *testing.T) {
	lacks := func(i *Instance) string {
		if i.Clients == nil || !i.Can.Read || !i.Can.Delete {
			return "does not tell its clients, or has no management of them"
		}
		return ""
	}
	eachWith(t, lacks, func(t *testing.T, s Server, i *Instance) {
		x := newSitting(t, i)
		x.Configure(x.block(), x.resource("App"))
		x.killed("create begun", tftest.TerminalApply...)
		if n := len(x.clients()); n != 0 {
			t.Errorf("%d clients before anything was sent", n)
		}
		x.killed("create answered", tftest.TerminalApply...)
		orphans := x.clients()
		if len(orphans) != 1 {
			t.Fatalf("%d clients after the first answer", len(orphans))
		}
		x.says(x.Apply(), "A client may have been left behind", i.RegistrationEndpoint, "On 20")
		if n := len(x.clients()); n != 2 {
			t.Errorf("%d clients, want the one left behind and the new one", n)
		}
		if err := i.DeleteBehind(t.Context(), Handle{ClientID: orphans[0]}); err != nil { // as the warning says
			t.Fatal(err)
		}
		x.works("App")
		x.Quiet()
		if i.Can.Update {
			if rotates := knownFacts[s.Name()].facts.UpdateToken == "new"; rotates && i.NewToken == nil {
				t.Logf("nobody can mend a lost token at %s", s.Title())
			} else {
				x.updatesKilled(rotates)
			}
		}
		x.killed("delete answered", tftest.TerminalDestroy...)
		if all := x.clients(); len(all) != 0 {
			t.Errorf("the answered deletion left %v", all)
		}
		x.Must(tftest.TerminalDestroy...)
		if left := x.states(); len(left) != 0 {
			t.Errorf("the state still has %v", left)
		}
		x.Configure(x.block(), x.resource("App"))
		x.killed("create journaled", tftest.TerminalApply...)
		x.says(x.Apply(), "adopted")
		x.works("App")
		x.Must(tftest.TerminalDestroy...)
		if all := x.clients(); len(all) != 0 {
			t.Errorf("the destruction left %v", all)
		}
	})
}

// updatesKilled kills two updates. Where the server replaces the token with an update, the first one loses it, which an administrator
// must mend; the second has it in the journal.
func (x *sitting) updatesKilled(rotates bool) {
	x.t.Helper()
	h := x.state()
	x.Configure(x.block(), x.resource("App 2"))
	x.killed("update answered", tftest.TerminalApply...)
	if rotates {
		out, code := x.Try(tftest.TerminalApply...)
		if code == 0 {
			x.t.Fatalf("the apply succeeded with a token that the server has replaced:\n%s", out)
		}
		x.says(out, "the client exists", "registration_access_tokens", h.ClientID)
		token, err := x.instance.NewToken(x.t.Context(), h)
		if err != nil {
			x.t.Fatal(err)
		}
		x.Configure(x.block(fmt.Sprintf("registration_access_tokens = { %q = %q }", h.ClientID, token)), x.resource("App 2"))
	}
	x.Apply()
	x.Configure(x.block(), x.resource("App 2"))
	x.works("App 2")
	x.Quiet()
	x.Configure(x.block(), x.resource("App 3"))
	x.killed("update journaled", tftest.TerminalApply...)
	x.Apply()
	x.works("App 3")
	x.Quiet()
}
