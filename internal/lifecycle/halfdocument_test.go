// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// half has the server name its registration endpoint in the second one of its metadata documents alone, and fail where that is asked for.
func half() fakeop.Faults {
	second := func(r *http.Request) bool { return strings.Contains(r.URL.Path, "oauth-authorization-server") }
	return fakeop.Faults{Discovery: fakeop.DiscoveryFaults{
		NoRegistrationEndpointIn: []string{"openid-configuration"}, Calls: []fakeop.CallFault{{Matches: second, Answer: fakeop.Answer{Status: http.StatusServiceUnavailable}}},
	}}
}

// Half of a server's metadata does not say that an endpoint which it lacks is another server's: nothing is registered there without the provider's credential.
func TestHalfADocumentMakesNoServerForeign(t *testing.T) {
	const admin = "credential-of-the-provider"
	for _, management := range []string{authserver.ManagementAuto, authserver.ManagementProvider} {
		op := &fakeop.Server{Faults: half(), AdminToken: admin} // registration is open to everyone
		s := authserver.Settings{InitialAccessToken: secret.New(admin), Management: management}
		l := begin(t, op, s)
		register := func() outcome.Outcome {
			return lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Place: authserver.Place{RegistrationEndpoint: op.RegistrationEndpoint()}, Asked: web("a")}, l.save)
		}
		if out := register(); !out.Has(outcome.NotRegistered) || op.CountOf(fakeop.OpRegister) != 0 || !strings.Contains(kinds(out.Problems), string(outcome.OwnServerUnknown)) {
			t.Errorf("%s: %d clients: %s", management, len(op.Clients()), kinds(out.Problems))
		}
		whole := half()
		whole.Discovery.Calls = nil
		op.SetFaults(whole)
		op.ResetLog()
		l = l.restarted(s)
		if out := register(); out.Failed() || len(op.Clients()) != 1 {
			t.Errorf("%s, with all of it: %d clients: %s", management, len(op.Clients()), kinds(out.Problems))
		}
		for _, r := range op.Requests() {
			if r.Method == http.MethodPost && r.Credential != admin {
				t.Errorf("%s: registered with the credential %q", management, r.Credential)
			}
		}
	}
}

// A server whose metadata could be read in part alone is told as one whose metadata cannot be had, and not as one that registers nobody.
func TestHalfADocumentDoesNotDenyRegistration(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: half()}, authserver.Settings{})
	l.want(l.registerAs(web("a")), outcome.NotDiscovered)
	none := half()
	none.Discovery.NoRegistrationEndpointIn, none.Discovery.Calls = []string{"openid-configuration", "oauth-authorization-server"}, nil
	l.op.SetFaults(none)
	l = l.restarted(authserver.Settings{})
	l.want(l.registerAs(web("a")), outcome.NoRegistrationEndpoint)
}
