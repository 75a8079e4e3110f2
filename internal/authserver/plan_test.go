// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "testing"

func TestNearness(t *testing.T) {
	t.Parallel()
	const uri = "https://as.example/realms/shop/register/1"
	for _, test := range []struct {
		name            string
		nearer, farther []string
	}{
		{"the longer path", []string{"https://as.example/realms/shop"}, []string{"https://as.example/realms"}},
		{"a path at all", []string{"https://as.example/realms/"}, []string{"https://as.example/"}},
		{"the origin at all", []string{"https://as.example"}, []string{"https://other.example/realms/shop"}},
		{"whole segments", []string{"https://as.example"}, []string{"https://as.example/realms/sho"}},
		{"the nearest of several", []string{"", "https://other.example", "https://as.example/realms/shop"}, []string{"https://as.example/realms"}},
		{"nothing is nearer than what cannot be read", []string{"https://as.example"}, []string{"https://as.example:port/realms/shop"}},
	} {
		if near, far := nearness(uri, test.nearer...), nearness(uri, test.farther...); near <= far {
			t.Errorf("%s: %d and %d", test.name, near, far)
		}
	}
	if got := nearness("https://as.example:port/", "https://as.example"); got != 0 {
		t.Errorf("an address that cannot be read is near: %d", got)
	}
}
