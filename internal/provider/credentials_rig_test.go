// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// journalAt is the provider setting of a journal in a folder of the test's own.
func journalAt(t *testing.T) attrs {
	t.Helper()
	return attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}}
}

// holds wants that the state has the credentials that the server has in force.
func (r *subject) holds() {
	r.t.Helper()
	client, ok := r.op.Client(r.id())
	if !ok {
		r.t.Fatalf("the server has no client %q", r.id())
	}
	for name, want := range map[string]string{
		"registration_access_token": client.Token, "client_secret": client.Secret, "registration_client_uri": client.URI,
	} {
		if got := r.Text(name); got != want {
			r.t.Errorf("%s is %q, in force is %q", name, got, want)
		}
	}
	if at := r.Value("client_secret_expires_at"); !client.SecretExpiresAt.IsZero() && !at.Equal(tftypes.NewValue(tftypes.Number, client.SecretExpiresAt.Unix())) {
		r.t.Errorf("client_secret_expires_at is %s, in force is %d", at, client.SecretExpiresAt.Unix())
	}
}

// keeps wants that the state has the token and the secret that the server has in force, in attributes or, unproven, in private state: no
// request has used them yet.
func (r *subject) keeps() {
	r.t.Helper()
	client, ok := r.op.Client(r.id())
	if !ok {
		r.t.Fatalf("the server has no client %q", r.id())
	}
	for name, want := range map[string]string{"registration_access_token": client.Token, "client_secret": client.Secret} {
		if got := r.Text(name); got != want && !tftest.InPrivate(r.Private, name, want) {
			r.t.Errorf("%s is %q, in force is %q, which is not in private state either", name, got, want)
		}
	}
}

// tells wants a diagnostic since begin, by its line in told, and returns all details.
func (r *subject) tells(line string) string {
	r.t.Helper()
	if !slices.ContainsFunc(r.told(), func(s string) bool { return strings.Contains(s, line) }) {
		r.t.Errorf("nothing says %q; there is\n%s", line, strings.Join(r.told(), "\n"))
	}
	return r.details()
}

// silent wants no diagnostic since begin.
func (r *subject) silent() {
	r.t.Helper()
	if told := r.told(); len(told) > 0 {
		r.t.Errorf("there are diagnostics:\n%s", strings.Join(told, "\n"))
	}
}

// failing runs a step that must fail, and returns its error's text.
func (r *subject) failing(step func() error) string {
	r.t.Helper()
	r.Begin()
	err := step()
	if err == nil {
		r.t.Fatal("there is no error")
	}
	return err.Error()
}

// app is a client with a secret that signs users in, service one that does without.
var (
	app     = attrs{"client_name": "App", "redirect_uris": []string{"https://app.example.com/cb"}}
	renamed = app.With(attrs{"client_name": "App 2"})
	service = attrs{"client_name": "Job", "grant_types": []string{"client_credentials"}, "response_types": []string{}}
)

func containsAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func containsNone(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if part != "" && strings.Contains(text, part) {
			t.Errorf("%q is in\n%s", part, text)
		}
	}
}

// tellsNot wants no diagnostic since begin with that line.
func (r *subject) tellsNot(line string) {
	r.t.Helper()
	if slices.ContainsFunc(r.told(), func(s string) bool { return strings.Contains(s, line) }) {
		r.t.Errorf("something says %q:\n%s", line, strings.Join(r.told(), "\n"))
	}
}

// replaced is a state with another text in an attribute.
func replaced(t *testing.T, state tftypes.Value, attribute, text string) tftypes.Value {
	t.Helper()
	all := map[string]tftypes.Value{}
	if err := state.As(&all); err != nil {
		t.Fatal(err)
	}
	all[attribute] = tftypes.NewValue(tftypes.String, text)
	return tftypes.NewValue(state.Type(), all)
}
