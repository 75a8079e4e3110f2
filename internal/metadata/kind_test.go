// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

var kindNames = [...]string{"String", "URI", "Integer", "Boolean", "StringList", "Scope", "JSONObject", "JWKSet"}

// String names the kind, for the output of tests.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "Kind?"
	}
	return kindNames[k]
}
