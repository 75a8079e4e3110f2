// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

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
