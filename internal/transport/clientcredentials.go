// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// ClientCredentials says how an access token for the provider itself is had (RFC 6749 §4.4).
type ClientCredentials struct {
	TokenURL     string // the token endpoint
	ClientID     string
	ClientSecret secret.String
	// Method is client_secret_basic (where empty), client_secret_post or private_key_jwt.
	Method string
	// PrivateKey is a PEM key or a JWK, for private_key_jwt. KeyID and Algorithm may be empty.
	PrivateKey       secret.String
	KeyID, Algorithm string
	Scopes           []string
	// Audience is sent as the parameter of that name, which is no standard but widely used.
	Audience string
	// Issuer finds the issuer of the server whose token endpoint it is, for assertions that the endpoint refuses otherwise; nil, or "": it is not known.
	Issuer func(context.Context) string
}

// clientCredentials caches one token. golang.org/x/oauth2 fetches it; the caching is done here, since its token sources
// hold the context of their making, cannot be told that a token was refused, and share no failure among parallel calls.
type clientCredentials struct {
	c      *Client
	config ClientCredentials
	flight singleflight.Group
	// assertions are the client's, or nil where a secret is sent. They are used in the flight alone, and so by one call at a time.
	assertions *assertions

	mu      sync.Mutex
	token   *oauth2.Token
	taken   bool        // a token was issued to the client
	refusal *TokenError // of the client, which is not asked for again
}

// NewClientCredentials makes an Authorizer that gets its token through c: with its TLS, limits and redaction. The token
// is fetched when first needed, once under parallel use, and kept until shortly before it expires or is refused. A refusal of the client
// is kept, too: each further request with the same credentials would be one more of the failures after which servers lock a client. Of one that was issued a token
// before, one refusal may be a wrong answer, and a second one is kept.
func NewClientCredentials(c *Client, config ClientCredentials) (Authorizer, error) {
	a := &clientCredentials{c: c, config: config}
	if config.ClientID == "" {
		return nil, errors.New("client credentials need a client_id")
	}
	if config.TokenURL == "" {
		return nil, errors.New("client credentials need a token endpoint")
	}
	switch config.Method {
	case "", "client_secret_basic", "client_secret_post":
		if config.ClientSecret.IsEmpty() {
			return nil, errors.New("client credentials need a client_secret")
		}
	case "private_key_jwt":
		key, err := privateAssertionKey(config.PrivateKey, config.KeyID, config.Algorithm)
		if err != nil {
			return nil, err
		}
		a.assertions = &assertions{key: key, clientID: config.ClientID, endpoint: config.TokenURL, issuer: config.Issuer}
		if config.Issuer == nil {
			a.assertions.issuer = func(context.Context) string { return "" }
		}
	default:
		return nil, fmt.Errorf("the method %q is not known for client credentials", config.Method)
	}
	return a, nil
}

// CheckPrivateKey returns why the private key cannot sign the client's assertions, or nil.
func (c ClientCredentials) CheckPrivateKey() error {
	_, err := privateAssertionKey(c.PrivateKey, c.KeyID, c.Algorithm)
	return err
}

func (a *clientCredentials) Describe() string {
	return fmt.Sprintf("an access token of the client %q", a.config.ClientID)
}

// Authorize implements Authorizer.
func (a *clientCredentials) Authorize(ctx context.Context, req *http.Request) error {
	for {
		token, err := a.cached()
		if err != nil {
			return err
		}
		if token != nil {
			return Bearer(secret.New(token.AccessToken)).Authorize(ctx, req)
		}
		// Parallel calls share one request and its failure. The request runs in the context of the call that came
		// first; where that one was canceled the others try again.
		running := a.flight.DoChan("token", func() (any, error) { return a.renew(ctx) })
		select {
		case <-ctx.Done():
			return classify(ctx, ctx, ctx.Err(), false)
		case result := <-running:
			if ctx.Err() != nil {
				return classify(ctx, ctx, ctx.Err(), false)
			}
			if result.Err == nil {
				// Used even if it is too short-lived to be kept.
				return Bearer(secret.New(result.Val.(*oauth2.Token).AccessToken)).Authorize(ctx, req)
			}
			if !endedEarly(result.Err) {
				return result.Err
			}
		}
	}
}

