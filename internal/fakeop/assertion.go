// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"slices"
	"strings"
)

// assertionType is RFC 7523 §2.2's.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionSubject is the client that an assertion speaks for, "" for a broken one.
func assertionSubject(assertion string) string {
	_, claims, _, _ := parseJWT(assertion)
	return text(claims, "sub")
}

// goodAssertion checks a JWT of private_key_jwt or client_secret_jwt (OpenID Connect Core 1.0 §9, RFC 7523 §3): signed
// with the client's key, from and about the client, for this server, alive and never seen before.
func (s *Server) goodAssertion(c *call, cl *client, method string, form url.Values) bool {
	if form.Get("client_assertion_type") != assertionType {
		return false
	}
	header, claims, signed, signature := parseJWT(form.Get("client_assertion"))
	if header == nil {
		return false
	}
	audience := append(words(claims["aud"]), text(claims, "aud"))
	if c.f.TokenEndpoint.IssuerAudience {
		audience = []string{text(claims, "aud")}
	}
	id := text(claims, "jti")
	expires, _ := claims["exp"].(json.Number)
	end, err := expires.Int64()
	switch {
	case text(claims, "iss") != cl.id || text(claims, "sub") != cl.id,
		!slices.Contains(audience, c.issuer) && (c.f.TokenEndpoint.IssuerAudience || !slices.Contains(audience, c.issuer+pathToken)),
		err != nil || end <= s.now().Unix(),
		c.f.TokenEndpoint.TypedAssertions && text(header, "typ") != "client-authentication+jwt",
		id == "" || s.counters["jti "+cl.id+" "+id] > 0:
		return false
	}
	alg := text(header, "alg")
	if registered := text(cl.metadata, "token_endpoint_auth_signing_alg"); registered != "" && registered != alg {
		return false
	}
	good := false
	switch method {
	case "client_secret_jwt":
		mac := hmac.New(sha256.New, []byte(cl.secret))
		mac.Write(signed)
		good = alg == "HS256" && cl.secret != "" && hmac.Equal(mac.Sum(nil), signature)
	case "private_key_jwt":
		set, _ := cl.metadata["jwks"].(map[string]any)
		keys, _ := set["keys"].([]any)
		for _, element := range keys {
			if key, ok := element.(map[string]any); ok && verified(alg, key, signed, signature) {
				good = true
			}
		}
	}
	if good {
		s.counters["jti "+cl.id+" "+id]++
	}
	return good
}

// parseJWT takes a compact JWS apart; header is nil for anything else.
func parseJWT(token string) (header, claims map[string]any, signed, signature []byte) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, nil, nil
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return nil, nil, nil, nil
		}
	}
	header, err := decodeObject(decoded[0])
	claims, err2 := decodeObject(decoded[1])
	if err != nil || err2 != nil {
		return nil, nil, nil, nil
	}
	return header, claims, []byte(parts[0] + "." + parts[1]), decoded[2]
}

// verified checks a signature with a public JWK, for RS256, PS256, ES256 and EdDSA (RFC 7518 §3, RFC 8037).
func verified(alg string, key map[string]any, signed, signature []byte) bool {
	number := func(member string) *big.Int {
		raw, _ := base64.RawURLEncoding.DecodeString(text(key, member))
		return new(big.Int).SetBytes(raw)
	}
	sum := sha256.Sum256(signed)
	switch alg {
	case "RS256", "PS256":
		public := &rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}
		if text(key, "kty") != "RSA" || public.N.Sign() == 0 {
			return false
		}
		if alg == "PS256" {
			return rsa.VerifyPSS(public, crypto.SHA256, sum[:], signature, nil) == nil
		}
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil
	case "ES256":
		if text(key, "crv") != "P-256" || len(signature) != 64 {
			return false
		}
		public := &ecdsa.PublicKey{Curve: elliptic.P256(), X: number("x"), Y: number("y")} //nolint:staticcheck // a JWK has coordinates, and ParseUncompressedPublicKey wants them glued together again
		r, v := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(public, sum[:], r, v)
	case "EdDSA":
		raw, err := base64.RawURLEncoding.DecodeString(text(key, "x"))
		return err == nil && text(key, "crv") == "Ed25519" && len(raw) == ed25519.PublicKeySize &&
			ed25519.Verify(raw, signed, signature)
	}
	return false
}
