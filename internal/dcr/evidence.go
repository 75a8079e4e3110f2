// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Evidence is what is known of a client whose registration access token was refused. RFC 7592 §2.1 answers 401 for a
// deleted client and for a stale token alike, and the two need opposite actions.
type Evidence int

const (
	// Undecided: nothing that was asked tells.
	Undecided Evidence = iota
	// Alive: the server knows the client.
	Alive
	// Gone: the server does not know the client.
	Gone
)

// String names the evidence.
func (e Evidence) String() string {
	switch e {
	case Alive:
		return "alive"
	case Gone:
		return "gone"
	}
	return "undecided"
}

// ProbeInput is what is known of the client and its server. Endpoints and redirect URIs may be missing.
type ProbeInput struct {
	TokenEndpoint, AuthorizationEndpoint, ClientID string
	ClientSecret                                   secret.String
	// AuthMethod is the registered token_endpoint_auth_method, and AuthAlgorithm its signing algorithm; empty where the
	// server does not say.
	AuthMethod, AuthAlgorithm   string
	RedirectURIs, ResponseTypes []string
	Scope                       string
	// SecretMayBeStale: the secret is not certain to be the current one, because it has expired or because the server was
	// seen to replace it on reads or updates: an answer that was lost with the token may have held a new secret too. Its
	// refusal then proves nothing.
	SecretMayBeStale bool
}

// Probe gathers evidence with standard requests only, and says in a sentence what was asked and answered.
//
// The token endpoint is asked with the client's own credentials and an authorization code that cannot be valid:
// invalid_client (RFC 6749 §5.2) or any other error. The authorization endpoint is asked with prompt=none and its
// redirect is not followed: an error that is sent to the registered redirect URI (RFC 6749 §4.1.2.1) shows that the
// client is known, an error page that names invalid_client that it is not.
//
// What such an answer means differs from server to server: some answer unauthorized_client to both an unknown client
// and a wrong secret, some look at the grant before the client, some redirect unknown clients to wherever the request
// says. So each question is also asked for a client that cannot exist, and only a difference between the two answers,
// or a refusal that is the same, counts.
//
// The two mistakes are not alike: to call a live client gone makes a plan orphan it. So Alive wins over Gone wherever
// the two meet, a refused secret is no evidence where the secret may be stale, and an endpoint that could not be asked
// leaves a refusal of the secret alone undecided. Each request has 10 seconds and is sent once.
func (c *Client) Probe(ctx context.Context, in ProbeInput) (Evidence, string) {
	if in.ClientID == "" {
		return Undecided, "There is no client_id to ask about."
	}
	p := &probe{c: c, in: in, control: controlID(in.ClientID)}
	token := p.askToken(ctx)
	if token.verdict == known {
		return Alive, sentence(token.says, "so the client exists")
	}
	authorization := p.askAuthorization(ctx)
	both := []string{token.says, authorization.says}
	switch {
	case authorization.verdict == known && token.verdict == unknown:
		return Alive, sentence(append(both, "so the client exists and its secret is not the current one")...)
	case authorization.verdict == known:
		return Alive, sentence(append(both, "so the client exists")...)
	case authorization.verdict == unknown, authorization.verdict == refused && token.verdict == unknown:
		return Gone, sentence(append(both, "so the client does not exist any more")...)
	case token.verdict != unknown:
		if token.says == "" && authorization.says == "" {
			return Undecided, "Neither the token endpoint nor the authorization endpoint can be asked about this client, so nothing tells whether it exists."
		}
		return Undecided, sentence(append(both, "which does not tell whether the client exists")...)
	case in.SecretMayBeStale && in.AuthMethod != "none":
		return Undecided, sentence(append(both, "but the client secret may not be the current one, so this does not tell whether the client exists")...)
	case authorization.verdict == unanswered:
		return Undecided, sentence(append(both, "so nothing rules out that only the client secret is wrong")...)
	}
	return Gone, sentence(append(both, "so the client does not exist any more")...)
}

// verdict is what one endpoint's answers say.
type verdict int

const (
	notAsked   verdict = iota
	unanswered         // asked without a usable answer
	silent             // answered, which tells nothing
	known
	unknown // refused as a client that does not exist is
	refused // the same with a code that also means a client that may not do this: it counts beside an unknown only
)

type finding struct {
	verdict verdict
	says    string // a clause for the sentence
}

