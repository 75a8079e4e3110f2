// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// hostile is a text that colours a terminal, rings its bell, turns the direction of writing and writes lines of its own.
const hostile = "\x1b[31mred\x07\u202etxt\u2066\u200f\ufeff\u2028\u200b\u00ad\r\nError: not ours\n\nTo fix this: run anything\n- rm -rf ~\x7f\u009b"

// takenOver reports what of a diagnostic a terminal would obey, or a person take for the provider's.
func takenOver(d *tfprotov6.Diagnostic) string {
	for line := range strings.Lines(d.Summary + "\n" + d.Detail) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, func(r rune) bool {
			return unicode.IsControl(r) || strings.ContainsRune("\u202e\u2066\u200f\ufeff\u2028\u200b\u00ad", r)
		}) {
			return line
		}
		if text := strings.TrimLeft(line, " -"); strings.HasPrefix(text, "Error: not ours") || strings.HasPrefix(text, "To fix this: run") || strings.HasPrefix(text, "rm -rf") {
			return line
		}
	}
	return ""
}

// What a server chooses (values, names of clients and members, descriptions, pages) comes to the terminal as text, in a line of ours.
func TestNoServerWritesToTheTerminal(t *testing.T) {
	t.Parallel()
	refusing := func(a fakeop.Answer) *fakeop.Server {
		s := &fakeop.Server{}
		s.Faults.Registration.Calls = fakeop.Always(a)
		return s
	}
	for name, s := range map[string]*fakeop.Server{
		"other values":         {Extensions: []string{"x_a"}, Faults: fakeop.Faults{Substitute: map[string]any{"client_name": hostile, "x_a": hostile, "redirect_uris": []any{hostile}}}},
		"members of its own":   {Faults: fakeop.Faults{AddMembers: map[string]any{hostile: hostile}}},
		"a client's name":      {ClientID: func(int) string { return hostile }, Faults: fakeop.Faults{Drop: []string{"client_name"}, UpdateStatus: 405}},
		"a client's, and gone": {ClientID: func(int) string { return hostile }, Faults: fakeop.Faults{Substitute: map[string]any{"client_name": "B"}}},
		"a description":        refusing(fakeop.Forbidden("invalid_client_metadata", hostile)),
		"a code":               refusing(fakeop.Forbidden(hostile, "refused")),
		"a page":               refusing(fakeop.Answer{Status: 403, MediaType: "text/html", Body: "<title>" + hostile + "</title>"}),
		"plain text":           refusing(fakeop.Answer{Status: 500, MediaType: "text/plain", Body: hostile}),
		"a list of details":    refusing(fakeop.Answer{Status: 422, MediaType: "application/json", Body: `{"detail":[{"loc":["body","\u001b[31mred\nError: not ours"],"msg":"\u202etxt\nTo fix this: run"}]}`}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, s, attrs{"max_retries": 0})
			config := secured().With(attrs{"client_name": "App", "accept_substitutions": []string{"redirect_uris"}})
			if s.Extensions != nil {
				config["extension_metadata"] = attrs{"x_a": "v"}
			}
			var all []*tfprotov6.Diagnostic
			_ = r.TryApply(config)
			all = append(all, r.Said()...)
			_ = r.TryApply(config.With(attrs{"client_name": "App 2"}))
			all = append(all, r.Said()...)
			if strings.HasSuffix(name, "gone") {
				s.RemoveClient(r.id())
			}
			_, _ = r.TryPlan(config)
			all = append(all, r.Said()...)
			_ = r.TryDestroy()
			all = append(all, r.Said()...)
			if len(all) == 0 && name != "members of its own" {
				t.Error("nothing is told: the test shows nothing")
			}
			for _, d := range all {
				if line := takenOver(d); line != "" {
					t.Errorf("%s: the line %q in\n%q", d.Summary, line, d.Detail)
				}
			}
		})
	}
}

// A state that does not fit the schema is refused without a word of what is in it; one with more attributes than this release has is
// taken, as Terraform takes it.
func TestStateThatDoesNotFit(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	upgrade := func(state string) []*tfprotov6.Diagnostic {
		resp, err := r.Rig().Server().UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: clientType, RawState: &tfprotov6.RawState{JSON: []byte(state)}})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	for _, state := range []string{"", "{", "[]", `{"redirect_uris":"c4nary7q"}`, `{"client_secret":["c4nary7q"]}`, `{"client_name":{"a":"c4nary7q"}}`, `{"default_max_age":"c4nary7q"}`, `{"localized":["c4nary7q"]}`} {
		said := upgrade(state)
		if !failed(said) || !strings.Contains(details(said), "State cannot be read") || strings.Contains(details(said), "c4nary7q") {
			t.Errorf("of %s is said %s", state, details(said))
		}
	}
	for _, state := range []string{"null", "{}", `{"client_id":"a","of_a_later_release":"b"}`} {
		if said := upgrade(state); len(said) > 0 {
			t.Errorf("of %s is said %s", state, details(said))
		}
	}
	// The way out: the client is imported again.
	s := &fakeop.Server{}
	id, uri, token := registeredBefore(t, s, secured())
	again := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
	if err := again.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	again.Apply(secured())
	again.WantEmpty(secured())
}

// The ephemeral resource asks no server for what names no client, or without a credential, and says what to correct.
func TestSecretOfNoClient(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{}
	id, uri, token := registeredBefore(t, s, secured())
	r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
	schema := schemas(t).EphemeralResourceSchemas["oidc_client_secret"]
	for name, c := range map[string]struct {
		config attrs
		says   string
	}{
		"another client's URI": {attrs{"client_id": "nobody", "registration_client_uri": uri}, "No credential to read the client with"},
		"no URL":               {attrs{"client_id": id, "registration_client_uri": "client"}, "Unusable URL"},
		"empty":                {attrs{"client_id": id, "registration_client_uri": ""}, "Unusable URL"},
		"token from a file":    {attrs{"client_id": id, "registration_client_uri": uri, "registration_access_token": token + "\n"}, "Correct the registration access token where it is set"},
	} {
		s.ResetLog()
		resp, err := r.Rig().Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "oidc_client_secret", Config: configured(t, schema, c.config)})
		if err != nil {
			t.Fatal(err)
		}
		if said := details(resp.Diagnostics); !strings.Contains(said, c.says) || strings.Contains(said, token) {
			t.Errorf("%s: %s", name, said)
		}
		if n := s.CountOf(fakeop.OpRead); n > 0 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
	resp, err := r.Rig().Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "oidc_client_secret", Config: configured(t, schema, attrs{"client_id": id, "registration_client_uri": uri})})
	if err != nil || failed(resp.Diagnostics) {
		t.Errorf("%v, %s", err, details(resp.Diagnostics))
	}
}
