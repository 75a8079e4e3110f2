// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Testimony is what one endpoint says of a client.
type Testimony int

// The testimonies. Unanswered is told from Silent because an endpoint that could not be asked might have known the client.
const (
	NotAsked    Testimony = iota
	Unanswered            // asked, without a usable answer
	Silent                // answered the same for any client
	Knows                 // answered in a way that only a client that exists gets
	DoesNotKnow           // refused the client exactly as one that cannot exist
	// TurnsAway is an error page in place of a redirect to the registered redirect URI, exactly as for a client that cannot exist (RFC
	// 6749 §4.1.2.1 has it so for an unknown client). It names no reason, so that it counts beside a DoesNotKnow only.
	TurnsAway
	// mayNot is refused as one that cannot exist, with a code that also means a client that may not do this. Witnesses turns it into one of
	// the others.
	mayNot
)

// Witnesses are what the endpoints of a server say of a client.
type Witnesses struct {
	Token, Authorization Testimony
	// SecretFree: the token endpoint was asked without a secret, so that a replaced secret is no other reading of its refusal.
	SecretFree bool
	// Refused: the authorization endpoint knows the client by an answer that refuses it, as one that is disabled.
	Refused bool
	// Alone: what knows the client knows it by an answer beside which there is none for a client that does not exist.
	Alone bool
	// Answered is the status and the code of what the endpoints answered about the client, and about the one that does not exist.
	Answered string
	// Barred: the authorization endpoint turned the client away by a page that lets nobody through (RFC 9110 §15.5.2, §15.5.4), as one of a firewall.
	Barred bool
	// Alike: an endpoint gave the very answer that the client's own URI gave, and no other one answered in a way of its own that it does
	// not know the client: something that answers for all of them may stand before the server.
	Alike bool
	// Says are clauses about what was asked and answered, for a sentence; empty where nothing was asked.
	Says []string
}

// Witnesses asks the token endpoint and, unless that knows the client, the authorization endpoint, with standard requests only:
// RFC 7592 §2.1 answers 401 for a deleted client and for a stale token alike, and the two need opposite actions. The caller has made
// sure that both are endpoints of the server that registered the client: the client's secret is sent there.
//
// The token endpoint is asked with the client's own credentials and an authorization code that cannot be valid:
// invalid_client (RFC 6749 §5.2) or any other error. The authorization endpoint is asked with prompt=none and its
// redirect is not followed: an error that is sent to the registered redirect URI (RFC 6749 §4.1.2.1) shows that the
// client is known, an error page that names invalid_client that it is not.
//
// What such an answer means differs from server to server: some answer unauthorized_client to both an unknown client
// and a wrong secret, some look at the grant before the client, some redirect unknown clients to wherever the request
// says. So each question is also asked for a client that cannot exist, and only a difference between the two answers,
// or a refusal that is the same, counts. Each request has 10 seconds and is sent once.
//
// What follows from the testimonies is not decided here: to call a live client gone would make a plan orphan it.
func (c *Client) Witnesses(ctx context.Context, in ProbeInput) Witnesses {
	if in.ClientID == "" {
		return Witnesses{}
	}
	p := &probe{c: c, in: in, control: controlID(in.ClientID), unknown: map[string]reply{}}
	token := p.askToken(ctx)
	var authorization finding
	if token.testimony != Knows {
		authorization = p.askAuthorization(ctx)
	}
	if token.testimony == DoesNotKnow && authorization.testimony != Knows {
		token = p.askOtherwise(ctx, token)
	}
	w := Witnesses{
		Token: token.testimony, Authorization: authorization.testimony, Refused: authorization.refused, Barred: authorization.barred, Alone: token.alone || authorization.alone,
		Answered:   token.answered + authorization.answered,
		SecretFree: in.AuthMethod == "none" && in.ClientSecret.IsEmpty(),
	}
	if w.Authorization == mayNot {
		w.Authorization = Silent
		if w.Token == DoesNotKnow && (!in.SecretMayBeStale || w.SecretFree) {
			w.Authorization = DoesNotKnow // beside a refusal of the client's own good credentials, the code means the client
		}
	}
	if w.discount(token.alike, authorization.alike); w.Alike && in.ClientURI != "" {
		// The last thing to ask: without a token, a server answers in another way than to one that it refuses.
		without := p.clientURI(ctx)
		w.Alike = without.failed != "" || in.Refusal.like(without, in.ClientID)
	}
	taken := ""
	if w.Token == DoesNotKnow && p.mayLoseCredentials(ctx) {
		w.Token, taken = Silent, "the same is answered without any credential, and by the client's own URI, too, so that something before the server may take credentials away"
	}
	for _, clause := range []string{token.says, authorization.says, taken} {
		if clause != "" {
			w.Says = append(w.Says, clause)
		}
	}
	return w
}

