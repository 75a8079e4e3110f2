// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// document is what a command prints as JSON. Terraform says something of the development overrides first.
func document(t *testing.T, text string) any {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(strings.TrimLeftFunc(text, func(r rune) bool { return r != '{' })), &doc); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return doc
}

// What machines read is JSON, and has secrets only where it marks them as sensitive.
func TestMachineReadable(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{InitialAccessTokens: map[string]int{"canary-once": 0}, Extensions: []string{"ext_vendor", "ext_open"}}
	server.Start(t)
	x := newTerminal(t)
	const variables = "variable \"once\" {\n  type = string\n  ephemeral = true\n}\nvariable \"kept\" {\n  type = string\n  sensitive = true\n}\n"
	x.Setenv("TF_VAR_once", "canary-once")
	x.Setenv("TF_VAR_kept", "canary-kept")
	secrets := []string{"canary-"}
	none := func(what, text string) {
		t.Helper()
		for _, s := range secrets {
			if i := strings.Index(text, s); i >= 0 {
				t.Errorf("%s has %q: …%s…", what, s, text[max(0, i-200):min(len(text), i+80)])
			}
		}
	}
	for _, name := range []string{"App", "App 2"} {
		x.Configure(settings(t, server, false), variables+fmt.Sprintf(one, name, "initial_access_token = var.once\n  extension_metadata = { ext_vendor = var.kept, ext_open = \"open\" }"))
		valid := x.Must("validate", "-json")
		if doc, _ := document(t, valid).(map[string]any); doc["valid"] != true {
			t.Errorf("validate says %v", doc)
		}
		none("validate", valid)
		stream := x.Must("plan", "-json", "-out=plan")
		for _, line := range strings.Split(strings.TrimSpace(stream), "\n") {
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %s", line)
			}
		}
		none("plan -json", stream)
		shown := func(what string, args ...string) {
			t.Helper()
			open, err := json.Marshal(public(document(t, x.Must(append([]string{"show", "-json"}, args...)...)), nil))
			if err != nil {
				t.Fatal(err)
			}
			none(what, string(open))
			containsAll(t, string(open), `"client_name":"App`)
		}
		shown("the plan", "plan")
		none("apply -json", x.Must("apply", "-json", "plan"))
		client := server.Clients()[0]
		secrets = append(secrets, client.Secret, client.Token)
		shown("the state")
		none("show", x.Must("show", "-no-color")+x.Must("state", "show", "-no-color", clientType+".c"))
	}
	x.holds(server)
	// A wrong configuration is told in JSON, too, and without its values.
	x.Configure(settings(t, server, false), variables+fmt.Sprintf(one, "App", `jwks = "canary-no-json"`))
	wrong, code := x.Try("validate", "-json")
	if doc, _ := document(t, wrong).(map[string]any); code == 0 || doc["valid"] != false || doc["error_count"] == 0.0 {
		t.Errorf("exit code %d, validate says %v", code, doc)
	}
	for _, d := range diagnosticsOf(t, wrong) {
		none("a diagnostic", d)
	}
}

// diagnosticsOf are the summaries and details, without the snippets, which are the user's own text.
func diagnosticsOf(t *testing.T, text string) (all []string) {
	t.Helper()
	doc, _ := document(t, text).(map[string]any)
	list, _ := doc["diagnostics"].([]any)
	for _, d := range list {
		d, _ := d.(map[string]any)
		all = append(all, fmt.Sprint(d["summary"], d["detail"]))
	}
	if len(all) == 0 {
		t.Error("no diagnostic")
	}
	return all
}

// A console prints a client without its secrets.
func TestConsole(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, _ := applied(t, server, "")
	client := server.Clients()[0]
	for _, expression := range []string{"oidc_dynamic_client.c", "oidc_dynamic_client.c.client_secret", "[for k, v in oidc_dynamic_client.c : v]"} {
		cmd := x.Command(t.Context(), "console")
		cmd.Stdin = strings.NewReader(expression + "\n")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		containsAll(t, string(out), "sensitive")
		containsNone(t, string(out), client.Secret, client.Token)
	}
}
