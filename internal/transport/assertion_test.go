// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestClientCredentialsByPrivateKey(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec := func(curve elliptic.Curve) *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	p256, p384, p521 := ec(elliptic.P256()), ec(elliptic.P384()), ec(elliptic.P521())
	sec1, err := x509.MarshalECPrivateKey(p256)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key              crypto.Signer
		text             string
		keyID, algorithm string
		wantID           string
		want             jose.SignatureAlgorithm
	}{
		"RSA, PKCS 8":          {key: rsaKey, text: pkcs8(t, rsaKey), want: jose.RS256},
		"RSA, PKCS 1":          {key: rsaKey, text: pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), want: jose.RS256},
		"RSA, PS256":           {key: rsaKey, text: pkcs8(t, rsaKey), algorithm: "PS256", keyID: "k1", wantID: "k1", want: jose.PS256},
		"P-256, SEC 1":         {key: p256, text: pemText("EC PRIVATE KEY", sec1), want: jose.ES256},
		"P-384":                {key: p384, text: pkcs8(t, p384), want: jose.ES384},
		"P-521":                {key: p521, text: pkcs8(t, p521), want: jose.ES512},
		"Ed25519":              {key: edKey, text: pkcs8(t, edKey), want: jose.EdDSA},
		"JWK":                  {key: rsaKey, text: jwk(t, rsaKey, "k2", "RS384"), wantID: "k2", want: jose.RS384},
		"JWK with another kid": {key: p256, text: jwk(t, p256, "k2", ""), keyID: "k3", wantID: "k3", want: jose.ES256},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			book := &logbook{}
			c, clk := i.client(t, Options{Log: book.log})
			auth := mustClientCredentials(t, c, ClientCredentials{TokenURL: i.URL + "/token", ClientID: "cl", Method: "private_key_jwt",
				PrivateKey: secret.New(test.text), KeyID: test.keyID, Algorithm: test.algorithm})
			if _, err := i.ask(context.Background(), c, auth); err != nil {
				t.Fatal(err)
			}
			form, _ := url.ParseQuery(i.bodies[0])
			if form.Get("client_assertion_type") != AssertionType || form.Get("client_id") != "cl" || form.Has("client_secret") || i.requests[0].Header.Get("Authorization") != "" {
				t.Errorf("form %v", form)
			}
			token, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{test.want})
			if err != nil || token.Headers[0].KeyID != test.wantID {
				t.Fatalf("%v, %v", token, err)
			}
			var claims jwt.Claims
			if err := token.Claims(test.key.Public(), &claims); err != nil {
				t.Fatal(err)
			}
			if claims.Issuer != "cl" || claims.Subject != "cl" || !claims.Audience.Contains(i.URL+"/token") || len(claims.ID) < 20 ||
				claims.Expiry.Time().Sub(clk.now()) != assertionLifetime || !claims.IssuedAt.Time().Equal(clk.now()) {
				t.Errorf("claims %+v", claims)
			}
			if strings.Contains(book.text(), form.Get("client_assertion")) {
				t.Error("the log shows the assertion")
			}
		})
	}
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PRIVATE KEY", der)
}

func jwk(t *testing.T, key any, id, algorithm string) string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: id, Algorithm: algorithm})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
