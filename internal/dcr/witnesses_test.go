// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

const (
	probedID     = "0f8fad5b-d9cb-469f-a165-70867728950e"
	probedSecret = "canary: s/cret&+1, long enough for HS256"
	redirectURI  = "https://app.example/cb?tenant=1"
)

// temper is how a server answers the two questions. ok: it knows the client, and at the token endpoint has
// authenticated it.
type temper struct {
	token     func(w http.ResponseWriter, r *http.Request, known, ok bool)
	authorize func(w http.ResponseWriter, r *http.Request, known bool)
}

func oauthError(status int, code, description string) func(http.ResponseWriter, *http.Request, bool, bool) {
	return func(w http.ResponseWriter, _ *http.Request, _, _ bool) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, code, description)
	}
}

func sendBack(w http.ResponseWriter, r *http.Request, code string) {
	to, _ := url.Parse(r.FormValue("redirect_uri"))
	query := to.Query()
	query.Set("error", code)
	query.Set("state", r.FormValue("state"))
	to.RawQuery = query.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

func strictToken(w http.ResponseWriter, r *http.Request, _, ok bool) {
	if ok {
		oauthError(400, "invalid_grant", "grant request is invalid")(w, r, true, true)
	} else {
		oauthError(401, "invalid_client", "client authentication failed")(w, r, false, false)
	}
}

func strictAuthorize(w http.ResponseWriter, r *http.Request, known bool) {
	if known {
		sendBack(w, r, "login_required")
		return
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(400)
	fmt.Fprint(w, "<h1>oops! something went wrong</h1><pre><strong>error</strong>: invalid_client</pre>")
}

func page(status int, text string) func(http.ResponseWriter, *http.Request, bool) {
	return func(w http.ResponseWriter, _ *http.Request, _ bool) {
		w.WriteHeader(status)
		fmt.Fprint(w, "<html>", text)
	}
}

// tempers are the ways in which real servers answer.
var tempers = map[string]temper{
	"by the book": {strictToken, strictAuthorize},
	"a page in its own words": {strictToken, func(w http.ResponseWriter, r *http.Request, known bool) {
		if known {
			sendBack(w, r, "login_required")
		} else {
			page(400, "Client not found.")(w, r, false)
		}
	}},
	"one code for all, and a redirect for the unknown": {
		func(w http.ResponseWriter, r *http.Request, known, ok bool) {
			if ok {
				oauthError(403, "invalid_code", "")(w, r, known, ok)
			} else {
				oauthError(403, "unauthorized_client", "")(w, r, known, ok)
			}
		},
		func(w http.ResponseWriter, r *http.Request, known bool) {
			if known {
				http.Redirect(w, r, "/login.html?client_id="+r.FormValue("client_id"), http.StatusFound)
			} else {
				sendBack(w, r, "unauthorized_client")
			}
		},
	},
	"the grant first": {oauthError(400, "invalid_grant", ""), strictAuthorize},
	"words that tell": {
		func(w http.ResponseWriter, r *http.Request, known, ok bool) {
			switch {
			case ok:
				oauthError(400, "invalid_grant", "")(w, r, known, ok)
			case known:
				oauthError(401, "invalid_client", "Client Authentication failed.")(w, r, known, ok)
			default:
				oauthError(401, "invalid_client", "A valid client could not be found for client_id: "+clientOf(r))(w, r, known, ok)
			}
		},
		page(200, "sign in"),
	},
	"an error page elsewhere": {strictToken, func(w http.ResponseWriter, r *http.Request, known bool) {
		if known {
			sendBack(w, r, "login_required")
		} else {
			http.Redirect(w, r, "https://ui.example/error?error=invalid_client&id="+r.FormValue("state"), http.StatusFound)
		}
	}},
	"a login page for all":  {strictToken, page(200, "sign in")},
	"redirects whomever":    {strictToken, func(w http.ResponseWriter, r *http.Request, _ bool) { sendBack(w, r, "login_required") }},
	"one page for all":      {strictToken, page(400, "Something went wrong")},
	"down":                  {func(w http.ResponseWriter, r *http.Request, _, _ bool) { page(503, "")(w, r, false) }, page(503, "")},
	"authorization is down": {strictToken, page(502, "")},
	"HTML for all":          {func(w http.ResponseWriter, r *http.Request, _, _ bool) { page(200, "Welcome")(w, r, false) }, page(200, "Welcome")},
	"a header without body": {
		func(w http.ResponseWriter, r *http.Request, known, ok bool) {
			if ok {
				oauthError(400, "invalid_grant", "")(w, r, known, ok)
				return
			}
			w.Header().Set("WWW-Authenticate", `Basic realm="as", error="invalid_client"`)
			w.WriteHeader(401)
		}, strictAuthorize,
	},
}

// clientOf reads the client_id of a token request, in whichever way it is sent.
func clientOf(r *http.Request) string {
	if user, _, ok := r.BasicAuth(); ok {
		id, _ := url.QueryUnescape(user)
		return id
	}
	return r.FormValue("client_id")
}

// authenticated reports whether a token request is of the client with the given current secret; public where that is empty.
func authenticated(r *http.Request, current, tokenEndpoint string) bool {
	if clientOf(r) != probedID {
		return false
	}
	if current == "" {
		return true
	}
	if _, password, ok := r.BasicAuth(); ok {
		sent, _ := url.QueryUnescape(password)
		return sent == current
	}
	if assertion := r.FormValue("client_assertion"); assertion != "" {
		token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.HS256})
		var claims jwt.Claims
		return err == nil && token.Claims([]byte(current), &claims) == nil && claims.Subject == probedID && claims.Audience.Contains(tokenEndpoint)
	}
	return r.FormValue("client_secret") == current
}

