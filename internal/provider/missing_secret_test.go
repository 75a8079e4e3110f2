// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// client_credentials without a secret, which the environment does not have either, is an error of the plan: a validation does not have the
// environment of the run. Other attributes of it that are not known yet do not put the error off to the apply.
func TestClientCredentialsWithoutASecret(t *testing.T) {
	const missing = "error client_credentials: Missing client_secret"
	for name, c := range map[string]struct {
		block       attrs
		environment string
		want        bool
	}{
		"nothing":                       {attrs{"client_id": "robot"}, "", true},
		"a method":                      {attrs{"client_id": "robot", "method": "client_secret_post"}, "", true},
		"an unknown audience":           {attrs{"client_id": "robot", "audience": tftest.Unknown{}}, "", true},
		"an unknown client_id":          {attrs{"client_id": tftest.Unknown{}}, "", true},
		"an unknown method":             {attrs{"client_id": "robot", "method": tftest.Unknown{}}, "", false},
		"an unknown key":                {attrs{"client_id": "robot", "private_key": tftest.Unknown{}}, "", false},
		"an unknown secret":             {attrs{"client_id": "robot", "client_secret": tftest.Unknown{}}, "", false},
		"the secret of the environment": {attrs{"client_id": "robot"}, "s3cret", false},
		"emptied, though there is one":  {attrs{"client_id": "robot", "client_secret": ""}, "s3cret", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(string(authserver.EnvClientSecret), c.environment)
			op := &fakeop.Server{}
			op.Start(t)
			r := unstarted(t, op)
			err := r.configure(attrs{"issuer": op.Issuer(), "client_credentials": c.block})
			if told := r.told(); slices.Contains(told, missing) != c.want || (err != nil) != c.want {
				t.Errorf("told %q (%v)", told, err)
			}
		})
	}
}
