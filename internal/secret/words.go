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

// longestName is up to how many letters a form may be a word of a name.
const longestName = 12

// named reports whether what stands from one place of a text to another is a word of a longer name, as the passwords of many test servers are:
// “secret” in “client_secret”, “token” in “initial_access_token”.
func named[T string | []byte](text T, from, to int) bool {
	if to-from > longestName {
		return false
	}
	for i := from; i < to; i++ {
		if text[i] < 'a' || text[i] > 'z' {
			return false
		}
	}
	return from >= 2 && text[from-1] == '_' && letter(text[from-2]) || to+1 < len(text) && text[to] == '_' && letter(text[to+1])
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
