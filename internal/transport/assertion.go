// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// AssertionType is the client_assertion_type of a JWT (RFC 7523 §2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionLifetime is short, since an assertion is used at once; it leaves room for clocks that differ.
const assertionLifetime = 2 * time.Minute

// AssertionKey signs client assertions (RFC 7523 §3, OpenID Connect Core §9).
type AssertionKey struct{ signer, typed jose.Signer }

// privateAssertionKey reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1) or as a JWK, for private_key_jwt. keyID
// and algorithm may be empty: the JWK's own, or none and the usual algorithm of the key's type. No error quotes the key.
func privateAssertionKey(key secret.String, keyID, algorithm string) (*AssertionKey, error) {
	text := strings.TrimSpace(key.Reveal())
	var private any
	switch {
	case text == "":
		return nil, errors.New("private_key_jwt needs a private key")
	case strings.HasPrefix(text, "{"):
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON([]byte(text)); err != nil {
			return nil, errors.New("the private key is not a valid JWK")
		}
		if keyID == "" {
			keyID = jwk.KeyID
		}
		if algorithm == "" {
			algorithm = jwk.Algorithm
		}
		private = jwk.Key
	default:
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, errors.New("the private key is neither PEM nor a JWK")
		}
		parsed, err := parsePrivateKey(block)
		if err != nil {
			return nil, err
		}
		private = parsed
	}
	if algorithm == "" {
		algorithm = usualAlgorithm(private)
	}
	if err := fits(private, jose.SignatureAlgorithm(algorithm)); err != nil {
		return nil, err
	}
	return newAssertionKey(private, keyID, jose.SignatureAlgorithm(algorithm))
}

// SecretAssertionKey uses a client secret as the key, for client_secret_jwt. algorithm is HS256 where empty.
func SecretAssertionKey(clientSecret secret.String, algorithm string) (*AssertionKey, error) {
	if algorithm == "" {
		algorithm = string(jose.HS256)
	}
	switch jose.SignatureAlgorithm(algorithm) {
	case jose.HS256, jose.HS384, jose.HS512:
	default:
		return nil, fmt.Errorf("client_secret_jwt cannot sign with %q", algorithm)
	}
	return newAssertionKey([]byte(clientSecret.Reveal()), "", jose.SignatureAlgorithm(algorithm))
}

func newAssertionKey(key any, keyID string, algorithm jose.SignatureAlgorithm) (*AssertionKey, error) {
	var signers [2]jose.Signer
	for i, kind := range []jose.ContentType{"JWT", "client-authentication+jwt"} {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: keyID}},
			(&jose.SignerOptions{}).WithType(kind))
		if err != nil {
			return nil, fmt.Errorf("the key cannot sign with %s", algorithm)
		}
		signers[i] = signer
	}
	return &AssertionKey{signers[0], signers[1]}, nil
}

// Sign makes an assertion of clientID for audience, with a fresh jti. The audience is one text and no list, as the FAPI 2.0 Security Profile wants it.
func (k *AssertionKey) Sign(clientID, audience string, now time.Time) (secret.String, error) {
	return sign(k.signer, clientID, audience, now)
}

// SignTyped makes one that says in its header that it is a client's assertion (RFC 7523bis §4), which servers of that standard want and others refuse.
func (k *AssertionKey) SignTyped(clientID, audience string, now time.Time) (secret.String, error) {
	return sign(k.typed, clientID, audience, now)
}

func sign(signer jose.Signer, clientID, audience string, now time.Time) (secret.String, error) {
	token, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: clientID, Subject: clientID, Audience: jwt.Audience{audience}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLifetime)),
	}).Serialize()
	if err != nil {
		return secret.String{}, errors.New("the client assertion could not be signed")
	}
	return secret.New(token), nil
}

func parsePrivateKey(block *pem.Block) (any, error) {
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
		return nil, errors.New("the private key is encrypted; an unencrypted PEM key is needed")
	case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, fmt.Errorf("the private key is a PEM block of type %q", block.Type)
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	return nil, errors.New("the private key's PEM block cannot be read")
}

// usualAlgorithm gives the algorithm that a server most likely accepts for a key: RS256 is the one that OpenID Connect
// Core §15.1 makes every server know.
func usualAlgorithm(key any) string {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return string(jose.RS256)
	case ed25519.PrivateKey:
		return string(jose.EdDSA)
	case *ecdsa.PrivateKey:
		switch key.Curve {
		case elliptic.P384():
			return string(jose.ES384)
		case elliptic.P521():
			return string(jose.ES512)
		}
		return string(jose.ES256)
	}
	return ""
}

func fits(key any, algorithm jose.SignatureAlgorithm) error {
	if _, ok := key.(crypto.Signer); !ok {
		return errors.New("the key is not a private RSA, EC or Ed25519 key")
	}
	ok := false
	switch key := key.(type) {
	case *rsa.PrivateKey:
		switch algorithm {
		case jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512:
			ok = true
		}
	case ed25519.PrivateKey:
		ok = algorithm == jose.EdDSA
	case *ecdsa.PrivateKey:
		ok = string(algorithm) == usualAlgorithm(key)
	}
	if !ok {
		return fmt.Errorf("the algorithm %q does not fit the key", algorithm)
	}
	return nil
}
