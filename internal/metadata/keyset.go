// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

// withoutKeys is WithoutKeys for a value that is normalized.
func withoutKeys(p *Parameter, normal any) bool {
	set, isSet := normal.(map[string]any)
	if p.Kind != JWKSet || !isSet || len(set) != 1 {
		return false
	}
	keys, there := set["keys"]
	list, isList := keys.([]any)
	return there && (keys == nil || isList && len(list) == 0)
}