// discount takes the testimony of an endpoint that only repeats the client's own URI. A server of one library may refuse alike at its
// token endpoint and at a client's URI; what stands before a server does so at every endpoint. So the other endpoint tells them apart,
// where it answers in a way of its own that it does not know the client.
func (w *Witnesses) discount(token, authorization bool) {
	switch {
	case token && !authorization && w.Authorization == DoesNotKnow:
		w.Token = w.Token.discounted()
	case authorization && !token && w.Token == DoesNotKnow:
		w.Authorization = w.Authorization.discounted()
	default:
		w.Alike = token || authorization
	}
}

// discounted is a testimony against the client that counts for nothing. What might have told still might, and what stands before a server knows nobody.
func (t Testimony) discounted() Testimony {
	if t == DoesNotKnow || t == TurnsAway {
		return Silent
	}
	return t
}

// mayLoseCredentials reports whether the Authorization header may not reach the server, as behind a proxy that takes it away or puts its own in its
// place: the client's own URI and the token endpoint answer without it as they do with it. Then the two refusals are one fault. It is asked only where
// both carried their credential in that header. Many servers refuse alike whoever fails to authenticate, in whichever way: then the UserInfo endpoint
// of the same origin may show that the header arrives.
func (p *probe) mayLoseCredentials(ctx context.Context) bool {
	if p.in.ClientURI == "" || p.in.Refusal.missing() || !slices.Contains(p.tokenMethods(), "client_secret_basic") {
		return false
	}
	bare, control := p.token(ctx, bareRequest, "", secret.String{}), p.unknown["client_secret_basic"]
	if bare.failed == "" && (!bare.equal(control) || bare.challenge != control.challenge) {
		return false
	}
	without := p.clientURI(ctx)
	return (without.failed != "" || p.in.Refusal.like(without, p.in.ClientID)) && !p.headerArrives(ctx)
}

// headerArrives reports whether the UserInfo endpoint tells a token that it cannot know from none at all: where nothing was sent to
// authenticate with, the answer should have no error code (RFC 6750 §3.1). It is asked twice, by turns, since one wrong answer differs from
// the other ones, too.
func (p *probe) headerArrives(ctx context.Context) bool {
	if p.in.UserinfoEndpoint == "" {
		return false
	}
	var first [2]reply
	for turn := range 2 {
		without, with := p.get(ctx, p.in.UserinfoEndpoint, transport.NoAuth()), p.get(ctx, p.in.UserinfoEndpoint, transport.Bearer(randomSecret()))
		if turn == 0 {
			first = [2]reply{without, with}
		}
		if without.failed != "" || with.failed != "" || with.same(without) || !without.same(first[0]) || !with.same(first[1]) {
			return false
		}
	}
	return true
}

// finding is what the answers of one endpoint say.
type finding struct {
	testimony Testimony
	says      string // a clause for the sentence
	alike     bool   // its endpoint gave the answer of the client's own URI
	refused   bool   // it knows the client and refuses it
	barred    bool   // it lets nobody through
	alone     bool   // it knows the client, and gave no answer for one that does not exist
	answered  string
}

// answered is the two answers that a testimony is by, for one who asks again whether they are the same.
func answered(own, control reply) string {
	return fmt.Sprintf("%d %s, %d %s; ", own.status, own.code, control.status, control.code)
}

