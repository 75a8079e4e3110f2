// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"strconv"
	"time"
)

// These are answers that servers, and what stands before them, give in place of the right one. Nothing is processed.

const mediaHTML = "text/html; charset=utf-8"

func page(status int, title string) Answer {
	return Answer{Status: status, MediaType: mediaHTML, Body: string(htmlAnswer(status, title).raw)}
}

func jsonError(status int, code, description string) Answer {
	return Answer{Status: status, Body: string(encode(map[string]any{"error": code, "error_description": description}))}
}

// Dropped loses the connection before the request is processed.
func Dropped() Answer { return Answer{Cut: CutConnection} }

// Lost processes the request and loses the connection before the answer.
func Lost() Answer { return Answer{Processed: true, Cut: CutConnection} }

// Torn processes the request and loses the connection in the middle of the answer's body.
func Torn() Answer { return Answer{Processed: true, Cut: CutBody} }

// InternalError is a server's 500, as JSON.
func InternalError() Answer {
	return jsonError(http.StatusInternalServerError, "server_error", "something went wrong")
}

// BadGateway is a proxy's 502 page.
func BadGateway() Answer { return page(http.StatusBadGateway, "502 Bad Gateway") }

// Unavailable is a 503 that says when to come back.
func Unavailable(after time.Duration) Answer {
	a := page(http.StatusServiceUnavailable, "Down for maintenance")
	a.Header = http.Header{"Retry-After": {strconv.Itoa(int(after / time.Second))}}
	return a
}

// TooMany is a 429 that says when to come back.
func TooMany(after time.Duration) Answer {
	a := jsonError(http.StatusTooManyRequests, "temporarily_unavailable", "too many requests")
	a.Header = http.Header{"Retry-After": {strconv.Itoa(int(after / time.Second))}}
	return a
}

// NotFoundPage is a 404 page, of a proxy or of a server that has no such route.
func NotFoundPage() Answer { return page(http.StatusNotFound, "404 Not Found") }

// NotFoundJSON is a 404 as an API's framework gives it for a route that it has not.
func NotFoundJSON() Answer {
	return Answer{Status: http.StatusNotFound, Body: `{"detail":"Not Found"}`}
}

// GonePage is a 410 page.
func GonePage() Answer { return page(http.StatusGone, "410 Gone") }

// Welcome is a single-page application, which answers every path with 200 and its page.
func Welcome() Answer { return page(http.StatusOK, "Welcome") }

// Unauthorized is a 401, with a challenge or without.
func Unauthorized(challenge bool) Answer {
	a := jsonError(http.StatusUnauthorized, "invalid_token", "the token is invalid or expired")
	if challenge {
		a.Header = http.Header{"Www-Authenticate": {`Bearer realm="fakeop", error="invalid_token"`}}
	}
	return a
}

// Forbidden is a 403 with a code and description of the caller's choice; without a code it is a page.
func Forbidden(code, description string) Answer {
	if code == "" {
		return page(http.StatusForbidden, "403 Forbidden")
	}
	return jsonError(http.StatusForbidden, code, description)
}

// Unsupported is a 403 for an operation that the server has not.
func Unsupported() Answer { return Forbidden("invalid_request", "Unsupported operation") }

// BadRequest is a 400 with a code of the caller's choice, such as access_denied or invalid_request.
func BadRequest(code string) Answer {
	return jsonError(http.StatusBadRequest, code, "the request was denied")
}

// NotAllowed is a 405 that names the methods that there are.
func NotAllowed(allow string) Answer {
	a := jsonError(http.StatusMethodNotAllowed, "invalid_request", "the method is not allowed")
	a.Header = http.Header{"Allow": {allow}}
	return a
}

// NotImplemented is a 501.
func NotImplemented() Answer { return page(http.StatusNotImplemented, "501 Not Implemented") }

// MovedTo is a 302 to a path of the same server or to any URL.
func MovedTo(target string) Answer {
	a := page(http.StatusFound, "Found")
	a.Header = http.Header{"Location": {target}}
	return a
}

// LoginPage is a 302 to a page where a person would sign in.
func LoginPage() Answer { return MovedTo("/login") }

// Always has an operation answered so on every call.
func Always(a Answer) []CallFault { return []CallFault{{Answer: a}} }

// PartialManagement are servers that manage clients in part, each seen in the field: what they answer to a read, an update
// and a deletion.
func PartialManagement() map[string]Faults {
	partial := func(read, update, remove *Answer) Faults {
		var f Faults
		for to, a := range map[*[]CallFault]*Answer{&f.Reading.Calls: read, &f.Updating.Calls: update, &f.Deletion.Calls: remove} {
			if a != nil {
				*to = Always(*a)
			}
		}
		return f
	}
	at := func(a Answer) *Answer { return &a }
	noIDOnRead := Faults{Reading: ReadingFaults{NoClientID: true}}
	return map[string]Faults{
		"reads only, 404":                    partial(nil, at(NotFoundPage()), at(NotFoundPage())),
		"reads only, 404 as JSON":            partial(nil, at(NotFoundJSON()), at(NotFoundJSON())),
		"no update, 405":                     partial(nil, at(NotAllowed("GET, DELETE")), nil),
		"reads only, 405":                    partial(nil, at(NotAllowed("GET")), at(NotAllowed("GET"))),
		"reads only, 501":                    partial(nil, at(NotImplemented()), at(NotImplemented())),
		"reads only, 403":                    partial(nil, at(Unsupported()), at(Unsupported())),
		"reads only, redirect to a login":    partial(nil, at(LoginPage()), at(LoginPage())),
		"reads without client_id":            noIDOnRead,
		"a URI that nobody serves, 404":      partial(at(NotFoundPage()), at(NotFoundPage()), at(NotFoundPage())),
		"a URI that nobody serves, 404 JSON": partial(at(NotFoundJSON()), at(NotFoundJSON()), at(NotFoundJSON())),
		"a URI that nobody serves, a page":   partial(at(Welcome()), at(Welcome()), at(Welcome())),
		"a URI that nobody serves, 403":      partial(at(Forbidden("", "")), at(Forbidden("", "")), at(Forbidden("", ""))),
	}
}