// endedEarly reports whether a request for a token failed because the call that it ran for was over.
func endedEarly(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && (failed.Kind == Canceled || errors.Is(failed.Err, ErrOperationTimeout))
}

// renew fetches a token unless a parallel call has done so meanwhile.
func (a *clientCredentials) renew(ctx context.Context) (*oauth2.Token, error) {
	if token, err := a.cached(); token != nil || err != nil {
		return token, err
	}
	token, err := a.fetch(ctx)
	refusal := refusalIn(err)
	if refusal != nil && a.wasTaken() {
		token, err = a.fetch(ctx)
		refusal = refusalIn(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.refusal = refusal
		return nil, err
	}
	a.token, a.taken = token, true
	return token, nil
}

// refusalIn is the refusal of the client that an error is, or nil.
func refusalIn(err error) *TokenError {
	if failed, ok := errors.AsType[*TokenError](err); ok && failed.refusesClient() {
		return failed
	}
	return nil
}

func (a *clientCredentials) wasTaken() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.taken
}

// cached is the token in use, or the refusal that is kept, or neither.
func (a *clientCredentials) cached() (*oauth2.Token, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refusal != nil {
		return nil, a.refusal
	}
	if a.token == nil || !a.token.Expiry.IsZero() && !a.c.now().Before(a.token.Expiry) {
		return nil, nil //nolint:nilnil // neither is there
	}
	return a.token, nil
}

// refused implements renewer: the token that the server refused is dropped, unless another one has taken its place.
func (a *clientCredentials) refused(authorization string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token != nil && authorization == "Bearer "+a.token.AccessToken {
		a.token = nil
	}
	return authorization != ""
}

// fetch asks for a token, where need be with an assertion in another form.
func (a *clientCredentials) fetch(ctx context.Context) (*oauth2.Token, error) {
	for {
		token, err := a.request(ctx)
		if a.assertions == nil {
			return token, err
		}
		again, err := a.assertions.settle(ctx, err)
		if !again {
			return token, err
		}
	}
}

// request asks for a token once. The token's Expiry is brought forward so that a token in use does not expire on its way.
func (a *clientCredentials) request(ctx context.Context) (*oauth2.Token, error) {
	tokenURL := a.config.TokenURL
	shown := legible.Bounded(redact.URL(tokenURL), maxShownURL) // metadata may name any
	if bad := refuseURL(tokenURL, a.c.options.AllowInsecureHTTP); bad != nil {
		return nil, &TokenError{URL: shown, Err: bad}
	}
	config := clientcredentials.Config{
		ClientID: a.config.ClientID, ClientSecret: a.config.ClientSecret.Reveal(), TokenURL: tokenURL,
		Scopes: a.config.Scopes, EndpointParams: url.Values{},
		// Given, since the library's own way of finding out sends the secret in both ways.
		AuthStyle: oauth2.AuthStyleInHeader,
	}
	if a.config.Audience != "" {
		config.EndpointParams.Set("audience", a.config.Audience)
	}
	round := &tokenRoundTripper{c: a.c}
	switch {
	case a.assertions != nil:
		sign := func() (secret.String, error) { return a.assertions.sign(a.c) }
		assertion, err := sign()
		if err != nil {
			return nil, err
		}
		config.AuthStyle, config.ClientSecret = oauth2.AuthStyleInParams, ""
		config.EndpointParams.Set("client_assertion_type", AssertionType)
		config.EndpointParams.Set("client_assertion", assertion.Reveal())
		round.sign = sign
	case a.config.Method == "client_secret_post":
		config.AuthStyle = oauth2.AuthStyleInParams
	}
	started := a.c.now()
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport: round, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	if err != nil {
		return nil, tokenError(err, round.answer, shown)
	}
	a.c.Issued(secret.New(token.AccessToken))
	if token.TokenType != "" && !strings.EqualFold(token.TokenType, "Bearer") {
		return nil, &TokenError{URL: shown, Status: round.answer.Status, TokenType: line(round.answer, token.TokenType, 40)}
	}
	if err := CheckToken(secret.New(token.AccessToken)); err != nil {
		return nil, &TokenError{URL: shown, Status: round.answer.Status, Err: err}
	}
	token.Expiry = renewalOf(token, started)
	return token, nil
}

