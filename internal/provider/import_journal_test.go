// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// namings are the ways to name a client of a server in an import.
func namings(t *testing.T, s *fakeop.Server, id, uri string) map[string]*tfprotov6.ImportResourceStateRequest {
	t.Helper()
	by := func(named attrs) *tfprotov6.ImportResourceStateRequest {
		return &tfprotov6.ImportResourceStateRequest{Identity: identity(t, named)}
	}
	return map[string]*tfprotov6.ImportResourceStateRequest{
		"URI": {ID: uri}, "client_id": {ID: id},
		"the identity's URI": by(attrs{"registration_client_uri": uri}), "the identity's client_id": by(attrs{"client_id": id}),
		"the identity's issuer and client_id": by(attrs{"client_id": id, "issuer": s.Issuer()}), "the whole identity": by(attrs{"client_id": id, "issuer": s.Issuer(), "registration_client_uri": uri}),
	}
}

// namingTells reports whether a naming names the server of a client, so that the provider may be configured for another one.
func namingTells(by string) bool {
	return by == "the identity's issuer and client_id" || by == "the whole identity"
}

// An import block is read by each plan until an apply saves it, and where reads rotate the token only the journal has the one in
// force. It is found by whatever of the client the import names, also where that is of another server than the provider's.
func TestImportWhereReadsRotate(t *testing.T) {
	t.Parallel()
	for by := range namings(t, &fakeop.Server{}, "", "") {
		for _, away := range []bool{false, true} {
			if away && !namingTells(by) {
				continue
			}
			name := by
			if away {
				name += ", of another server"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s, home := &fakeop.Server{}, &fakeop.Server{Seed: "home"}
				id, uri, token := registeredBefore(t, s, secured())
				s.EditFaults(func(f *fakeop.Faults) { f.RotateTokenOnRead, f.RotateSecretOnRead = true, true })
				settings := attrs{"registration_access_tokens": attrs{uri: token}, "token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}, "max_retries": 0}
				config := secured()
				if away {
					home.Start(t)
					settings["issuer"], config["issuer"] = home.Issuer(), s.Issuer()
				}
				r := newSubject(t, s, settings)
				for plan := range 3 {
					// Each plan is a process of its own that begins without a state.
					r = newSubject(t, s, settings)
					if err := r.TryImport(namings(t, s, id, uri)[by]); err != nil {
						t.Fatalf("plan %d: %v", plan, err)
					}
					if p := r.Plan(config); r.anew(p) {
						t.Fatalf("plan %d replaces what was imported", plan)
					}
				}
				r.Apply(config)
				r.WantEmpty(config)
				if got := s.CurrentToken(id); r.Text("registration_access_token") != got {
					t.Error("the state has not got the token in force")
				}
				r.Destroy()
				if away && len(home.Log()) > 0 && home.CountOf(fakeop.OpRead) > 0 {
					t.Error("the provider's own server was asked for the client")
				}
			})
		}
	}
}
