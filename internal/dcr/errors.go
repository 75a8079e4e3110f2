// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Operation names what was tried.
type Operation string

// The operations of RFC 7591 and RFC 7592.
const (
	Register Operation = "register"
	Read     Operation = "read"
	Update   Operation = "update"
	Delete   Operation = "delete"
)

// List is the operation of Client.List. No standard has it.
const List Operation = "list"

// Error is what all operations return. It quotes no raw body, and nothing in it is a credential that was sent.
type Error struct {
	Operation Operation
	Endpoint  string // as asked, without secrets in its query
	Status    int    // 0 where there was no answer
	// AnsweredAt is when it was answered, by the server's own clock; zero where the answer does not say.
	AnsweredAt time.Time
	// Until is when the server asks to be asked again; zero where the answer does not say.
	Until time.Time
	// Code and Description are the error's own (RFC 7591 §3.2.2, RFC 6750 §3), as well as they can be made out; both are
	// one line, the description of at most 300 characters.
	Code, Description string
	// said is the description as it came: for a comparison, since what is hidden of it or cut off may be all that tells two answers apart.
	said secret.String
	// Members is what the answer says about single members of client metadata; see Findings.
	Members []MemberFinding
	// Body is what the answer's body was.
	Body Body
	// says is what its body says of what became of the request, be it without a word of why.
	says saying
	// CountsNone: it counts no client as changed, so that there is none, or one that had all of it already.
	CountsNone bool
	// AsksBasic: the challenges of a 401 name HTTP Basic and no bearer token (RFC 9110 §11.6.1).
	AsksBasic bool
	// RequestID is what the server's operator can find the request by.
	RequestID string
	// Reason says what is wrong with an answer that looks like a success, or with the request.
	Reason string
	// MaybeProcessed: the operation may have been carried out all the same. After a registration, a client that nobody
	// knows of may have been left behind; after an update, credentials may have been replaced.
	MaybeProcessed bool
	// Repeated: a request before the answered one may have been carried out, so that a 401, 404 or 410 may answer for it.
	Repeated bool
	// Redirected: the answer is a redirect, or came from where one led, so that its status is not what the client's own URI
	// says. Target is where the redirect led, without the query.
	Redirected bool
	Target     string
	// OtherClient: a success that shows another client.
	OtherClient bool
	// Credentials is what an error answer about the right client carried, or nil. It has no client_id where a registration was answered without one, and with where the client
	// is and its token.
	Credentials *Registration
	Err         error
}

// Body is what an error answer's body is.
type Body int

// The forms of a body.
const (
	NoBody Body = iota
	JSONBody
	HTMLBody
	OtherBody // text, XML, broken JSON, bytes
)

// MemberFinding is what a refusal says about one member of the client metadata.
type MemberFinding struct {
	// Member is named as it was sent where it was sent, with its language tag; else as the table or the server names it.
	Member string
	// Index is the element of a list, counted from 0, and -1 for the whole value.
	Index int
	// Text is what the server says of it in one line, without credentials and cut at mostDescription characters.
	Text string
}

