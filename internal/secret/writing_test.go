// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// encodedForms are encodings of a value that programs use.
func encodedForms(value string) map[string]string {
	all := ""
	for _, b := range []byte(value) {
		all += fmt.Sprintf("%%%02x", b)
	}
	component := url.QueryEscape(value)
	return map[string]string{
		"percent, form": component, "percent, component": strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(component),
		"percent, path": url.PathEscape(value), "percent, lower case": lowerHex(component), "percent, tilde": strings.ReplaceAll(component, "~", "%7E"),
		"percent, each character": all, "percent, twice": url.QueryEscape(component), "HTML": html.EscapeString(value), "JSON": strings.ReplaceAll(value, "+", `\u002b`),
		"JSON, slashes": strings.ReplaceAll(value, "/", `\/`), "base64": base64.StdEncoding.EncodeToString([]byte(value)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(value)),
		"base64 in lines": breakLines(base64.StdEncoding.EncodeToString([]byte(value))), "base64 of percent": base64.StdEncoding.EncodeToString([]byte(component)),
		"hex": hex.EncodeToString([]byte(value)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(value))), "base32": base32.StdEncoding.EncodeToString([]byte(value)),
	}
}

func lowerHex(s string) string {
	for _, escape := range []string{"%2B", "%2F", "%3D", "%7E", "%26", "%3C"} {
		s = strings.ReplaceAll(s, escape, strings.ToLower(escape))
	}
	return s
}

func breakLines(s string) string { return s[:8] + "\r\n" + s[8:] }

// Whatever a known credential is encoded with, it is no new one.
func TestAnEncodedFormIsDerived(t *testing.T) {
	for _, known := range []string{"Rk9v+YmFy/q83u7v&zQ~<x9AbC=", "plain-ASCII_token.0123456789abcdef", "s3cr%74+t&/=~"} {
		for name, shown := range encodedForms(known) {
			if shown != known && !secret.DerivedFrom(secret.New(known), shown) {
				t.Errorf("%s of %s: %q is taken as a new one", name, known, shown)
			}
		}
	}
}

// Another writing of a value tells nothing new, and a new value of each usual generator does.
func TestTellsNothingNew(t *testing.T) {
	const known = "reg-token-1-Rk9v+YmFy/q83u7vzQ~x9AbC="
	forms := encodedForms(known)
	for name, shown := range map[string]string{
		"itself": known, "upper case": strings.ToUpper(known), "lower case": strings.ToLower(known), "quoted": `"` + known + `"`, "in brackets": "<" + known + ">", "labelled": "Bearer " + known,
		"padded": known + "====", "padded with zeros": strings.Repeat("0", 40) + known, "spaces": " " + known + "\t", "cut": known[:20], "its end": known[14:], "its middle": known[8:30],
		"with an ellipsis": known[:20] + "...", "in lines": breakLines(known), "in groups": known[:12] + " " + known[12:20] + " " + known[20:], "in base64url's signs": strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(known),
		"plus signs decoded": strings.ReplaceAll(known, "+", " "), "signs left out": strings.NewReplacer("+", "", "/", "", "=", "", "-", "").Replace(known), "a character changed": strings.Replace(known, "u7v", "u7w", 1),
		"twice": known + known, "quoted in base64": base64.StdEncoding.EncodeToString([]byte(`"` + known + `"`)),
	} {
		forms[name] = shown
	}
	for name, shown := range forms {
		if !secret.TellsNothingNew(secret.New(known), shown) {
			t.Errorf("%s: %q counts as new", name, shown)
		}
	}
	jwt := func(claims, signature string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "." + signature
	}
	for name, pair := range map[string][2]string{
		"counted, with a random part": {"reg-token-1-ef3a9c8142d07b65", "reg-token-2-0c4478d1be925fa3"}, "UUIDs": {"1b4e28ba-2fa1-41d2-883f-0016d3cca427", "6fa459ea-ee8a-4ca4-894e-db77e160355e"},
		"signed anew": {jwt(`{"iss":"https://op.example","sub":"c1","iat":1}`, strings.Repeat("Qm9i", 10)), jwt(`{"iss":"https://op.example","sub":"c1","iat":2}`, "dGhlIHNpZ25hdHVyZSBvZiB0aGUgc2Vjb25kIG9uZQ")},
		"hex":         {"0f1e2d3c4b5a69788796a5b4c3d2e1f0", "9c3a77e1d05b4f6682a1c4e8b9370d5f"}, "short": {"Kx82mQ", "vB07tz"}, "counted": {"client-token-9", "client-token-10"},
	} {
		if secret.TellsNothingNew(secret.New(pair[0]), pair[1]) {
			t.Errorf("%s: %q counts as %q written in another way", name, pair[1], pair[0])
		}
	}
	if secret.TellsNothingNew(secret.New(""), "anything") || secret.TellsNothingNew(secret.New(known), "") {
		t.Error("nothing tells nothing new")
	}
}

// A new random value is never taken for the one before it.
func TestARandomValueIsNew(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	for _, letters := range []string{"0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "0123456789"} {
		value := func(length int) string {
			out := make([]byte, length)
			for i := range out {
				out[i] = letters[source.IntN(len(letters))]
			}
			return string(out)
		}
		for length := 20; length < 90; length += 3 {
			for range 20 {
				a, b := value(length), value(length)
				if secret.TellsNothingNew(secret.New(a), b) || secret.DerivedFrom(secret.New(a), b) {
					t.Errorf("%q counts as %q", b, a)
				}
			}
		}
	}
}
