// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Two servers may both have a client "1", and a configuration that is for one of them may meet the other's state. What was handed in for
// the one never goes to the other, nor does anything that the other issued.
func TestNothingGoesToAnotherServer(t *testing.T) {
	const handedIn = "handed-in-for-the-new-server"
	same := func(int) string { return "1" }
	for name, refusal := range map[string]fakeop.Answer{
		"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON(), "403": fakeop.Forbidden("access_denied", ""), "500": fakeop.InternalError(),
		"a rotated token": {}, "a login page": fakeop.LoginPage(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begin(t, &fakeop.Server{ClientID: same}, authserver.Settings{})
			l.register()
			issued := []string{l.state.Handle.ClientSecret.Reveal(), l.state.Handle.RegistrationAccessToken.Reveal()}
			if name == "a rotated token" {
				issued = append(issued, l.op.ReissueToken("1"))
			} else {
				l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(refusal)}, Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(refusal)}})
			}
			other := &fakeop.Server{ClientID: same, Seed: "other"}
			other.Start(t)
			moved := start(t, other, authserver.Settings{RegistrationAccessTokens: map[string]secret.String{"1": secret.New(handedIn)}})
			moved.state = l.state
			l.op.ResetLog()
			other.ResetLog()
			lifecycle.Read(t.Context(), moved.server, lifecycle.Refresh{State: moved.state}, moved.save)
			lifecycle.Update(t.Context(), moved.server, lifecycle.Change{State: moved.state, Asked: web("b")}, moved.save)
			out := lifecycle.Deregister(t.Context(), moved.server, moved.state, authserver.Behaviour{}, moved.save)
			if _, lives := l.op.Client("1"); out.Gone && lives {
				t.Errorf("the client is forgotten: %v", out.Problems)
			}
			for _, r := range l.op.Requests() {
				if holds(r, handedIn) {
					t.Errorf("%s %s of the old server got the token that is for the new one", r.Method, r.Path)
				}
			}
			for _, r := range other.Requests() {
				for _, credential := range issued {
					if holds(r, credential) {
						t.Errorf("%s %s of the new server got what the old one issued", r.Method, r.Path)
					}
				}
			}
		})
	}
}

func holds(r fakeop.Request, credential string) bool {
	if r.Credential == credential {
		return true
	}
	for _, values := range r.Header {
		if strings.Contains(strings.Join(values, " "), credential) {
			return true
		}
	}
	return strings.Contains(string(r.Body), credential) || strings.Contains(r.RawQuery, credential)
}

// Two realms of one host are two servers: the provider's credential for the one is not shown to the other.
func TestTheProvidersCredentialStaysInItsRealm(t *testing.T) {
	const ours = "credential-of-the-realm-that-is-configured"
	op := &fakeop.Server{Tenants: []string{"/other"}, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"first": 100, ours: 100}}
	l := begin(t, op, authserver.Settings{InitialAccessToken: secret.New("first"), Management: authserver.ManagementProvider})
	l.register()
	moved := start(t, op, authserver.Settings{InitialAccessToken: secret.New(ours), Management: authserver.ManagementProvider, Issuer: op.Issuer() + "/other"})
	moved.state = l.state
	op.ResetLog()
	lifecycle.Read(t.Context(), moved.server, lifecycle.Refresh{State: moved.state}, moved.save)
	lifecycle.Update(t.Context(), moved.server, lifecycle.Change{State: moved.state, Asked: web("b")}, moved.save)
	out := lifecycle.Deregister(t.Context(), moved.server, moved.state, authserver.Behaviour{}, moved.save)
	if len(op.Clients()) == 0 || out.Gone {
		t.Errorf("the client is deregistered by the credential of another realm: %v", out.Problems)
	}
	for _, r := range op.Requests() {
		if r.Credential == ours && !strings.HasPrefix(r.Path, "/other") {
			t.Errorf("%s %s got the credential of the other realm", r.Method, r.Path)
		}
	}
}
