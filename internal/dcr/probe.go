// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// ProbeInput is what is known of a client and its server. Endpoints and redirect URIs may be missing.
type ProbeInput struct {
	TokenEndpoint, AuthorizationEndpoint, ClientID string
	// UserinfoEndpoint is the server's where that has the token endpoint's origin, else empty. No credential goes there.
	UserinfoEndpoint string
	ClientSecret     secret.String
	// Issuer is the server's, which some take assertions for alone (RFC 7523 §3); empty where it is not known.
	Issuer string
	// HasKeys: the client's metadata has keys, with which it may authenticate where the server does not say how it does.
	HasKeys bool
	// AuthMethod is the registered token_endpoint_auth_method, and AuthAlgorithm its signing algorithm; empty where the
	// server does not say.
	AuthMethod, AuthAlgorithm   string
	RedirectURIs, ResponseTypes []string
	// RedirectURIsUnknown: the client has redirection URIs, and none of them is known as a request could name it.
	RedirectURIsUnknown bool
	Scope               string
	// Refusal is what the client's own URI answered, if anything.
	Refusal   Refusal
	ClientURI string
	// SecretMayBeStale: the secret is not certain to be the current one, because it has expired or because the server was
	// seen to replace it on reads or updates: an answer that was lost with the token may have held a new secret too. Its
	// refusal then proves nothing.
	SecretMayBeStale bool
	// ControlFirst: the client that cannot exist is asked about before the client. What answers by turns, as two replicas of which one is no good, answers the two the
	// other way about then.
	ControlFirst bool
}

// issuerAssertion is client_secret_jwt with the issuer as the audience, and not the token endpoint: RFC 7523 §3 leaves it to the server.
const issuerAssertion = "client_secret_jwt, for the issuer"

// typedAssertion is issuerAssertion with a type in its header, without which servers of RFC 7523bis §4 take none, and with which others take none.
const typedAssertion = "client_secret_jwt, for the issuer and with a type"

// basicPlain is client_secret_basic without the form-encoding of RFC 6749 §2.3.1, which many servers do not undo.
const basicPlain = "client_secret_basic, not form-encoded"

// bareRequest is a token request without any client.
const bareRequest = "none at all"

// Refusal is an answer at a client's own URI, as an Error has it.
type Refusal struct {
	Status            int
	Code, Description string
	Body              Body
}

// like reports whether an endpoint gave the very answer that the client's own URI gave. What stands before a server answers so: it is
// one answer then, and no second one that bears the first out.
func (r Refusal) like(other reply, clientID string) bool {
	return r.Status != 0 && r.Status == other.status && r.Code == other.code && comparableWords(r.Description, clientID) == other.shown
}

// probe asks about one client.
type probe struct {
	c       *Client
	in      ProbeInput
	control string // the client_id of a client that does not exist
	// unknown are the answers to such a one, by the way to authenticate.
	unknown map[string]reply
	// ahead is by how much the server's clock, as its last answer shows it, differs from this machine's: it looks at the times of an assertion. byServer: these
	// are by its clock.
	ahead    time.Duration
	byServer bool
}

// clocksDiffer is by how much two clocks may differ before assertions are no longer taken, which are good for minutes.
const clocksDiffer = 30 * time.Second

// reply is an answer to a probe, reduced to what is compared.
type reply struct {
	failed   string // why there is no usable answer
	status   int
	code     string
	words    string // the description, less what differs from one answer to the next
	shown    string // the same, less what an Error hides of it
	target   string // of a redirect: "registered" or another address without its query
	toClient bool   // a redirect to the registered redirect URI that carries an answer
	// challenge is the scheme that the answer asks for, as one has to a client that used the Authorization header (RFC 6749 §5.2).
	challenge string
	body      Body
	details   details
}

// refuses reports whether the reply says that there is no such client, or that it is not authenticated. At the token
// endpoint every 401 does, whatever its code: servers have codes of their own for it. unauthorized_client properly means
// an authenticated client that may not do this, with 400 (RFC 6749 §5.2); with any other status it is used for unknown
// clients too. The comparison with a client that does not exist tells which.
func (r reply) refuses() bool {
	return r.status == http.StatusUnauthorized || r.code == "invalid_client" || r.code == "unauthorized_client" && r.status != http.StatusBadRequest
}

