// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A parameter that a server refuses is told on its attribute, in whichever form the server writes its refusals, at a registration and
// at an update. What names no parameter is told without one, and no hint claims more than the answer does.
func TestRefusedMemberLandsOnItsAttribute(t *testing.T) {
	t.Parallel()
	const first, whole = "error redirect_uris[0]", "error redirect_uris"
	long := "redirect_uris must be https\n" + strings.Repeat("internal stack of the server ", 100)
	for name, c := range map[string]struct {
		media, body string
		at          string
		says        string
		not         string
	}{
		"FastAPI":         {"", `{"detail":[{"type":"url_scheme","loc":["body","redirect_uris",0],"msg":"URL scheme should be https","input":"canary"}]}`, first, "redirect_uris is refused: URL scheme should be https", "canary"},
		"Django":          {"", `{"redirect_uris":["Enter a valid URL."]}`, whole, "redirect_uris is refused: Enter a valid URL.", ""},
		"Zod":             {"", `{"success":false,"error":{"issues":[{"code":"invalid","path":["redirect_uris",0],"message":"Invalid url"}],"name":"ZodError"}}`, first, "redirect_uris is refused: Invalid url", "ZodError"},
		"ajv":             {"", `[{"instancePath":"/redirect_uris/0","keyword":"format","message":"must match format \"uri\""}]`, first, `must match format "uri"`, ""},
		"Problem Details": {"application/problem+json", `{"title":"Bad","errors":[{"detail":"must be https","pointer":"#/redirect_uris/0"}]}`, first, "redirect_uris is refused: must be https", ""},
		"OAuth":           {"", `{"error":"invalid_redirect_uri","error_description":"http is not allowed"}`, whole, "http is not allowed", ""},
		"text":            {"text/plain", long, whole, "redirect_uris must be https", "internal stack of the server internal stack"},
		"HTML":            {"text/html", `<html><head><title>Invalid redirect_uris</title></head><body>canary</body></html>`, whole, "Invalid redirect_uris", "canary"},
		"no member":       {"", `{"error":"invalid_client_metadata","error_description":"not today"}`, "error", "not today", "redirect_uris is refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := fakeop.Answer{Status: 400, MediaType: c.media, Body: c.body}
			r := newSubject(t, &fakeop.Server{}, nil)
			check := func(summary string, err error) {
				t.Helper()
				if err == nil {
					t.Fatal("the apply succeeds")
				}
				if got, want := r.told(), c.at+": "+summary; len(got) != 1 || got[0] != want {
					t.Errorf("diagnostics %q, want %q\n%s", got, want, r.details())
				}
				r.wantSays("Server said:", ": 400", c.says)
				if all := r.details(); c.not != "" && strings.Contains(all, c.not) {
					t.Errorf("%q is told:\n%s", c.not, all)
				}
			}
			r.op.Force(fakeop.OpRegister, answer)
			check("Client not registered", r.TryApply(secured()))
			r.Apply(secured())
			for range 4 { // each form of the update
				r.op.Force(fakeop.OpUpdate, answer)
			}
			check("Client not updated", r.TryApply(secured().With(attrs{"client_name": "App 2"})))
		})
	}
}

