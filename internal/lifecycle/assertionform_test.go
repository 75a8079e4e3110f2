// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// robotByKey makes the provider's own client known at the servers, which authenticates by a key of its own.
func robotByKey(t *testing.T, servers ...*fakeop.Server) *transport.ClientCredentials {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := jose.JSONWebKey{Key: key, KeyID: "1", Algorithm: "ES256"}
	var keys []any
	for _, k := range []jose.JSONWebKey{jwk, jwk.Public()} {
		text, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, string(text))
	}
	var public map[string]any
	if err := json.Unmarshal([]byte(keys[1].(string)), &public); err != nil {
		t.Fatal(err)
	}
	for _, op := range servers {
		op.AddClient("robot", "", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register", "token_endpoint_auth_method": "private_key_jwt", "jwks": map[string]any{"keys": []any{public}}})
	}
	return &transport.ClientCredentials{ClientID: "robot", Method: "private_key_jwt", PrivateKey: secret.New(keys[0].(string)), Scopes: []string{"register"}}
}

// audiencesAt are those of the assertions that came to a server.
func audiencesAt(t *testing.T, op *fakeop.Server) []string {
	t.Helper()
	var out []string
	for _, r := range op.Requests() {
		form, _ := url.ParseQuery(string(r.Body))
		assertion := form.Get("client_assertion")
		if assertion == "" {
			continue
		}
		text, err := base64.RawURLEncoding.DecodeString(strings.Split(assertion, ".")[1])
		claims := struct {
			Audience string `json:"aud"`
		}{}
		if err == nil {
			err = json.Unmarshal(text, &claims)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, claims.Audience)
	}
	return out
}

// The provider authenticates at a server that takes assertions for its issuer alone wherever it knows the issuer whose token endpoint it is. An assertion for an
// issuer goes to no other server, which could use it there.
func TestAssertionForTheIssuerGoesToItsTokenEndpointAlone(t *testing.T) {
	for name, test := range map[string]struct {
		faults   fakeop.TokenEndpointFaults
		settings func(op, elsewhere *fakeop.Server, cc *transport.ClientCredentials) authserver.Settings
		works    bool
		other    bool // the token endpoint is the other server's
	}{
		"issuer": {fakeop.TokenEndpointFaults{IssuerAudience: true}, func(op, _ *fakeop.Server, _ *transport.ClientCredentials) authserver.Settings {
			return authserver.Settings{Issuer: op.Issuer()}
		}, true, false},
		"issuer, with a type": {fakeop.TokenEndpointFaults{IssuerAudience: true, TypedAssertions: true}, func(op, _ *fakeop.Server, _ *transport.ClientCredentials) authserver.Settings {
			return authserver.Settings{Issuer: op.Issuer()}
		}, true, false},
		"issuer, and its token endpoint by hand": {fakeop.TokenEndpointFaults{IssuerAudience: true}, func(op, _ *fakeop.Server, cc *transport.ClientCredentials) authserver.Settings {
			cc.TokenURL = op.TokenEndpoint()
			return authserver.Settings{Issuer: op.Issuer()}
		}, true, false},
		"found by WebFinger": {fakeop.TokenEndpointFaults{IssuerAudience: true}, func(op, _ *fakeop.Server, _ *transport.ClientCredentials) authserver.Settings {
			return authserver.Settings{WebFingerResource: op.Issuer() + "/joe"}
		}, true, false},
		"endpoints by hand": {fakeop.TokenEndpointFaults{IssuerAudience: true}, func(op, _ *fakeop.Server, cc *transport.ClientCredentials) authserver.Settings {
			cc.TokenURL = op.TokenEndpoint()
			return authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint()}
		}, false, false},
		"the token endpoint of another server": {fakeop.TokenEndpointFaults{}, func(op, elsewhere *fakeop.Server, cc *transport.ClientCredentials) authserver.Settings {
			cc.TokenURL = elsewhere.TokenEndpoint()
			return authserver.Settings{Issuer: op.Issuer()}
		}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{RegistrationScope: "register", Faults: fakeop.Faults{TokenEndpoint: test.faults}}
			elsewhere := &fakeop.Server{Seed: "other", Faults: fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{IssuerAudience: true}}}
			op.Start(t)
			elsewhere.Start(t)
			cc := robotByKey(t, op, elsewhere)
			settings := test.settings(op, elsewhere, cc)
			settings.ClientCredentials = cc
			l := startAs(t, op, settings)
			for range 2 {
				out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
				if out.Failed() == test.works {
					t.Errorf("works %v: %s", test.works, kinds(out.Problems))
				}
			}
			at, not := op, elsewhere
			if test.other {
				at, not = elsewhere, op
			}
			want := []string{at.TokenEndpoint()}
			if test.works {
				want = append(want, at.Issuer())
			}
			if test.faults.TypedAssertions {
				want = append(want, at.Issuer())
			}
			if got := audiencesAt(t, at); !slices.Equal(got, want) {
				t.Errorf("assertions for %q, want %q", got, want)
			}
			if got := audiencesAt(t, not); len(got) > 0 {
				t.Errorf("assertions came to the other server, for %q", got)
			}
		})
	}
}
