// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// canaryNumber is in numbers that must not be printed.
const canaryNumber = 731625498

// extensionValues are values of a vendor's member whose name says nothing of secrets.
var extensionValues = map[string]any{
	"x_text":    canaryText,
	"x_long":    strings.Repeat("a ", 300) + canaryText,
	"x_number":  canaryNumber,
	"x_words":   "first " + canaryText + " last",
	"x_list":    []any{"a", canaryText, "b"},
	"x_numbers": []any{1, canaryNumber},
	"x_object":  attrs{"a": canaryText, canaryText: true},
	"x_deep":    attrs{"a": []any{attrs{"b": canaryText, "c": canaryNumber}}},
	"x_url":     "https://" + canaryText + ".example.com/" + canaryText,
	"x_json":    `{"a":"` + canaryText + `"}`,
	"x_any#ja":  canaryText,
}

// distortions are what a server makes of a value: each may leave a part of it as it was.
var distortions = map[string]func(any) any{
	"another":    func(any) any { return "another" },
	"nothing":    func(any) any { return nil },
	"a number":   func(any) any { return 7 },
	"a list":     func(v any) any { return []any{v} },
	"an object":  func(v any) any { return map[string]any{"value": v} },
	"as text":    func(v any) any { text, _ := json.Marshal(v); return string(text) },
	"upper case": func(v any) any { text, _ := json.Marshal(v); return strings.ToUpper(string(text)) },
	"fewer": func(v any) any {
		if list, ok := v.([]any); ok {
			return list[1:]
		}
		return v
	},
	"more": func(v any) any {
		switch v := v.(type) {
		case []any:
			return append(slices.Clone(v), "more")
		case map[string]any:
			out := map[string]any{"more": 1}
			for name, e := range v {
				out[name] = e
			}
			return out
		case string:
			return v + " and more"
		}
		return v
	},
}

// canariesOf are the canaries in the values of some members.
func canariesOf(asked attrs) []string {
	all, _ := json.Marshal(asServer(asked))
	return slices.DeleteFunc([]string{canaryText, strconv.Itoa(canaryNumber)}, func(canary string) bool { return !strings.Contains(string(all), canary) })
}

// What a server makes of a vendor's member is told without a part of its value, the configured one and what came of it: it may come from
// a sensitive variable, which Terraform tells no provider. That holds for each kind of a substitution, with strict and without, for
// changes at the server, and for the server's own words where it refuses a request.
func TestValuesOfMembersAreNotTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(extensionValues))), 1, 4, rapid.ID).Draw(t, "members")
		asked := attrs{}
		for _, name := range names {
			asked[name] = extensionValues[name]
		}
		distort := distortions[rapid.SampledFrom(slices.Sorted(maps.Keys(distortions))).Draw(t, "distortion")]
		op := &fakeop.Server{Extensions: names}
		changed := map[string]any{}
		for _, name := range names {
			changed[name] = distort
		}
		refusal := rapid.SampledFrom([]fakeop.Answer{
			{Status: http.StatusBadRequest, Body: `{"error":"invalid_client_metadata","error_description":"` + canaryText + ` and 731625498 are refused"}`},
			{Status: http.StatusBadRequest, Body: `{"error":"` + canaryText + `"}`},
			{Status: http.StatusUnprocessableEntity, Body: `{"detail":[{"loc":["body","` + names[0] + `","` + canaryText + `"],"msg":"` + canaryText + `"}]}`},
			{Status: http.StatusForbidden, MediaType: "text/plain", Body: "no " + canaryText + " or 731625498"},
			{Status: http.StatusInternalServerError, MediaType: "text/html", Body: "<title>" + canaryText + "</title>"},
			{Status: http.StatusConflict, Body: `{"error":"conflict","error_description":"There is a client with ` + names[0] + ` ` + canaryText + ` already"}`},
			{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token", error_description="` + canaryText + `"`}}},
			{Status: http.StatusFound, Header: http.Header{"Location": {"https://x.example.com/" + canaryText}}},
		}).Draw(t, "refusal")
		kind := rapid.SampledFrom([]string{"substituted", "read otherwise", "dropped", "hidden", "kept", "drifted", "refused", "refused later", "one client"}).Draw(t, "kind")
		switch kind {
		case "substituted":
			op.Faults.Substitute = changed
		case "read otherwise":
			op.Faults.ShowOnRead = changed
		case "dropped":
			op.Faults.Drop = names
		case "hidden":
			op.Faults.DropOnRead = names
		case "kept":
			op.Faults.UpdateMerges = true
		case "refused":
			op.Faults.Registration.Calls = fakeop.Always(refusal)
		case "one client":
			op.Faults.SameMetadataSameClient = true
		}
		op.Start(t)
		r := newRig(t, op)
		if err := r.Start(attrs{"issuer": op.Issuer(), "strict": rapid.Bool().Draw(t, "strict"), "max_retries": 0}); err != nil {
			t.Fatalf("%v", err)
		}
		config := attrs{"redirect_uris": []string{"https://a.example.com/"}, "extension_metadata": asked, "token_endpoint_auth_method": "none"}
		clients := map[string]attrs{theClient: config}
		if kind == "one client" {
			clients["b"] = config
		}
		_ = r.Apply(clients) // in a strict configuration it fails
		switch kind {
		case "drifted":
			for _, name := range names {
				op.SetMember(r.Text(theClient, "client_id"), name, distort(asServer(asked[name])))
			}
			_, _ = r.Plan(clients)
		case "refused later":
			everywhere := fakeop.Faults{}
			everywhere.Reading.Calls, everywhere.Updating.Calls, everywhere.Deletion.Calls = fakeop.Always(refusal), fakeop.Always(refusal), fakeop.Always(refusal)
			op.SetFaults(everywhere)
			_, _ = r.Plan(clients)
			clients[theClient] = config.With(attrs{"refresh": "never"})
		}
		clients[theClient] = clients[theClient].With(attrs{"client_name": "App"})
		_ = r.Apply(clients)
		if kind != "refused" { // a server cannot repeat what it was not sent
			clients[theClient] = clients[theClient].With(attrs{"extension_metadata": nil})
			_ = r.Apply(clients)
		}
		_ = r.Destroy()
		for _, d := range r.Told() {
			for _, canary := range canariesOf(asked) {
				if strings.Contains(strings.ToLower(d.Summary+d.Detail), canary) {
					t.Errorf("%s prints a value of the configuration: %s\n%s", kind, d.Summary, d.Detail)
				}
			}
		}
	})
}

