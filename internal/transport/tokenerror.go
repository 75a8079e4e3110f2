// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
)

// TokenError is why a token endpoint gave no access token that can be used (RFC 6749 §5.2). It quotes nothing of an answer but the error's code
// and description.
type TokenError struct {
	URL    string // the token endpoint, without secrets
	Status int    // 0 where there was no answer
	// Code and Description are the error's own, as one line each.
	Code, Description string
	// Audiences are those of client assertions with which the client was refused, the first ones sent first; "" beyond them.
	Audiences [2]string
	// TokenType is that of a token that is no Bearer token, and so none that can be used here.
	TokenType string
	// Until is when the server asks to be asked again; zero where it does not say.
	Until time.Time
	// Err is the *Error of a request without an answer or with a redirect, or says what is wrong with a token.
	Err error
}

// tokenError makes one of what went wrong when a token was asked for. The library's own error has the whole body.
func tokenError(err error, answer *Response, tokenURL string) *TokenError {
	e := &TokenError{URL: tokenURL}
	if known, ok := errors.AsType[*Error](err); ok {
		e.Until, e.Err = known.Until, known
		if known.Kind == Redirect {
			e.Status = known.Status // any other status is a proxy's
		}
		return e
	}
	if answer == nil {
		e.Err = errors.New("no request could be made")
		return e
	}
	e.Status, e.Until = answer.Status, answer.Until
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		e.Code, e.Description = line(answer, refused.ErrorCode, 100), line(answer, refused.ErrorDescription, 500)
	}
	return e
}

// line is a part of an answer in one line of at most so many characters, without its credentials: one that is cut off would not be known for one.
func line(answer *Response, text string, most int) string {
	return legible.Bounded(answer.Scrub(legible.OneLine(text, MaxBody)), most)
}

// refusesClient reports whether the client or what it may ask for is refused, so that the same request gets the same answer.
func (e *TokenError) refusesClient() bool {
	return !e.isOfAMoment() && (e.Status == http.StatusUnauthorized && e.Code == "" ||
		slices.Contains([]string{"invalid_client", "unauthorized_client", "invalid_scope", "invalid_grant"}, e.Code))
}

// namesAudience is a refusal's word on an assertion's audience.
var namesAudience = regexp.MustCompile(`(?i)\baud(iences?)?\b`)

// mayRefuseAssertion reports whether what is refused may be how a client assertion is written: whom it is for, or its type. The code is invalid_client (RFC 7521
// §4.2.1), or the refusal says what is wrong; a client whose scope or grant is refused was taken for what it is.
func (e *TokenError) mayRefuseAssertion() bool {
	switch e.Code {
	case "invalid_scope", "invalid_target", "unsupported_grant_type":
		return false
	}
	return !e.isOfAMoment() && (e.Status == http.StatusUnauthorized || e.Code == "invalid_client" ||
		e.Status == http.StatusBadRequest && namesAudience.MatchString(e.Description))
}

// isOfAMoment reports whether the answer may be another one at another time, whatever its code says.
func (e *TokenError) isOfAMoment() bool {
	return e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError || !e.Until.IsZero()
}

// Redirect is where a redirect leads, which is not followed, and whether there is one; "" where it leads nowhere.
func (e *TokenError) Redirect() (target string, redirected bool) {
	if known, ok := errors.AsType[*Error](e.Err); ok && known.Kind == Redirect {
		return known.Target, true
	}
	return "", false
}

func (e *TokenError) Error() string {
	text := "the token endpoint " + e.URL
	target, redirected := e.Redirect()
	switch {
	case redirected && target != "":
		return fmt.Sprintf("%s answered with status %d, a redirect to %s", text, e.Status, target)
	case redirected:
		return text + " answered with a redirect to nowhere"
	case e.Status == 0:
		return text + " gave no answer: " + WithoutRequest(e.Err)
	case e.TokenType != "":
		return fmt.Sprintf("%s issued a token of type %q where Bearer is needed", text, e.TokenType)
	case e.Err != nil:
		return text + " issued a token that cannot be used: " + e.Err.Error()
	}
	text += fmt.Sprintf(" answered with status %d", e.Status)
	if e.Code == "" && e.Description == "" && e.Status < http.StatusBadRequest {
		return text + " and without an access token that can be read"
	}
	if e.Code != "" {
		text += ", " + e.Code
	}
	return strings.TrimSuffix(text+": "+e.Description, ": ")
}

func (e *TokenError) Unwrap() error { return e.Err }
