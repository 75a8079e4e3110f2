// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// unsupportedCodes are the errors of servers that do not have an operation and do not name it. No standard has one.
var unsupportedCodes = []string{"unsupported", "not_supported", "not_implemented"}

// neutralCodes say nothing beside what the description says.
var neutralCodes = []string{"", "access_denied", "forbidden", "invalid_request", "bad_request", "error"}

// The sentences that say of an operation that the server does not have it, and nothing else, in small letters and without quotation marks. An address is @ there, and
// whatever has a digit is #. A resource is none of the server's names: this one may be the only one without the operation. "Disabled" and "not available" are in none of them: what is switched off is switched on again.
var (
	method = `(?:the |this |that )?(?:https? )?(?:request )?(?:method|verb)s?(?: (?:put|delete|get|post))?`
	// A method alone may be one of authentication.
	ofMethod = `(?:(?:the |this |that )?(?:(?:https? |request )+(?:method|verb)s?(?: (?:put|delete|get|post))?|(?:method|verb)s? (?:put|delete|get|post)|verbs?)` +
		`|(?:the )?(?:put|delete|get|post)(?: (?:https? )?(?:method|verb|operation|request)s?)?)`
	ofOperation = `(?:(?:the |this |that )?(?:client |registration )?(?:(?:update|delete|deletion|deregistration|management) )?operations?` +
		`|(?:the )?` + ofClients + `(?:updates?|deletions?|deletes?|deregistrations?|modifications?|management)(?: (?:of|to) ` + clients + `)?` +
		`|(?:updat|delet|modify|manag)(?:e|ing|ion)? ` + clients + `)`
	ofClients = `(?:dynamic |oauth |oidc |openid connect )*(?:client )?(?:registration )?`
	clients   = `(?:a |an |the |registered |existing |dynamic |dynamically |oauth |oidc )*(?:clients?|(?:client )?registrations?)`
	server    = `(?:this|the) (?:authorization |registration |client registration |client configuration |configuration |oauth |requested |specified )*(?:server|provider|service|api|endpoint)`
	there     = `(?: (?:by|at|on|for|via|in) (?:` + server + `(?: @)?|(?:this|the) (?:requested |specified )?(?:url|uri|path|route|address)|(?:path |resource |url |uri |endpoint )?@))?`
	isNot     = `(?:is |are )?(?:(?:not|isn't|aren't) (?:supported|implemented)|unsupported|unimplemented)`

	saysNoOperation = regexp.MustCompile(`^(?:` +
		`(?:` + ofMethod + `|` + ofOperation + `) ` + isNot + there +
		`|(?:unsupported|unimplemented) (?:(?:https? |request )+methods?|(?:https? |request )*(?:operation|verb)s?|methods? (?:put|delete|get|post))(?: (?:put|delete|get|post))?` + there +
		`|` + server + ` (?:does not|doesn't) (?:support|implement) (?:` + ofMethod + `|` + ofOperation + `)` +
		`|` + method + ` (?:is )?not allowed` + there + // as a 405 says it
		`)$`)
	saysOnlyNot = regexp.MustCompile(`^` + isNot + `$`)

	label           = `(?:https?|error|status|code|trace|request|correlation|reference|id)(?: (?:error|status|code|trace|request|correlation|reference|id))*`
	isLabel         = regexp.MustCompile(`^` + label + `$`)
	saysNothingMore = regexp.MustCompile(`^(?:see @|` + label + `(?: [#@])?|put|delete|forbidden|bad request)$`) // or in the words of the status
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
// A refusal of who asks is worded alike ("You are not allowed to delete this client", "This operation is not allowed for your role"), and so is one of a value ("PS512 not
// supported"); then the client lives and what it is managed with has to be kept. Neither a list of phrases to look for nor one of words that may occur can tell these
// apart. So each sentence has to be one of a grammar, from its first word to its last: what stands beside is a condition, which a server's developers put there for a reason.
func (e *Error) SaysUnsupported() bool {
	manages := e.Operation == Read || e.Operation == Update || e.Operation == Delete
	refused := e.Status == http.StatusForbidden || e.Status == http.StatusBadRequest
	return manages && refused && len(e.Members) == 0 && saysUnsupported(strings.ToLower(e.Code), strings.ToLower(e.Description))
}

// NamesNoOperation reports whether the code alone says so, whatever stands beside it: who asks with another credential is answered alike then.
func (e *Error) NamesNoOperation() bool {
	code := strings.ToLower(e.Code)
	return slices.Contains(unsupportedCodes, code) || saysNoOperation.MatchString(inWords(code))
}

func saysUnsupported(code, description string) bool {
	says := slices.Contains(unsupportedCodes, code) || saysNoOperation.MatchString(inWords(code))
	if !says && (aboutAsker(code) || namesAThing(code)) {
		return false
	}
	statements := statementsOf(description)
	for i, sentence := range statements {
		switch {
		case sentence == "#" && i > 0 && isLabel.MatchString(statements[i-1]):
		case saysNoOperation.MatchString(sentence):
			says = true
		case saysOnlyNot.MatchString(sentence):
			if !says && !slices.Contains(neutralCodes, code) || len(statements) > 1 {
				return false // what is not supported is said beside it
			}
			says = true
		case !saysNothingMore.MatchString(sentence):
			return false // a condition, wherever it stands
		}
	}
	return says
}

// aboutAsker reports whether an error code is about who asks (RFC 6750 §3.1, RFC 6749 §5.2, and vendors' own), or about the moment. A server is known that says
// "access_denied" of an operation that it does not have.
func aboutAsker(code string) bool {
	return !slices.Contains(neutralCodes, code) &&
		(callerCodes[code] || slices.ContainsFunc(strings.Fields(inWords(code)), func(word string) bool { return wordsOfAsker[word] }))
}

// namesAThing reports whether an error code is about the body (RFC 7591 §3.2.2), or says by itself what is not supported.
func namesAThing(code string) bool {
	return code == "invalid_client_metadata" || code == "invalid_redirect_uri" || strings.HasSuffix(code, "_software_statement") ||
		strings.Contains(code, "support") || strings.Contains(code, "implement") || strings.Contains(code, "allowed")
}

// statementsOf are the sentences of a description as the grammar has them. A word with a digit that is made of words is none of a request's: CLIENT_LOCKED_423, client/4711.
func statementsOf(description string) (statements []string) {
	const marks = `'"(<[`
	var all []string
	for _, word := range strings.Fields(strings.ReplaceAll(description, " — ", ". ")) { // as the parts of an answer are put together
		switch end := strings.TrimRight(word, ".;:!?"); {
		case strings.HasPrefix(strings.TrimLeft(word, marks), "/"), strings.HasPrefix(strings.TrimLeft(word, marks), "http") && strings.Contains(word, "://"):
			word = "@" + word[len(end):]
		case strings.ContainsFunc(word, unicode.IsDigit) && !strings.ContainsAny(word, "_/") && word != "oauth2":
			word = "#" + word[len(end):]
		}
		all = append(all, strings.Replace(word, "oauth2", "oauth", 1))
	}
	for _, sentence := range strings.FieldsFunc(strings.Join(all, " "), func(r rune) bool { return strings.ContainsRune(".;:!?", r) }) {
		statements = append(statements, inWords(sentence))
	}
	return statements
}

// inWords is a text without its marks, and an error code as the words that it is made of.
func inWords(text string) string {
	words := strings.FieldsFunc(strings.ReplaceAll(text, "’", "'"), func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune("'#@", r) })
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	return strings.Join(words, " ")
}

// OperationMissing reports whether the server does not seem to have an operation: 405, 501, a 403 or 400 that says so, or a redirect of what changes a client,
// as to a login page. Only a read tells that the client is still there.
func (e *Error) OperationMissing() bool {
	changes := e.Operation == Update || e.Operation == Delete
	return e.NotSupported() || e.SaysUnsupported() || changes && e.redirected()
}
