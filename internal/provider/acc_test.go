// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

// factories serve a fresh provider to the CLI, as main does.
func factories(t *testing.T) map[string]func() (tfprotov6.ProviderServer, error) {
	t.Helper()
	return map[string]func() (tfprotov6.ProviderServer, error){
		"oidc": func() (tfprotov6.ProviderServer, error) {
			p := newProvider(testclock.New(atEpoch))
			t.Cleanup(p.Close)
			return p.Server(), nil
		},
	}
}
