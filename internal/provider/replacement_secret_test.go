// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client cannot be changed, and the answer about the one in its place masks the secret. The old client stays whole, the new one is named, and each
// way works.
func TestReplacementWithoutAKnownSecret(t *testing.T) {
	t.Parallel()
	changed := secured().With(attrs{"client_name": "App 2"})
	masked := fakeop.Answer{Edit: showing("client_secret", fakeop.Mask("********"))}
	for name, journal := range map[string]bool{"no journal": false, "journal": true} {
		for way, take := range map[string]func(*subject) error{
			"apply": func(r *subject) error { return r.TryApply(changed) },
			"apply -replace": func(r *subject) error {
				if err := r.TryDestroy(); err != nil {
					return err
				}
				return r.TryApply(changed)
			},
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				settings := attrs{}
				if journal {
					settings = journalAt(t)
				}
				r := newSubject(t, &fakeop.Server{Management: fakeop.ManagementOff}, settings)
				r.Apply(secured())
				id, known := r.id(), r.Text("client_secret")
				r.op.Force(fakeop.OpRegister, masked)
				r.start(settings)
				err := r.TryApply(changed)
				if err == nil || len(waysIn(err.Error())) != 2 {
					t.Fatalf("the ways are not named: %v", err)
				}
				if r.id() != id || r.Text("client_secret") != known {
					t.Error("the old client is not kept as it was")
				}
				said := ""
				for _, d := range r.Said() {
					said += d.Summary + d.Detail
				}
				for _, client := range r.op.Clients() {
					if client.ID != id && !strings.Contains(said, client.ID) {
						t.Errorf("client %s, which is left at the server, is not named", client.ID)
					}
				}
				r.start(settings)
				if err := take(r); err != nil {
					t.Fatalf("the way out does not work: %v", err)
				}
				if r.id() == id || r.Text("client_secret") != r.op.CurrentSecret(r.id()) {
					t.Error("the new client's secret is not the one in force")
				}
				r.WantEmpty(changed)
			})
		}
	}
}
