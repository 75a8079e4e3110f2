// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// What has another shape than the schema's is refused before the provider is asked: blocks in place of attributes, and values that
// convert to no value of the attribute's type. Only extension_metadata may hold anything.
func TestOtherShapesAreTheCLIsToRefuse(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x, provider := newTerminal(t), settings(t, server, false)
	for more, want := range map[string]string{
		"timeouts {\n    create = \"1m\"\n  }":                         "Unsupported block type",
		"jwks {\n    keys = []\n  }":                                   "Unsupported block type",
		"localized \"ja\" {\n    client_name = \"A\"\n  }":             "Unsupported block type",
		"dynamic \"timeouts\" {\n    for_each = []\n  content {}\n  }": "Unsupported block type",
		`timeouts = [{ create = "1m" }]`:                               "Incorrect attribute value type",
		`timeouts = { create = ["1m"] }`:                               "Incorrect attribute value type",
		`jwks = { keys = [] }`:                                         "Incorrect attribute value type",
		`jwks = [{ keys = [] }]`:                                       "Incorrect attribute value type",
		`contacts = { a = "b" }`:                                       "Incorrect attribute value type",
		`contacts = [{ a = "b" }]`:                                     "Incorrect attribute value type",
		`contacts = "a"`:                                               "Incorrect attribute value type",
		`localized = [{ ja = {} }]`:                                    "Incorrect attribute value type",
		`localized = { ja = { client_name = { a = "b" } } }`:           "Incorrect attribute value type",
		`default_max_age = "soon"`:                                     "Incorrect attribute value type",
		`require_auth_time = { a = true }`:                             "Incorrect attribute value type",
		`extension_metadata = [{ ext_a = [{ b = 1 }] }]`:               "extension_metadata",
	} {
		x.Configure(provider, fmt.Sprintf(one, "App", more))
		if out, code := x.Try("validate", "-no-color"); code == 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, without %q:\n%s", more, code, want, out)
		}
	}
	// A number is a text, and a text a number, where the one can be read as the other; and blocks are values in extension_metadata.
	x.Configure(provider, fmt.Sprintf(one, "App", "software_version = 2\n  default_max_age = \"60\"\n  extension_metadata = { ext_a = [{ b = [{ c = null }] }] }"))
	x.Must("validate")
}

// A state has the shape that somebody gave it, by hand or by another release.
func TestStatesOfOtherShapes(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, `contacts = ["a"]`)
	file := filepath.Join(x.Dir, "terraform.tfstate")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for attribute, value := range map[string]any{
		"timeouts": []any{map[string]any{"create": "1m"}}, "jwks": map[string]any{"keys": []any{}}, "contacts": []any{map[string]any{"a": "b"}},
		"localized": []any{map[string]any{"ja": map[string]any{}}}, "default_max_age": true, "extension_metadata": []any{map[string]any{"ext_a": 1}},
	} {
		var state map[string]any
		if err := json.Unmarshal(before, &state); err != nil {
			t.Fatal(err)
		}
		state["resources"].([]any)[0].(map[string]any)["instances"].([]any)[0].(map[string]any)["attributes"].(map[string]any)[attribute] = value
		edited, err := json.Marshal(state)
		if err == nil {
			err = os.WriteFile(file, edited, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if out, code := x.Try("plan", "-no-color"); code == 0 || !strings.Contains(out, "State cannot be read") {
			t.Errorf("%s: exit code %d:\n%s", attribute, code, out)
		}
	}
	broken, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, before, 0o600); err != nil {
		t.Fatal(err)
	}
	x.Quiet()
	sends(t, server, "")

	// The way out, as it is written, for somebody who has the client's credentials nowhere but in the state.
	if err := os.WriteFile(file, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := x.Try("plan", "-no-color")
	containsAll(t, strings.Join(strings.Fields(out), " "), "registration_access_tokens", "terraform state pull terraform state rm ADDRESS terraform import ADDRESS REGISTRATION_CLIENT_URI")
	var state struct {
		Resources []struct {
			Instances []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(x.Must("state", "pull")), &state); err != nil {
		t.Fatal(err)
	}
	of := state.Resources[0].Instances[0].Attributes
	x.Must("state", "rm", clientType+".c")
	x.Configure(fmt.Sprintf("%s\nregistration_access_tokens = { %q = %q }", provider, of["client_id"], of["registration_access_token"]), fmt.Sprintf(one, "App", `contacts = ["a"]`))
	x.Must("import", "-no-color", clientType+".c", of["registration_client_uri"].(string))
	x.Quiet()
	x.holds(server)
}

// The CLIs show the line of an attribute of a block, and of an attribute within that one they show where the whole block begins. What is
// wrong within an object is told on the object's line.
func TestErrorWithinAnObjectIsShownThere(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	issuer := fmt.Sprintf("issuer = %q\n", server.Issuer())
	for _, c := range []struct{ provider, resource, command, line string }{
		{issuer, "timeouts = { create = \"0s\" }", "validate", `timeouts = { create = "0s" }`},
		{issuer, "localized = {\n    de = { client_name = \"App\" }\n    ja = { client_name = \"\" }\n  }", "validate", `ja = { client_name = "" }`},
		{issuer + "client_credentials = { client_id = \"a\", client_secret = \"b\", method = \"none\" }", "", "validate", `client_credentials = { client_id = "a", client_secret = "b", method = "none" }`},
		{issuer + "basic_auth = { username = \"a:b\" }", "", "plan", `basic_auth = { username = "a:b" }`},
		{issuer + "token_journal = { age_identity_file = \"nowhere\" }", "", "plan", `token_journal = { age_identity_file = "nowhere" }`},
	} {
		x.Configure(c.provider, fmt.Sprintf(one, "App", c.resource))
		out, code := x.Try(c.command, "-no-color")
		if shown := regexp.MustCompile(`(?m)^ *[0-9]+: *(.*)$`).FindStringSubmatch(out); code == 0 || shown == nil || shown[1] != c.line {
			t.Errorf("%s: exit code %d, shown %q, want %q:\n%s", c.command, code, shown, c.line, out)
		}
	}
}