// tokenTestimony compares the token endpoint's answer for the client with the ones for clients that do not exist. Any
// difference is evidence of life, in the code as in the description: a server that has no such client has nothing to say of
// it that it would not say of any other. second is a second control, asked only where descriptions differ: where the two
// controls differ from each other, descriptions differ by chance (they echo an id, or hold one of the request's) and tell
// nothing.
func tokenTestimony(own, control reply, second, again func() reply) (Testimony, string) {
	switch {
	case own.failed != "":
		return Unanswered, own.failed
	case own.code == "" && own.status != http.StatusUnauthorized:
		return Unanswered, fmt.Sprintf("answered with %s and no OAuth error", own)
	case control.failed != "" && own.refuses():
		return Unanswered, fmt.Sprintf("answered %s, and nothing for a client that does not exist", own)
	case control.failed != "" && own.status == http.StatusBadRequest && own.code != "unauthorized_client":
		return Knows, "answered " + own.code
	case control.failed != "":
		return Silent, fmt.Sprintf("answered %s with status %d", own, own.status)
	case control.code == "" && control.status != http.StatusUnauthorized:
		return Silent, fmt.Sprintf("answered %s", own)
	case own.refuses() && control.malformed():
		return Silent, fmt.Sprintf("answered %s, and %s for a client_id of another form", own, control)
	case !own.same(control):
		return Knows, fmt.Sprintf("answered %s, but %s for a client that does not exist", own, control)
	}
	difference := alike
	if own.words != control.words || own.refuses() {
		difference = own.difference(control, second, again)
	}
	switch {
	case difference == untold:
		return Unanswered, fmt.Sprintf("answered %s, and nothing the second time that it was asked for a client that does not exist", own)
	case difference == byChance:
		return Silent, fmt.Sprintf("answered %s, in words that differ from answer to answer", own)
	case difference == inOtherWords:
		return Knows, fmt.Sprintf("answered %s, in other words than for a client that does not exist", own)
	case difference == inOtherDetail:
		return Knows, fmt.Sprintf("answered %s, with other details than for a client that does not exist", own)
	case own.refuses():
		return DoesNotKnow, fmt.Sprintf("answered %s, as for a client that does not exist", own)
	}
	return Silent, fmt.Sprintf("answered %s, as for any client", own)
}

// authorizationTestimony does the same for the authorization endpoint. An answer of its own for this client is for one that does exist, as one that is disabled: by its code,
// its words or a detail, in a page as in a redirect.
func authorizationTestimony(own, control reply, second, again func() reply) (Testimony, string) {
	switch toItself := own.servesClient(); {
	case own.failed != "":
		return Unanswered, own.failed
	case toItself && (control.failed != "" || !own.same(control)):
		return Knows, fmt.Sprintf("answered %s", own)
	case control.failed != "":
		return Unanswered, fmt.Sprintf("answered %s, and nothing for a client that does not exist", own)
	case toItself:
		return Silent, fmt.Sprintf("answered %s, as for any client", own)
	case own.leadsOn(control):
		return Knows, fmt.Sprintf("answered status %d, but %s for a client that does not exist", own.status, control)
	case !own.same(control):
		return anotherAnswer(own, control, second, again)
	}
	return likeAnswers(own, control, second, again)
}

// likeAnswers is what two answers of the authorization endpoint say whose status, code and target are the same.
func likeAnswers(own, control reply, second, again func() reply) (Testimony, string) {
	switch difference := own.difference(control, second, again); {
	case difference == untold:
		return Unanswered, fmt.Sprintf("answered %s, and nothing the second time that it was asked for a client that does not exist", own)
	case difference == inOtherWords:
		return Knows, fmt.Sprintf("answered %s, in other words than for a client that does not exist", own)
	case difference == inOtherDetail:
		return Knows, fmt.Sprintf("answered %s, with other details than for a client that does not exist", own)
	case own.names() && difference == byChance:
		return Silent, fmt.Sprintf("answered %s, in words that differ from answer to answer", own)
	case !own.names() && (own.status < 400 || own.status > 499):
		return Silent, fmt.Sprintf("answered %s without a redirect to the client", own)
	case own.code == "unauthorized_client":
		return mayNot, fmt.Sprintf("answered %s, as for a client that does not exist", own)
	case own.code == "invalid_client":
		return DoesNotKnow, fmt.Sprintf("answered %s, as for a client that does not exist", own)
	}
	return TurnsAway, fmt.Sprintf("answered %s without a redirect to the client, as for a client that does not exist", own)
}

