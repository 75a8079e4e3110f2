// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// sent are the requests that change something.
func sent(server *fakeop.Server) string {
	var all []string
	for _, r := range server.Of(fakeop.OpRegister, fakeop.OpUpdate, fakeop.OpDelete) {
		all = append(all, r.Method)
	}
	return strings.Join(all, " ")
}

func sends(t *testing.T, server *fakeop.Server, want string) {
	t.Helper()
	if got := sent(server); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// applied is a client in the state and at a server, whose log is empty then.
func applied(t *testing.T, server *fakeop.Server, more string) (x *terminal, provider string) {
	t.Helper()
	x = newTerminal(t)
	server.Start(t)
	provider = settings(t, server, false)
	x.Configure(provider, fmt.Sprintf(one, "App", more))
	x.Apply()
	server.ResetLog()
	return x, provider
}

// A moved block renames, and one with removed forgets: the client stays, and nothing is sent.
func TestMovedAndRemoved(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, "")
	x.Configure(provider, "moved {\n  from = oidc_dynamic_client.c\n  to = oidc_dynamic_client.d[\"a\"]\n}\n"+
		strings.Replace(fmt.Sprintf(one, "App", `for_each = toset(["a"])`), `"c"`, `"d"`, 1))
	containsAll(t, x.Must("plan", "-no-color"), "has moved to", "Plan: 0 to add, 0 to change, 0 to destroy.")
	containsAll(t, x.Apply(), "0 added, 0 changed, 0 destroyed")
	x.Quiet()
	x.holds(server)
	if x.resources()["d"] == nil {
		t.Error("the state does not have the new name")
	}
	x.Configure(provider, "removed {\n  from = oidc_dynamic_client.d\n  lifecycle { destroy = false }\n}")
	x.Apply()
	if left := x.resources(); len(left) != 0 || len(server.Clients()) != 1 {
		t.Errorf("%d clients at the server, in the state is %v", len(server.Clients()), left)
	}
	sends(t, server, "")
	x.Quiet()
}

// later is clients whose every value is another resource's, and known in the apply only.
const later = `resource "terraform_data" "s" {
  input            = %s
  triggers_replace = %q
}
locals { s = terraform_data.s.output }
resource "oidc_dynamic_client" "c" {
  for_each                   = toset(["a", "b"])
  client_name                = "${local.s.name} ${each.key}"
  redirect_uris              = local.s.list
  contacts                   = ["${each.key}@example.com", local.s.contact]
  default_max_age            = local.s.number
  require_auth_time          = local.s.bool
  token_endpoint_auth_method = "private_key_jwt"
  jwks                       = local.s.jwks
  extension_metadata         = local.s.ext
  localized                  = local.s.localized
  scope                      = local.s.scope
  accept_substitutions       = local.s.accepted
  rotate_secret_when         = { by = local.s.accepted == null ? "a" : "a" }
  timeouts                   = local.s.timeouts
  strict                     = local.s.strict
}`

