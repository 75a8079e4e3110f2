// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"crypto/md5"  //nolint:gosec // recognised, never relied on
	"crypto/sha1" //nolint:gosec // recognised, never relied on
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// DerivedFrom reports whether what a server shows in a credential's place was made from the known credential and is not a
// new one: a digest of it (in hex, base64, base64url or base32, with any label or separators, whole or cut off), its
// beginning or end, the credential with characters masked, the credential in another encoding or with a label before it,
// or JSON that holds one of these. The same value is not derived.
//
// A salted hash or a ciphertext cannot be told from a new value by the known one alone; LooksHashed knows the usual
// formats of these.
func DerivedFrom(known String, shown string) bool {
	value, shown := known.Reveal(), strings.TrimSpace(shown)
	if value == "" || shown == "" || shown == strings.TrimSpace(value) {
		return false
	}
	if isPartOf(value, shown) || isMaskOf(value, shown) || isEncodingOf(value, shown) || isDigestOf(value, shown) {
		return true
	}
	if shown[0] != '{' && shown[0] != '[' && shown[0] != '"' {
		return false
	}
	v, err := jsonvalue.Decode([]byte(shown))
	return err == nil && jsonvalue.AnyText(v, func(text string) bool { return text == value || DerivedFrom(known, text) })
}

// isPartOf reports whether shown is the beginning or the end of the known value.
func isPartOf(value, shown string) bool {
	return len(shown) < len(value) && (strings.HasPrefix(value, shown) || strings.HasSuffix(value, shown))
}

const (
	// strongMask are characters that no generated secret has; one of them is enough. weakMask are characters that also
	// occur in secrets: three of the same in a row.
	strongMask = maskSigns + "…"
	weakMask   = ".xX#-_?"
)

// isMaskOf reports whether shown is the known value with its middle, its beginning or its end masked, at any length.
func isMaskOf(value, shown string) bool {
	head := 0
	for head < len(value) && head < len(shown) && value[head] == shown[head] {
		head++
	}
	tail := 0
	for tail < len(value)-head && tail < len(shown)-head && value[len(value)-1-tail] == shown[len(shown)-1-tail] {
		tail++
	}
	if head == 0 && tail == 0 {
		return false // nothing of the value is shown: that is LooksMasked's to say
	}
	// A mask's own first or last character may be the value's by chance, and a character of more than one byte may share
	// bytes with the value's: so the borders are tried a little further out, too.
	for h := head; h >= 0 && h >= head-3; h-- {
		for t := tail; t >= 0 && t >= tail-3; t-- {
			if h+t > 0 && isMask(strings.Trim(shown[h:len(shown)-t], " []()<>")) {
				return true
			}
		}
	}
	return false
}

func isMask(s string) bool {
	if s == "" || strings.Trim(s, strongMask+weakMask+" ") != "" {
		return false
	}
	return strings.ContainsAny(s, strongMask) || len(s) >= 3 && strings.Trim(s, s[:1]) == ""
}

// isEncodingOf reports whether shown is the known value in another encoding, or with a label in braces or before a colon.
func isEncodingOf(value, shown string) bool {
	if rest, found := strings.CutSuffix(shown, value); found && rest != "" {
		last := rest[len(rest)-1]
		return last == '}' || last == ':' || last == '$' || last == '='
	}
	// Who decodes a value as a form's reads each plus sign in it as a space, which no generator makes.
	return Decodes(shown, value) || strings.ReplaceAll(shown, " ", "+") == value
}

// leastDigest is how many characters of a digest that was cut off are compared at least: eight of hex are 32 bits.
const leastDigest = 8

var (
	digestLabel = regexp.MustCompile(`(?i)^[({\[]?(?:hmac[-_]?)?(?:sha|md)[-_]?[0-9]*(?:[-_/](?:224|256|384|512))?[)}\]]?\s*[:=$_-]?\s*`)
	ellipsis    = regexp.MustCompile(`^(?:…|\.{2,}|\*{2,})|(?:…|\.{2,}|\*{2,})$`)
	separators  = strings.NewReplacer(":", "", "-", "", " ", "", "\n", "", "\t", "", "\r", "")
)

// isDigestOf reports whether shown holds a digest of the known value, or is one that was cut off.
func isDigestOf(value, shown string) bool {
	if len(shown) < leastDigest {
		return false
	}
	squeezed := strings.ToLower(separators.Replace(shown))
	bare := ellipsis.ReplaceAllString(digestLabel.ReplaceAllString(ellipsis.ReplaceAllString(shown, ""), ""), "")
	bareHex, bareText := strings.ToLower(separators.Replace(bare)), strings.TrimRight(bare, "=")
	for _, sum := range digests([]byte(value)) {
		digest := hex.EncodeToString(sum)
		if strings.Contains(squeezed, digest) || isCut(digest, bareHex) {
			return true
		}
		for _, text := range []string{
			base64.RawStdEncoding.EncodeToString(sum), base64.RawURLEncoding.EncodeToString(sum),
			base64.RawStdEncoding.EncodeToString([]byte(digest)), base64.RawURLEncoding.EncodeToString([]byte(digest)),
			base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum),
		} {
			if strings.Contains(shown, text) || isCut(text, bareText) {
				return true
			}
		}
	}
	return false
}

func isCut(digest, shown string) bool {
	return len(shown) >= leastDigest && (strings.HasPrefix(digest, shown) || strings.HasSuffix(digest, shown))
}

func digests(value []byte) [][]byte {
	md, s1 := md5.Sum(value), sha1.Sum(value) //nolint:gosec // recognised, never relied on
	s224, s256 := sha256.Sum224(value), sha256.Sum256(value)
	s384, s512, s512t224, s512t256 := sha512.Sum384(value), sha512.Sum512(value), sha512.Sum512_224(value), sha512.Sum512_256(value)
	k224, k256, k384, k512 := sha3.Sum224(value), sha3.Sum256(value), sha3.Sum384(value), sha3.Sum512(value)
	return [][]byte{
		s256[:], s512[:], s1[:], md[:], s224[:], s384[:], s512t224[:], s512t256[:], k224[:], k256[:], k384[:], k512[:],
	}
}
