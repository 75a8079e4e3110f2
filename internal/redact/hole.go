// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import "unicode/utf8"

// hole is a part of a text that is to be replaced.
type hole struct{ from, to int }

// whole widens a hole to whole characters, so that none is cut.
func (h hole) whole(text string) hole {
	for range utf8.UTFMax - 1 { // what is no UTF-8 has no characters to go on to
		if h.from > 0 && !utf8.RuneStart(text[h.from]) {
			h.from--
		}
		if h.to < len(text) && !utf8.RuneStart(text[h.to]) {
			h.to++
		}
	}
	return h
}
