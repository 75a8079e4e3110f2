// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "github.com/terraform-oidc/terraform-provider-oidc/internal/secret"

// isNew reports whether what is shown can be a new value of the generator that made the known one, and is not, most likely, that one written in another way: nothing else
// proves it where it is taken.
func isNew(known, shown secret.String) bool {
	return Alike(known, shown) && !secret.TellsNothingNew(known, shown.Reveal())
}

// Alike reports whether two secrets can be of one generator: about as long, and of the same kinds of characters. A salted
// hash or a ciphertext that is new with each read seldom is. A generator leaves out a kind by chance only in short values.
func Alike(a, b secret.String) bool {
	x, y := a.Reveal(), b.Reveal()
	if len(x)*4 < len(y)*3 || len(y)*4 < len(x)*3 {
		return false
	}
	if len(x) < 16 {
		return true
	}
	const hex, letters, digits = 1, 2, 4
	kinds := func(s string) int {
		k := hex
		for _, r := range s {
			switch {
			case r >= '0' && r <= '9':
				k |= digits
			case r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F':
			case r >= 'g' && r <= 'z' || r >= 'G' && r <= 'Z':
				k = k&^hex | letters
			case r == '-' || r == '_':
			default:
				k &^= hex
			}
		}
		return k
	}
	return kinds(x)&(hex|letters) == kinds(y)&(hex|letters)
}