// state is the client's at the server.
type state int

const (
	alive state = iota
	stale       // alive, with another secret
	deleted
)

func (s temper) start(t *testing.T, state state, public bool) *fake {
	t.Helper()
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		switch r.URL.Path {
		case "/token":
			current := map[state2]string{{alive, false}: probedSecret, {stale, false}: "another"}[state2{state, public}]
			s.token(w, r, state != deleted && clientOf(r) == probedID, state != deleted && authenticated(r, current, f.URL+"/token"))
		case "/authorize":
			s.authorize(w, r, state != deleted && r.FormValue("client_id") == probedID)
		default:
			t.Errorf("%s was asked: a redirect was followed", r.URL)
		}
	})
	return f
}

type state2 struct {
	state  state
	public bool
}

func (f *fake) input(method string) ProbeInput {
	in := ProbeInput{
		TokenEndpoint: f.URL + "/token", AuthorizationEndpoint: f.URL + "/authorize?tenant=x", ClientID: probedID,
		AuthMethod: method, RedirectURIs: []string{redirectURI, "https://app.example/other"}, ResponseTypes: []string{"code"},
	}
	if strings.HasPrefix(method, "client_secret") || method == "" {
		in.ClientSecret = secret.New(probedSecret)
	}
	return in
}

// Evidence is what testimonies come to where nothing else is known of the client, weighed as plainly as can be, so that the matrix below
// has one word for each case. What is done about them is decided in package reconcile.
type Evidence int

const (
	Undecided Evidence = iota
	Alive
	Gone
)

func weigh(w Witnesses, in ProbeInput) (Evidence, string) {
	says := "Nothing was asked."
	if len(w.Says) > 0 {
		says = strings.Join(w.Says, "; ") + "."
	}
	switch {
	case w.Token == Knows, w.Authorization == Knows:
		return Alive, says
	case w.Authorization == DoesNotKnow:
		return Gone, says
	case w.Token != DoesNotKnow, w.Authorization == Unanswered, in.SecretMayBeStale && !w.SecretFree:
		return Undecided, says
	}
	return Gone, says
}

