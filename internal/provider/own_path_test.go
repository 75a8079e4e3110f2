// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server that returns no token and has its clients at a path of its own: the line of the message, with that path, gives a client its management.
func TestTheTemplateOfAServersOwnPath(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{BasicUser: "u", BasicPassword: "p4ssw0rd-long", Management: fakeop.ManagementByCredential}
	op.Start(t)
	behind, err := url.Parse(op.URL())
	if err != nil {
		t.Fatal(err)
	}
	endpoint := strings.TrimPrefix(op.RegistrationEndpoint(), op.URL())
	front := served(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.URL.Path = strings.Replace(req.URL.Path, endpoint+"/", endpoint+"/nothing/", 1)
		req.URL.Path = strings.Replace(req.URL.Path, "/nothing/clients/", "/", 1)
		httputil.NewSingleHostReverseProxy(behind).ServeHTTP(w, req)
	}))
	settings := attrs{
		"max_retries": 0, "issuer": nil, "registration_endpoint": front + endpoint, "management": "provider_credentials",
		"basic_auth": attrs{"username": op.BasicUser, "password": op.BasicPassword},
	}
	op.EditFaults(func(f *fakeop.Faults) {
		f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { delete(doc, "registration_client_uri") }})
	})
	r := newSubject(t, op, settings)
	r.Begin()
	r.Apply(secured())
	r.wantSays("Client cannot be managed", "If the server manages clients at another address, set on the provider, with the server's own path in the place of PATH:")
	first := r.id()
	for line := range strings.Lines(r.details()) {
		if template, found := strings.CutPrefix(strings.TrimSpace(line), "client_configuration_uri_template = "); found {
			settings = settings.With(attrs{"client_configuration_uri_template": strings.Replace(strings.Trim(template, `"`), "PATH", "clients", 1)})
		}
	}
	r.start(settings)
	r.Apply(secured())
	r.WantEmpty(secured())
	r.updatesAndDestroys(first)
}
