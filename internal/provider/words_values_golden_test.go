// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// valueDiagnostics has what is said of values that the validation of an attribute alone does not meet: of the content of a text, of what
// the environment has, of one setting beside another, and of what a server shows.
func valueDiagnostics() map[string][]diag.Diagnostic {
	all := map[string][]diag.Diagnostic{"a URL with a fragment": {unusableURL(path.Root("registration_endpoint"), "https://as.example.com/#canary", checkAddress("https://as.example.com/#canary", false))}}
	for _, scope := range []string{" ", "canary,openid", "two  spaces"} {
		all["scope"] = append(all["scope"], oddScope(path.Root("client_credentials").AtName("scopes").AtListIndex(0), scope)...)
	}
	for _, text := range []string{
		" \n", "-----BEGIN PRIVATE KEY-----\ncanary", "https://as.example.com/canary", "eyJhbGciOiJub25lIn0.canary.", "canary", "{\"keys\": [],\n}", `{"keys":[,1]}`, `{'keys':[]}`, `{keys:[]}`, "{ // canary\n}",
		`{"a":"canary"` + "\n" + `"b":1}`, "{\"a\":\"canary\n\"}", `{"a":"canary`, `{} canary`, `{"a":01}`, strings.Repeat(`{"a":`, 200),
	} {
		_, err := decodeJSON(metadata.JWKSet, text)
		all["jwks"] = append(all["jwks"], malformedProblem(&malformed{"jwks", err}))
	}
	for _, text := range []string{
		"canary", `{"a":`, `{"a":"b"} canary`, `[]`, `{"": "canary"}`, `{"a": "canary", "a": "canary"}`, `{"canary": 7}`, `{"canary": ""}`, `{"canary": "two words"}`,
	} {
		_, wrong := readTokens(text)
		all["tokens of the environment"] = append(all["tokens of the environment"], wrong...)
	}
	for _, m := range []clientCredentialsModel{
		{ClientID: types.StringValue("")},
		{Method: types.StringValue(methodPrivateKey), PrivateKey: types.StringValue("")},
		{Method: types.StringValue(methodPost), ClientSecret: types.StringValue("")},
		{ClientSecret: types.StringValue(""), PrivateKey: types.StringValue("")},
		{Method: types.StringValue(methodPrivateKey), PrivateKey: types.StringValue("canary")},
	} {
		all["client_credentials"] = append(all["client_credentials"], m.validate()...)
	}
	for _, number := range []any{json.Number("canary"), json.Number("1e999999999"), 7} {
		_, err := dynamic(number)
		all["shown"] = append(all["shown"], notShownProblem(exampleClient, []*malformed{{"x_limit", err}}, func(string) bool { return true }))
	}
	for _, record := range []string{`{"canary"`, `{} {}`, `{}`, `{"v":9999}`, `""`, `"~canary"`, `{"v":"canary"}`, `{canary}`} {
		_, err := reconcile.Unpack([]byte(record))
		all["record"] = append(all["record"], recordUnreadable(err))
	}
	age, _ := metadata.Lookup("default_max_age")
	_, broken := parameterValue(age, json.Number("1.5"))
	_, long := parameterValue(age, json.Number("1e30"))
	_, unopened := open(tftypes.NewValue(tftypes.Object{}, nil))
	all["shown"] = append(all["shown"], notShownProblem(exampleClient, []*malformed{{age.Name, broken}}, func(string) bool { return true }), notShownProblem(exampleClient, []*malformed{{"x_limit", long}, {age.Name, long}}, func(string) bool { return true }),
		notShownProblem(exampleClient, []*malformed{{"x_limit", long}, {age.Name, long}}, func(string) bool { return false }),
		notShownProblem(exampleClient, []*malformed{{"x_limit", long}, {age.Name, broken}}, func(member string) bool { return member == age.Name }),
		notShownProblem(exampleClient, []*malformed{{attrLocalized, unopened}}, func(string) bool { return false }), unreadable("Plan", unopened))
	return all
}
