// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// unsupportedCodes are the errors of servers that do not have an operation. No standard has one.
var unsupportedCodes = []string{
	"unsupported", "not_supported", "not_implemented", "unsupported_operation", "operation_not_supported", "unsupported_method", "method_not_supported",
	"method_not_allowed", "request_method_not_supported",
}

// The words of a sentence that says that a server does not have an operation, and nothing else. "Disabled" and "not available" are none of them: what is switched
// off is switched on again.
var (
	wordsOfNone      = setOf("unsupported unimplemented not isn't aren't doesn't don't never cannot no")
	wordsOfHaving    = setOf("supported support supports implemented implement implements unsupported unimplemented")
	wordsOfOperation = setOf("operation operations method methods verb verbs put delete update updates updating modification deletion deletions deleting deregistration management")
	wordsBeside      = setOf("http https request requests requested client clients oauth oauth2 openid connect oidc dynamic registration registrations register configuration " +
		"authorization server service api provider endpoint url uri resource path route address feature function get post the a an this that these for of on to via at by in is are was be do " +
		"does it and or see error code trace id")
)

// wordsOfAsker are in a code that is about who asks. In a description, each of them is a word too much as it is.
var wordsOfAsker = setOf("access denied forbidden permission permissions privilege privileges role roles scope unauthorized unauthenticated authentication token credential credentials")

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// SaysUnsupported reports whether a 403 or 400 at the client's own URI says, in its code or in words, that the server does not have the operation.
//
// A refusal of who asks is worded alike ("You are not allowed to delete this client", "This operation is not allowed for your role"), and then the client lives
// and what it is managed with has to be kept. A list of phrases cannot tell the two apart. So it counts only where each word of the whole text is one that such a
// sentence needs: a word beside them is a condition, and one that a server's developers put there for a reason.
func (e *Error) SaysUnsupported() bool {
	manages := e.Operation == Read || e.Operation == Update || e.Operation == Delete
	refused := e.Status == http.StatusForbidden || e.Status == http.StatusBadRequest
	return manages && refused && len(e.Members) == 0 && saysUnsupported(strings.ToLower(e.Code), strings.ToLower(e.Description))
}

func saysUnsupported(code, description string) bool {
	if aboutAsker(code) || code == "invalid_client_metadata" || code == "invalid_redirect_uri" || strings.HasSuffix(code, "_software_statement") {
		return false // or about the body (RFC 7591 §3.2.2)
	}
	says := slices.Contains(unsupportedCodes, code) || saysNoOperation(wordsOf(code))
	statements, whole := statementsOf(description)
	for _, sentence := range statements {
		words := wordsOf(sentence)
		if !ofOperations(words) {
			return false // a condition, wherever it stands
		}
		says = says || saysNoOperation(words) || whole && saysNothingElse(words)
	}
	return says
}

// aboutAsker reports whether an error code is about who asks (RFC 6750 §3.1, RFC 6749 §5.2, and vendors' own), or about the moment. A server is known that says
// "access_denied" of an operation that it does not have.
func aboutAsker(code string) bool {
	if code == "access_denied" || code == "forbidden" {
		return false
	}
	return callerCodes[code] || slices.ContainsFunc(wordsOf(code), func(word string) bool { return wordsOfAsker[word] })
}

// statementsOf are the sentences of a description, without what stands for the request: addresses, and whatever has a digit, as an identifier or a status. whole: nothing was
// left out. What is left out may be the very thing that is not supported, a value ("PS512 not supported"), so that the rest has to name the operation.
func statementsOf(description string) (statements []string, whole bool) {
	var kept []string
	all := strings.Fields(description)
	for _, word := range all {
		if !strings.Contains(word, "/") && !strings.ContainsFunc(word, unicode.IsDigit) || word == "oauth2" {
			kept = append(kept, word)
		}
	}
	return strings.FieldsFunc(strings.Join(kept, " "), func(r rune) bool { return strings.ContainsRune(".;:!?", r) }), len(kept) == len(all)
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(text, "’", "'"), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
}

// ofOperations reports whether all of some words are ones that such a sentence may have.
func ofOperations(words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool {
		word = strings.Trim(word, "'")
		return word != "allowed" && !wordsOfNone[word] && !wordsOfHaving[word] && !wordsOfOperation[word] && !wordsBeside[word]
	})
}

// saysNothingElse reports whether the words are "not supported" and the like, of what was asked for as a whole.
func saysNothingElse(words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return wordsOfHaving[word] }) && slices.ContainsFunc(words, func(word string) bool { return wordsOfNone[word] }) &&
		!slices.ContainsFunc(words, func(word string) bool { return !wordsOfNone[word] && !wordsOfHaving[word] })
}

// saysNoOperation reports whether the words say of an operation that there is none: of the operation itself, and not for or of a client.
func saysNoOperation(words []string) bool {
	if !ofOperations(words) {
		return false
	}
	has := func(set map[string]bool) bool {
		return slices.ContainsFunc(words, func(word string) bool { return set[strings.Trim(word, "'")] })
	}
	for i, word := range words {
		if slices.Contains(words[i+1:min(i+3, len(words))], "client") && (word == "for" || word == "on" || word == "this") {
			return false
		}
	}
	if slices.Contains(words, "allowed") { // "Method not allowed", as a 405 says it
		return has(wordsOfNone) && has(methodWords) && !has(askerOfMethod)
	}
	return has(wordsOfNone) && has(wordsOfHaving) && has(wordsOfOperation)
}

var (
	methodWords   = setOf("method methods verb verbs")
	askerOfMethod = setOf("to client clients")
)

// OperationMissing reports whether the server does not seem to have an operation: 405, 501, a 403 or 400 that says so, or a redirect of what changes a client,
// as to a login page. Only a read tells that the client is still there.
func (e *Error) OperationMissing() bool {
	changes := e.Operation == Update || e.Operation == Delete
	return e.NotSupported() || e.SaysUnsupported() || changes && e.redirected()
}
