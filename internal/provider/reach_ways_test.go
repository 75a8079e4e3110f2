// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// What is said of the provider's server where it cannot be found leads there, as it is written.
func TestWaysToTheProvidersServer(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Host: "localhost"}
	s.Start(t)
	host := strings.TrimPrefix(s.URL(), "http://")
	down := served(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	const known = "Where issuer is set there, no WebFinger is needed, and where registration_endpoint is, no discovery."
	for name, test := range map[string]struct {
		from, to attrs
		says     string
	}{
		"no WebFinger":                 {attrs{"webfinger_resource": down + "/joe"}, attrs{"issuer": s.Issuer()}, known},
		"no metadata":                  {attrs{"issuer": down}, attrs{"registration_endpoint": s.RegistrationEndpoint()}, known},
		"no TLS":                       {attrs{"issuer": strings.Replace(s.Issuer(), "http:", "https:", 1)}, attrs{"issuer": s.Issuer()}, "Compare issuer (or webfinger_resource) on the provider with the server's own address and port."},
		"plain http to this machine":   {attrs{"webfinger_resource": host}, attrs{"webfinger_resource": "http://" + host}, "- The host was asked over https. If it is a server on this machine that speaks plain http, write it with its scheme: http://" + host + "."},
		"plain http, by user and host": {attrs{"webfinger_resource": "joe@" + host}, attrs{"webfinger_resource": "http://" + host}, "write it with its scheme: http://" + host + "."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wants(t, start(t, test.from).Another().TryApply(web), test.says)
			c := start(t, test.to).Another()
			c.Apply(web)
			c.WantEmpty(web)
			c.Destroy()
		})
	}
}
