// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import "net/http"

// Cause is what a failed operation most likely failed for. Diagnostics word it; no cause is given that the operation
// and the answer do not bear out.
type Cause int

// The causes.
const (
	// UnknownCause: the answer fits none of the others, and nothing can be advised.
	UnknownCause Cause = iota
	// NoAnswer: no HTTP answer came, and the transport's error tells why.
	NoAnswer
	// Redirected: the server redirects the request elsewhere.
	Redirected
	// NotARegistration: a success whose body is no client information response (RFC 7591 §3.2.1).
	NotARegistration
	// CredentialRefused: the credential is missing, wrong, expired or revoked.
	CredentialRefused
	// PolicyRefuses: the server's policy refuses the registration, or the credential lacks a scope for it.
	PolicyRefuses
	// OperationForbidden: the credential may not do this to this client.
	OperationForbidden
	// OperationMissing: the server does not have the operation.
	OperationMissing
	// RedirectURIRefused and SoftwareStatementRefused are the refusals with a code of their own (RFC 7591 §3.2.2).
	RedirectURIRefused
	SoftwareStatementRefused
	// MetadataRefused: a value of the client metadata is refused, and the answer says something about it.
	MetadataRefused
	// MetadataRefusedSilently: the same without a word.
	MetadataRefusedSilently
	// RequestRefused: a request without client metadata is refused, and not for its credential.
	RequestRefused
	// NoEndpoint: there is no registration endpoint at this address.
	NoEndpoint
	// NoClient: the client configuration endpoint says that there is no such client.
	NoClient
	// NoRoute: nobody serves the client's URI, so that nothing is said of the client.
	NoRoute
	// RateLimited and ServerFailed are about the moment.
	RateLimited
	ServerFailed
)

// Cause decides what the operation most likely failed for.
func (e *Error) Cause() Cause {
	sends := e.Operation == Register || e.Operation == Update
	switch {
	case e.redirected():
		return Redirected
	case e.Status == 0:
		return NoAnswer
	case e.Status >= 200 && e.Status <= 299 && sends && e.Reason != "" && e.Body != HTMLBody && (e.Code != "" || e.Description != ""):
		return e.refusedMetadata()
	case e.Status >= 200 && e.Status <= 299 && e.Operation != Delete:
		return NotARegistration
	case e.Unauthorized():
		return CredentialRefused
	case e.OperationMissing():
		return OperationMissing
	case e.Status == http.StatusForbidden && sends && e.RefusesMetadata() && len(e.Members) > 0:
		return e.refusedMetadata()
	case e.Forbidden() && e.Operation == Register:
		return PolicyRefuses
	case e.Forbidden():
		return OperationForbidden
	case (e.Status == http.StatusNotFound || e.Status == http.StatusGone) && e.Operation == Register:
		return NoEndpoint
	case e.nobodyServes():
		return NoRoute
	case e.gone():
		return NoClient
	case e.Status == http.StatusTooManyRequests:
		return RateLimited
	case e.Status >= 500, e.Code == "temporarily_unavailable", e.Code == "server_error", e.Code == "slow_down":
		return ServerFailed
	case callerCodes[e.Code]:
		return CredentialRefused
	case (e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity || e.Status == http.StatusConflict) && sends:
		return e.refusedMetadata()
	case e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity:
		return RequestRefused
	}
	return UnknownCause
}

func (e *Error) refusedMetadata() Cause {
	switch {
	case e.Code == "invalid_redirect_uri":
		return RedirectURIRefused
	case e.Code == "invalid_software_statement" || e.Code == "unapproved_software_statement":
		return SoftwareStatementRefused
	case e.Description == "" && len(e.Members) == 0:
		return MetadataRefusedSilently
	}
	return MetadataRefused
}