// anotherAnswer is what two answers of the authorization endpoint say that differ in status, code or target. Where neither says in a code which of the two clients there is, they
// do not tell, but they are not those for a client that does not exist either.
func anotherAnswer(own, control reply, second, again func() reply) (Testimony, string) {
	unknown := own.code == "invalid_client" && !(own.toClient && !control.toClient)
	if part := newPart(own, control); part >= 0 {
		other, mine := second(), again()
		if newPart(other, control) == part && newPart(mine, own) == part { // a number of the request's, as of a flow
			for _, r := range []*reply{&own, &control, &other, &mine} {
				r.target = ""
			}
			asked := false
			return likeAnswers(own, control, func() reply { return other }, func() (r reply) {
				if !asked {
					asked = true
					return mine
				}
				r = again()
				r.target = ""
				return r
			})
		}
		second, again = func() reply { return other }, func() reply { return mine }
	}
	switch says := own.code != "" || control.code == "invalid_client"; {
	case unknown && control.malformed():
		return Silent, fmt.Sprintf("answered %s, and %s for a client_id of another form", own, control)
	case unknown, control.malformed() && !own.toClient, !says:
		return Unanswered, fmt.Sprintf("answered %s, but %s for a client that does not exist, which says of neither whether it exists", own, control)
	}
	if other, mine := second(), again(); !other.same(control) || !mine.same(own) {
		return Unanswered, fmt.Sprintf("answered %s, and differently for clients that do not exist", own)
	}
	return Knows, fmt.Sprintf("answered %s, but %s for a client that does not exist", own, control)
}

// askToken asks the token endpoint. It can be asked only with the client's own credentials: without the secret or the
// key every client is refused.
func (p *probe) askToken(ctx context.Context) finding {
	methods := p.tokenMethods()
	if p.in.TokenEndpoint == "" || len(methods) == 0 {
		return finding{}
	}
	var all []finding
	alike := false // by any method
	for _, method := range methods {
		var before *reply
		if p.in.ControlFirst {
			control := p.token(ctx, method, p.control, randomSecret())
			before = &control
		}
		f := p.weighed(ctx, method, p.token(ctx, method, p.in.ClientID, p.in.ClientSecret), before)
		if f.alike = f.alike || alike; f.testimony == Knows {
			return f
		}
		alike = f.alike
		all = append(all, f)
	}
	// Refused in one way to authenticate and unanswered in another is not refused.
	for _, f := range all {
		if f.testimony != DoesNotKnow {
			return f
		}
	}
	return all[len(all)-1]
}

// weighed is what an answer to the client says that authenticates in one way. before is the answer for a client that does not exist, where that was asked about first.
func (p *probe) weighed(ctx context.Context, method string, own reply, before *reply) finding {
	control := func() reply { return p.token(ctx, method, p.control, randomSecret()) }
	var first reply
	if own.failed == "" && (own.code != "" || own.status == http.StatusUnauthorized) {
		if before == nil {
			asked := control()
			before = &asked
		}
		first = *before
		p.unknown[method] = first
	}
	second := func() reply {
		p.control = controlID(p.in.ClientID)
		return control()
	}
	again := func() reply { return p.token(ctx, method, p.in.ClientID, p.in.ClientSecret) }
	told, says := tokenTestimony(own, first, second, again)
	says = fmt.Sprintf("asked with %s, the token endpoint %s %s", credentialName(method), redact.URL(p.in.TokenEndpoint), says)
	return finding{testimony: told, says: says, alike: p.in.Refusal.like(own, p.in.ClientID), alone: told == Knows && first.failed != "", answered: answered(own, first)}
}

// askOtherwise shows a good secret that was refused in the other ways that the server may take: servers show one way and take another, and take
// assertions of one form alone. Asked last, since each is one more wrong secret where it is one, after which some servers lock the client. A way that is
// answered alike for a client that cannot exist is none of the server's.
func (p *probe) askOtherwise(ctx context.Context, refused finding) finding {
	switch {
	case p.in.AuthMethod == "client_secret_jwt" && p.in.Issuer == "":
		refused.testimony, refused.says = Silent, refused.says+", while no assertion can be made for an issuer that is not known"
		return refused
	case p.in.AuthMethod == "" && p.in.HasKeys:
		refused.testimony, refused.says = Silent, refused.says+", while the client has keys, too, and the server does not show how it authenticates"
		return refused
	}
	p.byServer = true
	for _, method := range otherMethods(p.in, p.in.ClientSecret, p.ahead != 0) {
		own := p.token(ctx, method, p.in.ClientID, p.in.ClientSecret)
		if slices.ContainsFunc(slices.Collect(maps.Values(p.unknown)), func(r reply) bool { return r.refuses() && own.equal(r) }) {
			continue // as a client that cannot exist is
		}
		f := p.weighed(ctx, method, own, nil)
		if f.testimony == Knows && p.unknown[method].failed != "" && own.code != "invalid_grant" {
			f.testimony, f.says = Unanswered, f.says+", and nothing for a client that does not exist" // it may be what it answers to anybody who asks in this way
		}
		switch {
		case f.testimony == Knows:
			return f
		case f.testimony != Unanswered:
		case own.failed != "" || !own.same(p.token(ctx, method, p.control, randomSecret())):
			f.says += ", in another way to authenticate than the first"
			return f
		}
	}
	return refused
}

