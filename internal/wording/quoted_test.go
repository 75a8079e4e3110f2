// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import "testing"

func TestQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `""`,
		"shop":                   `"shop"`,
		"Café “1”":               `"Café “1”"`,
		`a "b" \c`:               `"a \"b\" \\c"`,
		"a\nb\rc\td":             `"a\nb\rc\td"`,
		"${a} $${b} %{ if c } $": `"$${a} $$${b} %%{ if c } $"`,
		"\x00\a\u00ad\U000e0001": `"\u0000\u0007\u00AD\U000E0001"`,
		"\xff":                   `"` + "\uFFFD" + `"`,
	} {
		if got := quoted(text); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}
