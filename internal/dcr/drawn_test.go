// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
)

// Which client_ids no second server has: the token endpoint of a server that may be another one is asked about these alone.
func TestIsDrawn(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"3f1c9a52-0d6e-4b7a-9c21-5e8f00aa17d4": true,
		"V1StGXR8_Z5jdHi6B-myT":                true,
		"e06111f919240438":                     true,
		"client-1-e06111f919240438":            true,
		"108204268033311374519":                false,
		"p5zq3k2w7xj4m6r2t9bnc8va":             true,
		"0f1c9a52-0d6e-4b7a-9c21-5e8f00aa17d4": true,
		"0e06111f919240438a":                   true,
		"CustomerPortalProduction2024":         false,
		"acme-web01-eu2-prod1":                 false,
		"2024113000000012":                     false,
		"00000000-0000-0000-0000-000000000001": false,
		"b2b-portal-e2e-tests":                 false,
		"k8s-i18n-app-frontend":                false,
		"s3-bucket-k8s-portal":                 false,
		"web-app-3d-v2x-eu1-prod":              false,
		"EMEA2024Q3Release1":                   false,
		"MyAppWebProd2024":                     false,
		"PortalWebAppV2Prod":                   false,
		"BankIdAppProd2024":                    false,
		"oauth2client4b2bportal":               false,
		"1":                                    false,
		"client-42":                            false,
		"0000000000000000042":                  false,
		"client-00000000000000042":             false,
		"customer-portal-production":           false,
		"customer-portal-production-2024":      false,
		"customer-portal-2024-production":      false,
		"":                                     false,
	} {
		if got := dcr.IsDrawn(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}