// Whatever the kind of the parameter, its refusal is told on the attribute or the element that the configuration has it in.
func TestRefusalOfAnyKindOfMember(t *testing.T) {
	t.Parallel()
	config := secured().With(attrs{
		"redirect_uris": []string{"https://app.example.com/a", "https://app.example.com/b"}, "localized": attrs{"de": attrs{"client_name": "Laden"}},
		"extension_metadata": map[string]any{"x_vendor": map[string]any{"limits": []any{1}}}, "scope": "openid", "contacts": []string{"a@example.com"},
	})
	for name, c := range map[string]struct{ body, at string }{
		"an element":       {`{"detail":[{"loc":["body","redirect_uris",1],"msg":"no"}]}`, "error redirect_uris[1]"},
		"in camelCase":     {`{"errors":[{"field":"redirectUris[1]","defaultMessage":"no"}]}`, "error redirect_uris[1]"},
		"in a sentence":    {`{"error":"invalid_client_metadata","error_description":"redirect_uris[1] is refused"}`, "error redirect_uris[1]"},
		"a language":       {`{"errors":[{"path":"client_name#DE","message":"no"}]}`, `error localized["de"]`},
		"an extension":     {`[{"instancePath":"/x_vendor/limits/0","message":"no"}]`, "error extension_metadata"},
		"a string":         {`{"scope":["This value is refused."]}`, "error scope"},
		"an index of it":   {`{"issues":[{"path":["scope",0],"message":"no"}]}`, "error scope"},
		"one beyond":       {`{"issues":[{"path":["redirect_uris",7],"message":"no"}]}`, "error redirect_uris[7]"},
		"not configured":   {`{"invalid-params":[{"name":"logo_uri","reason":"is required"}]}`, "error logo_uri"},
		"one nobody has":   {`{"errors":[{"field":"tenant","message":"is required"}]}`, "error extension_metadata"},
		"two of them":      {`{"detail":[{"loc":["body","contacts",0],"msg":"no"},{"loc":["body","scope"],"msg":"no"}]}`, "error contacts[0], error scope"},
		"what is nobody's": {`{"errors":[{"path":"client_id","message":"no"}]}`, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Extensions: []string{"x_vendor"}}, nil)
			r.op.Force(fakeop.OpRegister, fakeop.Answer{Status: 400, Body: c.body})
			if err := r.TryApply(config); err == nil {
				t.Fatal("the apply succeeds")
			}
			got := strings.ReplaceAll(strings.Join(r.told(), ", "), ": Client not registered", "")
			if got != c.at {
				t.Errorf("told on %q, want %q\n%s", got, c.at, r.details())
			}
			if strings.HasPrefix(c.at, "error localized") {
				containsAll(t, r.details(), "client_name#de is refused")
			}
		})
	}
}

// A server that registers fifteen parameters and shows none of them is one warning, which lists them.
func TestParametersThatAreNotShownAreOneWarning(t *testing.T) {
	t.Parallel()
	config := secured().With(attrs{
		"client_uri": "https://app.example.com", "logo_uri": "https://app.example.com/logo.png", "policy_uri": "https://app.example.com/policy",
		"tos_uri": "https://app.example.com/tos", "contacts": []string{"a@example.com"}, "default_max_age": 3600, "require_auth_time": true,
		"software_id": "app", "software_version": "1.0", "initiate_login_uri": "https://app.example.com/login",
		"organization_name": "Example", "backchannel_logout_uri": "https://app.example.com/back",
		"frontchannel_logout_uri": "https://app.example.com/front", "default_acr_values": []string{"urn:mace:incommon:iap:silver"},
		"request_uris": []string{"https://app.example.com/request"},
	})
	hidden := []string{
		"backchannel_logout_uri", "client_uri", "contacts", "default_acr_values", "default_max_age", "frontchannel_logout_uri", "initiate_login_uri", "logo_uri",
		"organization_name", "policy_uri", "request_uris", "require_auth_time", "software_id", "software_version", "tos_uri",
	}
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Drop: hidden}}, nil)
	r.Apply(config)
	if got := r.told(); len(got) != 1 || got[0] != "warning: Server does not show some parameters" {
		t.Errorf("diagnostics %q", got)
	}
	r.wantSays("of 15 parameters")
	for _, member := range hidden {
		r.wantSays("- " + member + ": asked for")
	}
	r.WantEmpty(config)
	r.wantQuiet()
}

// What a server puts in the place of a parameter's name is told as far as it was sent, or a standard has it: a language tag may be a withheld value, and a name
// of the configuration is told whole, though a withheld value is a word of it.
func TestRefusedMemberIsNamedAsItWasSent(t *testing.T) {
	t.Parallel()
	const canary = "c4nary7q"
	names := attrs{"extension_metadata": attrs{"x_text": canary, "x_policy": 1, "x_kind": "policy", "x_tag": "de-at"}, "localized": attrs{"de-AT": attrs{"client_name": "Anwendung"}}}
	for member, want := range map[string]string{
		"client_name#" + canary: "client_name#", "client_name": "client_name is refused: ", "client_name#de-AT": "client_name#de-AT is refused: ", "x_policy": "x_policy is refused: ",
	} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			answer := fakeop.Answer{Status: 400, Body: `{"errors":{"` + member + `":["is bad"]}}`}
			tells := func(err error) {
				t.Helper()
				if err == nil {
					t.Fatal("no error")
				}
				containsAll(t, err.Error()+r.details(), want)
				containsNone(t, err.Error()+r.details(), canary)
			}
			r.op.Force(fakeop.OpRegister, answer)
			tells(r.TryApply(app.With(names)))
			r.Apply(app.With(names))
			refuses := fakeop.Faults{}
			refuses.Updating.Calls = fakeop.Always(answer)
			r.op.SetFaults(refuses)
			tells(r.TryApply(renamed.With(names)))
		})
	}
}
