// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"strings"
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

// The one token of the environment is one client's: it is tried at no other client's URI, where a server may revoke it.
func TestImportTokenOfTheEnvironmentIsForOneClient(t *testing.T) {
	s := &fakeop.Server{}
	_, uri, token := registeredBefore(t, s, secured())
	maker := newSubject(t, s, nil)
	maker.Apply(secured().With(attrs{"client_name": "Other"}))
	other := maker.Text("registration_client_uri")
	t.Setenv("OIDC_REGISTRATION_ACCESS_TOKEN", token)
	r := newSubject(t, s, nil)
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	s.ResetLog()
	err := r.tryImport(other)
	if err == nil || !strings.Contains(err.Error(), "registration_access_tokens") {
		t.Errorf("the import of another client says %v", err)
	}
	if n := s.CountOf(fakeop.OpRead); n != 0 {
		t.Errorf("%d reads were sent with another client's token", n)
	}
	if err := r.tryImport(uri); err != nil {
		t.Errorf("the same client once more: %v", err)
	}
}
