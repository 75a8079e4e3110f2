// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package dcr speaks OAuth 2.0 Dynamic Client Registration (RFC 7591), OpenID Connect Dynamic Client Registration 1.0
// and Dynamic Client Registration Management (RFC 7592).
//
// It says what a server answered and decides nothing: what to send, what an answer means for the state and what to do
// about a 401 belong to its callers. It is tolerant of how an answer is written and strict about whose it is: no answer
// is taken for a success that does not name the client.
package dcr

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Client sends registration requests. Its zero value is not usable; it is safe for parallel use.
type Client struct {
	t            *transport.Client
	now          func() time.Time
	probeTimeout time.Duration // of each probe
}

const probeTimeout = 10 * time.Second

// New makes a Client that sends through t. now is the clock from which lifetimes in answers are counted.
func New(t *transport.Client, now func() time.Time) *Client {
	return &Client{t: t, now: now, probeTimeout: probeTimeout}
}

// Register creates a client (RFC 7591 §3.1). The request is never sent twice unless it was certainly not processed. Any
// error is an *Error; its MaybeProcessed says that a client may exist all the same.
func (c *Client) Register(ctx context.Context, endpoint string, auth transport.Authorizer, body map[string]any) (*Registration, error) {
	return c.send(ctx, exchange{operation: Register, method: http.MethodPost, url: endpoint, auth: auth, body: body})
}

// Read fetches the client's current registration (RFC 7592 §2.1). clientID is who the answer must be about.
func (c *Client) Read(ctx context.Context, uri, clientID string, auth transport.Authorizer) (*Registration, error) {
	return c.send(ctx, exchange{operation: Read, method: http.MethodGet, url: uri, clientID: clientID, auth: auth})
}

// Update replaces the client's registration by body (RFC 7592 §2.2), which is sent as it is. gainsSecret says that it may give the client a secret that it has not had.
func (c *Client) Update(ctx context.Context, uri, clientID string, auth transport.Authorizer, gainsSecret bool, body map[string]any) (*Registration, error) {
	return c.send(ctx, exchange{operation: Update, method: http.MethodPut, url: uri, clientID: clientID, auth: auth, gainsSecret: gainsSecret, body: body})
}

// Delete deregisters the client (RFC 7592 §2.3). It returns the status without an error for any 2xx that does not
// report in its body that it failed or deleted nothing; only 204 is what the standard has, and the caller confirms any other by a read. page says that the body
// is a page, as of a front end that answers everything with its own. A 401, 404
// or 410 that answers a repeat of a request whose first answer was lost is an error with Repeated set: the client may be gone
// because of the first.
func (c *Client) Delete(ctx context.Context, uri, clientID string, auth transport.Authorizer) (status int, page bool, err error) {
	x := exchange{operation: Delete, method: http.MethodDelete, url: uri, clientID: clientID, auth: auth, now: c.now()}
	answer, failed := c.ask(ctx, x)
	if failed != nil {
		return failed.Status, false, failed
	}
	if answer.Status < 200 || answer.Status > 299 {
		return answer.Status, false, x.refusal(answer, "")
	}
	if doc, err := parseObject(answer.Body); err == nil && reportsError(doc) {
		e := x.refusal(answer, "reports an error in a successful answer")
		e.MaybeProcessed = e.Repeated || !refusedOutright.MatchString(e.Code)
		return answer.Status, false, e
	}
	if saysNotDeleted(answer.Body, answer.Status == http.StatusAccepted) {
		e := x.refusal(answer, "says in a successful answer that nothing was deleted")
		e.MaybeProcessed = e.Repeated // as of any refusal
		return answer.Status, false, e
	}
	return answer.Status, looksHTML(bytes.TrimSpace(answer.Body)), nil
}

// extension reports whether a member is one that neither a standard nor the protocol knows. A configured one may come from a sensitive
// variable, which nobody tells a provider.
func extension(member string) bool {
	name, _ := metadata.SplitTag(member)
	_, known := metadata.Lookup(name)
	return !known && !metadata.ServerAssigned(member) && member != "error" && member != "error_description"
}

// ask sends the request. Its *Error is about what kept an answer from coming.
func (c *Client) ask(ctx context.Context, x exchange) (*transport.Response, *Error) {
	r := transport.Request{
		Method: x.method, URL: x.url, Accept: "application/json", Auth: x.auth, Repeat: transport.Always,
		FollowRedirects: x.operation == Read || x.operation == List, Withheld: extension,
	}
	if x.operation == Read && origin.Names(x.url, x.clientID) {
		// Another client's address is where servers end a token that is not that one's.
		r.MayFollow = func(target *url.URL) bool { return origin.NamesInURL(target, x.clientID) }
	}
	if x.body != nil {
		encoded, err := jsonvalue.Encode(x.body)
		if err != nil {
			return nil, &Error{Operation: x.operation, Endpoint: redact.URL(x.url), Reason: "was sent nothing: the metadata cannot be written as JSON", Err: err}
		}
		r.Body, r.ContentType = encoded, "application/json"
	}
	if x.operation == Register {
		r.Repeat = transport.IfNotProcessed
	}
	answer, err := c.t.Do(ctx, r)
	if err != nil {
		return nil, x.unanswered(err)
	}
	c.issued(answer.Body)
	// A read may be redirected, without its credential once it leaves the origin. What another origin says of the client
	// then says nothing: its 401 is not this server's 401.
	if !origin.Same(answer.URL, x.url) {
		e := x.refusal(answer, "redirected to "+answer.Target+", whose answer does not count")
		e.Status, e.Code, e.Description, e.Credentials = 0, "", "", nil
		return nil, e
	}
	return answer, nil
}

// issued tells of the credentials in an answer, also in one that does not count or is about another client: a later one may repeat them. What
// stands in the place of a credential, as “stored”, is a word of other sentences, too.
func (c *Client) issued(body []byte) {
	doc, err := parseObject(body)
	if err != nil {
		return
	}
	for _, member := range []string{"client_secret", "registration_access_token"} {
		if text := strings.TrimSpace(stringOf(doc[member])); !secret.LooksMasked(text) && (strings.ContainsAny(text, "0123456789") || len(text) >= 16) {
			c.t.Issued(secret.New(text))
		}
	}
}

func (c *Client) send(ctx context.Context, x exchange) (*Registration, error) {
	x.now = c.now()
	answer, failed := c.ask(ctx, x)
	if failed != nil {
		return nil, failed
	}
	if answer.Status < 200 || answer.Status > 299 {
		return nil, x.refusal(answer, "")
	}
	doc, err := parseObject(answer.Body)
	if err != nil {
		return nil, x.refusal(answer, err.Error())
	}
	if reportsError(doc) {
		return nil, x.refusal(answer, "reports an error in a successful answer")
	}
	registration := parseRegistration(doc, x.now)
	registration.Status, registration.URL = answer.Status, answer.URL
	registration.AnsweredAt = dateOf(answer)
	if x.operation == Register && registration.RegistrationClientURI != "" {
		registration.RegistrationClientURI = ResolveClientURI(x.url, registration.RegistrationClientURI, true).URI
	}
	if answer.URL == x.url && x.fits(doc) {
		registration.ClientID, registration.Unnamed = x.clientID, true
	}
	switch {
	case registration.ClientID == "":
		return nil, x.refusal(answer, "answered without a client_id")
	case x.clientID != "" && registration.ClientID != x.clientID:
		e := x.refusal(answer, "answered about another client: the client_id differs")
		e.OtherClient = true
		return nil, e
	}
	return registration, nil
}