// malformed reports whether the reply is about the form of the request (RFC 6749 §5.2), as of a client_id that is none of the server's kind: no client was looked for.
func (r reply) malformed() bool {
	return r.code == "invalid_request" && (r.status == http.StatusBadRequest || r.status == http.StatusUnprocessableEntity)
}

// names reports whether a reply of the authorization endpoint names the client as what is wrong.
func (r reply) names() bool { return r.code == "invalid_client" || r.code == "unauthorized_client" }

// servesClient reports whether the authorization endpoint answers the client itself, and not for want of one.
func (r reply) servesClient() bool { return r.toClient && !r.names() }

// leadsOn reports whether it leads to a page of the user's, and refuses a client that does not exist.
func (r reply) leadsOn(control reply) bool {
	return !r.names() && r.status < 400 && (control.status >= 400 || control.names())
}

func (r reply) same(other reply) bool {
	return r.status == other.status && r.code == other.code && r.target == other.target
}

func (r reply) equal(other reply) bool {
	return r.failed == "" && other.failed == "" && r.same(other) && r.words == other.words
}

func (r reply) String() string {
	switch {
	case r.toClient && r.code == "":
		return "a redirect to the client"
	case r.toClient:
		return r.code + " in a redirect to the client"
	case r.code != "":
		return r.code
	}
	return fmt.Sprintf("status %d", r.status)
}

// replyTo is an answer without its code, for which each endpoint has its own rule.
func replyTo(answer *transport.Response, ids ...string) (reply, Error) {
	var e Error
	e.readBody(answer, nil)
	e.readHeader(answer, nil)
	said := e.said.Reveal()
	return reply{status: answer.Status, words: comparableWords(said, ids...), shown: comparableWords(e.Description, ids...), details: detailsOf(answer, said, ids...)}, e
}

// token sends a token request with an authorization code that cannot be valid (RFC 6749 §4.1.3). The code_verifier
// makes the request well-formed for servers that demand PKCE.
func (p *probe) token(ctx context.Context, method, clientID string, clientSecret secret.String) reply {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {rand.Text()}, "code_verifier": {rand.Text() + rand.Text()},
	}
	if len(p.in.RedirectURIs) > 0 {
		form.Set("redirect_uri", p.in.RedirectURIs[0])
	}
	auth := transport.NoAuth()
	switch method {
	case "client_secret_basic":
		// Form-encoded before it is base64-encoded (RFC 6749 §2.3.1).
		auth = transport.Basic(url.QueryEscape(clientID), secret.New(url.QueryEscape(clientSecret.Reveal())))
	case basicPlain:
		auth = transport.Basic(clientID, clientSecret)
	case "client_secret_post":
		form.Set("client_id", clientID)
		form.Set("client_secret", clientSecret.Reveal())
	case "client_secret_jwt", issuerAssertion, typedAssertion:
		at := time.Now()
		if p.byServer {
			at = at.Add(p.ahead)
		}
		assertion, err := p.signed(method, clientID, clientSecret, at)
		if err != nil {
			return reply{failed: "could not be asked, since " + err.Error()}
		}
		form.Set("client_id", clientID)
		form.Set("client_assertion_type", transport.AssertionType)
		form.Set("client_assertion", assertion.Reveal())
	case bareRequest:
	default:
		form.Set("client_id", clientID)
	}
	answer, failed := p.do(ctx, transport.Request{
		Method: http.MethodPost, URL: p.in.TokenEndpoint, Accept: "application/json", Auth: auth,
		ContentType: "application/x-www-form-urlencoded", Body: []byte(form.Encode()),
	})
	if failed != "" {
		return reply{failed: failed}
	}
	sent := clientSecret.Reveal() // which a page may repeat
	r, e := replyTo(answer, base64.StdEncoding.EncodeToString([]byte(clientID+":"+sent)), sent, clientID, p.in.ClientID)
	r.challenge, _, _ = strings.Cut(answer.Header.Get("WWW-Authenticate"), " ")
	// Only a code in an OAuth error counts. A code of the server's own in another status, say of its front end, must not
	// differ for the client by chance and prove it alive.
	if doc, err := parseObject(answer.Body); err == nil {
		if named, _ := doc["error"].(string); named != "" && named == e.Code {
			r.code = e.Code
		}
	} else {
		r.code = challengeParameters(strings.Join(answer.Header.Values("WWW-Authenticate"), ", "))["error"]
	}
	return r
}