// textDistortions are what a server makes of a text of a parameter that the standards have.
var textDistortions = map[string]func(string) string{
	"upper case": strings.ToUpper, "slash": func(s string) string { return s + "/" }, "more": func(s string) string { return "x" + s + "x" },
	"cut": func(s string) string { return s[:len(s)-1] }, "begun later": func(s string) string { return s[1:] }, "twice": func(s string) string { return s + s },
	"another port":   func(s string) string { return strings.Replace(s, ".example.com/", ".example.com:8443/", 1) },
	"another scheme": func(s string) string { return strings.Replace(s, "https:", "http:", 1) + " x" },
	"another host":   func(s string) string { return strings.Replace(s, "https://", "https://y", 1) + "?a=b" },
}

// Nor is a text printed that is configured for a parameter of the standards: what is told is what the server has of its own, and in which
// way it differs.
func TestConfiguredTextsAreNotTold(t *testing.T) {
	texts := map[string]any{
		"client_name": canaryText, "client_uri": "https://www.example.com/" + canaryText, "software_id": canaryText, "software_version": "1 " + canaryText,
		"scope": "openid " + canaryText, "contacts": []any{canaryText, "a@example.com"}, "redirect_uris": []any{"https://a.example.com/", "https://a.example.com/" + canaryText},
		"default_acr_values": []any{canaryText}, "initiate_login_uri": "https://www.example.com/" + canaryText,
	}
	rapid.Check(t, func(t *rapid.T) {
		distort := textDistortions[rapid.SampledFrom(slices.Sorted(maps.Keys(textDistortions))).Draw(t, "distortion")]
		beside := rapid.Bool().Draw(t, "beside")
		config, changed := attrs{"redirect_uris": []string{"https://a.example.com/"}, "token_endpoint_auth_method": "none"}, map[string]any{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(texts))), 1, 4, rapid.ID).Draw(t, "parameters") {
			config[name] = texts[name]
			changed[name] = func(v any) any {
				switch v := v.(type) {
				case string:
					return distort(v)
				case []any:
					last, _ := v[len(v)-1].(string)
					if v[0] == canaryText {
						last = canaryText
					}
					out := []any{distort(last)}
					if beside {
						out = append(out, "https://own.example.com/")
					}
					return out
				}
				return v
			}
		}
		op := &fakeop.Server{Faults: fakeop.Faults{Substitute: changed, UpdateMerges: true}}
		op.Start(t)
		r := newRig(t, op)
		if err := r.Start(attrs{"issuer": op.Issuer(), "strict": rapid.Bool().Draw(t, "strict"), "max_retries": 0}); err != nil {
			t.Fatalf("%v", err)
		}
		_ = r.Apply(map[string]attrs{theClient: config}) // in a strict configuration it fails
		_ = r.Apply(map[string]attrs{theClient: {"redirect_uris": []string{"https://b.example.com/"}, "token_endpoint_auth_method": "none"}})
		if len(r.Told()) == 0 {
			t.Fatalf("nothing was told: the test shows nothing")
		}
		for _, d := range r.Told() {
			if text := strings.ToLower(d.Summary + d.Detail); strings.Contains(text, canaryText[1:len(canaryText)-1]) {
				t.Errorf("a value of the configuration is printed: %s\n%s", d.Summary, d.Detail)
			}
		}
	})
}
