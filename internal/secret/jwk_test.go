// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestPrivateJWKMembers(t *testing.T) {
	for kty, want := range map[string][2][]string{
		"RSA": {{"d", "p", "q", "dp", "dq", "qi", "oth"}, nil}, "EC": {{"d"}, nil}, "OKP": {{"d"}, nil}, "oct": {{"k"}, nil}, "AKP": {{"priv"}, nil},
		"new": {{"d", "priv"}, {"p", "q", "dp", "dq", "qi", "oth", "k"}}, "": {{"d", "priv"}, {"p", "q", "dp", "dq", "qi", "oth", "k"}},
	} {
		private, doubtful := secret.PrivateJWKMembers(kty)
		if !slices.Equal(private, want[0]) || !slices.Equal(doubtful, want[1]) {
			t.Errorf("%q: %q, %q", kty, private, doubtful)
		}
		for _, name := range slices.Concat(private, doubtful) {
			if !secret.PrivateJWKMember(name) {
				t.Errorf("%s is private in %q and in no type", name, kty)
			}
		}
	}
	for _, name := range []string{"r", "t"} { // of an element of "oth"
		if !secret.PrivateJWKMember(name) {
			t.Errorf("%s is private in no type", name)
		}
	}
	for _, name := range []string{"kty", "n", "e", "x", "y", "crv", "kid", "use", "alg", "pub", ""} {
		if secret.PrivateJWKMember(name) {
			t.Errorf("%q is private", name)
		}
	}
}
