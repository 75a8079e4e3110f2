// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"strings"
	"unicode"
)

// Refusal is how a server refused an update in one form, in its own words: error and error_description (RFC 7591 §3.2.2).
type Refusal struct{ Code, Description string }

// Conclusive reports whether the refusals of one update are certainly about a value that the configuration asks for, so
// that no other form can help and the search ends.
//
// It takes two refusals, all with the same error code of RFC 7591 §3.2.2 and the same description, and that description
// must name a member that is asked, and none that the form adds (an unmanaged or removed one, client_secret, client_id).
// invalid_redirect_uri needs no name where redirect_uris are asked. Anything less may be about the form, as with servers
// that answer "invalid_client_metadata" to a member that they themselves showed.
func Conclusive(refusals []Refusal, u Update) bool {
	if len(refusals) < 2 {
		return false
	}
	first := refusals[0]
	if first.Description == "" || !registrationError(first.Code) {
		return false
	}
	for _, r := range refusals[1:] {
		if r.Code != first.Code || r.Description != first.Description {
			return false
		}
	}
	asked, echoed := namesOf(u.Asked), namesOf(u.Registered)
	for _, member := range u.Removed {
		echoed.add(member)
	}
	namesAsked := false
	for _, word := range words(first.Description) {
		switch {
		case asked.has(word):
			namesAsked = true
		case echoed.has(word), serverOwn(word):
			return false
		}
	}
	return namesAsked || first.Code == "invalid_redirect_uri" && asked.has("redirect_uris")
}

// registrationError reports whether the code is one of RFC 7591 §3.2.2.
func registrationError(code string) bool {
	switch code {
	case "invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement", "unapproved_software_statement":
		return true
	}
	return false
}

// words splits a description into what may be members' names.
func words(description string) []string {
	return strings.FieldsFunc(description, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '#' && r != '-'
	})
}