func credentialName(method string) string {
	if method == "none" {
		return "the client's client_id"
	}
	return "the client's own credentials"
}

func (p *probe) tokenMethods() []string { return tokenMethods(p.in, p.in.ClientSecret) }

// tokenMethods returns the ways to authenticate in which the secret is tried. A secret that is written differently with and
// without form-encoding is tried both ways: the wrong one is refused like a wrong secret.
func tokenMethods(in ProbeInput, clientSecret secret.String) []string {
	basic := basicMethods(in.ClientID, clientSecret)
	switch in.AuthMethod {
	case "none":
		return []string{"none"}
	case "client_secret_basic":
		if !clientSecret.IsEmpty() {
			return basic
		}
	case "client_secret_post", "client_secret_jwt":
		if !clientSecret.IsEmpty() {
			return []string{in.AuthMethod}
		}
	case "":
		// The default is Basic (RFC 7591 §2), and servers have their own; the wrong way of the two is refused like a wrong
		// secret.
		if !clientSecret.IsEmpty() {
			return append(basic, "client_secret_post")
		}
	}
	return nil
}

func basicMethods(clientID string, clientSecret secret.String) []string {
	// A colon ends the user name of Basic (RFC 7617 §2), so that such a client_id cannot be written plainly.
	encoded := url.QueryEscape(clientID) != clientID || url.QueryEscape(clientSecret.Reveal()) != clientSecret.Reveal()
	if encoded && !strings.Contains(clientID, ":") {
		return []string{"client_secret_basic", basicPlain}
	}
	return []string{"client_secret_basic"}
}

// otherMethods returns the ways in which a server may take the secret that is refused in those of tokenMethods. again: an assertion is made once more, by the
// server's clock.
func otherMethods(in ProbeInput, clientSecret secret.String, again bool) []string {
	if clientSecret.IsEmpty() {
		return nil
	}
	var assertions []string
	if in.Issuer != "" && in.Issuer != in.TokenEndpoint {
		assertions = []string{issuerAssertion, typedAssertion}
	}
	switch in.AuthMethod {
	case "none":
		return append(basicMethods(in.ClientID, clientSecret), "client_secret_post")
	case "client_secret_basic":
		return []string{"client_secret_post"}
	case "client_secret_post":
		return basicMethods(in.ClientID, clientSecret)
	case "client_secret_jwt":
		if again {
			return append([]string{"client_secret_jwt"}, assertions...)
		}
		return assertions
	case "":
		if _, err := (&probe{in: in}).signed("client_secret_jwt", in.ClientID, clientSecret, time.Now()); err == nil {
			return append([]string{"client_secret_jwt"}, assertions...)
		}
	}
	return nil
}

// askAuthorization asks the authorization endpoint, which takes no credential of the client's.
func (p *probe) askAuthorization(ctx context.Context) finding {
	switch {
	case p.in.AuthorizationEndpoint == "":
		return finding{}
	case len(p.in.RedirectURIs) == 0 && p.in.RedirectURIsUnknown:
		return finding{testimony: Unanswered, says: fmt.Sprintf("the authorization endpoint %s was not asked, since the server shows the client's redirection URIs as a pattern", redact.URL(p.in.AuthorizationEndpoint))}
	case len(p.in.RedirectURIs) == 0:
		return finding{}
	}
	var control reply
	if p.in.ControlFirst {
		control = p.authorization(ctx, p.control)
	}
	own := p.authorization(ctx, p.in.ClientID)
	alike := own.target == "" && p.in.Refusal.like(own, p.in.ClientID)
	if own.failed == "" && !p.in.ControlFirst {
		control = p.authorization(ctx, p.control)
	}
	second := func() reply {
		p.control = controlID(p.in.ClientID)
		return p.authorization(ctx, p.control)
	}
	told, says := authorizationTestimony(own, control, second, func() reply { return p.authorization(ctx, p.in.ClientID) })
	return finding{
		testimony: told, alike: alike, refused: told == Knows && !own.servesClient() && !own.leadsOn(control),
		alone: told == Knows && control.failed != "", answered: answered(own, control),
		barred: told == TurnsAway && (own.status == http.StatusUnauthorized || own.status == http.StatusForbidden),
		says:   fmt.Sprintf("asked with prompt=none, the authorization endpoint %s %s", redact.URL(p.in.AuthorizationEndpoint), says),
	}
}