// Keys of for_each are known, values are not: each kind of attribute, at creation and in an update, with values and as null.
func TestValuesOfTheApply(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Extensions: []string{"ext_flag", "ext_n", "ext_l", "ext_o"}}
	server.Start(t)
	x := newTerminal(t)
	const key = `jsonencode({ keys = [{ kty = "OKP", crv = "Ed25519", x = %q }] })`
	for i, input := range []string{
		`name = "App", list = ["https://app.example.com/b", "https://app.example.com/a"], contact = "ops@example.com", number = 3600, bool = true,
    jwks = ` + fmt.Sprintf(key, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") + `, ext = { ext_flag = true, ext_n = 1, ext_l = ["x"], ext_o = { a = "b" } },
    localized = { ja = { client_name = "アプリ" } }, scope = "openid email", accepted = ["scope"], timeouts = { create = "1m" }, strict = false`,
		`name = "App 2", list = ["https://app.example.com/c"], contact = "dev@example.com", number = 60, bool = false,
    jwks = ` + fmt.Sprintf(key, "PJ6Pjn3qVEHJYHjDZSPxmnAX6RaJE5kNKaqHLVXcMrU") + `, ext = { ext_flag = "yes" },
    localized = null, scope = null, accepted = null, timeouts = null, strict = null`,
	} {
		x.Configure(settings(t, server, false), fmt.Sprintf(later, "{ "+input+" }", fmt.Sprint(i)))
		out := x.Apply()
		containsNone(t, out, "inconsistent")
		x.Quiet()
		for _, client := range server.Clients() {
			if client.Metadata["jwks"] == nil || client.Metadata["ext_flag"] == nil || len(server.Clients()) != 2 {
				t.Errorf("%d: of %d clients one is %v\n%s", i, len(server.Clients()), client.Metadata, out)
			}
		}
	}
	sends(t, server, "POST POST PUT PUT")
	x.Must(tftest.TerminalDestroy...)
	if n := len(server.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// What an extension is known to be of, an object with an empty list, say, is known before its value is. A value that says the same as the
// state's and has another type is planned as it is configured, sends nothing, and leaves nothing to do.
func TestTypesOfTheApply(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Extensions: []string{"ext_a", "ext_b"}}
	server.Start(t)
	x := newTerminal(t)
	for i, value := range []string{`{ ext_a = null }`, `{ ext_a = [] }`, `{ ext_a = {} }`, `{ ext_a = "" }`, `{ ext_a = ["x"] }`, `{ ext_a = tolist(["x"]) }`, `{ ext_a = ["x"], ext_b = null }`, `{ ext_a = tolist(["x"]), ext_b = "" }`} {
		x.Configure(settings(t, server, false), fmt.Sprintf("resource \"terraform_data\" \"s\" {\n  input = { v = %s, n = %d }\n}\n", value, i)+
			fmt.Sprintf(one, "App", "extension_metadata = terraform_data.s.output.v"))
		out, code := x.Try(tftest.TerminalApply...)
		if code != 0 {
			t.Errorf("%s: %s", value, out)
		}
		x.Quiet()
	}
	if puts := len(server.Of(fakeop.OpUpdate)); puts > 2 {
		t.Errorf("%d updates are sent", puts)
	}
}

// Parts of values are unknown, and become null in between; so do the settings of what the provider does.
func TestPartsOfTheApply(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Extensions: []string{"ext_a", "ext_o"}}
	server.Start(t)
	x := newTerminal(t)
	for i, v := range []string{`"x"`, `null`, `"y"`} {
		x.Configure(settings(t, server, false), fmt.Sprintf(`resource "terraform_data" "s" {
  input            = { v = %s, n = %d }
  triggers_replace = %[2]d
}
locals {
  s     = terraform_data.s.output
  first = terraform_data.s.output.n == 0
}
`, v, i)+fmt.Sprintf(one, "App", `
  extension_metadata  = { ext_a = local.s.v, ext_o = { k = [local.s.v, 1], m = null } }
  localized           = { ja = { client_name = local.s.v }, fr = { client_uri = "https://app.example.com/${local.s.n}" } }
  contacts            = [for k in ["a"] : "${k}${local.s.n}@example.com"]
  default_max_age     = local.s.n
  timeouts            = { create = local.first ? "1m" : null }
  renew_secret_before = local.first ? "1h" : null
  store_client_secret = local.s.n != 2
  on_missing          = local.first ? "keep" : null
  update_form         = local.first ? "standard" : null
  initial_access_token              = local.s.v
  client_configuration_uri_template = local.first ? "{registration_endpoint}/{client_id}" : null
`))
		x.Apply()
		x.Quiet()
		stored := x.resources()["c"]["client_secret"] != nil
		if stored != (i != 2) {
			t.Errorf("%d: the secret is stored: %t", i, stored)
		}
	}
	sends(t, server, "POST PUT PUT")
}

// The provider's own issuer is another resource's, which is replaced: what is there stays.
func TestIssuerOfTheApply(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	for i, name := range []string{"App", "App", "App 2"} {
		x.Configure("issuer = terraform_data.s.output", fmt.Sprintf("resource \"terraform_data\" \"s\" {\n  input = %q\n  triggers_replace = %d\n}\n", server.Issuer(), i)+fmt.Sprintf(one, name, ""))
		x.Apply()
		x.Quiet()
		x.holds(server)
	}
	sends(t, server, "POST PUT")
}

// What the configuration has Terraform ignore drifts, is configured otherwise, and is not set back by an update of something else.
func TestIgnoredChanges(t *testing.T) {
	for name, list := range map[string]string{
		"all": "all", "attributes": "[extension_metadata, localized, client_name]", "parts": `[extension_metadata["ext_a"], localized["ja"], client_name]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Extensions: []string{"ext_a", "ext_b"}}
			more := func(value string) string {
				return fmt.Sprintf(`extension_metadata = { ext_a = %[1]q, ext_b = "b" }
  localized          = { ja = { client_name = %[1]q }, fr = { client_name = "F" } }
  lifecycle { ignore_changes = %[2]s }`, value, list)
			}
			x, provider := applied(t, server, more("a"))
			id := server.Clients()[0].ID
			for _, member := range []string{"client_name", "client_name#ja", "ext_a"} {
				server.SetMember(id, member, "Drifted")
			}
			x.Quiet()
			x.Configure(provider, fmt.Sprintf(one, "App 2", more("b")))
			x.Quiet()
			x.Apply()
			sends(t, server, "")
			x.Configure(provider, fmt.Sprintf(one, "App 2", more("b")+"\n  client_uri = \"https://app.example.com\""))
			x.Apply()
			client := server.Clients()[0]
			if client.Metadata["client_name"] != "Drifted" || client.Metadata["client_name#ja"] != "Drifted" || client.Metadata["ext_a"] != "Drifted" {
				t.Errorf("set back: %v", client.Metadata)
			}
			if updated := client.Metadata["client_uri"] != nil; updated == (name == "all") {
				t.Errorf("client_uri is set: %t", updated)
			}
			x.Quiet()
			x.holds(server)
		})
	}
}

