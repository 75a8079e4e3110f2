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
)

const clientPath = "{registration_endpoint}/{client_id}"

// The user's template wins over an address that the server returned and nobody serves, at each operation.
func TestTemplateWins(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	right := l.state.Handle.RegistrationClientURI
	broken := strings.TrimSuffix(right, l.state.Handle.ClientID) + "elsewhere/" + l.state.Handle.ClientID
	by := authserver.Behaviour{URITemplate: clientPath}
	wrong := func() authserver.State {
		state := l.state
		state.Handle.RegistrationClientURI, state.Record.ShownAt = broken, ""
		return state
	}
	t.Run("read", func(t *testing.T) {
		l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: wrong(), Behaviour: by}, l.save))
		if got := l.state.Handle.RegistrationClientURI; got != right {
			t.Errorf("the address is %s", got)
		}
	})
	t.Run("update", func(t *testing.T) {
		l.want(lifecycle.Update(t.Context(), l.server, lifecycle.Change{
			State: wrong(), Asked: web("b"), Behaviour: by, StoresSecret: true, MayChange: reconcile.Changeable{Secret: true, Token: true, URI: true},
		}, l.save))
		if stored, _ := l.op.Client(l.state.Handle.ClientID); stored.Metadata["client_name"] != "b" {
			t.Error("the client was not changed")
		}
	})
	t.Run("a template that shows nothing", func(t *testing.T) {
		l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{URITemplate: "{registration_endpoint}/none/{client_id}"}}, l.save), outcome.URIKept)
		if got := l.state.Handle.RegistrationClientURI; got != right {
			t.Errorf("the address is %s", got)
		}
	})
	t.Run("deletion", func(t *testing.T) {
		l.want(lifecycle.Deregister(t.Context(), l.server, wrong(), by, l.save))
		if n := len(l.op.Clients()); n > 0 {
			t.Errorf("%d clients are left", n)
		}
	})
}

// A client without management gets it where the template shows it, and stays as it is where not.
func TestTemplateForAClientWithoutManagement(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	right := l.state.Handle.RegistrationClientURI
	l.state.Handle.RegistrationClientURI = ""
	l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{URITemplate: "{registration_endpoint}/none/{client_id}"}}, l.save), outcome.NotRefreshed)
	if got := l.state.Handle.RegistrationClientURI; got != "" {
		t.Errorf("the address is %s", got)
	}
	l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{URITemplate: clientPath}}, l.save))
	if got := l.state.Handle.RegistrationClientURI; got != right {
		t.Errorf("the address is %s", got)
	}
}

// A token goes to no address of another server, whatever the template says.
func TestTemplateOfAnotherServer(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	other := &fakeop.Server{}
	other.Start(t)
	l.state.Place = authserver.Place{Issuer: other.Issuer()}
	lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{URITemplate: clientPath}}, l.save)
	for _, request := range other.Requests() {
		if request.Credential != "" {
			t.Errorf("%s %s has a credential", request.Method, request.Path)
		}
	}
}
