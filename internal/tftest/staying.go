// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"regexp"
	"slices"
	"strings"
)

// staying are the words of what says that a client may stay at the server, or how one that does is had again or deleted.
var staying = []string{
	"left behind", "left at the server", "stays at the server", "not deregistered", "is gone", "taken as gone", "not rolled back", "Nothing registered",
	"token journal not adopted", "kept for", "in two resources",
}

// SaysThatItStays reports whether a diagnostic, its summary and its detail, names a client and says that it may stay at the server. One that names it for something
// else, as that reads replace its credentials, is no word on that.
func SaysThatItStays(diagnostic, clientID string) bool {
	names := regexp.MustCompile(`(?:[Cc]lient |/)` + regexp.QuoteMeta(clientID) + `\b`).MatchString(diagnostic) // or by its address, where the server told another name
	return names && slices.ContainsFunc(staying, func(words string) bool { return strings.Contains(diagnostic, words) })
}
