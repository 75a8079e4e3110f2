// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	// firstSeconds is the beginning of 2010, before which nobody registered clients. A number that is no earlier time in thousandths of the seconds
	// of RFC 7591 §3.2.1 is in these, or in a smaller unit.
	firstSeconds = 1262304000
	// neverSeconds is the beginning of the year 9999, the last that software can write. What is to happen in it, or later, never does.
	neverSeconds = 253370764800
)

// layouts are the written forms of a time that servers answer in place of a number. Those without a zone mean UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 -0700 MST", "2006-01-02 15:04:05.999999999", "2006-01-02", "20060102T150405Z0700",
	time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC, time.UnixDate,
}

// instant reads a point in time, in seconds since the epoch, from a number of any unit, the same in quotes, or a written
// time. nil is no time.
func instant(value any) *int64 {
	written := strings.TrimSpace(stringOf(value))
	if written == "" {
		return nil
	}
	if n := number(written); n != nil {
		seconds := *n
		for range 3 {
			if seconds >= firstSeconds*1000 {
				seconds /= 1000
			}
		}
		return after1970(seconds)
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, written); err == nil {
			return after1970(at.Unix())
		}
	}
	return nil
}

// after1970 gives a time that can be one. Some servers write "never" as -1 or as the first day of the year 1.
func after1970(seconds int64) *int64 {
	if seconds < 0 {
		return nil
	}
	return &seconds
}

// issued is instant for what has happened.
func issued(value any) *int64 {
	at := instant(value)
	if at != nil && *at >= neverSeconds {
		return nil
	}
	return at
}

// expiry is instant for what is to come; 0 is never (RFC 7591 §3.2.1).
func expiry(value any) *int64 {
	at := instant(value)
	if at != nil && *at >= neverSeconds {
		*at = 0
	}
	return at
}

// number reads an integer that may have a fraction, which is dropped, or an exponent.
func number(written string) *int64 {
	if len(written) > 40 {
		return nil
	}
	f, ok := new(big.Float).SetString(written)
	if !ok || f.IsInf() {
		return nil
	}
	n, accuracy := f.Int64()
	if accuracy != big.Exact && (n == 1<<63-1 || n == -1<<63) {
		return nil
	}
	return &n
}

// The members in which servers tell when a registration access token expires. No specification has them.
const (
	tokenExpiresIn = "registration_access_token_expires_in"
	tokenExpiresAt = "registration_access_token_expires_at"
)

// tokenExpiry is when a registration access token expires: as a member says, else as the token itself does. nil is unknown
// or never.
func tokenExpiry(doc map[string]any, token secret.String, now time.Time) *int64 {
	if at := expiry(doc[tokenExpiresAt]); at != nil && *at > 0 {
		return at
	}
	if in := number(strings.TrimSpace(stringOf(doc[tokenExpiresIn]))); in != nil && *in > 0 && *in < neverSeconds-now.Unix() {
		at := now.Unix() + *in
		return &at
	}
	return TokenExpiry(token)
}

// TokenExpiry is when a token says itself that it expires, where it is a signed JWT; nil is unknown or never. Its signature
// is not for us to verify. Some servers' tokens that never expire say 0, as client_secret_expires_at does (RFC 7591 §3.2.1).
func TokenExpiry(token secret.String) *int64 {
	parsed, err := jwt.ParseSigned(token.Reveal(), []jose.SignatureAlgorithm{
		jose.EdDSA, jose.HS256, jose.HS384, jose.HS512, jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384, jose.PS512,
	})
	if err != nil {
		return nil
	}
	var claims jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil || claims.Expiry == nil {
		return nil
	}
	at := claims.Expiry.Time().Unix()
	if at <= 0 {
		return nil
	}
	return &at
}

// stringOf gives a string member; a number is taken as its digits, which is how some servers write a client_id.
func stringOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}