// wholeValue is the Index of a finding that is not about one element.
const wholeValue = -1

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s: ", e.Operation, e.Endpoint)
	switch {
	case e.Status == 0 && e.Reason != "":
		b.WriteString("the server " + e.Reason)
	case e.Status == 0 && e.Err != nil:
		b.WriteString(transport.WithoutRequest(e.Err))
	case e.Reason != "":
		fmt.Fprintf(&b, "the server %s (status %d)", e.Reason, e.Status)
	default:
		fmt.Fprintf(&b, "status %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Redirected && e.Target != "" && e.Status != 0 {
		b.WriteString(" after a redirect to " + e.Target)
	}
	if e.Code != "" {
		b.WriteString(", " + e.Code)
	}
	if e.Description != "" {
		b.WriteString(": " + e.Description)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// RequestMaybeProcessed implements what transport.MaybeProcessed asks for: a read does nothing, whatever became of it.
func (e *Error) RequestMaybeProcessed() bool { return e.MaybeProcessed }

// MaybeProcessed reports whether any request in a tree of errors may have been carried out although it failed.
func MaybeProcessed(err error) bool { return transport.MaybeProcessed(err) }

// Unauthorized reports whether the credential was refused: 401, or a 400 that says so in its code. Some servers answer
// access_denied to a token that they have revoked, and invalid_request to a read, which has nothing else in it that could
// be invalid but its credential.
func (e *Error) Unauthorized() bool {
	switch {
	case e.Status == http.StatusUnauthorized:
		return true
	case e.Status != http.StatusBadRequest:
		return false
	}
	switch e.Code {
	case "invalid_token":
		return true
	case "access_denied":
		return e.Operation != Register
	case "invalid_request", "invalid_client", "unauthorized_client":
		return e.Operation == Read
	}
	return false
}

// gone reports whether there is no such client: 404 or 410 at its own URI. A registration endpoint that is not found says
// nothing of a client, and neither does a page that is missing where a redirect led.
func (e *Error) gone() bool {
	return !e.Redirected && e.Operation != Register && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// Acknowledges reports whether an answer that shows no client has nothing in it but its success: no body, or one in which nothing speaks of an error.
func (e *Error) Acknowledges() bool {
	return e.Status >= 200 && e.Status <= 299 && (e.says == saysNothing || e.says == saysDone || e.says == saysCounted)
}

// AcknowledgesAgain reports whether this acknowledges a request that is sent once more. Many databases count what they changed: where the answer to the
// first one counts a client, and this one none, it is as the first one made it.
func (e *Error) AcknowledgesAgain(first *Error) bool {
	return e.Acknowledges() || e.Status >= 200 && e.Status <= 299 && e.CountsNone && first.Acknowledges() && first.says == saysCounted
}

// OwnCode reports whether the refusal has an error code of the server's own. A number is what front ends have, too, whatever is behind them.
func (e *Error) OwnCode() bool { return isWorded(e.Code) }

func isWorded(code string) bool { return strings.ContainsFunc(code, unicode.IsLetter) }

// Forbidden reports whether the server's policy refuses the operation.
func (e *Error) Forbidden() bool { return e.Status == http.StatusForbidden }

// tokenExpired is how servers say of a token, in a code or in words, that its time has passed.
var tokenExpired = regexp.MustCompile(`(?i)^(expired[_-]?token|token[_-]?expired)$|\btoken\b[^.;,]{0,40}\b(has |is |was |already |been )*expired\b|\bexpired\b[^.;,]{0,30}\btoken\b`)

// expiredAmongOthers is where expiry is only one of several possible reasons, as in the standard's own sentence (RFC 6750 §3.1).
var expiredAmongOthers = regexp.MustCompile(`(?i)\b(or|revoked|malformed|invalid|not expired)\b`)

// SaysExpired reports whether the refusal of a credential says that a token has expired, and that only.
func (e *Error) SaysExpired() bool {
	return tokenExpired.MatchString(e.Code) || tokenExpired.MatchString(e.Description) && !expiredAmongOthers.MatchString(e.Description)
}

// AboutToken reports whether the refusal says, in its code (RFC 6750 §3.1) or in words, that what is wrong is the token that the request was sent with. Where that is a
// client's own, a client that is gone is refused so, too.
func (e *Error) AboutToken() bool {
	switch strings.ToLower(e.Code) {
	case "invalid_token", "token_revoked", "invalid_dpop_proof":
		return true
	}
	return e.SaysExpired()
}

// Words of a credential, and those by which a server says of a client that it has none such, whatever it says of the credential beside that.
var (
	credentialWords = regexp.MustCompile(`(?i)(^|[^a-z])(tokens?|credentials?|secrets?|bearer|jwts?|audiences?|signature|password|api[ _-]?keys?|unauthenticated|not authenticated|log-?in|session|authorization header|certificate)($|[^a-z])`)
	noSuchClient    = regexp.MustCompile(`(?i)\bclient\b([^.;]{0,40})\b(?:not (?:be )?found|unknown|does not exist|doesn't exist|not exist|no longer exists?|not registered|deleted|removed)\b|\b(?:unknown|no such|no|nonexistent) (?:oauth )?client\b(.{0,60})`)
	apart           = regexp.MustCompile(`(?i)\b(?:for|with|by|of|to|in|at|and|or)\b|[.,;:]`)
	camelCase       = regexp.MustCompile(`([a-z])([A-Z])`)
)

// SpeaksOfCredential reports whether a 401 is, by its code or its words, about the credential that the request was sent with, as no standard but RFC 6750 §3.1 has it. Where that is nobody's but the
// provider's own, it says nothing of the client.
func (e *Error) SpeaksOfCredential() bool {
	if e.Status != http.StatusUnauthorized {
		return false
	}
	text := camelCase.ReplaceAllString(e.Code, "$1 $2") + " " + e.Description
	return e.AboutToken() || credentialWords.MatchString(text) && !saysNoSuchClient(text)
}

// saysNoSuchClient reports whether it is the client that a text says is missing, and not its token, its credentials or its certificate.
func saysNoSuchClient(text string) bool {
	found := noSuchClient.FindStringSubmatch(text)
	if found == nil || strings.Contains(strings.ToLower(text), "token: client") { // the token's own client
		return false
	}
	return !credentialWords.MatchString(found[1]) && !credentialWords.MatchString(apart.Split(found[2], 2)[0])
}

// NotSupported reports whether the server says by the status that it does not have the operation: 405 or 501.
func (e *Error) NotSupported() bool {
	return e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented
}

// redirected reports whether the answer was a redirect that may not be followed.
func (e *Error) redirected() bool {
	var t *transport.Error
	return e.Status >= 300 && e.Status <= 399 || errors.As(e.Err, &t) && t.Kind == transport.Redirect
}

// nobodyServes reports whether a 404 or 410 came from a front end or a framework rather than from the endpoint: a page or
// nothing at all, where a registration endpoint answers JSON. It says less of the client than another one does.
func (e *Error) nobodyServes() bool { return e.gone() && (e.Body == HTMLBody || e.Body == NoBody) }

// callerCodes are the errors that are about who asks, or about the moment, and not about what is in the body.
var callerCodes = map[string]bool{
	"invalid_token": true, "insufficient_scope": true, "invalid_client": true, "unauthorized_client": true,
	"access_denied": true, "temporarily_unavailable": true, "server_error": true, "slow_down": true,
	"insufficient_user_authentication": true, "invalid_dpop_proof": true, "use_dpop_nonce": true,
}

// RefusesMetadata reports whether the server took the credential and refused the body, so that another form of the body
// may succeed: 400, 403 and 422 that are not about the caller. A 403 must say something: an empty one is how servers
// refuse a credential.
func (e *Error) RefusesMetadata() bool {
	if e.Reason != "" || callerCodes[e.Code] {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return true
	case http.StatusForbidden:
		return e.OwnCode() || e.Description != ""
	}
	return false
}
