// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The provider's own tokens come from the token endpoint of the provider's server, also where the resource names that server by its registration endpoint, which no
// metadata are looked up for.
func TestClientCredentialsAtTheServerWhoseEndpointTheResourceNames(t *testing.T) {
	t.Parallel()
	for name, provider := range map[string]func(*fakeop.Server) attrs{
		"by its issuer": func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
		"by both": func(op *fakeop.Server) attrs {
			return attrs{"issuer": op.Issuer(), "registration_endpoint": op.RegistrationEndpoint()}
		},
		"by WebFinger": func(op *fakeop.Server) attrs { return attrs{"webfinger_resource": op.URL()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			op.AddClient("robot", "robot-secret", map[string]any{"grant_types": []any{"client_credentials"}})
			r := newSubject(t, op, provider(op).With(attrs{"client_credentials": attrs{"client_id": "robot", "client_secret": "robot-secret"}, "max_retries": 0}))
			config := secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint()})
			r.Apply(config)
			r.WantEmpty(config)
			r.Apply(config.With(attrs{"client_name": "Another"}))
			if r.Destroy(); len(op.Clients()) != 1 {
				t.Errorf("the server has %v", op.Clients())
			}
		})
	}
}
