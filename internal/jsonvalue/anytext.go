// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package jsonvalue

// AnyText reports whether f holds for any text in a JSON value.
func AnyText(v any, f func(string) bool) bool {
	switch v := v.(type) {
	case string:
		return f(v)
	case []any:
		for _, element := range v {
			if AnyText(element, f) {
				return true
			}
		}
	case map[string]any:
		for _, element := range v {
			if AnyText(element, f) {
				return true
			}
		}
	}
	return false
}
