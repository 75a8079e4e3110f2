// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// issuer is a token endpoint that numbers its tokens, and a resource at /resource.
type issuer struct {
	*server
	refusal func(w http.ResponseWriter) // in place of 401
	tokens  atomic.Int32
	answer  func(w http.ResponseWriter, form url.Values, n int) bool // true: answered
	refuses func(token string) bool
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{}
	i.server = newTLSServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/resource" {
			if i.refuses != nil && i.refuses(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
				if i.refusal != nil {
					i.refusal(w)
					return
				}
				w.WriteHeader(http.StatusUnauthorized)
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		n := int(i.tokens.Add(1))
		if i.answer != nil && i.answer(w, form, n) {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"canary-at-%d","token_type":"bearer","expires_in":600}`, n)
	})
	return i
}

func (i *issuer) client(t *testing.T, o Options) (*Client, *clock) {
	o.CACertificates = i.certificate()
	return newClient(t, o)
}

func (i *issuer) config() ClientCredentials {
	return ClientCredentials{TokenURL: i.URL + "/token", ClientID: "the:client", ClientSecret: secret.New("canary s+cret")}
}

func (i *issuer) ask(ctx context.Context, c *Client, auth Authorizer) (*Response, error) {
	return c.Do(ctx, Request{Method: "GET", URL: i.URL + "/resource", Auth: auth, Repeat: IfNotProcessed})
}

func mustClientCredentials(t *testing.T, c *Client, config ClientCredentials) Authorizer {
	t.Helper()
	auth, err := NewClientCredentials(c, config)
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

func TestClientCredentialsBySecret(t *testing.T) {
	for method, want := range map[string]struct{ authorization, clientID, clientSecret string }{
		"":                    {authorization: "Basic dGhlJTNBY2xpZW50OmNhbmFyeStzJTJCY3JldA=="},
		"client_secret_basic": {authorization: "Basic dGhlJTNBY2xpZW50OmNhbmFyeStzJTJCY3JldA=="},
		"client_secret_post":  {clientID: "the:client", clientSecret: "canary s+cret"},
	} {
		t.Run("method "+method, func(t *testing.T) {
			i := newIssuer(t)
			book := &logbook{}
			c, _ := i.client(t, Options{Log: book.log, MaxConcurrentRequests: 1, UserAgent: "agent/1"})
			config := i.config()
			config.Method, config.Scopes, config.Audience = method, []string{"dcr", "read"}, "https://api.example"
			if got, err := i.ask(context.Background(), c, mustClientCredentials(t, c, config)); err != nil || got.Status != 200 {
				t.Fatalf("%+v, %v", got, err)
			}
			form, err := url.ParseQuery(i.bodies[0])
			if err != nil {
				t.Fatal(err)
			}
			r := i.requests[0]
			if r.Header.Get("Authorization") != want.authorization || form.Get("client_id") != want.clientID || form.Get("client_secret") != want.clientSecret ||
				form.Get("grant_type") != "client_credentials" || form.Get("scope") != "dcr read" || form.Get("audience") != "https://api.example" ||
				r.Header.Get("User-Agent") != "agent/1" || r.Header.Get("Accept") != "application/json" {
				t.Errorf("token request %v %v", r.Header, form)
			}
			if got := i.requests[1].Header.Get("Authorization"); got != "Bearer canary-at-1" {
				t.Errorf("Authorization = %q", got)
			}
			if strings.Contains(book.text(), "canary") || len(book.entries) != 2 {
				t.Errorf("log: %s", book.text())
			}
		})
	}
}

func TestClientCredentialsConfiguration(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := jwk(t, &key.PublicKey, "canary", "")
	private := secret.New(pkcs8(t, key))
	c, _ := newClient(t, Options{})
	base := ClientCredentials{TokenURL: "https://as.example/token", ClientID: "c", ClientSecret: secret.New("s")}
	for name, change := range map[string]func(*ClientCredentials){
		"no client_id":        func(c *ClientCredentials) { c.ClientID = "" },
		"no endpoint":         func(c *ClientCredentials) { c.TokenURL = "" },
		"no secret":           func(c *ClientCredentials) { c.ClientSecret = secret.String{} },
		"unknown method":      func(c *ClientCredentials) { c.Method = "tls_client_auth" },
		"no key":              func(c *ClientCredentials) { c.Method = "private_key_jwt" },
		"public key":          func(c *ClientCredentials) { c.Method, c.PrivateKey = "private_key_jwt", secret.New(public) },
		"neither PEM nor JWK": func(c *ClientCredentials) { c.Method, c.PrivateKey = "private_key_jwt", secret.New("canary") },
		"broken JWK":          func(c *ClientCredentials) { c.Method, c.PrivateKey = "private_key_jwt", secret.New(`{"kty":"canary"}`) },
		"a certificate": func(c *ClientCredentials) {
			c.Method, c.PrivateKey = "private_key_jwt", secret.New(pemText("CERTIFICATE", []byte("canary")))
		},
		"encrypted": func(c *ClientCredentials) {
			c.Method, c.PrivateKey = "private_key_jwt", secret.New(pemText("ENCRYPTED PRIVATE KEY", []byte("canary")))
		},
		"broken PEM": func(c *ClientCredentials) {
			c.Method, c.PrivateKey = "private_key_jwt", secret.New(pemText("PRIVATE KEY", []byte("canary")))
		},
		"algorithm of another key": func(c *ClientCredentials) { c.Method, c.PrivateKey, c.Algorithm = "private_key_jwt", private, "RS256" },
		"algorithm none":           func(c *ClientCredentials) { c.Method, c.PrivateKey, c.Algorithm = "private_key_jwt", private, "none" },
		"HMAC with a private key":  func(c *ClientCredentials) { c.Method, c.PrivateKey, c.Algorithm = "private_key_jwt", private, "HS256" },
	} {
		config := base
		change(&config)
		if _, err := NewClientCredentials(c, config); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if auth, err := NewClientCredentials(c, base); err != nil || auth.Describe() != `an access token of the client "c"` {
		t.Errorf("%v, %v", auth, err)
	}
	if _, err := SecretAssertionKey(secret.New("s"), "RS256"); err == nil {
		t.Error("client_secret_jwt with RS256")
	}
}

// A hundred parallel calls need one token, also with a single place on the wire.
func TestTokenIsFetchedOnceUnderParallelUse(t *testing.T) {
	i := newIssuer(t)
	c, clk := i.client(t, Options{MaxConcurrentRequests: 1})
	auth := mustClientCredentials(t, c, i.config())
	ask := func() {
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if got, err := i.ask(context.Background(), c, auth); err != nil || got.Status != 200 {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		wg.Wait()
	}
	ask()
	if n := i.tokens.Load(); n != 1 {
		t.Errorf("%d tokens", n)
	}
	// 600 seconds less a tenth.
	_ = clk.sleep(context.Background(), 539*time.Second)
	ask()
	if n := i.tokens.Load(); n != 1 {
		t.Errorf("%d tokens before the first expired", n)
	}
	_ = clk.sleep(context.Background(), 2*time.Second)
	ask()
	if n := i.tokens.Load(); n != 2 {
		t.Errorf("%d tokens", n)
	}
}

func TestTokenLifetimes(t *testing.T) {
	for name, test := range map[string]struct {
		contentType, answer string
		kept, dropped       time.Duration
	}{
		"long":               {answer: `{"access_token":"a","expires_in":7200}`, kept: 7139 * time.Second, dropped: 7141 * time.Second},
		"text":               {answer: `{"access_token":"a","expires_in":"100"}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"very short":         {answer: `{"access_token":"a","expires_in":1}`, dropped: time.Second},
		"unknown":            {answer: `{"access_token":"a"}`, kept: 1000 * time.Hour},
		"fraction":           {answer: `{"access_token":"a","expires_in":100.5}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"decimal":            {answer: `{"access_token":"a","expires_in":100.0,"scope":"x"}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"fraction as text":   {answer: `{"access_token":"a","expires_in":"100.5"}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"exponent":           {answer: `{"access_token":"a","expires_in":3.6e3}`, kept: 3539 * time.Second, dropped: 3541 * time.Second},
		"exponent as text":   {answer: `{"access_token":"a","expires_in":"1E+2"}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"negative exponent":  {answer: `{"access_token":"a","expires_in":100500e-3}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"text with spaces":   {answer: `{"access_token":"a","expires_in":" 100 "}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"more than fits":     {answer: `{"access_token":"a","expires_in":1e10}`, kept: 1000 * time.Hour},
		"absurd":             {answer: `{"access_token":"a","expires_in":1e400}`, kept: 1000 * time.Hour},
		"less than a second": {answer: `{"access_token":"a","expires_in":1e-3}`, kept: 1000 * time.Hour},
		"negative":           {answer: `{"access_token":"a","expires_in":-1}`, kept: 1000 * time.Hour},
		"very negative":      {answer: `{"access_token":"a","expires_in":-4294967000}`, kept: 1000 * time.Hour},
		"null":               {answer: `{"access_token":"a","expires_in":null}`, kept: 1000 * time.Hour},
		"no text":            {answer: `{"access_token":"a","expires_in":""}`, kept: 1000 * time.Hour},
		"a word":             {answer: `{"access_token":"a","expires_in":"never"}`, kept: 1000 * time.Hour},
		"another type":       {answer: `{"access_token":"a","expires_in":{"seconds":1}}`, kept: 1000 * time.Hour},
		"byte order mark":    {answer: "\ufeff" + `{"access_token":"a","expires_in":100}`, kept: 89 * time.Second, dropped: 91 * time.Second},
		"zero":               {answer: `{"access_token":"a","expires_in":0}`, kept: 1000 * time.Hour},
		"form-encoded (old)": {contentType: "application/x-www-form-urlencoded", answer: "access_token=a&expires_in=1000", kept: 900 * time.Second, dropped: 1000 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.answer = func(w http.ResponseWriter, _ url.Values, _ int) bool {
				if test.contentType != "" {
					w.Header().Set("Content-Type", test.contentType)
				}
				fmt.Fprint(w, test.answer)
				return true
			}
			c, clk := i.client(t, Options{})
			auth := mustClientCredentials(t, c, i.config())
			for at, want := range map[time.Duration]int32{test.kept: 1, test.dropped: 2} {
				if at == 0 {
					continue
				}
				i.tokens.Store(0)
				auth.(*clientCredentials).token = nil
				for range 2 {
					if _, err := i.ask(context.Background(), c, auth); err != nil {
						t.Fatal(err)
					}
					_ = clk.sleep(context.Background(), at)
				}
				if n := i.tokens.Load(); n != want {
					t.Errorf("%d tokens after %v, want %d", n, at, want)
				}
			}
		})
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	i := newIssuer(t)
	i.refuses = func(token string) bool { return token == "canary-at-1" }
	c, _ := i.client(t, Options{})
	auth := mustClientCredentials(t, c, i.config())
	for range 2 {
		if got, err := i.ask(context.Background(), c, auth); err != nil || got.Status != 200 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if n := i.tokens.Load(); n != 2 {
		t.Errorf("%d tokens, want 2", n)
	}
	i.refuses = func(string) bool { return true }
	before := i.count()
	if got, err := i.ask(context.Background(), c, auth); err != nil || got.Status != 401 || i.tokens.Load() != 3 || i.count()-before != 3 {
		t.Errorf("%+v, %v: %d tokens, %d requests", got, err, i.tokens.Load(), i.count()-before)
	}
	// What is asked never to be repeated is not, and the next call has a new token all the same.
	if got, err := c.Do(context.Background(), Request{Method: "GET", URL: i.URL + "/resource", Auth: auth}); err != nil || got.Status != 401 || i.tokens.Load() != 3 {
		t.Errorf("%+v, %v: %d tokens", got, err, i.tokens.Load())
	}
	// A 401 to a token that another call has replaced meanwhile does not drop the new one.
	renewing := auth.(renewer)
	i.refuses = nil
	if _, err := i.ask(context.Background(), c, auth); err != nil {
		t.Fatal(err)
	}
	tokens := i.tokens.Load()
	if tokens != 4 {
		t.Errorf("%d tokens, want 4", tokens)
	}
	if !renewing.refused("Bearer canary-at-1") || renewing.refused("") {
		t.Error("refused is wrong")
	}
	if _, err := i.ask(context.Background(), c, auth); err != nil || i.tokens.Load() != tokens {
		t.Errorf("%v: the new token was dropped", err)
	}
}

func TestTokenErrorsAreRedacted(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		answer string
		want   string
	}{
		"standard":   {400, `{"error":"invalid_client","error_description":"canary s+cret\nis wrong","x":"canary"}`, "status 400, invalid_client: [redacted] is wrong"},
		"bad scope":  {400, `{"error":"invalid_scope"}`, "status 400, invalid_scope"},
		"under 200":  {200, `{"error":"invalid_client"}`, "status 200, invalid_client"},
		"page":       {500, `<html>canary</html>`, "status 500"},
		"no token":   {200, `{"x":"canary"}`, "without an access token that can be read"},
		"no JSON":    {200, `canary`, "without an access token that can be read"},
		"other type": {200, `{"access_token":"canary","token_type":"DPoP"}`, `type "DPoP"`},
		"bad token":  {200, `{"access_token":"canary\nx"}`, "line break"},
		"redirect":   {302, ``, "redirect"},
		"401":        {401, `{"error":"invalid_client"}`, "status 401, invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.answer = func(w http.ResponseWriter, _ url.Values, _ int) bool {
				w.Header().Set("Location", "https://canary.example/")
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.answer)
				return true
			}
			c, _ := i.client(t, Options{})
			_, err := i.ask(context.Background(), c, mustClientCredentials(t, c, i.config()))
			text := err.Error()
			if name == "redirect" { // tells where to, which is no secret
				text = strings.ReplaceAll(text, "https://canary.example", "")
			}
			if e := kindOf(t, err); e.Kind != Authorization || e.MaybeProcessed || !strings.Contains(text, test.want) || strings.Contains(text, "canary") || strings.Contains(text, "\n") {
				t.Errorf("%v", err)
			}
			if i.tokens.Load() != 1 || i.count() != 1 {
				t.Errorf("%d token requests, %d requests", i.tokens.Load(), i.count())
			}
		})
	}
}

