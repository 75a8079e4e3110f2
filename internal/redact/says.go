// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import "strings"

// says are the words with which a server says of a credential what is wrong with it, as in "invalid_token: The access token expired". None that is a noun
// for one is here: it is the password of many a test server.
var says = set(strings.Fields(`
	a absent all allowed already an and any are as at authentication be because been before but by can cannot check contact contains could denied deleted did differs disabled
	disallowed do does don't either empty ensure equal exceeded exceeds expected expired failed for forbidden format from given had has have header if in inactive incorrect
	invalid is isn't it its length longer malformed matches may mismatch mismatched missing more most must needs neither nil no none not null of on one only or please provide
	provided refused rejected removed required requires revoked see shorter should signature so than that the then there these this those to too unable unauthorized undefined
	unique unknown unless unsupported until use used uses validation value verification was were when where which while will with without wrong you your

	abgelaufen benötigt bereits bitte darf dürfen enthält erforderlich erwartet falsch fehlen fehlt höchstens ist kein keine keinen mindestens muss müssen nicht passt sind sollte stimmt ungültig unbekannt
	unbekannte unbekanntes ungültige ungültiges wird wurde wurden
`)...)

// remarking are words of what is said of a value in brackets, and of few passphrases: "value (must have 32 characters)".
var remarking = set(strings.Fields(`
	allowed are be bits bytes can cannot characters chars default digits does doesn't don't e.g empty encoded expected format has have i.e invalid is isn't least length longer max maximum min minimum
	missing most must no none not omitted required see shorter should than too truncated was were without wrong
`)...)

// gives stand before what somebody gave that is in a bracket: "rejected value [abc]".
var gives = set("value", "input", "got", "received", "provided", "given", "submitted", "supplied")

// speaks reports whether a text begins with such a word.
func speaks(text string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(text[:min(len(text), mostOfName)], " \t\r\n"), " ")
	return says[strings.ToLower(strings.TrimRight(word, ".,:!?"))]
}

// isWord reports whether a text has letters alone, of which the first may be a capital.
func isWord(text string) bool {
	return text != "" && !strings.ContainsAny(text, "0123456789._~+/-=") && text[1:] == strings.ToLower(text[1:])
}

// firstWord is the word that a text begins with.
func firstWord(text string) string {
	text = strings.TrimLeft(text, " \t\r\n\"'([{")
	end := 0
	for end < len(text) && (ofName(text[end]) || text[end] == '\'' || text[end] == '-') {
		end++
	}
	return text[:end]
}

// lastWord is the word that a text ends with.
func lastWord(text string) string {
	text = strings.TrimRight(text, "\"'`”’»\\)] \t")
	begin := len(text)
	for begin > 0 && (ofName(text[begin-1]) || text[begin-1] == '-') {
		begin--
	}
	return text[begin:]
}
