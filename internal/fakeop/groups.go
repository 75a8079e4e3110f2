// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto/md5"  // #nosec G501 -- what some servers show, not what anything relies on
	"crypto/sha1" // #nosec G505 -- the same
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// RegistrationFaults are those of the registration endpoint.
type RegistrationFaults struct {
	// Calls are the faults of single calls.
	Calls []CallFault
	// Shows is how the answer shows the credentials and the URI. Whatever is shown, the server works with the true ones.
	Shows Shows
	// Off switches registration off: every path of RFC 7591 and RFC 7592 is a 404 page, while the clients, the metadata and
	// the token endpoint live on.
	Off bool
	// UniqueNames refuses a client_name that a client has already.
	UniqueNames bool
	// SameClient answers metadata that a client has already with that client under 200, also for clients with a secret.
	SameClient bool
}

// ReadingFaults are those of client read requests.
type ReadingFaults struct {
	// Calls are the faults of single calls.
	Calls []CallFault
	// Shows is how the answer shows the credentials and the URI.
	Shows Shows
	// NoClientID leaves client_id out of the answer.
	NoClientID bool
}

// UpdatingFaults are those of client update requests.
type UpdatingFaults struct {
	// Calls are the faults of single calls.
	Calls []CallFault
	// Shows is how the answer shows the credentials and the URI.
	Shows Shows
}

// DeletionFaults are those of client delete requests.
type DeletionFaults struct {
	// Calls are the faults of single calls.
	Calls []CallFault
	// Soft marks a client as deleted: its token and URI go on to work, and the token and authorization endpoints do not
	// know it any more. It counts as gone in Clients.
	Soft bool
}

// CredentialFaults are those of how registration access tokens are refused.
type CredentialFaults struct {
	// InvalidTokenCode is the error code for a token that is not good; "" is invalid_token.
	InvalidTokenCode string
	// GoodRefusals is how many refusals of each client's URI are as the standards say, before InvalidTokenStatus and
	// InvalidTokenCode apply.
	GoodRefusals int
	// RefusalRevokes ends the token of the client at whose URI another token was refused.
	RefusalRevokes bool
	// TellsTokenLifetime shows registration_access_token_expires_in beside a registration access token that expires.
	TellsTokenLifetime bool
	// BeforeRoutes refuses a token that is not good at the registration endpoint and at every address below it, before it is looked whether anything is
	// there or takes the method; without a token, that is looked at first.
	BeforeRoutes bool
}

// TokenEndpointFaults are those of the token endpoint.
type TokenEndpointFaults struct {
	// Calls are the faults of single calls.
	Calls []CallFault
	// PlainBasic takes both halves of HTTP Basic as they are, against RFC 6749 §2.3.1, which has them form-encoded.
	PlainBasic bool
	// Takes is the only method that is taken of clients that are registered with another one that needs a secret.
	Takes string
	// IssuerAudience takes assertions for the issuer alone, as one text, and not for the token endpoint (FAPI 2.0 Security Profile).
	IssuerAudience bool
	// TypedAssertions takes only those that say in their header what they are (RFC 7523bis §4).
	TypedAssertions bool
	// RefusalCode and RefusalDescription are those of a failed client authentication; "" are the standard's code and the
	// server's own description.
	RefusalCode, RefusalDescription string
	// UnknownCode and UnknownDescription are those for a client that does not exist, where they differ.
	UnknownCode, UnknownDescription string
}

// AuthorizationEndpointFaults are those of the authorization endpoint.
type AuthorizationEndpointFaults struct {
	// Calls are the faults of single calls.
	Calls []CallFault
}

// DiscoveryFaults are those of metadata documents.
type DiscoveryFaults struct {
	// Calls are the faults of single calls.
	Calls []CallFault
	// NoRegistrationEndpointIn are the documents that lack registration_endpoint, "openid-configuration" or
	// "oauth-authorization-server": a server whose one document completes the other.
	NoRegistrationEndpointIn []string
}

// TimeForm is a form of the timestamps of a registration.
type TimeForm int

const (
	// TimesSeconds is the standard's: seconds since 1970.
	TimesSeconds TimeForm = iota
	// TimesISO is a date and time like 2026-01-01T00:00:00Z; 0 stays 0.
	TimesISO
	// TimesMilliseconds is milliseconds since 1970.
	TimesMilliseconds
)