// TestEvidence is the whole matrix: how the server answers, what the client is in truth, and what can be asked with.
func TestEvidence(t *testing.T) {
	const A, G, U = Alive, Gone, Undecided
	type row [3]Evidence // alive, stale secret, deleted
	for name, want := range map[string]struct {
		secret, secretOnly, staleOnly, stale, public, key row
	}{
		// secret and redirect URIs; secret only; secret only, perhaps stale; both, perhaps stale; public; private_key_jwt
		"by the book":             {row{A, A, G}, row{A, G, G}, row{A, U, U}, row{A, A, G}, row{A, A, G}, row{A, A, G}},
		"a page in its own words": {row{A, A, G}, row{A, G, G}, row{A, U, U}, row{A, A, U}, row{A, A, G}, row{A, A, U}},
		"one code for all, and a redirect for the unknown": {row{A, A, G}, row{A, G, G}, row{A, U, U}, row{A, A, U}, row{A, A, G}, row{A, A, U}},
		"the grant first":         {row{A, A, G}, row{U, U, U}, row{U, U, U}, row{A, A, G}, row{A, A, G}, row{A, A, G}},
		"words that tell":         {row{A, A, G}, row{A, A, G}, row{A, A, U}, row{A, A, U}, row{A, A, G}, row{U, U, U}},
		"an error page elsewhere": {row{A, A, G}, row{A, G, G}, row{A, U, U}, row{A, A, G}, row{A, A, G}, row{A, A, G}},
		"a login page for all":    {row{A, G, G}, row{A, G, G}, row{A, U, U}, row{A, U, U}, row{A, A, G}, row{U, U, U}},
		"redirects whomever":      {row{A, G, G}, row{A, G, G}, row{A, U, U}, row{A, U, U}, row{A, A, G}, row{U, U, U}},
		"one page for all":        {row{A, G, G}, row{A, G, G}, row{A, U, U}, row{A, U, U}, row{A, A, G}, row{U, U, U}},
		"down":                    {row{U, U, U}, row{U, U, U}, row{U, U, U}, row{U, U, U}, row{U, U, U}, row{U, U, U}},
		"authorization is down":   {row{A, U, U}, row{A, G, G}, row{A, U, U}, row{A, U, U}, row{A, A, U}, row{U, U, U}},
		"HTML for all":            {row{U, U, U}, row{U, U, U}, row{U, U, U}, row{U, U, U}, row{U, U, U}, row{U, U, U}},
		"a header without body":   {row{A, A, G}, row{A, G, G}, row{A, U, U}, row{A, A, G}, row{A, A, G}, row{A, A, G}},
	} {
		t.Run(name, func(t *testing.T) {
			for state := alive; state <= deleted; state++ {
				for _, variant := range []struct {
					name   string
					method string
					want   Evidence
					change func(*ProbeInput)
				}{
					{"secret", "client_secret_basic", want.secret[state], nil},
					{"secret only", "client_secret_post", want.secretOnly[state], func(in *ProbeInput) { in.RedirectURIs = nil }},
					{"secret only, perhaps stale", "client_secret_jwt", want.staleOnly[state], func(in *ProbeInput) { in.RedirectURIs, in.SecretMayBeStale = nil, true }},
					{"perhaps stale", "", want.stale[state], func(in *ProbeInput) { in.SecretMayBeStale = true }},
					{"public", "none", want.public[state], nil},
					{"private key", "private_key_jwt", want.key[state], nil},
				} {
					f := tempers[name].start(t, state, variant.method == "none")
					in := f.input(variant.method)
					if variant.change != nil {
						variant.change(&in)
					}
					got, says := weigh(f.client(t).Witnesses(context.Background(), in), in)
					if got != variant.want {
						t.Errorf("%s, state %d: %v, want %v: %s", variant.name, state, got, variant.want, says)
					}
					// The one mistake that orphans a client: to take a live one for gone. It is possible only where the stored
					// secret is wrong although nothing ever hinted at that, and nothing else can be asked.
					if got == Gone && state != deleted && !(state == stale && !in.SecretMayBeStale && !in.ClientSecret.IsEmpty()) {
						t.Errorf("%s, state %d: a live client is called gone: %s", variant.name, state, says)
					}
					checkSentence(t, f, says)
				}
			}
		})
	}
}

