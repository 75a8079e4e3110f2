// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"errors"
	"strings"

	"golang.org/x/text/language"
)

// WellFormedTag reports whether a language tag fits the grammar of BCP 47 (RFC 5646 §2.1). Whether its subtags are
// registered is not asked: the registry grows, and servers take what they are sent. The library is a little kinder than the
// grammar in places (a fourth extended language) and refuses languages of four to eight letters, of which none exists.
func WellFormedTag(tag string) bool {
	// The library reads CLDR's spelling with underscores too, which servers do not.
	if strings.Contains(tag, "_") {
		return false
	}
	_, err := language.Parse(tag)
	var unregistered language.ValueError
	return err == nil || errors.As(err, &unregistered)
}

// TagLike reports whether a key of localized has the form of a language tag, in one of the spellings that servers register. Of another key nobody
// knows what it is: it may be a value in the wrong place, and is not told.
func TagLike(key string) bool { return WellFormedTag(strings.ReplaceAll(key, "_", "-")) }