// The call that fetches is canceled: the others do not fail with it.
func TestCanceledFetchDoesNotFailTheOthers(t *testing.T) {
	i := newIssuer(t)
	first, cancel := context.WithCancel(context.Background())
	release := make(chan struct{})
	i.answer = func(_ http.ResponseWriter, _ url.Values, n int) bool {
		if n == 1 {
			cancel()
			<-release
		}
		return false
	}
	c, _ := i.client(t, Options{})
	auth := mustClientCredentials(t, c, i.config())
	results := make(chan error, 11)
	go func() {
		_, err := i.ask(first, c, auth)
		results <- err
	}()
	<-first.Done()
	if e := kindOf(t, <-results); e.Kind != Canceled {
		t.Errorf("%v", e)
	}
	for range 10 {
		go func() {
			_, err := i.ask(context.Background(), c, auth)
			results <- err
		}()
	}
	close(release)
	for range 10 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if n := i.tokens.Load(); n != 2 {
		t.Errorf("%d token requests", n)
	}
}

func TestTokenEndpointIsNotAskedOverPlainHTTP(t *testing.T) {
	i := newIssuer(t)
	c, _ := i.client(t, Options{})
	config := i.config()
	config.TokenURL = "http://as.example/token"
	if _, err := i.ask(context.Background(), c, mustClientCredentials(t, c, config)); err == nil || !strings.Contains(err.Error(), "refused to use plain http") {
		t.Errorf("%v", err)
	}
}

