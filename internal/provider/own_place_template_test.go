// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// redirecting is another address of a server that redirects the requests of some methods to the server's own.
func redirecting(t *testing.T, op *fakeop.Server, methods string) string {
	t.Helper()
	target, err := url.Parse(op.URL())
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	front := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(methods, r.Method) {
			http.Redirect(w, r, op.URL()+r.URL.Path, http.StatusPermanentRedirect)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = front })
	return front
}

// On the provider, a template that leads to the server of one resource would have all the provider's other clients asked for there, with their tokens.
func TestRedirectAtAServerThatTheResourceNames(t *testing.T) {
	t.Parallel()
	there := &fakeop.Server{Seed: "there"}
	there.Start(t)
	front := redirecting(t, there, http.MethodPut+http.MethodDelete)
	r := newSubject(t, &fakeop.Server{}, nil)
	config := secured().With(attrs{"registration_endpoint": front + "/register"})
	r.Apply(config)
	first := r.id()
	config = config.With(attrs{"client_name": "App 2"})
	err := r.TryApply(config)
	wants(t, err, "If that is where the server manages its clients, set on the resource:")
	config = config.With(attrs{"client_configuration_uri_template": lineOf(t, err, "client_configuration_uri_template")})
	r.Apply(config)
	r.WantEmpty(config)
	if r.id() != first || len(there.Clients()) != 1 {
		t.Errorf("client %s is now %s", first, r.id())
	}
}

// A destroy has no configuration but the state's, and an apply that sets a template is not to fail for the address that it replaces.
func TestRedirectedDeletionAtAServerThatTheResourceNames(t *testing.T) {
	t.Parallel()
	there := &fakeop.Server{Seed: "there"}
	there.Start(t)
	var moved atomic.Bool
	front := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if moved.Load() {
			http.Redirect(w, r, there.URL()+r.URL.Path, http.StatusPermanentRedirect)
			return
		}
		behind(there).ServeHTTP(w, r)
	}))
	there.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = front })
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	config := secured().With(attrs{"registration_endpoint": front + "/register"})
	r.Apply(config)
	moved.Store(true)
	err := r.TryDestroy()
	wants(t, err, "Client not deregistered", "set on the resource, and apply that first, since a destroy has what is in the state:")
	r.Apply(config.With(attrs{"client_configuration_uri_template": lineOf(t, err, "client_configuration_uri_template")}))
	r.Destroy()
	if n := len(there.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// A client of another server than the configured one is asked for at its own address alone, whatever a template says.
func TestRedirectAtAServerThatIsNotConfigured(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	redirecting(t, op, http.MethodPut)
	r := newSubject(t, op, nil)
	r.Apply(secured())
	other := &fakeop.Server{Seed: "other"}
	other.Start(t)
	r.start(attrs{"issuer": other.Issuer()})
	err := r.TryApply(secured().With(attrs{"client_name": "App 2"}))
	wants(t, err, "a redirect to "+op.URL())
	containsNone(t, err.Error(), "client_configuration_uri_template")
}

// The issuer of a server that the resource names by its endpoint is set beside it.
func TestIssuerBesideAnEndpointOfTheResource(t *testing.T) {
	t.Parallel()
	there := &fakeop.Server{Seed: "there"}
	there.Start(t)
	r := newSubject(t, &fakeop.Server{}, nil)
	config := secured().With(attrs{"registration_endpoint": there.RegistrationEndpoint()})
	r.Apply(config)
	issued := there.ReissueSecret(r.id())
	r.Begin()
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	var named error
	for _, d := range r.Said() {
		named = errors.Join(named, errors.New(d.Detail))
	}
	wants(t, named, "So that the server's token endpoint can be asked, set its issuer on the resource:")
	lineOf(t, named, "issuer")
	config = config.With(attrs{"issuer": there.Issuer()})
	r.Apply(config)
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	if r.Text("client_secret") != issued {
		t.Error("the secret that is in force is not in the state")
	}
}

// A server that manages no clients where it says, and that the resource names.
func TestTemplateAtAServerThatTheResourceNames(t *testing.T) {
	t.Parallel()
	there := &fakeop.Server{Seed: "there"}
	there.Start(t)
	there.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = served(t, http.NotFoundHandler()) })
	r := newSubject(t, &fakeop.Server{}, nil)
	config := secured().With(attrs{"issuer": there.Issuer()})
	r.Begin()
	r.Apply(config)
	r.wantSays("If the server manages clients at another address, set on the resource:")
	config = config.With(attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"})
	first := r.id()
	r.Apply(config)
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	r.Apply(config.With(attrs{"client_name": "App 2"}))
	if r.id() != first {
		t.Errorf("client %s is now %s", first, r.id())
	}
}