func checkSentence(t *testing.T, f *fake, says string) {
	t.Helper()
	if says == "" || strings.ContainsAny(says, "\n") || !strings.HasSuffix(says, ".") || strings.Count(says, ". ") != 0 || len(says) > 700 {
		t.Errorf("not a sentence: %q", says)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, text := range append(f.log, says) {
		if strings.Contains(text, "canary") || strings.Contains(text, "s/cret") || strings.Contains(text, url.QueryEscape(probedSecret)) {
			t.Errorf("shows the secret: %s", text)
		}
	}
}

func TestProbeRequests(t *testing.T) {
	f := tempers["by the book"].start(t, stale, false)
	in := f.input("client_secret_basic")
	in.ResponseTypes, in.Scope = []string{"code id_token", "code"}, "openid dcr"
	if _, says := weigh(f.client(t).Witnesses(context.Background(), in), in); f.count() != 6 {
		t.Fatalf("%d requests: %s", f.count(), says)
	}
	own, _ := url.ParseQuery(f.bodies[0])
	if own.Get("grant_type") != "authorization_code" || len(own.Get("code")) < 20 || own.Get("redirect_uri") != redirectURI || len(own.Get("code_verifier")) < 43 || own.Has("client_secret") {
		t.Errorf("token request %v", own)
	}
	control, _ := url.ParseQuery(f.bodies[1])
	if id := clientOf(f.requests[1]); id == probedID || len(id) != len(probedID) || strings.Count(id, "-") != 4 || control.Get("code") == own.Get("code") ||
		f.requests[0].Header.Get("Authorization") == f.requests[1].Header.Get("Authorization") {
		t.Errorf("control request %v", control)
	}
	if user, password, _ := f.requests[2].BasicAuth(); user != probedID || password != probedSecret {
		t.Error("the secret with reserved characters is not tried as it is, too")
	}
	query := f.requests[4].URL.Query()
	for name, value := range map[string]string{
		"tenant": "x", "client_id": probedID, "redirect_uri": redirectURI, "response_type": "code id_token", "scope": "openid dcr", "prompt": "none", "code_challenge_method": "S256",
	} {
		if query.Get(name) != value {
			t.Errorf("%s = %q", name, query.Get(name))
		}
	}
	if query.Get("state") == "" || query.Get("nonce") == "" || f.requests[4].Header.Get("Authorization") != "" {
		t.Errorf("authorization request %v", query)
	}
	for _, r := range f.requests[:4] {
		if strings.Contains(r.URL.RawQuery, "secret") {
			t.Error("a secret in a URL")
		}
	}
}

func TestProbeWithLittleToGoBy(t *testing.T) {
	f := newFake(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	for name, in := range map[string]ProbeInput{
		"nothing":                    {},
		"no endpoints":               {ClientID: "c"},
		"no secret, no redirect URI": {ClientID: "c", TokenEndpoint: f.URL, AuthorizationEndpoint: f.URL},
		"a key only":                 {ClientID: "c", TokenEndpoint: f.URL, AuthMethod: "private_key_jwt"},
		"a method without secret":    {ClientID: "c", TokenEndpoint: f.URL, AuthMethod: "client_secret_post"},
		"plain http":                 {ClientID: "c", TokenEndpoint: "http://as.example/token", AuthMethod: "none"},
		"no URL":                     {ClientID: "c", AuthorizationEndpoint: "https://as.example:port/", RedirectURIs: []string{"https://a"}},
		"algorithm":                  {ClientID: "c", TokenEndpoint: f.URL, AuthMethod: "client_secret_jwt", AuthAlgorithm: "RS256", ClientSecret: secret.New("canary")},
	} {
		got, says := weigh(f.client(t).Witnesses(context.Background(), in), in)
		if got != Undecided {
			t.Errorf("%s: %v", name, got)
		}
		checkSentence(t, f, says)
	}
}

// A server that never answers takes no longer than the caller has time, and its silence is no evidence.
func TestProbeIsBounded(t *testing.T) {
	asked := make(chan struct{})
	var once sync.Once
	f := newFake(t, func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		<-r.Context().Done()
	})
	ctx := testclock.Deadline(t.Context(), asked)
	in := f.input("client_secret_basic")
	got, says := weigh(f.client(t).Witnesses(ctx, in), in)
	if got != Undecided || f.count() > 2 {
		t.Errorf("%v after %d requests: %s", got, f.count(), says)
	}
	checkSentence(t, f, says)
}

func TestLeadsTo(t *testing.T) {
	for _, test := range []struct {
		to, registered string
		want           bool
	}{
		{"https://a.example/cb?error=x", "https://a.example/cb", true},
		{"https://a.example/cb#error=x", "https://a.example/cb", true},
		{"https://A.example/cb/?error=x", "https://a.example/cb", true},
		{"https://a.example/cb?error=x&t=1", "https://a.example/cb?t=1", true},
		{"https://a.example/cb?error=x&t=2", "https://a.example/cb?t=1", false},
		{"https://a.example/cb?error=x", "https://a.example/cb?t=1", false},
		{"https://b.example/cb?error=x", "https://a.example/cb", false},
		{"http://a.example/cb?error=x", "https://a.example/cb", false},
		{"https://a.example/cb2?error=x", "https://a.example/cb", false},
		{"com.example.app:/cb?error=x", "com.example.app:/cb", true},
		{"com.example.app:cb?error=x", "com.example.app:cb", true},
		{"com.example.app:other?error=x", "com.example.app:cb", false},
		{"https://a.example/login?redirect_uri=https://a.example/cb", "https://a.example/cb", false},
		{"https://a.example/cb", "https://a.example:port/cb", false},
	} {
		to, err := url.Parse(test.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := leadsTo(to, test.registered); got != test.want {
			t.Errorf("leadsTo(%q, %q) = %v", test.to, test.registered, got)
		}
	}
}

func TestControlID(t *testing.T) {
	for _, id := range []string{"", "c1", "client", "1234567890", "my-app-client", probedID, "s6BhdRkqt3aBcDeFg", "LONG_CLIENT-ID.with/signs-and-numbers-42"} {
		control := controlID(id)
		if control == id || len(control) < 16 {
			t.Errorf("controlID(%q) = %q", id, control)
		}
	}
	if a, b := controlID(probedID), controlID(probedID); a == b || strings.Map(func(r rune) rune {
		if r != '-' {
			return 'x'
		}
		return r
	}, a) != "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" {
		t.Errorf("%q, %q", a, b)
	}
}

// What a server checks of an id before it looks for the client is that of the given one.
func TestAControlIDKeepsTheFormThatIsChecked(t *testing.T) {
	for id, form := range map[string]string{
		"7d444840-9dc0-11d1-b245-5ffdce74fad2":                       `^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-b[0-9a-f]{3}-[0-9a-f]{12}$`,
		"9B2F4E0C-1A2B-4C3D-8E4F-0123456789AB":                       `^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}$`,
		"0190a5b0-7c6e-7abc-a123-456789abcdef":                       `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`,
		"client:9b2f4e0c-1a2b-4c3d-8e4f-0123456789ab@tenant.example": `^client:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}@tenant\.example$`,
		"tpc_3kTMd0yVvU5zS7Qe9h":                                     `^tpc_[0-9A-Za-z]{18}$`,
		"dcr-0a1b2c3d4e5f6a7b8c":                                     `^dcr-[0-9a-f]{18}$`,
		"1234-0a1b2c3d4e5f6a7b8c.apps.example":                       `^1234-[0-9a-f]{18}\.apps\.example$`,
		"17":                                                         `^[1-8][0-9]{17}$`, "900719925474": `^[1-8][0-9]{17}$`, "1234567890123456789": `^1[0-9]{18}$`,
	} {
		for range 50 {
			if a, b := controlID(id), controlID(id); !regexp.MustCompile(form).MatchString(a) || a == b || a == id {
				t.Fatalf("controlID(%q) = %q, %q", id, a, b)
			}
		}
	}
}
