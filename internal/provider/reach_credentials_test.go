// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// robotKey is a key for private_key_jwt: its PEM, and its public half as a JWK Set.
func robotKey(t *testing.T) (private string, jwks map[string]any) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "x": text(point[1:33]), "y": text(point[33:]), "kid": "k1", "alg": "ES256", "use": "sig",
	}}}
}

// robot starts a server whose registration wants an access token, with a client of the given method that may have one.
func robot(t *testing.T, method string, more map[string]any) *fakeop.Server {
	t.Helper()
	s := &fakeop.Server{RegistrationScope: "register"}
	s.Start(t)
	metadata := map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register other", "token_endpoint_auth_method": method}
	for name, v := range more {
		metadata[name] = v
	}
	secret := "wörd:&="
	if method == "private_key_jwt" {
		secret = ""
	}
	s.AddClient("robot:1", secret, metadata)
	return s
}

func TestReachClientCredentials(t *testing.T) {
	private, jwks := robotKey(t)
	secret := attrs{"client_id": "robot:1", "client_secret": "wörd:&=", "scopes": []string{"register"}}
	key := attrs{"client_id": "robot:1", "private_key": private, "key_id": "k1", "scopes": []string{"register"}}
	for name, test := range map[string]struct {
		method string
		cc     attrs
		check  func(t *testing.T, request fakeop.Request, form url.Values)
	}{
		"basic by default": {"client_secret_basic", secret, func(t *testing.T, r fakeop.Request, form url.Values) {
			if r.AuthScheme != "Basic" || form.Has("client_secret") {
				t.Errorf("%s, form %v", r.AuthScheme, form)
			}
		}},
		"basic": {"client_secret_basic", secret.With(attrs{"method": "client_secret_basic", "audience": "https://api.example"}), func(t *testing.T, _ fakeop.Request, form url.Values) {
			if form.Get("audience") != "https://api.example" || form.Get("scope") != "register" {
				t.Errorf("form %v", form)
			}
		}},
		"post": {"client_secret_post", secret.With(attrs{"method": "client_secret_post"}), func(t *testing.T, r fakeop.Request, form url.Values) {
			if r.AuthScheme != "" || form.Get("client_secret") != "wörd:&=" || form.Get("client_id") != "robot:1" {
				t.Errorf("%q, form %v", r.AuthScheme, form)
			}
		}},
		"key by default": {"private_key_jwt", key, func(t *testing.T, r fakeop.Request, form url.Values) {
			if r.AuthScheme != "" || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Has("client_secret") {
				t.Errorf("%q, form %v", r.AuthScheme, form)
			}
		}},
		"key": {"private_key_jwt", key.With(attrs{"method": "private_key_jwt", "signing_alg": "ES256"}), func(*testing.T, fakeop.Request, url.Values) {}},
	} {
		t.Run(name, func(t *testing.T) {
			more := map[string]any{}
			if test.method == "private_key_jwt" {
				more["jwks"] = jwks
			}
			s := robot(t, test.method, more)
			p := start(t, attrs{"issuer": s.Issuer(), "client_credentials": test.cc})
			a, b := p.Another(), p.Another()
			a.Apply(web)
			b.Apply(web)
			p.WantNoWarnings()
			a.WantEmpty(web)
			a.Destroy()
			if n := s.CountOf(fakeop.OpToken); n != 1 {
				t.Errorf("%d tokens were fetched", n)
			}
			request, _ := s.Last(fakeop.OpToken)
			form, err := url.ParseQuery(string(request.Body))
			if err != nil {
				t.Fatal(err)
			}
			test.check(t, request, form)

			// The same without discovery, where the token endpoint is given.
			given := start(t, attrs{"registration_endpoint": s.RegistrationEndpoint(), "client_credentials": test.cc.With(attrs{"token_endpoint": s.TokenEndpoint()})})
			given.Another().Apply(web)
		})
	}
}

func TestReachClientCredentialsRefused(t *testing.T) {
	s := robot(t, "client_secret_basic", nil)
	good := attrs{"client_id": "robot:1", "client_secret": "wörd:&=", "scopes": []string{"register"}}
	for name, test := range map[string]struct {
		settings attrs
		want     []string
	}{
		"wrong secret":   {attrs{"issuer": s.Issuer(), "client_credentials": good.With(attrs{"client_secret": "guess-4711"})}, []string{"the token endpoint " + s.TokenEndpoint(), "401 invalid_client"}},
		"wrong endpoint": {attrs{"issuer": s.Issuer(), "client_credentials": good.With(attrs{"token_endpoint": s.URL() + "/nowhere"})}, []string{s.URL() + "/nowhere", "404"}},
		"no scope":       {attrs{"issuer": s.Issuer(), "client_credentials": good.With(attrs{"scopes": []string{"other"}})}, []string{"403", "insufficient_scope"}},
		"no endpoint": {attrs{"registration_endpoint": s.RegistrationEndpoint(), "client_credentials": good},
			[]string{"client_credentials on the provider has no token_endpoint"}},
		"plain http": {attrs{"issuer": s.Issuer(), "client_credentials": good.With(attrs{"token_endpoint": "http://token.example"})}, []string{"https is needed"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.ResetLog()
			err := start(t, test.settings).Another().TryApply(web)
			wants(t, err, test.want...)
			if err != nil && (strings.Contains(err.Error(), "guess-4711") || strings.Contains(err.Error(), "wörd")) {
				t.Errorf("the secret is told: %v", err)
			}
			if len(s.Clients()) != 1 {
				t.Error("a client was registered")
			}
		})
	}
}

