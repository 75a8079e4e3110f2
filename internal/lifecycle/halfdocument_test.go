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

// Nor that the provider's credentials are for another place: a client that nobody served when it was registered, and that they manage by now, is not forgotten for that.
func TestHalfADocumentForgetsNoClient(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{"500": {Status: http.StatusInternalServerError}, "503": {Status: http.StatusServiceUnavailable}} {
		t.Run(name, func(t *testing.T) {
			const admin = "credential-of-the-provider"
			whole := half()
			broken := whole.Discovery.Calls[0]
			broken.Answer = answer
			whole.Discovery.Calls = nil
			whole.Reading.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusNotFound})
			op := &fakeop.Server{Faults: whole, AdminToken: admin}
			l := begin(t, op, authserver.Settings{Issuer: ""})
			l.registerAs(web("a"))
			if !l.state.Handle.RegistrationAccessToken.IsEmpty() && l.state.Record.Unproven.RegistrationClientURI == "" {
				t.Fatal("its address is taken as served")
			}
			s := authserver.Settings{InitialAccessToken: secret.New(admin), Management: authserver.ManagementProvider}
			whole.Reading.Calls, whole.Discovery.Calls = nil, []fakeop.CallFault{broken}
			op.SetFaults(whole)
			l = l.later(s)
			if out := l.destroy(authserver.Behaviour{}); out.Gone || !out.Failed() {
				t.Errorf("a live client is forgotten: %s", kinds(out.Problems))
			}
			whole.Discovery.Calls = nil
			op.SetFaults(whole)
			l = l.later(s)
			if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(op.Clients()) != 0 {
				t.Errorf("with all of it: not deleted: %s", kinds(out.Problems))
			}
		})
	}
}

// Nor does it put a client aside for ever: with all of the metadata, its endpoints are its own server's.
func TestHalfADocumentPutsNoClientAsideForEver(t *testing.T) {
	op := &fakeop.Server{}
	s := within(t, op)
	part := half()
	part.MetadataMembers = map[string]any{"registration_endpoint": s.RegistrationEndpoint}
	part.ClientURIOrigin = strings.TrimSuffix(s.RegistrationEndpoint, "/register")
	part.TokenEndpoint.Calls = fakeop.Always(fakeop.InternalError()) // nothing confirms it by the client's name
	whole := part
	op.SetFaults(part)
	l := start(t, op, s)
	l.registerAs(machine("a"))
	whole.Discovery.Calls, whole.TokenEndpoint.Calls = nil, nil
	op.SetFaults(whole)
	l = l.later(s)
	l.update(machine("b"))
	if home := l.state.Record.Home; home.Aside {
		t.Errorf("after an update: %+v", home)
	}
	op.RemoveClient(l.state.Handle.ClientID)
	l = l.later(s)
	if out := l.refresh(); !out.Gone {
		t.Errorf("a client that is gone is kept: %s", kinds(out.Problems))
	}
}