func (p *probe) signed(method, clientID string, clientSecret secret.String, at time.Time) (secret.String, error) {
	key, err := transport.SecretAssertionKey(clientSecret, p.in.AuthAlgorithm)
	switch {
	case err != nil:
		return secret.String{}, err
	case method == typedAssertion:
		return key.SignTyped(clientID, p.in.Issuer, at)
	case method == issuerAssertion:
		return key.Sign(clientID, p.in.Issuer, at)
	}
	return key.Sign(clientID, p.in.TokenEndpoint, at)
}

// clientURI asks for the client without any credential.
func (p *probe) clientURI(ctx context.Context) reply {
	return p.get(ctx, p.in.ClientURI, transport.NoAuth())
}

func (p *probe) get(ctx context.Context, address string, auth transport.Authorizer) reply {
	answer, failed := p.do(ctx, transport.Request{Method: http.MethodGet, URL: address, Accept: "application/json", Auth: auth})
	if failed != "" {
		return reply{failed: failed}
	}
	r, e := replyTo(answer, p.in.ClientID)
	r.code, r.body = e.Code, e.Body
	return r
}

// named finds the code of an unknown client on an error page; \b keeps invalid_client_metadata out.
var named = regexp.MustCompile(`\b(invalid_client|unauthorized_client)\b`)

// errorCodes finds what is written as the registered error codes are (RFC 6749 §11.4.1): by how they begin or end, since a page may have those of any extension, and a vendor's own.
var errorCodes = regexp.MustCompile(`\b((?:invalid|unauthorized|unsupported|unmet|insufficient)_[a-z_]+|server_error|expired_token|use_dpop_nonce|` +
	`[a-z_]+_(?:required|denied|expired|unavailable|not_supported|mismatch|down|pending|disabled))\b`)

// authorization sends an authorization request that cannot lead to a page of the user's (OpenID Connect Core §3.1.2.1,
// prompt=none) and does not follow what it leads to.
func (p *probe) authorization(ctx context.Context, clientID string) reply {
	endpoint, err := url.Parse(p.in.AuthorizationEndpoint)
	if err != nil {
		return reply{failed: "could not be asked, since its URL cannot be read"}
	}
	responseType, scope := "code", p.in.Scope
	if len(p.in.ResponseTypes) > 0 {
		responseType = p.in.ResponseTypes[0]
	}
	if scope == "" {
		scope = "openid"
	}
	challenge := sha256.Sum256([]byte(rand.Text() + rand.Text()))
	query := endpoint.Query()
	for name, value := range map[string]string{
		"client_id": clientID, "redirect_uri": p.in.RedirectURIs[0], "response_type": responseType, "scope": scope,
		"prompt": "none", "state": rand.Text(), "nonce": rand.Text(),
		"code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]), "code_challenge_method": "S256",
	} {
		query.Set(name, value)
	}
	endpoint.RawQuery = query.Encode()
	answer, failed := p.do(ctx, transport.Request{Method: http.MethodGet, URL: endpoint.String(), Accept: "text/html, application/json"})
	if failed != "" {
		return reply{failed: failed}
	}
	r := reply{status: answer.Status}
	if location := answer.Header.Get("Location"); location != "" && answer.Status >= 300 && answer.Status <= 399 {
		// Relative to the request, as some servers write it (RFC 9110 §10.2.2).
		to, err := endpoint.Parse(location)
		if err != nil {
			return reply{failed: "redirected to what is not a URL"}
		}
		parameters := answerParameters(to)
		r.code, r.words = parameters.Get("error"), comparableWords(parameters.Get("error_description"), clientID, p.in.ClientID)
		r.target, r.details = anonymous(withoutQuery(to), clientID, p.in.ClientID), detailsOfParameters(parameters, clientID, p.in.ClientID)
		if leadsTo(to, p.in.RedirectURIs[0]) {
			r.target = "registered"
			r.toClient = parameters.Has("error") || parameters.Has("code") || parameters.Has("response") ||
				parameters.Has("id_token") || parameters.Has("access_token")
		}
		return r
	}
	r, _ = replyTo(answer, clientID, p.in.ClientID)
	if doc, err := parseObject(answer.Body); err == nil {
		r.code, _ = doc["error"].(string)
	} else if answer.Status >= 400 {
		r.code = theCodeIn(string(answer.Body))
	}
	return r
}