// renewalOf is when a token that was asked for at a time is to be replaced: some time before it expires, or zero, once it is refused.
func renewalOf(token *oauth2.Token, asked time.Time) time.Time {
	lifetime := time.Duration(token.ExpiresIn) * time.Second
	if lifetime <= 0 && !token.Expiry.IsZero() {
		lifetime = time.Until(token.Expiry) // of a form-encoded answer the library says only when
	}
	if lifetime <= 0 {
		return time.Time{}
	}
	return asked.Add(lifetime - min(time.Minute, lifetime/10))
}

// tokenRoundTripper lets golang.org/x/oauth2 speak through a Client.
type tokenRoundTripper struct {
	c      *Client
	sign   func() (secret.String, error) // makes a client assertion; nil: none is sent
	answer *Response
}

// renewing makes a form's body anew for each repeat, or is nil where that may be sent as it is. An assertion's jti counts once (RFC 7523 §3), and it expires soon: the same
// one would be refused after an answer that was lost, or a wait.
func (t *tokenRoundTripper) renewing(body []byte) func() ([]byte, error) {
	if t.sign == nil {
		return nil
	}
	return func() ([]byte, error) {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		assertion, err := t.sign()
		if err != nil {
			return nil, err
		}
		form.Set("client_assertion", assertion.Reveal())
		return []byte(form.Encode()), nil
	}
}

func (t *tokenRoundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		defer req.Body.Close()
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	answer, err := t.c.Do(req.Context(), Request{
		Method: req.Method, URL: req.URL.String(), ContentType: req.Header.Get("Content-Type"), Accept: "application/json",
		Body: body, Renew: t.renewing(body), Auth: sentAuthorization(req.Header.Get("Authorization")), Repeat: Always,
	})
	if err != nil {
		return nil, err
	}
	t.answer = answer
	header := answer.Header.Clone()
	text := bytes.TrimSpace(bytes.TrimPrefix(answer.Body, []byte("\ufeff")))
	if bytes.HasPrefix(text, []byte("{")) {
		header.Set("Content-Type", "application/json") // the library takes JSON that is called text for a form
		text = inWholeSeconds(text)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", answer.Status, http.StatusText(answer.Status)), StatusCode: answer.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: req,
		Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)),
	}, nil
}

// inWholeSeconds is an answer of the token endpoint whose expires_in is a number of seconds without a fraction, which is all that the library reads. A lifetime that is no
// number, or none that can be, is left out: the token is good without (RFC 6749 §5.1), and renewed once it is refused.
func inWholeSeconds(answer []byte) []byte {
	const member = "expires_in"
	var doc map[string]any
	if jsonvalue.Into(answer, &doc) != nil || doc[member] == nil {
		return answer
	}
	whole, _ := jsonvalue.Whole(strings.TrimSpace(fmt.Sprint(doc[member])))
	if seconds, err := whole.Int64(); err == nil && seconds > 0 {
		doc[member] = whole
	} else {
		delete(doc, member)
	}
	if rewritten, err := jsonvalue.Encode(doc); err == nil {
		return rewritten
	}
	return answer
}

// sentAuthorization passes on an Authorization value that someone else made.
type sentAuthorization string

func (s sentAuthorization) Authorize(_ context.Context, req *http.Request) error {
	if s != "" {
		req.Header.Set("Authorization", string(s))
	}
	return nil
}

func (sentAuthorization) Describe() string { return "client authentication" }
