// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// answer is what a request gets, before the faults.
type answer struct {
	status int
	header http.Header
	doc    any    // a JSON document, or
	raw    []byte // anything else
	failed *failure
	cut    Cut
	last   bool // the server accepts no connection after it
}

// failure is the content of an error answer (RFC 7591 §3.2.2, RFC 6749 §5.2, RFC 6750 §3).
type failure struct {
	Code, Description string
}

// bytes is the body.
func (a answer) bytes() []byte {
	if a.doc == nil {
		return a.raw
	}
	return encode(a.doc)
}

// encode writes JSON with sorted members and nothing escaped that needs no escape.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("fakeop: a value set by a test is no JSON: %v", err))
	}
	return bytes.TrimSpace(out.Bytes())
}

// jsonAnswer is a document that no cache may keep: every answer with a credential is one (RFC 7591 §3.2.1).
func jsonAnswer(status int, doc any) answer {
	return answer{status: status, doc: doc, header: http.Header{
		"Content-Type":  {"application/json"},
		"Cache-Control": {"no-store"},
		"Pragma":        {"no-cache"},
	}}
}

func htmlAnswer(status int, title string) answer {
	page := "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n"
	return answer{status: status, raw: []byte(page), header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}
}

func emptyAnswer(status int) answer {
	return answer{status: status, header: http.Header{"Cache-Control": {"no-store"}, "Pragma": {"no-cache"}}}
}

func redirectAnswer(target string, status int) answer {
	if status == 0 {
		status = http.StatusTemporaryRedirect
	}
	a := htmlAnswer(status, "Moved")
	a.header.Set("Location", target)
	return a
}

// errorAnswer is an error as RFC 7591 §3.2.2 and RFC 6749 §5.2 have it.
func errorAnswer(status int, code, format string, args ...any) answer {
	failed := &failure{Code: code, Description: fmt.Sprintf(format, args...)}
	a := jsonAnswer(status, map[string]any{"error": failed.Code, "error_description": failed.Description})
	a.failed = failed
	return a
}

// challenged adds a challenge to an error (RFC 9110 §11.6.1).
func (a answer) challenged(challenge string) answer {
	a.header.Set("WWW-Authenticate", challenge)
	return a
}

// Registration errors (RFC 7591 §3.2.2).

func errMetadata(format string, args ...any) answer {
	return errorAnswer(http.StatusBadRequest, "invalid_client_metadata", format, args...)
}

func errRedirectURI(format string, args ...any) answer {
	return errorAnswer(http.StatusBadRequest, "invalid_redirect_uri", format, args...)
}

func errSoftwareStatement(format string, args ...any) answer {
	return errorAnswer(http.StatusBadRequest, "invalid_software_statement", format, args...)
}

func errUnapprovedSoftware(id string) answer {
	return errorAnswer(http.StatusBadRequest, "unapproved_software_statement", "the software %q is not approved here", id)
}

// Management errors (RFC 7592 §2.2 names no code for a body that breaks its own rules).

func errRequest(format string, args ...any) answer {
	return errorAnswer(http.StatusBadRequest, "invalid_request", format, args...)
}

// Bearer token errors (RFC 6750 §3).

// errNoToken carries no error code in its challenge: the request showed no credential at all (RFC 6750 §3).
func errNoToken() answer {
	return errorAnswer(http.StatusUnauthorized, "invalid_token", "this request needs a bearer token").
		challenged("Bearer realm=\"fakeop\"")
}

func errToken(description string) answer {
	return errorAnswer(http.StatusUnauthorized, "invalid_token", "%s", description).
		challenged("Bearer realm=\"fakeop\", error=\"invalid_token\", error_description=\"" + description + "\"")
}

func errScope(scope string) answer {
	return errorAnswer(http.StatusForbidden, "insufficient_scope", "this request needs the scope %s", scope).
		challenged("Bearer realm=\"fakeop\", error=\"insufficient_scope\", scope=\"" + scope + "\"")
}

func errBasic() answer {
	return errorAnswer(http.StatusUnauthorized, "access_denied", "this request needs a user name and a password").
		challenged("Basic realm=\"fakeop\", charset=\"UTF-8\"")
}

func errAPIKey(header string) answer {
	return errorAnswer(http.StatusUnauthorized, "access_denied", "this request needs the header %s", header)
}

func errCertificate() answer {
	return errorAnswer(http.StatusUnauthorized, "invalid_token", "this request needs a client certificate")
}

// Token endpoint errors (RFC 6749 §5.2).

func errClient(basic bool) answer {
	a := errorAnswer(http.StatusUnauthorized, "invalid_client", "client authentication failed")
	if basic {
		a = a.challenged("Basic realm=\"fakeop\", charset=\"UTF-8\"")
	}
	return a
}

func errGrant(what string) answer {
	return errorAnswer(http.StatusBadRequest, "invalid_grant", "the %s is invalid, expired or issued to another client", what)
}

func errGrantType(grant string) answer {
	return errorAnswer(http.StatusBadRequest, "unsupported_grant_type", "the grant type %q is not supported", grant)
}

func errUnauthorizedClient(grant string) answer {
	return errorAnswer(http.StatusBadRequest, "unauthorized_client", "the client is not registered for the grant type %q", grant)
}

func errTokenScope(scope string) answer {
	return errorAnswer(http.StatusBadRequest, "invalid_scope", "the client is not registered for the scope %q", scope)
}

// Plain HTTP errors.

func errMethod(allow ...string) answer {
	a := errorAnswer(http.StatusMethodNotAllowed, "invalid_request", "only %s is supported here", strings.Join(allow, ", "))
	a.header.Set("Allow", strings.Join(allow, ", "))
	return a
}

func errMediaType(want string) answer {
	return errorAnswer(http.StatusUnsupportedMediaType, "invalid_request", "the body must be %s", want)
}

func errTooLarge() answer {
	return errorAnswer(http.StatusRequestEntityTooLarge, "invalid_request", "the body is larger than %d bytes", maxRequest)
}

func errTooManyRequests() answer {
	return errorAnswer(http.StatusTooManyRequests, "temporarily_unavailable", "too many requests")
}

func errNoSuchPage() answer { return htmlAnswer(http.StatusNotFound, "Not found") }

// digest is 16 hexadecimal digits that depend on all of the parts.
func digest(parts ...string) string {
	sum := sha256.Sum256(encode(parts))
	return hex.EncodeToString(sum[:8])
}
