// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// restartRig is a rig whose provider ends and starts again, as one process follows another, by a clock of the test's.
type restartRig struct {
	*rig
	p   *provider.Provider
	now func() time.Time
}

// newRestartRig starts the server and a provider for it.
func newRestartRig(t *testing.T, op *fakeop.Server, settings attrs) *restartRig {
	t.Helper()
	if op.URL() == "" {
		op.Start(t)
	}
	now := op.Clock
	if now == nil {
		now = func() time.Time { return fakeop.Epoch }
	}
	r := &restartRig{rig: &rig{t: t, op: op}, now: now}
	r.start(settings)
	t.Cleanup(func() { r.p.Close() })
	return r
}

// beside starts another process that has the same state.
func (r *restartRig) beside(settings attrs) *restartRig {
	r.t.Helper()
	other := &restartRig{rig: &rig{t: r.t, op: r.op, c: r.c}, now: r.now}
	other.start(settings)
	r.t.Cleanup(func() { other.p.Close() })
	return other
}

// start follows the process before, which ends in order; the state is kept.
func (r *restartRig) start(settings attrs) {
	r.t.Helper()
	if r.p != nil {
		r.p.Close()
	}
	r.p = provider.New("test").WithClock(authserver.Clock{Now: r.now})
	r.recorder = &tftest.Recorder{ProviderServer: r.p.Server()}
	schemas, err := tftest.Schemas(r.t.Context(), r.recorder)
	if err != nil {
		r.t.Fatal(err)
	}
	r.schema = schemas.ResourceSchemas[clientType]
	all := attrs{"issuer": r.op.Issuer()}.With(settings)
	drv, err := tftest.Start(r.t.Context(), r.recorder, tftest.Values(r.t, schemas.Provider.ValueType(), all))
	if err != nil {
		r.t.Fatalf("configuring the provider: %v", err)
	}
	old := r.c
	if r.c, err = drv.Resource(clientType); err != nil {
		r.t.Fatal(err)
	}
	r.drv = drv
	if old != nil {
		r.c.State, r.c.Private = old.State, old.Private
	}
}

// planned plans and saves nothing, as `terraform plan` does.
func (r *restartRig) planned(config attrs) *tftest.Plan {
	r.t.Helper()
	state, private := r.c.State, r.c.Private
	p := r.plan(config)
	r.c.State, r.c.Private = state, private
	return p
}

// journalAt is the provider setting of a journal in a folder of the test's own.
func journalAt(t *testing.T) attrs {
	t.Helper()
	return attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}}
}

// holds wants that the state has the credentials that the server has in force.
func (r *restartRig) holds() {
	r.t.Helper()
	client, ok := r.op.Client(r.id())
	if !ok {
		r.t.Fatalf("the server has no client %q", r.id())
	}
	for name, want := range map[string]string{
		"registration_access_token": client.Token, "client_secret": client.Secret, "registration_client_uri": client.URI,
	} {
		if got := r.c.Text(name); got != want {
			r.t.Errorf("%s is %q, in force is %q", name, got, want)
		}
	}
	if at := r.state("client_secret_expires_at"); !client.SecretExpiresAt.IsZero() && !at.Equal(tftypes.NewValue(tftypes.Number, client.SecretExpiresAt.Unix())) {
		r.t.Errorf("client_secret_expires_at is %s, in force is %d", at, client.SecretExpiresAt.Unix())
	}
}

// keeps wants that the state has the token and the secret that the server has in force, in attributes or, unproven, in private state: no
// request has used them yet.
func (r *restartRig) keeps() {
	r.t.Helper()
	client, ok := r.op.Client(r.id())
	if !ok {
		r.t.Fatalf("the server has no client %q", r.id())
	}
	for name, want := range map[string]string{"registration_access_token": client.Token, "client_secret": client.Secret} {
		if got := r.c.Text(name); got != want && !tftest.InPrivate(r.c.Private, name, want) {
			r.t.Errorf("%s is %q, in force is %q, which is not in private state either", name, got, want)
		}
	}
}

// tells wants a diagnostic since begin, by its line in told, and returns all details.
func (r *restartRig) tells(line string) string {
	r.t.Helper()
	if !slices.ContainsFunc(r.told(), func(s string) bool { return strings.Contains(s, line) }) {
		r.t.Errorf("nothing says %q; there is\n%s", line, strings.Join(r.told(), "\n"))
	}
	return r.details()
}

// silent wants no diagnostic since begin.
func (r *restartRig) silent() {
	r.t.Helper()
	if told := r.told(); len(told) > 0 {
		r.t.Errorf("there are diagnostics:\n%s", strings.Join(told, "\n"))
	}
}

// failing runs a step that must fail, and returns its error's text.
func (r *restartRig) failing(step func() error) string {
	r.t.Helper()
	r.begin()
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
func (r *restartRig) tellsNot(line string) {
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
