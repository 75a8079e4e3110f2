// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

// Shortest is the length from which a credential is replaced wherever it occurs. Anything shorter is no credential worth
// the name and would tear holes into ordinary words.
const Shortest = 4

// shortWord is up to how many letters a form may be the beginning of a word.
const shortWord = 7

func short(form string) bool {
	if len(form) > shortWord {
		return false
	}
	for i := range len(form) {
		if !letter(form[i]) {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
