// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

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

// A command that is to be copied runs nothing that a server chose: what is of it is one word for a shell, whatever it has in it.
func TestNoServerWritesACommand(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	last := func(line string) string {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "NO_PROXY=; for last in "+line+"; do :; done; printf %s \"$last\"").CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", line, err, out)
		}
		return string(out)
	}
	for _, key := range []string{"a", "https://op.example.net/register?id=a&b=c", "it's", `"`, `\`, "$HOME", "$(echo)", "`echo`", "a b", "!!", "a\nb", "\u202ea\u2028", "\U000E0041", "ä", "%s", "${a}", "\x00"} {
		var tokens map[string]string
		out, err := exec.CommandContext(t.Context(), sh, "-c", TokensVariable(key)+"; printenv OIDC_REGISTRATION_ACCESS_TOKENS").Output() // #nosec G204 -- what is tested
		if err != nil || json.Unmarshal(out, &tokens) != nil || tokens[key] != "TOKEN" || len(tokens) != 1 || strings.ContainsFunc(TokensVariable(key), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q: %s, %v", key, TokensVariable(key), err)
		}
	}
	for _, odd := range []string{"a", "a';echo;'b", "$(echo)", "`echo`", "a&b=c;d", `\`, `"`, "a''b", "!!"} {
		for _, kind := range []outcome.Kind{outcome.LeftBehind, outcome.AdoptionInDoubt} {
			p := exampleProblem(kind)
			p.ClientURI = exampleEndpoint + "/" + odd
			for _, way := range Of(p).Fix {
				if way.Way == "import" && last(way.Lines[0]) != p.ClientURI {
					t.Errorf("%s: %s", kind, way.Lines[0])
				}
			}
		}
		want := "NO_PROXY=,as.example.com" // of a server with a name that no host has
		if odd == "a" {
			want = "NO_PROXY=,a.example.com"
		}
		if line := noProxy("https://" + odd + ".example.com/").Lines[0]; last(line) != want {
			t.Errorf("%s", line)
		}
	}
}
