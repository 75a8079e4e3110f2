// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Where nothing names the token endpoint that client_credentials need, nothing is sent, and each way that is named leads on.
func TestWaysToATokenEndpoint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults         fakeop.Faults
		with, resource func(s *fakeop.Server) attrs
		says           []string
		ways           []func(s *fakeop.Server, settings attrs) attrs
	}{
		"the metadata name none": {
			faults: fakeop.Faults{MetadataMembers: map[string]any{"token_endpoint": nil}},
			says:   []string{"the server's metadata document names none", "    token_endpoint = \""},
			ways:   []func(*fakeop.Server, attrs) attrs{byTokenEndpoint},
		},
		"no issuer is set": {
			with: func(s *fakeop.Server) attrs {
				return attrs{"issuer": nil, "registration_endpoint": s.RegistrationEndpoint()}
			},
			says: []string{"no issuer is set", "    token_endpoint = \"", "    issuer = \""},
			ways: []func(*fakeop.Server, attrs) attrs{byTokenEndpoint, byIssuer},
		},
		"the resource alone names the issuer": {
			with: func(s *fakeop.Server) attrs {
				return attrs{"issuer": nil, "registration_endpoint": s.RegistrationEndpoint()}
			},
			resource: func(s *fakeop.Server) attrs {
				return attrs{"issuer": s.URL() + "/other", "registration_endpoint": s.RegistrationEndpoint()}
			},
			says: []string{"which the resource alone names, does not get the provider's secret", "    token_endpoint = \"", "Or, if the provider's server is that one, set its issuer on the provider, too:\n    issuer = \""},
			ways: []func(*fakeop.Server, attrs) attrs{byTokenEndpoint, byIssuer},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, settings := registrar(t)
			s.SetFaults(test.faults)
			if test.with != nil {
				settings = settings.With(test.with(s))
			}
			config := portal
			if test.resource != nil {
				config = config.With(test.resource(s))
			}
			c := start(t, settings).Another()
			wants(t, c.TryApply(config), append(test.says, "was not sent")...)
			if n := s.CountOf(fakeop.OpRegister); n != 0 {
				t.Errorf("%d registrations", n)
			}
			for _, way := range test.ways {
				if test.resource != nil { // the issuer, too, is the one that the message has
					config = config.With(attrs{"issuer": s.Issuer()})
				}
				c := start(t, way(s, settings)).Another()
				c.Apply(config.With(attrs{"client_name": "one more"}))
				c.Destroy()
			}
		})
	}
}

func byTokenEndpoint(s *fakeop.Server, settings attrs) attrs {
	return credentials(settings, attrs{"token_endpoint": s.TokenEndpoint()})
}

func byIssuer(s *fakeop.Server, settings attrs) attrs {
	return settings.With(attrs{"issuer": s.Issuer()})
}

// A resource that names the registration endpoint of the provider's own server is registered there with tokens of that server's token endpoint, which its
// metadata name: that the resource names no issuer says nothing of it.
func TestClientCredentialsAtTheProvidersEndpointThatAResourceNames(t *testing.T) {
	t.Parallel()
	s, settings := registrar(t)
	c := start(t, settings).Another()
	config := portal.With(attrs{"registration_endpoint": s.RegistrationEndpoint()})
	c.Apply(config)
	c.WantEmpty(config)
	c.Destroy()
}
