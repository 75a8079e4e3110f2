// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import "strings"

// irregularTags are the tags that BCP 47 keeps although they don't fit its grammar (RFC 5646 §2.1, "irregular").
var irregularTags = map[string]bool{
	"en-gb-oed": true, "i-ami": true, "i-bnn": true, "i-default": true, "i-enochian": true, "i-hak": true,
	"i-klingon": true, "i-lux": true, "i-mingo": true, "i-navajo": true, "i-pwn": true, "i-tao": true, "i-tay": true,
	"i-tsu": true, "sgn-be-fr": true, "sgn-be-nl": true, "sgn-ch-de": true,
}

// wellFormedTag tells whether a language tag fits the grammar of RFC 5646 §2.1. Whether its subtags are registered is
// not asked: the registry grows, and golang.org/x/text would refuse what it doesn't know yet.
func wellFormedTag(tag string) bool {
	tag = strings.ToLower(tag)
	if irregularTags[tag] {
		return true
	}
	parts := strings.Split(tag, "-")
	for _, part := range parts {
		if len(part) == 0 || len(part) > 8 || !alphanumeric(part) {
			return false
		}
	}
	if parts[0] == "x" { // private use as a whole
		return len(parts) > 1
	}
	if len(parts[0]) < 2 || !alphabetic(parts[0]) {
		return false
	}
	short := len(parts[0]) <= 3
	parts = parts[1:]
	next := func(fits func(string) bool) bool {
		if len(parts) == 0 || !fits(parts[0]) {
			return false
		}
		parts = parts[1:]
		return true
	}
	for n := 0; short && n < 3 && next(func(s string) bool { return len(s) == 3 && alphabetic(s) }); n++ {
	}
	next(func(s string) bool { return len(s) == 4 && alphabetic(s) })                              // script
	next(func(s string) bool { return len(s) == 2 && alphabetic(s) || len(s) == 3 && numeric(s) }) // region
	for next(func(s string) bool { return len(s) >= 5 || len(s) == 4 && numeric(s[:1]) }) {        // variants
	}
	for len(parts) > 0 && len(parts[0]) == 1 && parts[0] != "x" { // extensions
		parts = parts[1:]
		if !next(func(s string) bool { return len(s) >= 2 }) {
			return false
		}
		for next(func(s string) bool { return len(s) >= 2 }) {
		}
	}
	return len(parts) == 0 || parts[0] == "x" && len(parts) > 1
}

func alphabetic(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

func numeric(s string) bool { return leadingDigits(s) == len(s) }

func alphanumeric(s string) bool {
	for i := range len(s) {
		if (s[i] < 'a' || s[i] > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}
