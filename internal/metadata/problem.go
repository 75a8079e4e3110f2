// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

// Problem is one thing that is wrong, or doubtful, in a configured document.
type Problem struct {
	Member string // the parameter's name, without language tag
	Tag    string // language tag as configured, "" for none
	Index  int    // element of a list, or key of a JWK Set, that it is about; -1 for the whole value

	// Summary is a short headline, Detail says what is wrong, by which rule, and what to change. Neither ever holds
	// key material or the value of a Sensitive parameter.
	Summary, Detail string

	Warning bool // doubtful, not forbidden

	// Weak marks a warning that even a strict check must not turn into an error, because the standard lets the server
	// support more than it says.
	Weak bool
}
