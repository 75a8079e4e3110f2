// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// ClassOf is the class of what a client's own URI answered. An error that is no answer of a server's proves nothing.
func ClassOf(operation reconcile.Operation, err error) reconcile.Answer {
	if err == nil {
		return reconcile.AnswerDone
	}
	var de *dcr.Error
	if !errors.As(err, &de) {
		return reconcile.AnswerLost
	}
	var te *transport.Error
	if de.Status == 0 && errors.As(err, &te) && (te.Kind == transport.BadURL || te.Kind == transport.InsecureURL) {
		return reconcile.AnswerUnusable // and will be, however often it is asked
	}
	return reconcile.Classify(reconcile.Reply{
		Operation: operation, Status: de.Status, Code: de.Code, Unsupported: de.SaysUnsupported(),
		OtherClient: de.OtherClient, Redirected: de.Redirected,
	})
}

// AsksElsewhere reports whether a change of a client is asked for at another address: by a 307 or 308, or a 301, which is used in the same way (RFC 9110 §15.4).
// There is such an operation. A 302 and a 303 are what a login page is shown with.
func AsksElsewhere(err error) bool {
	var te *transport.Error
	if !errors.As(err, &te) || te.Kind != transport.Redirect || te.Target == "" {
		return false
	}
	return te.Status == http.StatusMovedPermanently || te.Status == http.StatusTemporaryRedirect || te.Status == http.StatusPermanentRedirect
}

// NamesNoOperation reports whether a refusal's code says that the server does not have the operation.
func NamesNoOperation(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.NamesNoOperation()
}

// HandleOf is the handle that an answer shows.
func HandleOf(r *dcr.Registration) reconcile.Handle {
	return reconcile.Handle{
		ClientID: r.ClientID, ClientSecret: r.ClientSecret, ClientSecretExpiresAt: r.ClientSecretExpiresAt, ClientIDIssuedAt: r.ClientIDIssuedAt,
		RegistrationAccessToken: r.RegistrationAccessToken, RegistrationClientURI: r.RegistrationClientURI,
	}
}

// Answered reports whether the server gave an HTTP answer.
func Answered(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Status != 0
}

// Unauthorized reports whether the server refused the credential.
func Unauthorized(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Unauthorized()
}

// refusedInSuccess reports whether a server that has one status for all refuses the credential of a read, or of a deletion that it did not make, in a success.
func refusedInSuccess(err error) bool {
	de, ok := errors.AsType[*dcr.Error](err)
	if !ok || de.Operation != dcr.Read && de.Operation != dcr.Delete || de.Status < 200 || de.Status > 299 || dcr.MaybeProcessed(err) {
		return false
	}
	return ClassOf(reconcile.Operation(de.Operation), err).CredentialRefused()
}

// isPage reports whether a refusal is a page or a text, as of a front end, and no document of the server's.
func isPage(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && (de.Body == dcr.HTMLBody || de.Body == dcr.OtherBody)
}

// inOwnWords reports whether a refusal has an error code that is the server's own.
func inOwnWords(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.OwnCode()
}

// aboutToken reports whether a refusal says that it is for the token.
func aboutToken(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && (de.AboutToken() || de.SpeaksOfCredential())
}

func isDocument(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Body == dcr.JSONBody
}

// OwnDeletion is what became of a deletion that was just sent.
func OwnDeletion(err error) reconcile.OwnDeletion {
	switch {
	case turnedAway(err):
		return reconcile.DeletionTurnedAway
	case dcr.MaybeProcessed(err):
		return reconcile.DeletionLost
	}
	return reconcile.DeletionOfBefore
}

// turnedAway reports whether a request that may have been made was answered as by a front end that has lost the server: with 5xx or 408, and not in the
// server's own words.
func turnedAway(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return slices.ContainsFunc(joined.Unwrap(), turnedAway)
	}
	var de *dcr.Error
	return errors.As(err, &de) && (de.Status >= http.StatusInternalServerError || de.Status == http.StatusRequestTimeout) && dcr.MaybeProcessed(err) && !inOwnWords(err)
}

