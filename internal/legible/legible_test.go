// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package legible_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
)

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\nb\tc\x00d\x1b[31m": "a b c d [31m", "  x  ": "x", "\u202eevil\u2066": "evil", "ü\xff": "ü\ufffd", "1234567890": "12345678…", "123456789": "123456789",
		"a\u200eb\u061cc\ufeffd": "a b c d", "a\u00a0b\u2028c": "a b c", "a\u200bb\u00adc": "a b c", "äöüßäöüßäö": "äöüßäöüß…",
	} {
		n := 100
		if len([]rune(want)) == 9 {
			n = 9
		}
		if got := legible.OneLine(in, n); got != want {
			t.Errorf("OneLine(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestVisibleAndLines(t *testing.T) {
	for in, want := range map[string][2]string{
		"App ü 你":               {"App ü 你", "App ü 你"},
		"a\nb":                  {`a\u000ab`, "a\nb"},
		"a\r\n\x1b[31m\tb":      {`a\u000d\u000a\u001b[31m\u0009b`, "a\\u000d\n\\u001b[31m\\u0009b"},
		"\u202ea\u200f\u2069":   {`\u202ea\u200f\u2069`, `\u202ea\u200f\u2069`},
		"a\u200bb\u00adc\u2060": {`a\u200bb\u00adc\u2060`, `a\u200bb\u00adc\u2060`},
		"\u3164\u034f\u2800":    {`\u3164\u034f\u2800`, `\u3164\u034f\u2800`}, "\U000e0041\U000e0100": {`\U000e0041\U000e0100`, `\U000e0041\U000e0100`},
		"\u2764\ufe0f \u0600\u00a0": {"\u2764\ufe0f \u0600\u00a0", "\u2764\ufe0f \u0600\u00a0"},
		"\ufeff\u061c\u2028":        {`\ufeff\u061c\u2028`, `\ufeff\u061c\u2028`},
	} {
		if got := legible.Visible(in); got != want[0] {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want[0])
		}
		if got := legible.Lines(in); got != want[1] {
			t.Errorf("Lines(%q) = %q, want %q", in, got, want[1])
		}
	}
}
