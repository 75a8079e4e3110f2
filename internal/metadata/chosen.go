// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

// OrderChosen reports whether another order of a list may be what somebody wants. No specification gives it a meaning, and some servers
// do: to them the first redirection URI is the default. An order of grant types or of contacts means nothing to anybody.
func OrderChosen(member string) bool {
	p := row(member)
	return p != nil && p.Kind == StringList && p.Elements == URI
}

// EmptyChosen reports whether a value is a written-out empty list of a parameter whose default is not empty. To Equal it is absent, as servers show
// what was never set so; where somebody asks for it, no response types are something else than the default ones (RFC 7591 §2).
func EmptyChosen(member string, v any) bool {
	p := row(member)
	if p == nil || p.Kind != StringList || p.Default == nil {
		return false
	}
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case []string:
		return len(v) == 0
	}
	return false
}

// WithoutKeys reports whether a value is a JWK Set in which there is no key: how some servers show a client that has none, or that has an address of its keys. Absent does not cover
// it, since in place of keys that were asked for it says that there are none.
func WithoutKeys(member string, v any) bool {
	p := row(member)
	if p == nil {
		return false
	}
	n, ok := normalize(p, v)
	return ok && withoutKeys(p, n)
}