// tag is one of a page, and names are the values of what names things in it, and addresses: they are written as codes are.
var tag, names = regexp.MustCompile(`<[A-Za-z][^<>]*>`), regexp.MustCompile(`(?i)\b(?:href|src|action|name|class|id|for|value|type)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+)`)

// theCodeIn is the code of an unknown client on an error page that has no other one: a page that has all texts of its application, or a table of errors, shows each.
func theCodeIn(page string) string {
	text := tag.ReplaceAllStringFunc(page, func(tag string) string { return names.ReplaceAllString(tag, " ") })
	found := named.FindString(text)
	for _, code := range errorCodes.FindAllString(text, -1) {
		if code != found {
			return ""
		}
	}
	return found
}

// answerParameters are those of the query and of the fragment, where the response type asks for the latter.
func answerParameters(to *url.URL) url.Values {
	out := to.Query()
	if fragment, err := url.ParseQuery(to.EscapedFragment()); err == nil {
		for name, values := range fragment {
			out[name] = append(out[name], values...)
		}
	}
	return out
}

// withoutQuery is an address without its query, and without what a servlet container writes into a path for who has no cookie (;jsessionid=…).
func withoutQuery(u *url.URL) string {
	path := u.Path
	if sessions := strings.IndexByte(path, ';'); sessions >= 0 {
		path = path[:sessions]
	}
	short := url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, Opaque: u.Opaque}
	return short.String()
}

// leadsTo reports whether a redirect goes to the registered URI: the same but for the parameters that were added.
func leadsTo(to *url.URL, registered string) bool {
	want, err := url.Parse(registered)
	if err != nil || !strings.EqualFold(to.Scheme, want.Scheme) || !strings.EqualFold(to.Host, want.Host) ||
		strings.TrimSuffix(to.Path, "/") != strings.TrimSuffix(want.Path, "/") || to.Opaque != want.Opaque {
		return false
	}
	got := to.Query()
	for name, values := range want.Query() {
		for i, value := range values {
			if i >= len(got[name]) || got[name][i] != value {
				return false
			}
		}
	}
	return true
}

// do sends a probe once, within its own time. failed says in words why there is no answer to reckon with.
func (p *probe) do(ctx context.Context, r transport.Request) (answer *transport.Response, failed string) {
	ctx, cancel := context.WithTimeout(ctx, p.c.probeTimeout)
	defer cancel()
	r.Repeat = transport.Never
	answer, err := p.c.t.Do(ctx, r)
	if err != nil {
		var t *transport.Error
		if errors.As(err, &t) {
			return nil, "could not be asked (" + t.Kind.String() + ")"
		}
		return nil, "could not be asked"
	}
	if at, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		if p.ahead = time.Until(at); p.ahead.Abs() < clocksDiffer {
			p.ahead = 0
		}
	}
	if answer.Status == http.StatusTooManyRequests || answer.Status >= 500 {
		return nil, fmt.Sprintf("answered with status %d", answer.Status)
	}
	return answer, ""
}

func randomSecret() secret.String { return secret.New(rand.Text() + rand.Text()) }
