// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// A parameter that only POST takes and nothing shows does not keep a client from being changed: the update is tried once more
// without it, with a warning.
func TestReachWSO2ParameterThatOnlyPOSTTakes(t *testing.T) {
	t.Parallel()
	for _, release := range wso2.Releases() {
		t.Run(release.String(), func(t *testing.T) {
			p := place{}
			s := p.Start(t, &wso2.Server{Release: release})
			c := start(t, settingsAt(p, s)).Another()
			config := shop(release).With(attrs{"contacts": []string{"a@example.com"}})
			c.Apply(config)
			c.WantEmpty(config)
			changed := config.With(attrs{"client_name": "shop-2"})
			c.Apply(changed)
			c.WantEmpty(changed)
			if stored, _ := s.Client(c.Text("client_id")); stored.Metadata["client_name"] != "shop-2" {
				t.Error("the client was not changed")
			}
		})
	}
}
