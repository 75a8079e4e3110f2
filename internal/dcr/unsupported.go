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
	wordsOfOperation = setOf("operation operations method methods put delete update updates updating modification deletion deletions deleting deregistration management")
	wordsBeside      = setOf("http https request requests requested client clients oauth oauth2 openid connect oidc dynamic registration registrations configuration " +
		"authorization server provider endpoint url uri resource path route address get post the a an this that these for of on to via at by in is are was be do does it and or")
)

// wordsOfAsker have an error be about who asks, or about the moment.
var wordsOfAsker = setOf("you your user users account role roles permission permissions privilege privileges right rights scope scopes owner tenant organization " +
	"administrator administrators token credential credentials policy plan subscription temporarily temporary currently moment maintenance yet unauthorized authorized")

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
// and what it is managed with has to be kept. A list of phrases cannot tell the two apart. So a sentence counts only where each of its words is one that such a
// sentence needs: a word beside them is a condition, and one that a server's developers put there for a reason.
func (e *Error) SaysUnsupported() bool {
	manages := e.Operation == Read || e.Operation == Update || e.Operation == Delete
	refused := e.Status == http.StatusForbidden || e.Status == http.StatusBadRequest
	return manages && refused && len(e.Members) == 0 && saysUnsupported(strings.ToLower(e.Code), strings.ToLower(e.Description))
}

func saysUnsupported(code, description string) bool {
	if code == "insufficient_scope" || code == "invalid_client_metadata" || code == "invalid_redirect_uri" || strings.HasSuffix(code, "_software_statement") {
		return false // about who asks (RFC 6750 §3.1), or about the body (RFC 7591 §3.2.2)
	}
	said := wordsOf(description)
	if slices.ContainsFunc(said, func(word string) bool { return wordsOfAsker[word] }) {
		return false
	}
	if slices.Contains(unsupportedCodes, code) || saysNoOperation(wordsOf(code)) {
		return true
	}
	sentences := strings.FieldsFunc(description, func(r rune) bool { return strings.ContainsRune(".;:!?\n", r) })
	return slices.ContainsFunc(sentences, func(sentence string) bool { return saysNoOperation(wordsOf(sentence)) })
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(text, "’", "'"), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
}

// saysNoOperation reports whether the words say of an operation that there is none, and say nothing else.
func saysNoOperation(words []string) bool {
	var none, having, operation, method, allowed bool
	for _, word := range words {
		word = strings.Trim(word, "'")
		none = none || wordsOfNone[word]
		having = having || wordsOfHaving[word]
		operation = operation || wordsOfOperation[word]
		method = method || word == "method" || word == "methods"
		allowed = allowed || word == "allowed"
		if word != "allowed" && !wordsOfNone[word] && !wordsOfHaving[word] && !wordsOfOperation[word] && !wordsBeside[word] {
			return false
		}
	}
	if allowed {
		return none && method && !slices.Contains(words, "to") // "Method not allowed", as a 405 says it
	}
	return none && having && (operation || len(words) <= 2)
}

// OperationMissing reports whether the server does not seem to have an operation: 405, 501, a 403 or 400 that says so, or a redirect of what changes a client,
// as to a login page. Only a read tells that the client is still there.
func (e *Error) OperationMissing() bool {
	changes := e.Operation == Update || e.Operation == Delete
	return e.NotSupported() || e.SaysUnsupported() || changes && e.redirected()
}