// A client without a secret has none to rotate: it is not replaced, until it has one.
func TestNoSecretToRotate(t *testing.T) {
	for _, method := range []string{"none", "private_key_jwt"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			more := func(method, value string) string {
				keys := map[string]string{"private_key_jwt": "jwks_uri = \"https://app.example.com/jwks\""}[method]
				return fmt.Sprintf("token_endpoint_auth_method = %q\n  %s\n  rotate_secret_when = { by = %q }", method, keys, value)
			}
			x, provider := applied(t, server, more(method, "a"))
			for _, value := range []string{"b", "c"} {
				x.Configure(provider, fmt.Sprintf(one, "App", more(method, value)))
				x.Apply()
				x.Quiet()
			}
			sends(t, server, "")
			x.Configure(provider, fmt.Sprintf(one, "App", more("client_secret_basic", "d")))
			x.Apply()
			x.Quiet()
			x.holds(server)
			sends(t, server, "PUT")
		})
	}
}

// A change at the server is shown by a plan that only refreshes, and set back by the plan after it was taken into the state.
func TestRefreshOnly(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, _ := applied(t, server, `contacts = ["ops@example.com"]`)
	id := server.Clients()[0].ID
	server.SetMember(id, "client_name", "Drifted")
	server.UnsetMember(id, "contacts")
	containsAll(t, oneLine(x.Must("plan", "-refresh-only", "-no-color")), "has changed", `~ client_name = "App" -> "Drifted"`, `- "ops@example.com"`)
	x.Must("apply", "-refresh-only", "-auto-approve", "-no-color")
	if name := x.resources()["c"]["client_name"]; name != "Drifted" {
		t.Errorf("the state has %v", name)
	}
	sends(t, server, "")
	out, code := x.Try("plan", "-no-color", "-detailed-exitcode")
	if code != 2 {
		t.Errorf("the plan's exit code is %d", code)
	}
	containsAll(t, oneLine(out), `~ client_name = "Drifted" -> "App"`, `+ "ops@example.com"`, "0 to add, 1 to change, 0 to destroy")
	x.Apply()
	x.Quiet()
	x.holds(server)
	sends(t, server, "PUT")
}

