// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// alternation is one regular expression whose alternatives a list was joined to: "(a|b)", which may be anchored, and
// which may follow a word that says that it is a pattern, as in "regexp=(a|b)".
var alternation = regexp.MustCompile(`^(?:[A-Za-z]+=)?\^?\((?:\?:)?(.*)\)\$?$`)

// asPattern reports whether got is one pattern of exactly the values that were asked: some servers store a list that way
// and show it. Each alternative must be a value that was asked, and each such value an alternative, letter for letter but
// for backslashes. Then the server registered what was asked, and only writes it differently. A pattern with one
// alternative more, or with a wildcard that was not asked, is a substitution like any other. That a dot of the pattern may
// stand for any character is the server's own carelessness, which no other request would avoid.
func asPattern(member string, asked, got any) bool {
	// The value as it came: metadata.Normalize reads some patterns as the list of their alternatives.
	if array, ok := got.([]any); ok && len(array) == 1 {
		got = array[0]
	}
	shown, isText := got.(string)
	wanted := texts(member, asked)
	if len(wanted) < 2 || !isText {
		return false
	}
	inner := alternation.FindStringSubmatch(shown)
	if inner == nil {
		return false
	}
	alternatives := splitAlternatives(inner[1])
	slices.Sort(wanted)
	slices.Sort(alternatives)
	return slices.Equal(slices.Compact(wanted), slices.Compact(alternatives))
}

// splitAlternatives takes the inside of a group apart at the bars that no backslash precedes, and removes the backslashes
// that make a sign mean itself. A backslash before a letter or a digit means something else and stays.
func splitAlternatives(inner string) []string {
	var all []string
	var one strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '|':
			all = append(all, one.String())
			one.Reset()
		case c == '\\' && i+1 < len(inner) && strings.IndexByte(`?.+*()[]{}^$|\/-`, inner[i+1]) >= 0:
			i++
			one.WriteByte(inner[i])
		default:
			one.WriteByte(c)
		}
	}
	return append(all, one.String())
}

// texts are the elements of a list of strings, nil for anything else.
func texts(member string, v any) []string {
	normal, ok := metadata.Normalize(member, v)
	if !ok {
		return nil
	}
	array, _ := normal.([]any)
	var all []string
	for _, element := range array {
		text, ok := element.(string)
		if !ok {
			return nil
		}
		all = append(all, text)
	}
	return all
}
