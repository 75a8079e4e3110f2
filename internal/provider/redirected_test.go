// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A front end that has reads and redirects what changes a client: the message names the address that it was redirected to, as a template, and
// with it the client is updated and deregistered, and not replaced.
func TestWayOfARedirectedUpdate(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	target, err := url.Parse(op.URL())
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut || r.Method == http.MethodDelete {
			http.Redirect(w, r, op.URL()+r.URL.Path, http.StatusPermanentRedirect)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = front.URL })
	settings := attrs{"registration_endpoint": front.URL + "/register"}
	r := newSubject(t, op, settings)
	r.Apply(secured())
	first := r.id()
	changed := secured().With(attrs{"client_name": "App 2"})
	err = r.TryApply(changed)
	template := lineOf(t, err, "client_configuration_uri_template")
	if !strings.HasPrefix(template, op.URL()+"/") || strings.Contains(err.Error(), "carries a credential") {
		t.Errorf("the message is\n%v", err)
	}
	r.start(settings.With(attrs{"client_configuration_uri_template": template}))
	r.Apply(changed)
	if r.id() != first || r.registered()["client_name"] != "App 2" {
		t.Errorf("the client is %s: %v", r.id(), r.registered())
	}
	r.WantEmpty(changed)
	r.Destroy()
	if n := len(op.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// A read and a search for the server that are redirected to where no answer comes name that address: it is not the server that was not reached.
func TestRedirectToWhereNoAnswerComes(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	op := &fakeop.Server{}
	op.Start(t)
	settings := attrs{"issuer": op.Issuer(), "max_retries": 0}
	r := newSubject(t, op, settings)
	r.Apply(portal)
	to := dead.URL + "/login"
	for operation, wants := range map[fakeop.Operation][]string{
		fakeop.OpRead:     {"Client not read, because a redirect leads to where no answer came", "Server said:", "The server at " + r.Text("registration_client_uri") + " answered with a redirect, and it is there that the request failed.", "a redirect to " + to + ": the server could not be reached"},
		fakeop.OpMetadata: {"Server said:", "redirected to " + to + ": the server could not be reached", "answered with a redirect, and it is there that the request failed."},
	} {
		op.SetFaults(fakeop.Faults{Redirect: map[fakeop.Operation]string{operation: to + "?state=canary"}, RedirectStatus: http.StatusFound})
		if err := r.configure(settings); err != nil {
			t.Fatal(err)
		}
		_, err := r.TryPlan(portal)
		if operation == fakeop.OpMetadata {
			err = start(t, settings).Another().TryApply(portal)
		}
		if err == nil {
			t.Fatalf("%s: no error", operation)
		}
		containsAll(t, err.Error(), wants...)
		containsNone(t, err.Error(), "canary")
	}
}
