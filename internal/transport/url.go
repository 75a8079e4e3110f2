// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/loopback"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// CheckURL reports whether raw may be asked: an absolute https URL with a host and without user information, or plain
// http to loopback, or plain http anywhere with allowInsecureHTTP (RFC 7591 §5 asks for TLS). The error is an *Error of kind BadURL or
// InsecureURL.
func CheckURL(raw string, allowInsecureHTTP bool) error {
	if err := refuseURL(raw, allowInsecureHTTP); err != nil {
		return err
	}
	return nil
}

// refuseURL is CheckURL with its own type of error.
func refuseURL(raw string, allowInsecureHTTP bool) *Error {
	u, err := url.Parse(raw)
	if err != nil {
		// Its text quotes the input, and the input may hold a password.
		return &Error{Kind: BadURL, Err: errors.New("it cannot be parsed as a URL")}
	}
	return checkParsed(u, allowInsecureHTTP)
}

func checkParsed(u *url.URL, allowInsecureHTTP bool) *Error {
	shown := redact.URL(u.String())
	scheme := strings.ToLower(u.Scheme)
	switch {
	case scheme != "https" && scheme != "http" && u.Scheme != "":
		return &Error{Kind: BadURL, URL: shown, Err: errors.New("its scheme is not https")}
	case scheme == "" || u.Hostname() == "" || u.Opaque != "":
		return &Error{Kind: BadURL, URL: shown, Err: errors.New("an absolute https URL is needed")}
	case !usablePort(u.Port()):
		return &Error{Kind: BadURL, URL: shown, Err: errors.New("it has a port that does not exist: ports are 1 to 65535")}
	case u.User != nil:
		// net/http would send it as Basic credentials, unasked and past all redaction.
		return &Error{Kind: BadURL, URL: shown, Err: errors.New("user information in a URL is not used; configure the credential instead")}
	case scheme == "http" && !allowInsecureHTTP && !loopback.Is(u.Hostname()):
		return &Error{Kind: InsecureURL, URL: shown, Err: errors.New("https is needed anywhere but on loopback, unless insecure http is allowed explicitly")}
	}
	return nil
}

func usablePort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n <= 65535
}