// Shows is how an answer shows what it would show anyway. A nil function shows it as it is.
type Shows struct {
	// Secret shows the client secret.
	Secret Showing
	// Token shows the registration access token.
	Token Showing
	// URI shows registration_client_uri.
	URI Showing
}

// Showing turns a credential or a URI into what an answer shows in its place, any JSON value.
type Showing func(true string) any

// Mask shows the same text for every credential.
func Mask(text string) Showing { return func(string) any { return text } }

// Digests are the hash functions that Digest knows.
var digests = map[string]func(string) []byte{
	"MD5":     func(s string) []byte { sum := md5.Sum([]byte(s)); return sum[:] },  // #nosec G401 -- see the import
	"SHA-1":   func(s string) []byte { sum := sha1.Sum([]byte(s)); return sum[:] }, // #nosec G401 -- see the import
	"SHA-256": func(s string) []byte { sum := sha256.Sum256([]byte(s)); return sum[:] },
	"SHA-384": func(s string) []byte { sum := sha512.Sum384([]byte(s)); return sum[:] },
	"SHA-512": func(s string) []byte { sum := sha512.Sum512([]byte(s)); return sum[:] },
}

// encodings are those that Digest knows.
var encodings = map[string]func([]byte) string{
	"hex":          hex.EncodeToString,
	"HEX":          func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) },
	"base64":       base64.StdEncoding.EncodeToString,
	"base64raw":    base64.RawStdEncoding.EncodeToString,
	"base64url":    base64.URLEncoding.EncodeToString,
	"base64urlraw": base64.RawURLEncoding.EncodeToString,
}

// Digest shows the MD5, SHA-1, SHA-256, SHA-384 or SHA-512 of a credential as hex, HEX, base64, base64raw, base64url or
// base64urlraw.
func Digest(hash, encoding string) Showing {
	sum, encode := digests[hash], encodings[encoding]
	if sum == nil || encode == nil {
		panic("fakeop: no digest " + hash + " as " + encoding)
	}
	return func(credential string) any { return encode(sum(credential)) }
}

// HashObject shows an object that names the hash function beside the digest.
func HashObject(hash string) Showing {
	digest := Digest(hash, "hex")
	return func(credential string) any { return map[string]any{"algorithm": hash, "hash": digest(credential)} }
}

// Hash shows what a password store keeps, like {bcrypt}$2a$10$…. It is no real hash.
func Hash() Showing { return func(credential string) any { return hashed(credential) } }

// Prefix shows the first n characters and then a text such as "…" or "********"; Suffix the text and the last n.
func Prefix(n int, then string) Showing {
	return func(credential string) any { return credential[:min(n, len(credential))] + then }
}

// Suffix is Prefix at the other end.
func Suffix(n int, before string) Showing {
	return func(credential string) any { return before + credential[max(0, len(credential)-n):] }
}

// Encrypted shows a text that depends on the credential and tells nothing of it, in the compact form of a JWE.
func Encrypted() Showing {
	return func(credential string) any {
		part := func(n string) string { return base64.RawURLEncoding.EncodeToString([]byte(digest(credential, n))) }
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + ".." + part("iv") + "." +
			part("text") + part("more") + "." + part("tag")
	}
}

// DoubledID shows a client configuration URI whose last segment is there twice.
func DoubledID() Showing {
	return func(uri string) any {
		path, query, _ := strings.Cut(uri, "?")
		doubled := path + path[strings.LastIndex(path, "/"):]
		if query != "" {
			return doubled + "?" + query
		}
		return doubled
	}
}

// AtOrigin shows a URI at another origin, like the internal host behind a proxy or the scheme http. Nobody listens there.
func AtOrigin(origin string) Showing {
	return func(uri string) any { return origin + pathAndQuery(uri) }
}

// Relative shows only the path and query of a URI.
func Relative() Showing { return func(uri string) any { return pathAndQuery(uri) } }

func pathAndQuery(uri string) string {
	parsed, err := url.Parse(uri)
	if err != nil {
		return uri
	}
	return parsed.RequestURI()
}