// Between a saved plan and its apply, the credential in the environment changes: the apply says so, and nothing is lost.
func TestSavedPlanOtherCredential(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{InitialAccessTokens: map[string]int{"canary-good-token": 0}}
	server.Start(t)
	x := newTerminal(t)
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-good-token")
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-stale-token")
	out, code := x.Try("apply", "-no-color", "plan")
	if code == 0 || len(server.Clients()) != 0 || len(x.resources()) != 0 {
		t.Errorf("exit code %d, %d clients, in the state is %v", code, len(server.Clients()), x.resources())
	}
	containsAll(t, oneLine(out), "Client not registered", "401", "initial_access_token", "The registration endpoint needs a credential, or does not accept the one that was sent.")
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-good-token")
	x.Apply()
	// An update needs the client's own token only, which is in the state.
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App 2", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-stale-token")
	x.Must("apply", "-no-color", "plan")
	x.Quiet()
	x.holds(server)
	x.spills("canary-good-token", "canary-stale-token")
	containsNone(t, out, "canary-")
}

// Planned at one server, and applied in an environment that names another: what is there stays where it is.
func TestSavedPlanOtherIssuer(t *testing.T) {
	t.Parallel()
	server, other := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
	server.Start(t)
	other.Start(t)
	x := newTerminal(t)
	x.Setenv("OIDC_ISSUER", server.Issuer())
	x.Configure("", fmt.Sprintf(one, "App", ""))
	x.Apply()
	x.Configure("", fmt.Sprintf(one, "App 2", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv("OIDC_ISSUER", other.Issuer())
	out, code := x.Try("apply", "-no-color", "plan")
	if n := len(other.Clients()); n != 0 || len(server.Clients()) != 1 {
		t.Errorf("exit code %d, %d clients at the other server:\n%s", code, n, out)
	}
	x.holds(server)
	x.Setenv("OIDC_ISSUER", server.Issuer())
	x.Apply()
	x.Quiet()
	x.holds(server)
}

// An import in a saved plan needs its token in the plan only: the client's is saved with it.
func TestSavedPlanImports(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, "")
	client := server.Clients()[0]
	x.Must("state", "rm", clientType+".c")
	x.Setenv("OIDC_REGISTRATION_ACCESS_TOKEN", client.Token)
	x.Configure(provider, fmt.Sprintf("import {\n  to = %s.c\n  id = %q\n}\n", clientType, client.URI)+fmt.Sprintf(one, "App 2", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv("OIDC_REGISTRATION_ACCESS_TOKEN", "")
	x.Must("apply", "-no-color", "plan")
	x.Quiet()
	x.holds(server)
	sends(t, server, "PUT")
}

// An import by an identity into a configuration that the CLI writes, of a client that has all kinds of values.
func TestImportByIdentityGenerated(t *testing.T) {
	for name, identity := range map[string]string{
		"client_id":  `client_id = "ID"`,
		"issuer too": `client_id = "ID", issuer = "ISSUER"`,
		"URI":        `registration_client_uri = "URI"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Extensions: []string{"ext_flag"}}
			x, provider := applied(t, server, `scope = "openid email"
  localized = { ja = { client_name = "アプリ" } }
  extension_metadata = { ext_flag = true }
  default_max_age    = 60`)
			if strings.HasPrefix(x.CLI.String(), "Terraform 1.11.") {
				t.Skip("Terraform has identities from 1.12")
			}
			client := server.Clients()[0]
			x.Must("state", "rm", clientType+".c")
			provider += fmt.Sprintf("registration_access_tokens = { %q = %q }\nclient_configuration_uri_template = \"{registration_endpoint}/{client_id}\"", client.ID, client.Token)
			identity = strings.NewReplacer("ID", client.ID, "ISSUER", server.Issuer(), "URI", client.URI).Replace(identity)
			x.Configure(provider, "import {\n  to = "+clientType+".c\n  identity = { "+identity+" }\n}\n")
			x.Must("plan", "-no-color", "-generate-config-out=generated.tf")
			containsAll(t, oneLine(x.Apply()), "1 imported, 0 added, 0 changed, 0 destroyed")
			x.Quiet()
			x.holds(server)
			sends(t, server, "")
		})
	}
}

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

// Another client in a client's place, in Terraform's own order, and one of two clients only.
func TestReplaceAndTarget(t *testing.T) {
	for name, c := range map[string]struct{ lifecycle, order string }{
		"as it is":              {"", "DELETE POST"},
		"create_before_destroy": {"lifecycle { create_before_destroy = true }", "POST DELETE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			x, provider := applied(t, server, c.lifecycle)
			first := server.Clients()[0]
			x.Must(append(tftest.TerminalApply[:3:3], "-replace="+clientType+".c")...)
			sends(t, server, c.order)
			if clients := server.Clients(); len(clients) != 1 || clients[0].ID == first.ID {
				t.Errorf("%d clients, first %s", len(clients), clients[0].ID)
			}
			x.holds(server)
			x.Quiet()
			more := fmt.Sprintf(one, "App 2", c.lifecycle) + "\n" + strings.ReplaceAll(fmt.Sprintf(one, "Other", ""), `"c"`, `"other"`)
			x.Configure(provider, more)
			server.ResetLog()
			x.Must(append(tftest.TerminalApply[:3:3], "-target="+clientType+".other")...)
			sends(t, server, "POST")
			x.holds(server)
			x.Must(append(tftest.TerminalDestroy[:3:3], "-target="+clientType+".other")...)
			sends(t, server, "POST DELETE")
			x.holds(server)
			x.Apply()
			x.Quiet()
			x.holds(server)
		})
	}
}

// The deletion after a replacement fails: the old client is deposed, refreshed as any, and deleted by the next apply.
func TestDeposed(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, "lifecycle { create_before_destroy = true }")
	first := server.Clients()[0]
	x.Configure(provider+"max_retries = 0\n", fmt.Sprintf(one, "App", "lifecycle { create_before_destroy = true }"))
	server.ForceStatus(fakeop.OpDelete, 500)
	out, code := x.Try("apply", "-auto-approve", "-no-color", "-replace="+clientType+".c")
	if code == 0 || len(server.Clients()) != 2 {
		t.Errorf("exit code %d, %d clients", code, len(server.Clients()))
	}
	containsAll(t, out, "Client not deregistered", first.ID)
	server.ResetLog()
	x.Must("apply", "-refresh-only", "-auto-approve", "-no-color")
	sends(t, server, "")
	x.Apply()
	sends(t, server, "DELETE")
	if _, ok := server.Client(first.ID); ok {
		t.Error("the old client is left")
	}
	x.Quiet()
	x.holds(server)
}

// An initial access token from a sensitive or an ephemeral variable, for the provider or for one client. It is not needed afterwards.
func TestTokenFromVariables(t *testing.T) {
	for _, kind := range []string{"sensitive", "ephemeral"} {
		for _, at := range []string{"provider", "resource"} {
			t.Run(kind+" for the "+at, func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{InitialAccessTokens: map[string]int{"canary-single-use": 1}}
				server.Start(t)
				x := newTerminal(t)
				provider, more := settings(t, server, false), ""
				if at == "provider" {
					provider += "initial_access_token = var.iat"
				} else {
					more = "initial_access_token = var.iat"
				}
				x.Configure(provider, fmt.Sprintf("variable \"iat\" {\n  type = string\n  default = null\n  %s = true\n}\n", kind)+fmt.Sprintf(one, "App", more))
				x.Setenv("TF_VAR_iat", "canary-single-use")
				x.Must("plan", "-no-color", "-out=plan")
				out := x.Must("apply", "-no-color", "plan")
				x.holds(server)
				x.Setenv("TF_VAR_iat", "canary-another")
				out += x.Quiet()
				containsNone(t, out, "canary-")
				state, err := os.ReadFile(filepath.Join(x.Dir, "terraform.tfstate"))
				if err != nil || strings.Contains(string(state), "canary-") {
					t.Errorf("%v, or the state has the token", err)
				}
				if kind == "ephemeral" {
					x.spills("canary-single-use", "canary-another")
				}
				x.Must(tftest.TerminalDestroy...)
				if n := len(server.Clients()); n != 0 {
					t.Errorf("%d clients are left", n)
				}
			})
		}
	}
}