// RateLimited reports whether a front end may have answered that counts requests: some count the one that is too many after it was let
// through, so that an answer of the server's may be lost. It is no word that the request was made, as a lost connection is.
func RateLimited(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return slices.ContainsFunc(joined.Unwrap(), RateLimited)
	}
	var de *dcr.Error
	return errors.As(err, &de) && (de.Status == http.StatusTooManyRequests || de.Status == http.StatusRequestTimeout)
}

// TooMany reports whether fewer requests are asked for. A 408 asks for the very same one again (RFC 9110 §15.5.9).
func TooMany(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return slices.ContainsFunc(joined.Unwrap(), TooMany)
	}
	var de *dcr.Error
	return errors.As(err, &de) && de.Status == http.StatusTooManyRequests
}

// TurnsAwayAll reports whether a request came to nobody, or was answered as by what stands before a server and lets nothing through for now.
func TurnsAwayAll(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return slices.ContainsFunc(joined.Unwrap(), TurnsAwayAll)
	}
	var de *dcr.Error
	if !errors.As(err, &de) || de.Status == 0 {
		return ClassOf(reconcile.OperationRead, err) == reconcile.AnswerLost
	}
	switch de.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return RateLimited(err)
}

// refusedAt is what a request came to at one of two addresses, as far as an error tells.
func refusedAt(operation reconcile.Operation, err error) reconcile.AtAddress {
	return reconcile.AtAddress{
		Answer: ClassOf(operation, err), Page: isPage(err), MaybeProcessed: dcr.MaybeProcessed(err) || RateLimited(err), Outage: Answered(err) && !RateLimited(err),
	}
}

// later is the time by this machine's clock or by the server's own, as its refusal shows it: either may be behind.
func later(now time.Time, refused error) time.Time {
	var de *dcr.Error
	if errors.As(refused, &de) && de.AnsweredAt.After(now) {
		return de.AnsweredAt
	}
	return now
}

// replacedNothing reports whether a request that failed certainly replaced no credential: it reached nobody, or it and each attempt
// before it was refused.
func replacedNothing(err error) bool {
	var de *dcr.Error
	switch {
	case dcr.MaybeProcessed(err) || RateLimited(err):
		return false
	case !errors.As(err, &de):
		return true // there was nothing to send it with
	}
	switch {
	case de.Redirected && de.Operation == dcr.Read:
		return false // what put a page in the answer's place may have done so once the server had made it
	case de.Status != 0:
		return !de.Repeated && refusesItself(de)
	}
	var lost *transport.Error
	return errors.As(err, &lost) && !lost.MaybeProcessed
}

// refusesItself reports whether a refusal is the server's own, and not a front end's that looks at what passes it: one that stops an answer has let the request
// through. The server's own has an error code, also in the header alone (RFC 7591 §3.2.2, RFC 6750 §3), is about what was sent, or is a status by which servers say
// that there is no such client or no such operation. A page is neither where it answers an update, nor is a text or nothing beside a 400 or 422: what a deletion looks
// like is then said by reads.
func refusesItself(de *dcr.Error) bool {
	if refusedInSuccess(de) {
		return true
	}
	if de.Status < 400 || de.Status > 499 || dcr.TellsNothing(de.Status) {
		return de.Status == http.StatusNotImplemented
	}
	if de.OwnCode() {
		return true
	}
	switch de.Status {
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		return de.Operation != dcr.Update || de.Body != dcr.HTMLBody
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return de.Body == dcr.JSONBody || de.Operation != dcr.Update && de.Body != dcr.HTMLBody
	case http.StatusConflict:
		return de.Body == dcr.JSONBody && de.Description != ""
	}
	return false
}

// withoutToken reports whether a request was not sent because the client has no token.
func withoutToken(err error) bool {
	var p *outcome.Problem
	return errors.As(err, &p) && p.Kind == outcome.NoToken
}
