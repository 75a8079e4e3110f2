// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A resource names the registration endpoint of another server, and whether it is the provider's own is not known while the metadata of the
// provider's issuer cannot be had. Each way that the error names registers the client.
func TestOwnServerThatIsDownBesideAnEndpointOfTheResource(t *testing.T) {
	t.Parallel()
	const admin = "credential-of-the-provider"
	for name, way := range map[string]struct {
		line string
		set  func(r *subject, config attrs) // on the resource; nil for the provider
	}{
		"it is the provider's": {line: "registration_endpoint = "},
		"it is another one's":  {line: "issuer = ", set: func(r *subject, config attrs) { config["issuer"] = r.op.Issuer() }},
		"a token of its own":   {line: "initial_access_token = var.initial_access_token", set: func(_ *subject, config attrs) { config["initial_access_token"] = "another" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			down := &fakeop.Server{Faults: fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: fakeop.Always(fakeop.Unavailable(0))}}}
			down.Start(t)
			op := &fakeop.Server{Seed: "other"}
			op.Start(t)
			settings := attrs{"issuer": down.Issuer(), "initial_access_token": admin, "max_retries": 0}
			r := newSubject(t, op, settings)
			config := secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint()})
			err := r.TryApply(config)
			if err == nil || len(op.Clients()) > 0 {
				t.Fatalf("registered although it is not known whose credential is for the server: %v", err)
			}
			containsAll(t, err.Error(), "is the provider's own server's", "503", "Nothing was sent", way.line, "To fix this:", "set it on the provider, too:", "Where issuer is set there,")
			containsNone(t, err.Error(), "set it on the resource", "Where registration_endpoint is set on the resource")
			if way.set != nil {
				way.set(r, config)
			} else {
				settings = settings.With(attrs{"registration_endpoint": lineOf(t, err, "registration_endpoint")})
			}
			r.start(settings)
			r.Apply(config)
			for _, sent := range op.Requests() {
				if (sent.Credential == admin) != (way.set == nil) && sent.Path == "/register" {
					t.Errorf("%s %s with the credential %q", sent.Method, sent.Path, sent.Credential)
				}
			}
		})
	}
}
