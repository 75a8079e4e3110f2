// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// tokenLines are the request for an access token and what the token endpoint answered.
func tokenLines(e *transport.TokenError) []string {
	request := http.MethodPost + " " + withoutQuery(e.URL) + ": "
	target, redirected := e.Redirect()
	if e.Status == 0 && !redirected {
		return []string{request + transport.WithoutRequest(e.Err)}
	}
	lines := []string{strings.TrimSpace(request + strconv.Itoa(e.Status) + " " + cmp.Or(e.Code, http.StatusText(e.Status)))}
	switch {
	case redirected:
		lines = append(lines, "a redirect to "+cmp.Or(target, "nowhere"))
	case e.TokenType != "":
		lines = append(lines, "with a token of type “"+e.TokenType+"”")
	case e.Err != nil:
		lines = append(lines, "with a token that cannot be used: "+e.Err.Error())
	case e.Status < http.StatusBadRequest && e.Code == "":
		lines = append(lines, "without an access token that can be read")
	}
	if e.Description != "" {
		lines = append(lines, e.Description)
	}
	return lines
}

// tokenCause says why client_credentials brought no access token (RFC 6749 §5), and what can be done about it.
func tokenCause(e *transport.TokenError) (means string, ways []Fix) {
	means, ways = tokenFailure(e)
	return Paragraphs("The request was not sent: it needs an access token of the token endpoint "+withoutQuery(e.URL)+", by client_credentials on the provider.", means), ways
}

func tokenFailure(e *transport.TokenError) (means string, ways []Fix) {
	if _, redirected := e.Redirect(); redirected {
		return redirectedToken(e)
	}
	var unanswered *transport.Error
	switch moment := momentOfToken(e); {
	case moment != "":
		return moment, retryToken(e.Until)
	case errors.As(e.Err, &unanswered):
		return transportCause(unanswered)
	case e.TokenType != "", e.Err != nil:
		return "Requests of the provider can be authorized by a bearer token only (RFC 6750 §2.1).",
			[]Fix{{Way: "administrator", Text: "Have the server's administrator see to it that the token endpoint issues bearer tokens to this client."}}
	}
	switch e.Code {
	case "invalid_scope":
		return "The token endpoint does not let the client have these scopes.",
			[]Fix{{Way: "scopes", Text: "Correct scopes in client_credentials, or have the server's administrator allow the client those that a registration needs."}}
	case "unauthorized_client":
		if e.Status == http.StatusUnauthorized { // RFC 6749 §5.2 has invalid_client for it
			return "The token endpoint does not accept the client or the way in which it authenticates. Some servers answer so as well where the client may not get tokens by the grant type client_credentials.",
				append(refusedClient(e), allowGrant)
		}
		return "The client may not get tokens by the grant type client_credentials.", []Fix{allowGrant}
	case "unsupported_grant_type":
		return "The token endpoint does not support the grant type client_credentials.", []Fix{{
			Way: "provider credential", Text: "Set another credential on the provider, in place of client_credentials (or basic_auth, whichever the server takes):",
			Lines: []string{"initial_access_token = var.initial_access_token"},
		}}
	}
	switch {
	case e.Code == "invalid_client", e.Status == http.StatusUnauthorized:
		means := "The token endpoint does not accept the client or the way in which it authenticates."
		if issuer := e.Audiences[1]; issuer != "" {
			means += " It was shown assertions for itself and for its issuer, “" + issuer + "”."
		}
		return means, refusedClient(e)
	case e.Code == "" && (e.Status < http.StatusBadRequest || e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusGone):
		return "This does not look like the answer of a token endpoint (RFC 6749 §5).", []Fix{tokenEndpointWay}
	}
	return "The token endpoint refuses the request.", askWhy()
}

// refusedClient are the ways of a client that is refused, of which one is that its assertions were not for whom the server wants them to be (FAPI 2.0 Security Profile).
func refusedClient(e *transport.TokenError) []Fix {
	if e.Audiences[0] != "" && e.Audiences[1] == "" {
		return []Fix{correctClient, nameIssuer}
	}
	return []Fix{correctClient}
}

var (
	nameIssuer = Fix{
		Way: "issuer", Text: "If it is the token endpoint of the server where clients are registered, and takes assertions for the server's issuer alone, remove token_endpoint in client_credentials, and set on the provider:",
		Lines: []string{`issuer = "https://as.example.com"`},
	}
	correctClient = Fix{Way: "client_credentials", Text: "Correct client_id, client_secret or private_key, and method in client_credentials on the provider (what is read from a file may end in a line break, which trimspace() removes)."}
	allowGrant    = Fix{Way: "administrator", Text: "Have the server's administrator allow this client the grant type client_credentials, or set another client in client_credentials."}
)

var tokenEndpointWay = Fix{
	Way: "token_endpoint", Text: "Compare the address with the server's own documentation, and set the token endpoint in client_credentials on the provider:",
	Lines: []string{`token_endpoint = "https://as.example.com/token"`},
}

// momentOfToken is for a failure that may be another answer at another time.
func momentOfToken(e *transport.TokenError) string {
	means := ""
	switch {
	case e.Status == http.StatusTooManyRequests, e.Code == "slow_down":
		means = limitsRequests
	case e.Status >= http.StatusInternalServerError, e.Code == "temporarily_unavailable", e.Code == "server_error":
		means = "The token endpoint failed."
	case e.Until.IsZero():
		return ""
	}
	if !e.Until.IsZero() {
		means = strings.TrimSpace(means + " " + asksUntil(e.Until))
	}
	return means
}

func retryToken(until time.Time) []Fix {
	if !until.IsZero() {
		return againThen()
	}
	return []Fix{{Way: "retry", Text: "Try again later, or look into the server's log."}}
}

// redirectedToken is for a token endpoint that redirects, which may also be to a page where a person is to log in. Where a client secret goes to is for
// the server's operator to say.
func redirectedToken(e *transport.TokenError) (means string, ways []Fix) {
	target, _ := e.Redirect()
	switch {
	case downgrades(e.URL, target):
		return redirectsToPlainHTTP, []Fix{correctScheme}
	case target == "", isCut(target):
		return "The redirect is not followed.", []Fix{tokenEndpointWay}
	}
	return "The redirect is not followed: the client's credentials are for the address that was asked, and for no other.", []Fix{{
		Way: "token_endpoint", Text: "If the server's operator says that its token endpoint is there, set it in client_credentials on the provider:",
		Lines: []string{"token_endpoint = " + quoted(target)},
	}}
}

// tokenEndpointWays are for client_credentials of which nothing names the token endpoint.
func tokenEndpointWays(e *authserver.MissingTokenEndpoint) []Fix {
	ways := []Fix{{Way: "token_endpoint", Text: "Set the server's token endpoint in client_credentials on the provider:", Lines: []string{`token_endpoint = "https://as.example.com/token"`}}}
	switch {
	case e.Foreign != "":
		ways = append(ways, Fix{Way: "issuer on the provider", Text: "Or, if the provider's server is that one, set its issuer on the provider, too:", Lines: []string{Assignment("issuer", e.Foreign)}})
	case e.NoMetadata:
		ways = append(ways, Fix{Way: "issuer on the provider", Text: "Or set the server's issuer on the provider, whose metadata document names the endpoint:", Lines: []string{`issuer = "https://as.example.com"`}})
	}
	return ways
}
