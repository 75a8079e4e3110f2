// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// application is the one module that every server gets: what a person would write who knows no server, less what
// the server refuses outright.
func application(i *Instance) map[string]any {
	at := i.Redirect
	return taken(i, map[string]any{
		"redirect_uris":  []string{at + "/callback", at + "/another"},
		"client_name":    "interop-app",
		"contacts":       []string{"security@example.com", "ops@example.com"},
		"grant_types":    []string{"refresh_token", "authorization_code"},
		"response_types": []string{"code"},
	})
}

// computed are the attributes that an update may change beside those that the configuration changes.
var computed = []string{
	"client_secret", "client_secret_expiration", "client_secret_expires_at", "registered_metadata", "registration_access_token", "registration_client_uri",
}

// A life is one client's life at one server.
type life struct {
	*workspace
	doc    map[string]any
	report *report
}

// TestLifecycle is the one lifecycle, on every server (the package's own documentation tells how to select some).
func TestLifecycle(t *testing.T) {
	t.Cleanup(func() { checkMatrix(t) }) // when all of them have ended
	eachServer(t, func(t *testing.T, s Server) {
		i := start(t, s)
		l := &life{workspace: newWorkspace(t, i), doc: application(i), report: reportOf(s)}
		for _, step := range []struct {
			step Step
			do   func(t *testing.T)
		}{
			{StepWebFinger, l.webFinger},
			{StepDiscovery, l.discovery},
			{StepCreate, l.create},
			{StepUpdate, l.update},
			{StepRemove, l.remove},
			{StepUnmanaged, l.unmanaged},
			{StepDrift, l.drift},
			{StepRepair, l.repair},
			{StepImport, l.importAnew},
			{StepDeleted, l.deleted},
			{StepDeregistered, l.deregister},
		} {
			if reason := i.Impossible(step.step); reason != "" {
				l.report.declare(step.step, reason)
				t.Logf("%s is declared impossible: %s", step.step, reason)
				continue
			}
			if !t.Run(string(step.step), step.do) {
				l.report.fail(step.step)
				t.FailNow() // each step stands on the one before
			}
			l.report.pass(step.step, i.Replaces(step.step))
		}
		switch {
		case !i.Can.Read:
			t.Run("without management", l.withoutManagement)
		case !i.Can.Delete:
			t.Run("without deregistration", l.leftBehind)
		}
	})
}

// webFinger finds the issuer from what a person would type.
func (l *life) webFinger(t *testing.T) {
	l.finder = fmt.Sprintf("webfinger_resource = %q", l.instance.WebFingerResource)
	l.findServer(t)
}

// discovery finds the registration endpoint from the issuer. The life goes on with what came first.
func (l *life) discovery(t *testing.T) {
	before := l.finder
	l.finder = fmt.Sprintf("issuer = %q", l.instance.Issuer)
	l.findServer(t)
	if before != "" {
		l.finder = before
	}
}

