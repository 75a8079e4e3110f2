// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A resource names the endpoint of the provider's own server, whose metadata cannot be had at this moment: whether the provider's credential is for it is not
// known. To register without it is a step that cannot be taken back.
func TestTheProvidersOwnEndpointWithoutMetadata(t *testing.T) {
	const admin = "credential-of-the-provider"
	for _, management := range []string{authserver.ManagementProvider, authserver.ManagementAuto} {
		t.Run(management, func(t *testing.T) {
			op := &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: admin}
			op.Start(t)
			place := authserver.Place{RegistrationEndpoint: op.RegistrationEndpoint()}
			s := authserver.Settings{InitialAccessToken: secret.New(admin), Management: management}
			l := start(t, op, s)
			op.SetFaults(fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: fakeop.Always(fakeop.Unavailable(0))}})
			out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Place: place}, l.save)
			for _, r := range op.Requests() {
				if r.Method == "POST" && r.Path == "/register" && r.Credential == "" {
					t.Errorf("registered without the provider's credential: managed at %q: %s", l.state.Handle.RegistrationClientURI, kinds(out.Problems))
				}
			}
		})
	}
}

// The same of a client that the provider's credential manages: it is not asked for without that credential, and the refusal is not taken for the client's.
func TestAManagedClientWithoutMetadata(t *testing.T) {
	const admin = "credential-of-the-provider"
	for _, operation := range []string{"read", "delete"} {
		t.Run(operation, func(t *testing.T) {
			op := &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: admin}
			op.Start(t)
			place := authserver.Place{RegistrationEndpoint: op.RegistrationEndpoint()}
			s := authserver.Settings{InitialAccessToken: secret.New(admin), Management: authserver.ManagementProvider}
			l := start(t, op, s)
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: machine("a"), Place: place}, l.save)
			l.state.Place = place
			l = l.later(s)
			l.refresh()
			l = l.later(s)
			op.SetFaults(fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: fakeop.Always(fakeop.Unavailable(0))}})
			b := authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate}
			op.ResetLog()
			if operation == "read" {
				out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
				if plan := lifecycle.DecideMissing(l.server, l.state, b); plan.Recreate || out.Gone {
					t.Errorf("another client is planned: %s", kinds(out.Problems))
				}
			} else if out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save); out.Gone {
				t.Errorf("the client is forgotten: %s", kinds(out.Problems))
			}
			for _, r := range op.Requests() {
				if r.Path != "" && r.Credential == "" && r.Method != "POST" && strings.HasPrefix(r.Path, "/register") {
					t.Errorf("%s %s without a credential", r.Method, r.Path)
				}
			}
		})
	}
}

// A client that the credentials of its realm manage is in the hands of a provider that is configured for another realm, by a resource that names the client's:
// no credential is for it, and nothing is said to have been refused.
func TestAClientThatNoCredentialIsFor(t *testing.T) {
	const admin = "admin-credential-of-the-realm"
	op := &fakeop.Server{Tenants: []string{"/other"}, Management: fakeop.ManagementByCredential, AdminToken: admin}
	op.Start(t)
	theirs := authserver.Settings{Issuer: op.Issuer() + "/other", InitialAccessToken: secret.New(admin)}
	there := start(t, op, theirs)
	there.registerAs(web("a"))
	there = there.later(theirs)
	there.refresh()
	l := start(t, op, authserver.Settings{InitialAccessToken: secret.New(admin)})
	l.state = there.state
	l.state.Place, l.state.Record.WrittenAt = authserver.Place{Issuer: op.Issuer() + "/other"}, 0
	op.ResetLog()
	out := l.operate("delete", nil)
	if out.Has(outcome.ProviderRefused) {
		t.Errorf("no credential was sent, and the provider's is said to be refused: %s", kinds(out.Problems))
	}
}
