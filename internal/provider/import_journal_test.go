// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// An import block is read by each plan until an apply saves it, and where reads rotate the token only the journal has the one in
// force. It is found by the URI, too, of which alone an import by URI knows.
func TestImportWhereReadsRotate(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"URI", "client_id"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			id, uri, token := registeredBefore(t, s, secured())
			s.EditFaults(func(f *fakeop.Faults) { f.RotateTokenOnRead, f.RotateSecretOnRead = true, true })
			settings := attrs{"registration_access_tokens": attrs{id: token}, "token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}, "max_retries": 0}
			r := newSubject(t, s, settings)
			for plan := range 3 {
				// Each plan is a process of its own that begins without a state.
				r = newSubject(t, s, settings)
				if err := r.tryImport(map[string]string{"URI": uri, "client_id": id}[by]); err != nil {
					t.Fatalf("plan %d: %v", plan, err)
				}
				if p := r.Plan(secured()); r.anew(p) {
					t.Fatalf("plan %d replaces what was imported", plan)
				}
			}
			r.Apply(secured())
			r.WantEmpty(secured())
			if got := s.CurrentToken(id); r.Text("registration_access_token") != got {
				t.Error("the state has not got the token in force")
			}
			r.Destroy()
		})
	}
}