func (l *life) findServer(t *testing.T) {
	t.Helper()
	l.configure(t, nil)
	l.apply(t)
	r, err := l.Run(t.Context(), "output", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var outputs map[string]struct{ Value string }
	if err := json.Unmarshal([]byte(r.Stdout), &outputs); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"issuer": outputs["issuer"].Value, "registration_endpoint": outputs["registration_endpoint"].Value}
	want := map[string]string{"issuer": l.instance.Issuer, "registration_endpoint": l.instance.RegistrationEndpoint}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func (l *life) create(t *testing.T) {
	l.configure(t, l.doc)
	c := l.plan(t)
	if c == nil || !slices.Equal(c.Actions, []string{"create"}) {
		t.Fatalf("the plan is no creation: %+v", c)
	}
	l.report.substituted(l.apply(t))
	l.exists(t, true)
	l.wantEmptyPlan(t)
	l.apply(t) // saves what the refresh made of the secret: some servers show a hash of it
	if alive := knownFacts[l.report.server.Name()].facts.TokenAlive; alive != "" {
		h := l.handle(t)
		if got := evidence(t, l.instance, h, h.ClientSecret, "/callback"); got != alive {
			t.Errorf("the secret in the state gets %q from the token endpoint, want %q", got, alive)
		}
	}
}

// update changes a string, a list and a boolean.
func (l *life) update(t *testing.T) {
	l.doc["client_name"], l.doc["require_auth_time"] = "interop-app-2", false
	l.doc["redirect_uris"] = []string{l.instance.Redirect + "/third", l.instance.Redirect + "/callback"}
	l.change(t, "client_name", "redirect_uris", "require_auth_time")
	got := l.registered(t)
	// As a set: some servers keep no order.
	if got["client_name"] != "interop-app-2" || !sameElements(got["redirect_uris"], l.doc["redirect_uris"]) {
		t.Errorf("the server has client_name %v, redirect_uris %v", got["client_name"], got["redirect_uris"])
	}
}

// remove takes two attributes out of the configuration. A server that merges may keep their values: a warning says so.
func (l *life) remove(t *testing.T) {
	was := l.registered(t)
	delete(l.doc, "client_uri")
	delete(l.doc, "contacts")
	warnings := l.change(t, "client_uri", "contacts")
	got := l.registered(t)
	for _, name := range []string{"client_uri", "contacts"} {
		kept := got[name] != nil && got[name] != "" && !cmp.Equal(got[name], []any{})
		warned := slices.ContainsFunc(warnings, func(d diagnostic) bool {
			return d.Summary == "Server keeps removed parameters" && strings.Contains(d.Detail, name+": removed")
		})
		if kept != warned {
			t.Errorf("%s was %v and is %v; warned: %t", name, was[name], got[name], warned)
		}
	}
}

// unmanaged sets what no configuration names: it is nobody's drift, and an update of something else leaves it alone.
func (l *life) unmanaged(t *testing.T) {
	m := l.instance.Unmanaged
	if err := l.instance.Change(t.Context(), l.handle(t), m.Name, m.Value); err != nil {
		t.Fatal(err)
	}
	if got := l.registered(t)[m.Name]; !cmp.Equal(got, m.Value) {
		t.Fatalf("the server shows %s as %v after it was set to %v", m.Name, got, m.Value)
	}
	l.wantEmptyPlan(t)
	l.doc["client_name"] = "interop-app-3"
	l.change(t, "client_name")
	if got := l.registered(t)[m.Name]; !cmp.Equal(got, m.Value) {
		t.Errorf("%s did not survive an update of another parameter: %v", m.Name, got)
	}
}

func (l *life) drift(t *testing.T) {
	if err := l.instance.Change(t.Context(), l.handle(t), "client_name", "changed-behind-the-back"); err != nil {
		t.Fatal(err)
	}
	c := l.plan(t)
	if l.instance.Can.Update {
		l.wantUpdate(t, "client_name")
	}
	if c == nil || c.Changed["client_name"] != "changed-behind-the-back" {
		t.Fatalf("the plan does not show the server's client_name: %+v", c)
	}
}

func (l *life) repair(t *testing.T) {
	if l.instance.Can.Update {
		l.report.substituted(l.apply(t))
	} else {
		l.replace(t)
	}
	if got := l.registered(t)["client_name"]; got != l.doc["client_name"] {
		t.Errorf("the server has client_name %v", got)
	}
	l.wantEmptyPlan(t)
}

// importAnew forgets the client and imports it: with the configuration that the CLI generates the plan is empty, and
// the hand-written one differs by what it does not name, what the server does not show and what it had substituted.
func (l *life) importAnew(t *testing.T) {
	h := l.handle(t)
	l.report.form(l.form(t))
	if _, err := l.Run(t.Context(), "state", "rm", resourceAddress); err != nil {
		t.Fatal(err)
	}
	id := h.RegistrationClientURI
	if id == "" {
		id = h.ClientID
	}
	l.configure(t, nil)
	l.write(t, "import.tf", fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", resourceAddress, id))
	tokens := map[string]string{}
	if h.RegistrationAccessToken != "" { // else the provider's credentials manage the client
		tokens[id] = h.RegistrationAccessToken
	}
	handedIn, err := json.Marshal(tokens)
	if err != nil {
		t.Fatal(err)
	}
	token := "OIDC_REGISTRATION_ACCESS_TOKENS=" + string(handedIn)
	for _, args := range [][]string{
		{"plan", "-no-color", "-generate-config-out=generated.tf", "-out=plan"},
		{"apply", "-no-color", "plan"},
	} {
		cmd := l.Command(t.Context(), args...)
		cmd.Env = append(slices.Clone(cmd.Env), token)
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, said)
		}
		if args[0] == "plan" && !strings.Contains(string(said), "1 to import, 0 to add, 0 to change, 0 to destroy") {
			t.Errorf("the plan imports with more than an import:\n%s", said)
		}
	}
	l.wantEmptyPlan(t)
	imported := l.handle(t)
	if imported.ClientID != h.ClientID {
		t.Fatalf("imported %q for %q", imported.ClientID, h.ClientID)
	}
	for _, name := range []string{"import.tf", "generated.tf"} {
		if err := os.Remove(filepath.Join(l.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	l.configure(t, l.doc)
	if c := l.plan(t); c != nil {
		for name, before := range c.Changed {
			// What the server substituted is agreed by an apply, which an import is not. Another order of a list is sent once.
			if sameElements(before, l.doc[name]) {
				continue
			}
			if before != nil && l.doc[name] != nil && !l.report.told(name) {
				t.Errorf("after the import the plan changes %s from %v to %v", name, before, l.doc[name])
			}
		}
		if l.instance.Can.Update {
			l.apply(t)
		} else {
			l.replace(t)
		}
	}
	l.wantEmptyPlan(t)
	if imported.ClientSecret != h.ClientSecret && l.handle(t).ClientID == h.ClientID {
		// A server that never shows a secret again, or the hash of it, leaves an imported client without one, and with it without
		// the evidence by which a deleted client is told from a refused token. The life goes on with a client of which everything
		// is known.
		l.run(t, 0, "apply", "-auto-approve", "-json", "-replace="+resourceAddress)
		l.wantEmptyPlan(t)
	}
}

// sameElements reports whether two lists differ in their order at most.
func sameElements(a, b any) bool {
	return cmp.Equal(normal(a), normal(b), cmpopts.SortSlices(func(a, b any) bool { return fmt.Sprint(a) < fmt.Sprint(b) }))
}

func (l *life) write(t *testing.T, name, content string) {
	t.Helper()
	if err := l.Write(name, content); err != nil {
		t.Fatal(err)
	}
}

func (l *life) deleted(t *testing.T) {
	h := l.handle(t)
	if err := l.instance.DeleteBehind(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	l.exists(t, false)
	c := l.plan(t)
	if c == nil || !slices.Equal(c.Actions, []string{"create"}) {
		t.Fatalf("the plan is no creation: %+v", c)
	}
	l.apply(t)
	l.exists(t, true)
	if got := l.handle(t).ClientID; got == h.ClientID {
		t.Errorf("the client created anew is %q again", got)
	}
	l.wantEmptyPlan(t)
}

func (l *life) deregister(t *testing.T) {
	h := l.handle(t)
	l.run(t, 0, "destroy", "-auto-approve", "-json")
	if exists, err := l.instance.Exists(t.Context(), h); err != nil || exists {
		t.Errorf("the server's word on the client after its destruction: %t, %v", exists, err)
	}
	if l.client(t) != nil {
		t.Error("the state still has the client")
	}
}

// change applies the configuration as it is now: the plan updates exactly these attributes, or replaces the client where the
// server has no update, and the next one is empty.
func (l *life) change(t *testing.T, attributes ...string) []diagnostic {
	t.Helper()
	l.configure(t, l.doc)
	if !l.instance.Can.Update {
		return l.replace(t)
	}
	l.wantUpdate(t, attributes...)
	before := l.handle(t)
	warnings := l.apply(t)
	l.report.substituted(warnings)
	after := l.handle(t)
	l.report.rotated(before, after)
	if before.ClientID != after.ClientID {
		t.Errorf("the update made %q of %q", after.ClientID, before.ClientID)
	}
	l.wantEmptyPlan(t)
	return warnings
}

func (l *life) wantUpdate(t *testing.T, attributes ...string) {
	t.Helper()
	c := l.plan(t)
	if c == nil || !slices.Equal(c.Actions, []string{"update"}) {
		t.Fatalf("the plan is no update in place: %+v", c)
	}
	if got := slices.Sorted(maps.Keys(c.Changed)); !slices.Equal(got, attributes) {
		t.Errorf("the plan changes %v, want %v", got, attributes)
	}
	for _, name := range c.Unknown {
		if !slices.Contains(computed, name) {
			t.Errorf("the plan shows %s as known after apply", name)
		}
	}
}

// exists is the server's own word on the client in the state.
func (l *life) exists(t *testing.T, want bool) {
	t.Helper()
	if got, err := l.instance.Exists(t.Context(), l.handle(t)); err != nil || got != want {
		t.Errorf("the server's word on the client: %t, %v, want %t", got, err, want)
	}
}

// registered is what the server shows of the client, by a request of the test's own. No server here rotates on a read.
func (l *life) registered(t *testing.T) map[string]any {
	t.Helper()
	return l.shown(t, l.handle(t))
}

// shown is the same by another handle than the one in the state.
func (l *life) shown(t *testing.T, h Handle) map[string]any {
	t.Helper()
	uri, authorization := h.RegistrationClientURI, bearer(h.RegistrationAccessToken)
	if uri == "" {
		uri = l.instance.RegistrationEndpoint + "/" + url.PathEscape(h.ClientID)
	}
	if authorization == "" {
		authorization = l.instance.Authorization
	}
	a := call(t, http.MethodGet, uri, authorization, nil)
	if a.Status != http.StatusOK {
		t.Fatalf("reading the client: %d %s", a.Status, a.Body)
	}
	return metadataOf(a)
}
