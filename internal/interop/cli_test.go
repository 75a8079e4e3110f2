// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// resourceAddress is the one resource of the lifecycle's configuration.
const resourceAddress = "oidc_dynamic_client.app"

// toolchain is the CLI and the built provider, made once.
var toolchain = sync.OnceValues(func() (tools struct {
	CLI      tfcli.CLI
	Provider tfcli.Provider
}, err error,
) {
	ctx := context.Background()
	if tools.CLI, err = tfcli.Find(ctx); err != nil {
		return tools, err
	}
	dir, err := os.MkdirTemp("", "interop-provider-")
	if err != nil {
		return tools, err
	}
	onStopShared(func() { _ = os.RemoveAll(dir) })
	tools.Provider, err = tfcli.Build(ctx, dir, tfcli.DevVersion)
	return tools, err
})

// A workspace is one configuration with one client, driven through the real CLI.
type workspace struct {
	*tfcli.Sandbox
	instance *Instance
	finder   string // how the provider block finds the server, once a step has set it
}

// newWorkspace makes a workspace that is initialized and has nothing in it.
func newWorkspace(t *testing.T, i *Instance) *workspace {
	t.Helper()
	tools, err := toolchain()
	if err != nil {
		t.Fatal(err)
	}
	sandbox, err := tfcli.NewSandbox(tools.CLI, tools.Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sandbox.Close() })
	for name, v := range i.Env {
		sandbox.Setenv(name, v)
	}
	w := &workspace{Sandbox: sandbox, instance: i}
	w.configure(t, nil)
	if _, err := w.Run(t.Context(), "init", "-no-color"); err != nil {
		t.Fatal(err)
	}
	return w
}

// configure writes the configuration: nothing but the provider and the discovery document for a nil document.
func (w *workspace) configure(t *testing.T, doc map[string]any) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "terraform {\n  required_providers {\n    oidc = { source = %q }\n  }\n}\n\n", tfcli.Source)
	fmt.Fprintf(&b, "provider \"oidc\" {\n%s\n%s\n}\n\n", w.finder, w.instance.ProviderConfig)
	fmt.Fprintf(&b, "data \"oidc_discovery\" \"server\" {}\n\noutput \"issuer\" { value = data.oidc_discovery.server.issuer }\n")
	fmt.Fprintf(&b, "output \"registration_endpoint\" { value = data.oidc_discovery.server.registration_endpoint }\n")
	if doc != nil {
		fmt.Fprintf(&b, "\nresource \"oidc_dynamic_client\" \"app\" {\n")
		for _, name := range slices.Sorted(maps.Keys(doc)) {
			// JSON is HCL, as long as no string has a template in it.
			value, err := json.Marshal(doc[name])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "  %s = %s\n", name, value)
		}
		b.WriteString("}\n")
	}
	if err := w.Write("main.tf", b.String()); err != nil {
		t.Fatal(err)
	}
}

// A diagnostic is one warning or error that the CLI printed.
type diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
}

// run runs a command that prints JSON lines and returns its warnings. Any other exit code than the wanted ends the test.
func (w *workspace) run(t *testing.T, want int, args ...string) []diagnostic {
	t.Helper()
	r, err := w.Run(t.Context(), args...)
	if r.Code != want {
		t.Fatalf("exit code %d, want %d: %v", r.Code, want, errors.Join(err, fmt.Errorf("%s", r.Stdout)))
	}
	return diagnosticsOf(r.Stdout)
}

