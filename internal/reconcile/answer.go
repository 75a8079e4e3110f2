// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"net/http"
	"strings"
)

// Operation is what was tried at a client's own URI (RFC 7592 §2).
type Operation string

// The operations of RFC 7592.
const (
	OperationRead   Operation = "read"
	OperationUpdate Operation = "update"
	OperationDelete Operation = "delete"
)

// Answer is the class of what a server answered at a client's own URI.
type Answer int

// The classes. The zero value is no answer, which proves nothing.
const (
	AnswerLost         Answer = iota // no answer, 429, or 5xx but 501
	AnswerDone                       // a success: a read or an update shows the client, a deletion is acknowledged
	AnswerUnusable                   // a success that shows no client: HTML, an empty body, another error in a 200
	AnswerOtherClient                // a success that shows another client
	AnswerMissing                    // 404, 410
	AnswerUnauthorized               // 401
	AnswerCredential                 // 400 or 403 with a code that is about the credential, or a success to a read or a deletion with one
	AnswerForbidden                  // any other 403
	AnswerUnsupported                // 405, 501, or a 403 or 400 that says that there is no such operation
	AnswerRedirected                 // 3xx that was not followed, or was followed to something else than the client
	AnswerRefused                    // any other 4xx: the request was refused, not the credential
)

// String names the class, for logs and tests.
func (a Answer) String() string {
	return [...]string{
		"lost", "done", "unusable", "other client", "missing", "unauthorized", "credential refused", "forbidden",
		"unsupported", "redirected", "refused",
	}[a]
}

// CredentialRefused reports whether the answer refuses the credential, which servers also do for a client that is gone
// (RFC 7592 §2.1).
func (a Answer) CredentialRefused() bool { return a == AnswerUnauthorized || a == AnswerCredential }

// AsksForAnother reports whether the answer asks for another credential.
func (a Answer) AsksForAnother() bool { return a.CredentialRefused() || a == AnswerForbidden }

// ServesNobody reports whether it is how something answers at an address where no clients are served. An outage, or a refusal of who asks, is not.
func (a Answer) ServesNobody() bool {
	switch a {
	case AnswerMissing, AnswerUnsupported, AnswerRedirected, AnswerUnusable:
		return true
	}
	return false
}

// Reply is an answer that is no success, reduced to what its class depends on.
type Reply struct {
	Operation Operation
	Status    int // 0 where no answer came
	Code      string
	// Unsupported: a 403 or 400 says, in its code or in words, that there is no such operation.
	Unsupported bool
	// OtherClient: the answer shows another client_id.
	OtherClient bool
	// Redirected: a redirect led to this answer, or is this answer.
	Redirected bool
}

// credentialCodes are the error codes that are about the credential and not about the request (RFC 6750 §3.1, RFC 6749
// §5.2, and what servers borrow from RFC 6749 §4.1.2.1 for a revoked token).
var credentialCodes = map[string]bool{
	"invalid_token": true, "access_denied": true, "invalid_client": true, "unauthorized": true, "unauthorized_client": true,
	"invalid_grant": true, "expired_token": true, "token_expired": true, "token_revoked": true, "invalid_dpop_proof": true,
	"not_authorized": true, "unauthenticated": true, "authentication_required": true,
}

// Classify returns the class of an answer.
//
// A 400 to a read or a deletion carries no metadata that could be wrong, so every 400 with an error of the standards or
// without any is taken as a refusal of the credential: of the two readings that is the careful one, because it asks for
// evidence. A 400 to an update is one only where the code says so, since it is normally about the body.
func Classify(r Reply) Answer {
	code := strings.ToLower(r.Code)
	switch {
	case r.Status == 0 && r.Redirected:
		return AnswerRedirected // to where it may not be followed, or to another origin, whose answer does not count
	case r.Status == 0, r.Status == http.StatusTooManyRequests:
		return AnswerLost
	case r.OtherClient:
		return AnswerOtherClient
	case r.Redirected, r.Status >= 300 && r.Status <= 399:
		// A 404 behind a redirect is the answer of another path, and says nothing of the client.
		return AnswerRedirected
	case r.Status >= 200 && r.Status <= 299 && r.Operation != OperationUpdate && credentialCodes[code]:
		return AnswerCredential // of a server that has one status for all
	case r.Status >= 200 && r.Status <= 299:
		return AnswerUnusable
	case r.Status == http.StatusNotFound, r.Status == http.StatusGone:
		return AnswerMissing
	case code == "insufficient_scope":
		return AnswerForbidden // who asks is known, and may not (RFC 6750 §3.1), whatever the status
	case r.Status == http.StatusUnauthorized:
		return AnswerUnauthorized
	case r.Status == http.StatusMethodNotAllowed, r.Status == http.StatusNotImplemented:
		return AnswerUnsupported
	case r.Status >= 500:
		return AnswerLost
	case (r.Status == http.StatusForbidden || r.Status == http.StatusBadRequest) && r.Unsupported:
		return AnswerUnsupported
	case r.Status == http.StatusForbidden && (code == "invalid_token" || code == "expired_token"):
		return AnswerCredential
	case r.Status == http.StatusForbidden:
		return AnswerForbidden
	case r.Status == http.StatusBadRequest && (credentialCodes[code] || r.Operation != OperationUpdate):
		return AnswerCredential
	}
	return AnswerRefused
}

// MayRefuseStale reports whether a refusal of the known token in a read may mean that the server has replaced it, on servers that say so in another way than with
// 401 (RFC 6750 §3.1). away: it came from an address that no read has proved, where nothing need be.
func (a Answer) MayRefuseStale(away bool) bool {
	switch a {
	case AnswerForbidden, AnswerCredential:
		return true
	case AnswerMissing, AnswerRefused:
		return !away
	}
	return false
}

// MayRefuseToken reports whether the refusal of an update may be one of the token that it was sent with, by the class of the answer and its error
// code. One that is about the body (RFC 7591 §3.2.2) says nothing about the token.
func MayRefuseToken(class Answer, code string) bool {
	if registrationError(code) {
		return false
	}
	return class.AsksForAnother() || class == AnswerMissing || class == AnswerRefused && credentialCodes[strings.ToLower(code)]
}
