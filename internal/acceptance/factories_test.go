// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	oidc "github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

// factories serve a fresh provider to the CLI, as main does.
func factories(t *testing.T) map[string]func() (tfprotov6.ProviderServer, error) {
	t.Helper()
	return map[string]func() (tfprotov6.ProviderServer, error){
		"oidc": func() (tfprotov6.ProviderServer, error) {
			clock := testclock.New(func() time.Time { return fakeop.Epoch })
			p := oidc.New("test").WithClock(authserver.Clock{Now: clock.Now, After: clock.After})
			t.Cleanup(p.Close)
			return p.Server(), nil
		},
	}
}

func contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not said in:\n%s", w, text)
		}
	}
}
