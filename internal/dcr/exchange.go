// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// exchange is one operation with what it sends.
type exchange struct {
	operation   Operation
	method, url string
	clientID    string // whom the answer must be about; empty for Register
	auth        transport.Authorizer
	gainsSecret bool // of Update: it may give the client a secret that it has not had
	body        map[string]any
	now         time.Time // when it was begun
}

// unanswered makes the Error of a request that got no answer.
func (x exchange) unanswered(err error) *Error {
	e := &Error{Operation: x.operation, Endpoint: redact.URL(x.url), Err: err}
	var t *transport.Error
	if errors.As(err, &t) {
		e.MaybeProcessed = t.MaybeProcessed && x.operation != Read
		e.Redirected, e.Target = t.Kind == transport.Redirect, t.Target
	}
	return e
}

// refusal makes the Error of an answer that is no success. reason is empty where the status says so itself.
func (x exchange) refusal(answer *transport.Response, reason string) *Error {
	e := &Error{Operation: x.operation, Endpoint: redact.URL(x.url), Status: answer.Status, Reason: reason,
		Redirected: answer.Redirected, Target: answer.Target, AnsweredAt: dateOf(answer), Until: answer.Until}
	e.readBody(answer, x.body)
	e.readHeader(answer, x.body)
	e.Repeated = answer.EarlierMaybeProcessed && !(x.operation == Update && e.refusesAlways(x.gainsSecret, x.body))
	// A refusal of the 4xx says that nothing was done, and so does 501. A 503 is also how a proxy answers whose connection to the server broke off, with a
	// time to come back or without one. A read does nothing in any case.
	switch {
	case x.operation == Read:
	case e.Repeated:
		e.MaybeProcessed = true
	case answer.Status >= 200 && answer.Status <= 299:
		e.MaybeProcessed = !(x.operation == Register && reportsClean(answer.Body))
	case TellsNothing(answer.Status), x.operation != Update && answer.Status == http.StatusRequestTimeout:
		e.MaybeProcessed = true // 408: some gateways say so of the server's answer, and not of the request (RFC 9110 §15.5.9)
	case answer.Status >= 500:
		e.MaybeProcessed = answer.Status != http.StatusNotImplemented
	}
	if doc, err := parseObject(answer.Body); err == nil {
		e.Credentials = x.credentials(doc, answer.Status >= 200 && answer.Status <= 299 && answer.URL == x.url)
	}
	return e
}

// TellsNothing reports whether a status says nothing of what became of a request: a 3xx, as the 304 of a cache (RFC 9110 §15.4.5), or the 406 of a server
// that looks at what is accepted once it has made what it is asked for (§15.5.7).
func TellsNothing(status int) bool {
	return status >= 300 && status <= 399 || status == http.StatusNotAcceptable
}

// reportsClean reports whether a successful status carries a well-formed error and no sign of a client: the registration
// was refused, by a server that knows only one status.
func reportsClean(body []byte) bool {
	doc, err := parseObject(body)
	return err == nil && reportsError(doc) && stringOf(doc["client_id"]) == ""
}

// fits reports whether a success that names no client is about the client at whose URI it came: a read shows that URI, or
// client metadata of more than one kind, and an update what was sent. Some servers leave client_id out, and a token that they
// replaced stands in the same answer. A bare token shows nothing of whose it is. A read that writes client_id out as nothing has more than metadata beside it: an object of
// defaults may be what a server answers for a client that it has no more, in place of the 401 or 404 (RFC 7592 §2.1).
func (x exchange) fits(doc map[string]any) bool {
	uri := stringOf(doc["registration_client_uri"])
	_, empty := doc["client_id"]
	switch named := !metadata.Absent(doc["client_id"]); {
	case named, x.clientID == "", uri != "" && uri != x.url:
		return false
	case x.operation == Update:
		return outcomeOf(doc, 0) < saysNone && x.showsSent(doc)
	case x.operation != Read:
		return false
	case uri != "":
		return true
	case empty && stringOf(doc["registration_access_token"]) == "" && !identifies(doc): // no default names a client
		return false
	}
	shown := 0
	for member, value := range doc {
		if _, known := metadata.Lookup(member); known {
			if normal, ok := metadata.Normalize(member, value); ok && !metadata.Absent(normal) {
				shown++
			}
		}
	}
	return shown >= 2
}

// identifying are the members in which clients differ. What another client is registered with is mostly the same in the others, and so are the addresses of a company's pages.
var identifying = []string{"client_name", "redirect_uris", "jwks"}

// showsSent reports whether an answer has more than one member as the update sent it, and one of them is what clients differ in: its name or where it redirects to, or, where it
// shows neither as another, its keys. A client that has none of these is shown by all that the answer has of what was sent, if that is more than any client's.
func (x exchange) showsSent(doc map[string]any) bool {
	shown, own, keys, differs, others := 0, false, false, false, false
	for member, value := range doc {
		name, _ := metadata.SplitTag(member)
		sent, found := x.body[member]
		if _, known := metadata.Lookup(name); !known || !found || metadata.Absent(sent) {
			continue
		}
		equal, named := metadata.Equal(member, sent, value), name == "client_name" || name == "redirect_uris"
		if equal {
			shown++
		}
		own, keys, differs = own || named && equal, keys || name == "jwks" && equal, differs || named && !equal
		others = others || !equal && !metadata.Absent(value)
	}
	if !identifies(x.body) {
		return shown >= 3 && !others && !identifies(doc)
	}
	return shown >= 2 && (own || keys && !differs)
}

// identifies reports whether a document has anything by which its client differs from others.
func identifies(doc map[string]any) bool {
	for member, value := range doc {
		if name, _ := metadata.SplitTag(member); slices.Contains(identifying, name) && !hollow(value) {
			return true
		}
	}
	return false
}

// hollow reports whether a value has nothing in it, however deep: a default document has lists of nothing and a JWK Set without keys.
func hollow(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !hollow(e) })
	case map[string]any:
		for _, e := range v {
			if !hollow(e) {
				return false
			}
		}
		return true
	}
	return false
}

// credentials searches an answer that is no success: a new token, secret or URI in it must not be lost. Only an answer
// about the right client counts.
func (x exchange) credentials(doc map[string]any, success bool) *Registration {
	r := parseRegistration(doc, x.now)
	named := !metadata.Absent(doc["client_id"])
	ownURI := x.operation == Update && !named && r.RegistrationClientURI == x.url
	if success && (x.fits(doc) || ownURI) {
		r.ClientID = x.clientID
	}
	if x.operation == Register && success && !named && !reportsError(doc) && r.managesUnnamed(x.url) {
		return r
	}
	if r.ClientID == "" || x.clientID != "" && r.ClientID != x.clientID {
		return nil
	}
	if x.operation != Register && r.ClientSecret.IsEmpty() && r.RegistrationAccessToken.IsEmpty() && r.RegistrationClientURI == "" {
		return nil
	}
	return r
}

// managesUnnamed reports whether the answer to a registration has what manages a client that it does not name: where it is, and its token. The address is made absolute.
func (r *Registration) managesUnnamed(endpoint string) bool {
	r.RegistrationClientURI = ResolveClientURI(endpoint, r.RegistrationClientURI, true).URI
	return r.RegistrationClientURI != "" && !r.RegistrationAccessToken.IsEmpty() && transport.CanBeSent(r.RegistrationAccessToken)
}

// dateOf is when a server answered, by its own clock (RFC 9110 §6.6.1); zero where the answer does not say.
func dateOf(answer *transport.Response) time.Time {
	at, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}