// A token is fetched once for clients that are registered at the same time, and again once it is refused.
func TestReachOneTokenForParallelCreates(t *testing.T) {
	s := robot(t, "client_secret_basic", nil)
	p := start(t, attrs{"issuer": s.Issuer(), "client_credentials": attrs{"client_id": "robot:1", "client_secret": "wörd:&=", "scopes": []string{"register"}}})
	var all sync.WaitGroup
	errs := make([]error, 100)
	for i := range errs {
		c := p.Another()
		config := c.Values(web)
		all.Go(func() { errs[i] = c.Ensure(context.Background(), config) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{1, 1, 100}, []int{s.CountOf(fakeop.OpToken), s.CountOf(fakeop.OpMetadata), s.CountOf(fakeop.OpRegister)}); diff != "" {
		t.Errorf("tokens, documents, registrations (-want +got):\n%s", diff)
	}
	if n := s.MaxInFlight(); n > 10 {
		t.Errorf("%d requests at once", n)
	}
	if n := s.Connections(); n > 10 {
		t.Errorf("%d connections", n)
	}
}

// An initial access token of the resource takes the place of the provider's credentials.
func TestReachResourceToken(t *testing.T) {
	s := fakeop.Server{InitialAccessTokens: map[string]int{"once": 1, "always": 0}}
	s.Start(t)
	p := start(t, attrs{"issuer": s.Issuer(), "initial_access_token": "always"})
	c := p.Another()
	c.Apply(web.With(attrs{"initial_access_token": "once"}))
	if last, _ := s.Last(fakeop.OpRegister); last.Credential != "once" {
		t.Errorf("registered with %q", last.Credential)
	}
	if strings.Contains(c.State.String(), "once\"") {
		t.Errorf("the token is in the state: %s", c.State)
	}
	wants(t, p.Another().TryApply(web.With(attrs{"initial_access_token": "once"})), "401", "Set another initial access token on the resource")
	p.Another().Apply(web)
}

// A resource's own token goes before what the provider has: to set another one there is in vain while the resource's stays.
func TestWaysOfARefusedResourceToken(t *testing.T) {
	for name, c := range map[string]struct {
		server *fakeop.Server
		right  attrs
		ways   []string
		again  string // what another resource's token would be
	}{
		"a token": {
			server: &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}}, right: attrs{"initial_access_token": "iat"}, again: "iat",
			ways: []string{"- Set another initial access token on the resource:", "- Or remove it there, and set a credential for registrations on the provider (or basic_auth"},
		},
		"Basic": {
			server: &fakeop.Server{BasicUser: "u", BasicPassword: "p", Faults: onlyBasic()}, right: attrs{"basic_auth": attrs{"username": "u", "password": "p"}},
			ways: []string{"- Remove it there, and set them on the provider, in place of initial_access_token and client_credentials:"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.server
			s.Start(t)
			refused := web.With(attrs{"initial_access_token": "wrong"})
			for _, settings := range []attrs{{"issuer": s.Issuer()}, c.right.With(attrs{"issuer": s.Issuer()})} {
				err := start(t, settings).Another().TryApply(refused)
				wants(t, err, append(c.ways, "sent with initial_access_token of the resource")...)
				if strings.Count(err.Error(), "\n- ") != len(c.ways) {
					t.Errorf("other ways are named:\n%v", err)
				}
			}
			start(t, c.right.With(attrs{"issuer": s.Issuer()})).Another().Apply(web)
			if c.again != "" {
				start(t, attrs{"issuer": s.Issuer()}).Another().Apply(web.With(attrs{"initial_access_token": c.again}))
			}
		})
	}
}

// onlyBasic refuses bearer tokens for registrations as a server does that has them nowhere: by a challenge to HTTP Basic.
func onlyBasic() fakeop.Faults {
	return fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: []fakeop.CallFault{{
		Matches: func(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") },
		Answer:  fakeop.Answer{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Basic realm="register"`}}},
	}}}}
}

// A server takes assertions for its issuer alone. Where only its endpoints are given, the issuer is not known, and the message says how to make it so.
func TestServerThatTakesAssertionsForItsIssuerAlone(t *testing.T) {
	private, jwks := robotKey(t)
	s := robot(t, "private_key_jwt", map[string]any{"jwks": jwks})
	s.SetFaults(fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{IssuerAudience: true}})
	key := attrs{"client_id": "robot:1", "private_key": private, "scopes": []string{"register"}}
	err := start(t, attrs{"registration_endpoint": s.RegistrationEndpoint(), "client_credentials": key.With(attrs{"token_endpoint": s.TokenEndpoint()})}).Another().TryApply(web)
	wants(t, err, "401 invalid_client", "takes assertions for the server's issuer alone, remove token_endpoint in client_credentials, and set on the provider:\n    issuer = ")
	p := start(t, attrs{"registration_endpoint": s.RegistrationEndpoint(), "issuer": s.Issuer(), "client_credentials": key})
	p.Another().Apply(web)
	p.WantNoWarnings()

	s.SetMember("robot:1", "jwks", map[string]any{"keys": []any{}})
	err = start(t, attrs{"issuer": s.Issuer(), "client_credentials": key}).Another().TryApply(web)
	wants(t, err, "It was shown assertions for itself and for its issuer, “"+s.Issuer()+"”.", "Correct client_id, client_secret or private_key")
	if strings.Contains(err.Error(), "remove token_endpoint") {
		t.Errorf("a way that changes nothing is named: %v", err)
	}
}
