// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"regexp"
	"slices"
	"strings"
)

// IsDrawn reports whether a client_id is drawn, by its form, so that no other server has it: it has a UUID, or a word in which digits and letters follow each other as often as chance has
// them do. One that is counted may be anybody's, and so may one that a person has chosen, as the name of an application that is registered at several servers.
func IsDrawn(clientID string) bool {
	const variety = 8 // of a UUID's hexadecimal digits
	for _, found := range uuid.FindAllString(clientID, -1) {
		if digits := slices.Compact(slices.Sorted(slices.Values([]byte(found)))); len(digits) > variety {
			return true
		}
	}
	const hexadecimal, letters = 3, 4 // how often a digit follows a letter or a letter a digit, where six letters are drawn, and where all are
	numbers := func(word string) int { return alternations(strings.ToLower(word)) }
	return slices.ContainsFunc(hexWord.FindAllString(clientID, -1), func(w string) bool { return numbers(w) >= hexadecimal }) ||
		slices.ContainsFunc(drawnWord.FindAllString(clientID, -1), func(w string) bool { return numbers(w) >= letters && 3*alternations(w) > len(w) })
}

var (
	hexWord   = regexp.MustCompile(`\b[0-9a-fA-F]{16,}\b`)
	drawnWord = regexp.MustCompile(`[0-9A-Za-z_-]{16,}`)
)

// alternations counts where a digit, a small letter or a capital one follows one of another kind. What stands on two sides of a sign does not follow.
func alternations(word string) (n int) {
	kind := func(c byte) int {
		return slices.IndexFunc([]string{"09", "az", "AZ"}, func(of string) bool { return c >= of[0] && c <= of[1] })
	}
	for i := 1; i < len(word); i++ {
		if was, is := kind(word[i-1]), kind(word[i]); was != is && was >= 0 && is >= 0 {
			n++
		}
	}
	return n
}
