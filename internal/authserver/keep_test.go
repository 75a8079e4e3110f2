// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A message names a client, also where its token has the client_id in its middle: as the state has it, and as an answer brings it.
func TestScrubNamesTheClient(t *testing.T) {
	const id, token = "5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11", "rat-5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11-9f8e7d6c5b4a"
	handle := reconcile.Handle{ClientID: id, RegistrationAccessToken: secret.New(token)}
	for name, know := range map[string]func(s *Server){
		"the state": func(s *Server) { s.Client(State{Handle: handle}) },
		"an answer": func(s *Server) { s.Client(State{}).SetCredentials(reconcile.Credentials{Known: handle}, nil) },
	} {
		s, problem := NewServer(Settings{}, Clock{}, nil)
		if problem != nil {
			t.Fatal(problem.Kind)
		}
		t.Cleanup(s.Close)
		know(s)
		if text := `registration_access_tokens = { "` + id + `" = var.registration_access_token }`; s.Scrub(text) != text {
			t.Errorf("%s: %q", name, s.Scrub(text))
		}
		if got := s.Scrub("it is " + token + " or …9f8e7d6c5b4a"); strings.Contains(got, "9f8e7d") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
