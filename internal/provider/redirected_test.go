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