func sentence(clauses ...string) string {
	var said []string
	for _, clause := range clauses {
		if clause != "" {
			said = append(said, clause)
		}
	}
	text := strings.Join(said, "; ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// reply is an answer to a probe, reduced to what is compared.
type reply struct {
	failed   string // why there is no usable answer
	status   int
	code     string
	words    string // the description, less what differs from one answer to the next
	target   string // of a redirect: "registered" or another address without its query
	toClient bool   // a redirect to the registered redirect URI that carries an answer
}

// refuses tells whether the reply says that there is no such client, or that it is not authenticated. Both codes count:
// unauthorized_client properly means an authenticated client that may not do this, and is used for unknown ones too; the
// comparison with a client that does not exist tells which.
func (r reply) refuses() bool { return r.code == "invalid_client" || r.code == "unauthorized_client" }

func (r reply) same(other reply) bool {
	return r.status == other.status && r.code == other.code && r.target == other.target
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

// judgeToken compares the token endpoint's answer for the client with the one for a client that does not exist.
func judgeToken(own, control reply) (verdict, string) {
	switch {
	case own.failed != "":
		return unanswered, own.failed
	case own.code == "":
		return silent, fmt.Sprintf("answered with %s and no OAuth error", own)
	case control.failed != "" && own.code == "invalid_client":
		return unknown, "answered invalid_client"
	case control.failed != "" && own.refuses():
		return silent, "answered " + own.code
	case control.failed != "" && own.status == http.StatusBadRequest:
		return known, "answered " + own.code
	case control.failed != "":
		return silent, fmt.Sprintf("answered %s with status %d", own.code, own.status)
	case own.refuses() && own.same(control) && own.words == control.words:
		return unknown, fmt.Sprintf("answered %s, as for a client that does not exist", own)
	case own.refuses() && own.same(control):
		return silent, fmt.Sprintf("answered %s, in other words than for a client that does not exist", own)
	case own.code == "invalid_client":
		return silent, fmt.Sprintf("answered %s, but %s for a client that does not exist", own, control)
	case own.same(control):
		return silent, fmt.Sprintf("answered %s, as for any client", own)
	case control.code == "":
		return silent, fmt.Sprintf("answered %s", own)
	}
	return known, fmt.Sprintf("answered %s, but %s for a client that does not exist", own, control)
}

// judgeAuthorization does the same for the authorization endpoint.
func judgeAuthorization(own, control reply) (verdict, string) {
	switch {
	case own.failed != "":
		return unanswered, own.failed
	case own.code == "unauthorized_client" && control.failed == "" && own.same(control):
		return refused, fmt.Sprintf("answered %s, as for a client that does not exist", own)
	case own.code == "invalid_client" && control.failed != "" && !own.toClient:
		return unknown, "answered invalid_client"
	case own.code == "invalid_client" && control.failed == "" && own.same(control):
		return unknown, fmt.Sprintf("answered %s, as for a client that does not exist", own)
	case own.refuses():
		return silent, fmt.Sprintf("answered %s", own)
	case own.toClient && control.failed == "" && own.same(control):
		return silent, fmt.Sprintf("answered %s, as for any client", own)
	case own.toClient:
		return known, fmt.Sprintf("answered %s", own)
	case control.failed == "" && own.status < 400 && (control.status >= 400 || control.refuses()):
		return known, fmt.Sprintf("answered status %d, but %s for a client that does not exist", own.status, control)
	}
	return silent, fmt.Sprintf("answered %s without a redirect to the client", own)
}

type probe struct {
	c       *Client
	in      ProbeInput
	control string // the client_id of a client that does not exist
}

// askToken asks the token endpoint. It can be asked only with the client's own credentials: without the secret or the
// key every client is refused.
func (p *probe) askToken(ctx context.Context) finding {
	methods := p.tokenMethods()
	if p.in.TokenEndpoint == "" || len(methods) == 0 {
		return finding{}
	}
	var out finding
	for _, method := range methods {
		own := p.token(ctx, method, p.in.ClientID, p.in.ClientSecret)
		var control reply
		if own.failed == "" && own.code != "" {
			control = p.token(ctx, method, p.control, randomSecret())
		}
		judged, says := judgeToken(own, control)
		out = finding{judged, fmt.Sprintf("asked with %s, the token endpoint %s %s", credentialName(method), secret.RedactURL(p.in.TokenEndpoint), says)}
		if judged != unknown {
			return out
		}
	}
	return out
}

func credentialName(method string) string {
	if method == "none" {
		return "the client's client_id"
	}
	return "the client's own credentials"
}

func (p *probe) tokenMethods() []string {
	switch p.in.AuthMethod {
	case "none":
		return []string{"none"}
	case "client_secret_basic", "client_secret_post", "client_secret_jwt":
		if !p.in.ClientSecret.IsEmpty() {
			return []string{p.in.AuthMethod}
		}
	case "":
		// The default is Basic (RFC 7591 §2), and servers have their own; the wrong way of the two is refused like a wrong
		// secret.
		if !p.in.ClientSecret.IsEmpty() {
			return []string{"client_secret_basic", "client_secret_post"}
		}
	}
	return nil
}

// askAuthorization asks the authorization endpoint, which takes no credential of the client's.
func (p *probe) askAuthorization(ctx context.Context) finding {
	if p.in.AuthorizationEndpoint == "" || len(p.in.RedirectURIs) == 0 {
		return finding{}
	}
	own := p.authorization(ctx, p.in.ClientID)
	var control reply
	if own.failed == "" {
		control = p.authorization(ctx, p.control)
	}
	judged, says := judgeAuthorization(own, control)
	return finding{judged, fmt.Sprintf("asked with prompt=none, the authorization endpoint %s %s", secret.RedactURL(p.in.AuthorizationEndpoint), says)}
}
