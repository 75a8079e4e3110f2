// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestDerivedFrom(t *testing.T) {
	const known = "VFo3UkJNb2VKYi1fLVEy~cZOGE/="
	s256, s512, s1, md := sha256.Sum256([]byte(known)), sha512.Sum512([]byte(known)), sha1.Sum([]byte(known)), md5.Sum([]byte(known))
	s224, s384 := sha256.Sum224([]byte(known)), sha512.Sum384([]byte(known))
	hex256 := hex.EncodeToString(s256[:])
	std256 := base64.StdEncoding.EncodeToString(s256[:])
	var pairs []string
	for i := 0; i < len(hex256); i += 2 {
		pairs = append(pairs, hex256[i:i+2])
	}
	derived := map[string]string{
		"MD5": hex.EncodeToString(md[:]), "SHA-1": hex.EncodeToString(s1[:]), "SHA-224": hex.EncodeToString(s224[:]),
		"SHA-256": hex256, "SHA-384": hex.EncodeToString(s384[:]), "SHA-512": hex.EncodeToString(s512[:]),
		"upper case": strings.ToUpper(hex256), "colons": strings.ToUpper(strings.Join(pairs, ":")), "hyphens": strings.Join(pairs, "-"),
		"label": "sha256:" + hex256, "label in braces": "{SHA256}" + std256, "label with a hyphen": "SHA-256=" + hex256, "dollars": "$sha256$" + hex256,
		"base64": std256, "base64, unpadded": strings.TrimRight(std256, "="), "base64url": base64.URLEncoding.EncodeToString(s256[:]),
		"base64url, unpadded": base64.RawURLEncoding.EncodeToString(s256[:]), "base64 of hex": base64.StdEncoding.EncodeToString([]byte(hex256)),
		"SRI": "sha512-" + base64.StdEncoding.EncodeToString(s512[:]),
		"cut": hex256[:12], "cut, with an ellipsis": hex256[:8] + "…", "cut, with dots and a label": "sha256:" + hex256[:10] + "...",
		"the end of it": "…" + hex256[52:], "cut base64": std256[:16],
		"an object": `{"algorithm":"SHA-256","hash":"` + hex256 + `"}`, "a deep object": `{"secret":{"value":[{"sha256":"` + strings.ReplaceAll(std256, "/", `\/`) + `"}]}}`,
		"an object with it": `{"current":"` + known + `"}`, "a quoted text": `"` + hex256 + `"`,
		"beginning": known[:4], "beginning, ellipsis": known[:4] + "…", "beginning, dots": known[:6] + "...", "beginning, space": known[:6] + " ...",
		"end": known[len(known)-4:], "end, stars": "****" + known[len(known)-4:], "both ends": known[:2] + "…" + known[len(known)-2:],
		"a mask of the same length": known[:3] + strings.Repeat("*", len(known)-6) + known[len(known)-3:], "x": known[:4] + "xxxxxxxx", "dots": known[:3] + "•••••",
		"one star": known[:4] + "*", "in brackets": known[:4] + "[…]" + known[len(known)-4:],
		"noop": "{noop}" + known, "plain": "plain:" + known, "its base64": base64.StdEncoding.EncodeToString([]byte(known)),
		"its hex": hex.EncodeToString([]byte(known)), "URL-encoded": strings.NewReplacer("~", "~", "/", "%2F", "=", "%3D").Replace(known),
		"white space around": "  " + hex256 + "\n",
	}
	for name, shown := range derived {
		if !secret.DerivedFrom(secret.New(known), shown) {
			t.Errorf("%s: %q is not seen to be derived", name, shown)
		}
	}
	other := sha256.Sum256([]byte("another"))
	for name, shown := range map[string]string{
		"itself": known, "nothing": "", "another digest": hex.EncodeToString(other[:]), "another secret": "cf136dc3c1fc93f31185e5885805d",
		"a new one with the old one's beginning": known[:20] + "0123456789", "the next in a row": known + "2",
		"an object": `{"a":"b"}`, "broken JSON": `{"a":`, "another mask": "zz**zz",
	} {
		if secret.DerivedFrom(secret.New(known), shown) {
			t.Errorf("%s: %q is seen as derived", name, shown)
		}
	}
	if secret.DerivedFrom(secret.New(""), "anything") {
		t.Error("something is derived from nothing")
	}
	for i := range 200 { // what test servers and simple ones count up
		if a, b := fmt.Sprintf("secret-%d", i), fmt.Sprintf("secret-%d", i+1); secret.DerivedFrom(secret.New(a), b) {
			t.Errorf("%s is seen as derived from %s", b, a)
		}
	}
}

// A rotated secret is never taken for a derivative of the one before it, and any digest, part or mask always is.
func TestDerivedFromProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.StringMatching(`[A-Za-z0-9_~.-]{16,64}`).Draw(t, "known")
		fresh := rapid.StringMatching(`[A-Za-z0-9_~.-]{16,64}`).Filter(func(s string) bool {
			return !strings.HasPrefix(known, s) && !strings.HasSuffix(known, s) && !strings.HasSuffix(s, known) && strings.Trim(s, ".xX-_") != ""
		}).Draw(t, "fresh")
		if fresh[0] != known[0] && fresh[len(fresh)-1] != known[len(known)-1] && secret.DerivedFrom(secret.New(known), fresh) {
			t.Errorf("%q is seen as derived from %q", fresh, known)
		}
		head := rapid.IntRange(1, 6).Draw(t, "head")
		mask := rapid.SampledFrom([]string{"*", "…", "...", "••••", "********"}).Draw(t, "mask")
		for _, shown := range []string{known[:head], known[len(known)-head:], known[:head] + mask, mask + known[len(known)-head:], known[:head] + mask + known[len(known)-head:]} {
			if !secret.DerivedFrom(secret.New(known), shown) {
				t.Errorf("%q is not seen as derived from %q", shown, known)
			}
		}
	})
}

func FuzzDerivedFrom(f *testing.F) {
	f.Add("secret", "sec•ret")
	f.Add(" 0", " 0")
	f.Add("ü-secret", "\xbc**")
	f.Add("a", "{\"a\":[\"b\"]}")
	f.Fuzz(func(t *testing.T, known, shown string) {
		if secret.DerivedFrom(secret.New(known), known) {
			t.Errorf("%q is seen as derived from itself", known)
		}
		secret.DerivedFrom(secret.New(known), shown)
		secret.LooksHashed(shown)
		secret.LooksMasked(shown)
	})
}