// Some servers refuse a token with another status than 401, and say in the code that it is the token (RFC 6750 §3.1). It is replaced then, too, and
// for no other refusal.
func TestTokenThatIsRefusedInAnotherWayIsReplaced(t *testing.T) {
	says := func(status int, body, asks string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if asks != "" {
				w.Header().Set("WWW-Authenticate", asks)
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for name, test := range map[string]struct {
		refusal func(http.ResponseWriter)
		tokens  int32
	}{
		"400": {says(400, `{"error":"invalid_token"}`, ""), 2}, "403": {says(403, `{"error":"invalid_token"}`, ""), 2}, "in the header": {says(403, "", `Bearer realm="a", error="invalid_token"`), 2},
		"400 of the request": {says(400, `{"error":"invalid_client_metadata","error_description":"invalid_token"}`, ""), 1}, "scope": {says(403, `{"error":"insufficient_scope"}`, `Bearer error="insufficient_scope"`), 1},
		"400 with a client": {says(400, `{"error":"invalid_token","client_id":"a"}`, ""), 2},
		"200":               {says(200, `{"error":"invalid_token","error_description":"it has expired"}`, ""), 2}, "200 of the request": {says(200, `{"error":"invalid_client_metadata"}`, ""), 1},
		"200 with a client": {says(200, `{"error":"invalid_token","client_id":"a"}`, ""), 1}, "200 that says it elsewhere": {says(200, `{"client_name":"a","errors":[{"error":"invalid_token"}]}`, ""), 1}, "200 page": {says(200, "<html>invalid_token", ""), 1},
		"403 without a code": {says(403, "", "Bearer"), 1}, "404": {says(404, `{"error":"invalid_token"}`, ""), 1}, "page": {says(400, "<html>invalid_token", ""), 1},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.refuses, i.refusal = func(token string) bool { return token == "canary-at-1" }, test.refusal
			c, _ := i.client(t, Options{})
			got, err := i.ask(context.Background(), c, mustClientCredentials(t, c, i.config()))
			if err != nil || i.tokens.Load() != test.tokens || (got.Status == 200 && len(got.Body) == 0) != (test.tokens == 2) {
				t.Errorf("%+v, %v: %d tokens", got, err, i.tokens.Load())
			}
		})
	}
}