// diagnosticsOf reads the warnings and errors out of JSON lines.
func diagnosticsOf(lines string) (found []diagnostic) {
	for line := range strings.Lines(lines) {
		var entry struct {
			Diagnostic *diagnostic `json:"diagnostic"`
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Diagnostic != nil {
			found = append(found, *entry.Diagnostic)
		}
	}
	return found
}

func (w *workspace) apply(t *testing.T) []diagnostic {
	t.Helper()
	return w.run(t, 0, "apply", "-auto-approve", "-json")
}

// A change is what a plan would do to the client.
type change struct {
	Actions []string
	// Changed are the attributes with another known value, with the one before; Unknown those known after apply.
	Changed map[string]any
	Unknown []string
}

// replaces reports whether the change makes another client: by Terraform's own replacement in either order, or by an update
// after which the client_id is another one.
func (c *change) replaces() bool {
	if c == nil {
		return false
	}
	actions := slices.Sorted(slices.Values(c.Actions))
	return slices.Equal(actions, []string{"create", "delete"}) ||
		slices.Equal(actions, []string{"update"}) && slices.Contains(c.Unknown, "client_id")
}

// plan plans and returns the change of the client, nil for an empty plan.
func (w *workspace) plan(t *testing.T) *change {
	t.Helper()
	r, err := w.Run(t.Context(), "plan", "-out=plan", "-detailed-exitcode", "-no-color")
	switch r.Code {
	case 0:
		return nil
	case 2:
	default:
		t.Fatal(err)
	}
	shown, err := w.Run(t.Context(), "show", "-json", "plan")
	if err != nil {
		t.Fatal(err)
	}
	var plan struct {
		Changes []struct {
			Address string
			Change  struct {
				Actions       []string
				Before, After map[string]any
				AfterUnknown  map[string]any `json:"after_unknown"`
			}
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(shown.Stdout), &plan); err != nil {
		t.Fatal(err)
	}
	for _, rc := range plan.Changes {
		if rc.Address != resourceAddress {
			continue
		}
		c := &change{Actions: rc.Change.Actions, Changed: map[string]any{}}
		for name, v := range rc.Change.After {
			if !reflect.DeepEqual(v, rc.Change.Before[name]) {
				c.Changed[name] = rc.Change.Before[name]
			}
		}
		for name, v := range rc.Change.AfterUnknown {
			if v == true {
				c.Unknown = append(c.Unknown, name)
				delete(c.Changed, name)
			}
		}
		slices.Sort(c.Unknown)
		return c
	}
	t.Fatalf("a plan with changes, but not of the client:\n%s", r.Stdout)
	return nil
}

// wantEmptyPlan shows what a plan would change that should change nothing.
func (w *workspace) wantEmptyPlan(t *testing.T) {
	t.Helper()
	if c := w.plan(t); c != nil {
		t.Fatalf("the plan is not empty: %v, changed (with the value before) %v, unknown %v", c.Actions, c.Changed, c.Unknown)
	}
}

// client returns the client's attributes as in the state, nil if the state has none.
func (w *workspace) client(t *testing.T) map[string]any {
	t.Helper()
	object, _ := w.stored(t)
	return object
}

func (w *workspace) stored(t *testing.T) (attributes map[string]any, private []byte) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Mode, Type string
			Instances  []struct {
				Attributes map[string]any
				Private    string
			}
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Mode == "managed" && len(r.Instances) == 1 {
			private, err := base64.StdEncoding.DecodeString(r.Instances[0].Private)
			if err != nil {
				t.Fatal(err)
			}
			return r.Instances[0].Attributes, private
		}
	}
	return nil, nil
}

// handle is the client's handle as in the state.
func (w *workspace) handle(t *testing.T) Handle {
	t.Helper()
	return handleIn(w.client(t))
}

func handleIn(attributes map[string]any) Handle {
	text := func(name string) string { s, _ := attributes[name].(string); return s }
	return Handle{
		ClientID: text("client_id"), ClientSecret: text("client_secret"),
		RegistrationAccessToken: text("registration_access_token"), RegistrationClientURI: text("registration_client_uri"),
	}
}

// form is the form of the update that the server took, as the provider keeps it in private state; empty before the first.
func (w *workspace) form(t *testing.T) string {
	t.Helper()
	_, private := w.stored(t)
	var keys map[string][]byte
	if len(private) == 0 || json.Unmarshal(private, &keys) != nil {
		return ""
	}
	record, err := reconcile.Unpack(keys["record"])
	if err != nil {
		t.Fatal(err)
	}
	return string(record.Form)
}
