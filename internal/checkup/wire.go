// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Sender sends one request; a *transport.Client's Do is one.
type Sender func(context.Context, transport.Request) (*transport.Response, error)

// answer is a raw HTTP answer: what the wire had, without any of the provider's reading of it.
type answer struct {
	status   int
	document map[string]any      // nil where the body is no JSON object
	response *transport.Response // nil for a redirect of what is never redirected
	// maybeProcessed: such a redirect is also how servers answer what they carried out (RFC 9110 §15.4).
	maybeProcessed bool
}

func (a answer) text(member string) string {
	s, _ := a.document[member].(string)
	return s
}

func (a answer) succeeded() bool { return a.status >= 200 && a.status <= 299 }

// call sends a request with a JSON body, or without one where body is nil.
func (send Sender) call(ctx context.Context, method, url string, auth transport.Authorizer, body map[string]any) (answer, error) {
	r := transport.Request{Method: method, URL: url, Accept: "application/json", Auth: auth, Repeat: transport.IfNotProcessed}
	if body != nil {
		encoded, err := jsonvalue.Encode(body)
		if err != nil {
			return answer{}, err
		}
		r.Body, r.ContentType = encoded, "application/json"
	}
	return send.exchange(ctx, r)
}

// post sends a form.
func (send Sender) post(ctx context.Context, url string, auth transport.Authorizer, form string) (answer, error) {
	return send.exchange(ctx, transport.Request{
		Method: http.MethodPost, URL: url, Accept: "application/json", Auth: auth, Repeat: transport.IfNotProcessed,
		Body: []byte(form), ContentType: "application/x-www-form-urlencoded",
	})
}

func (send Sender) exchange(ctx context.Context, r transport.Request) (answer, error) {
	response, err := send(ctx, r)
	var te *transport.Error
	if errors.As(err, &te) && te.Status != 0 {
		return answer{status: te.Status, maybeProcessed: te.MaybeProcessed}, nil
	}
	if err != nil {
		return answer{}, err
	}
	a := answer{status: response.Status, response: response}
	if jsonvalue.Into(response.Body, &a.document) != nil {
		a.document = nil
	}
	return a, nil
}

// header is the value of an Authorization field as it is.
type header struct{ value secret.String }

func (h header) Authorize(_ context.Context, req *http.Request) error {
	req.Header.Set("Authorization", h.value.Reveal())
	return nil
}

func (header) Describe() string { return "an Authorization field" }

// shown is what an answer says of a client's handle. What it omits stays as known.
func shown(a answer, known Handle, endpoint string) Handle {
	if s := a.text("client_id"); s != "" {
		known.ClientID = s
	}
	if s := a.text("client_secret"); s != "" {
		known.ClientSecret = secret.New(s)
	}
	if s := a.text("registration_access_token"); s != "" {
		known.RegistrationAccessToken = secret.New(s)
	}
	if s := a.text("registration_client_uri"); s != "" {
		known.RegistrationClientURI = dcr.ResolveClientURI(endpoint, s, true).URI
	}
	return known
}

// metadataOf gives the client metadata of an answer.
func metadataOf(a answer) map[string]any {
	m := map[string]any{}
	for name, v := range a.document {
		if !metadata.ServerAssigned(name) {
			m[name] = v
		}
	}
	return m
}

// appended adds a path to an issuer, which may end in a slash.
func appended(issuer, path string) string { return strings.TrimSuffix(issuer, "/") + path }

// shows reports whether an answer shows a client. Some servers leave the client_id out of a read. Then it is the token's client; the
// provider's own credential would read whatever is there.
func shows(a answer, clientID string, token secret.String) bool {
	if a.status != http.StatusOK {
		return false
	}
	if id := a.text("client_id"); id != "" {
		return id == clientID
	}
	return !token.IsEmpty() && a.document["redirect_uris"] != nil
}
