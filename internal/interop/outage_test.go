// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRestart shows what the other tests of outages stand on: a server that is killed and started again has the clients
// that it had, and one whose registration is switched off answers 404 at every path of it while its clients live.
func TestRestart(t *testing.T) {
	lacks := func(i *Instance) string {
		if i.Restart == nil {
			return "has no data that outlive its process"
		}
		return ""
	}
	eachProduct(t, lacks, func(t *testing.T, _ Server, i *Instance) {
		h := handleOf(call(t, http.MethodPost, i.RegistrationEndpoint, i.Authorization, document(i)), Handle{})
		lives := func(wantRead int) {
			t.Helper()
			if ok, err := i.Exists(t.Context(), h); err != nil || !ok {
				t.Errorf("the server's own word on the client: %t, %v", ok, err)
			}
			if !i.Can.Read {
				return
			}
			if a := call(t, http.MethodGet, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), nil); a.Status != wantRead {
				t.Errorf("reading the client: %d %s, want %d", a.Status, a.Body, wantRead)
			}
		}
		lives(http.StatusOK)
		i.Kill()
		if err := i.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		lives(http.StatusOK)
		if i.SwitchRegistration == nil {
			return
		}
		if err := i.SwitchRegistration(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if a := call(t, http.MethodPost, i.RegistrationEndpoint, i.Authorization, document(i)); a.Status != http.StatusNotFound {
			t.Errorf("a registration while it is switched off: %d %s", a.Status, a.Body)
		}
		lives(http.StatusNotFound)
		if err := i.SwitchRegistration(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		lives(http.StatusOK)
	})
}

// TestSwitchedOff switches registration off while a client lives, and on again. Nothing is lost by it: a 404 at the client's
// URI is no word on the client, which the token endpoint of the same server still knows.
func TestSwitchedOff(t *testing.T) {
	lacks := func(i *Instance) string {
		if i.SwitchRegistration == nil || !i.Can.Read {
			return "has no registration to switch off, or nothing to read"
		}
		return ""
	}
	eachProduct(t, lacks, func(t *testing.T, s Server, i *Instance) {
		l := newLife(t, s, i)
		l.create(t)
		h := l.handle(t)
		if err := i.SwitchRegistration(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		// Refreshed twice: no answer of the first may be taken for knowledge by the second.
		for range 2 {
			said := l.wantNoChange(t)
			if !slices.ContainsFunc(said, func(d diagnostic) bool {
				return d.Severity == "warning" && strings.Contains(d.Summary+d.Detail, h.ClientID)
			}) {
				t.Errorf("no warning says that the client %s could not be read: %+v", h.ClientID, said)
			}
			l.apply(t)
			if diff := cmp.Diff(h, l.handle(t)); diff != "" {
				t.Fatalf("the state has another handle (-before +after):\n%s", diff)
			}
		}
		l.exists(t, true)
		if err := i.SwitchRegistration(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		l.wantNoChange(t)
		l.apply(t) // the outputs name the registration endpoint again
		l.wantEmptyPlan(t)
		if diff := cmp.Diff(h, l.handle(t)); diff != "" {
			t.Errorf("the state has another handle (-before +after):\n%s", diff)
		}
		if i.Can.Delete {
			l.deregister(t)
		} else {
			l.leftBehind(t)
		}
	})
}

// wantNoChange wants a plan that succeeds and leaves the client alone, whatever it says of the server's metadata.
func (l *life) wantNoChange(t *testing.T) []diagnostic {
	t.Helper()
	r, err := l.Run(t.Context(), "plan", "-json")
	if r.Code != 0 {
		t.Fatalf("exit code %d: %v: %+v", r.Code, err, diagnosticsOf(r.Stdout))
	}
	wantNoneOf(t, r.Stdout, "planned_change", "resource_drift")
	return diagnosticsOf(r.Stdout)
}

// wantNoneOf wants a plan's lines of JSON to have none of these types.
func wantNoneOf(t *testing.T, lines string, types ...string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var entry struct{ Type string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(types, entry.Type) {
			t.Fatalf("the plan has a change: %s", line)
		}
	}
}
