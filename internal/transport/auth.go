// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Authorizer puts a credential on a request. Implementations are safe for parallel use.
type Authorizer interface {
	// Authorize sets the header; ctx bounds what that takes (a token may have to be fetched first).
	Authorize(ctx context.Context, req *http.Request) error
	// Describe names the kind of credential in a few words for messages, and never the credential.
	Describe() string
}

// renewer is an Authorizer whose credential can be had anew.
type renewer interface {
	// refused tells that the server answered 401 to this Authorization value. It returns true where asking again will
	// use another one.
	refused(authorization string) bool
}

type noAuth struct{}

// NoAuth sends no credential.
func NoAuth() Authorizer { return noAuth{} }

func (noAuth) Authorize(context.Context, *http.Request) error { return nil }
func (noAuth) Describe() string                               { return "no credential" }

type bearer struct{ token secret.String }

// Bearer sends a token in the Authorization header (RFC 6750 §2.1). The scheme has a capital B: some servers know no
// other spelling. The form and query alternatives of RFC 6750 are not offered, since they end up in access logs.
func Bearer(token secret.String) Authorizer { return bearer{token} }

func (b bearer) Authorize(_ context.Context, req *http.Request) error {
	value := b.token.Reveal()
	if value == "" {
		return errors.New("the bearer token is empty")
	}
	// A token read from a file often ends in a newline; net/http's own message for it does not say so.
	if err := CheckToken(b.token); err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+value)
	return nil
}

// CheckToken returns why a token cannot be sent as a Bearer token, or nil.
func CheckToken(token secret.String) error {
	if scheme, rest, _ := strings.Cut(token.Reveal(), " "); strings.EqualFold(scheme, "Bearer") && rest != "" {
		return ErrSchemeInToken
	}
	if !CanBeSent(token) {
		return errors.New("the bearer token holds a space, a line break or another character that RFC 6750 does not allow in a token")
	}
	return nil
}

// ErrSchemeInToken is of a token that was copied with the name of its scheme (RFC 6750 §2.1).
var ErrSchemeInToken = errors.New("the bearer token begins with the word Bearer, which is the name of the scheme and no part of the token")

// CanBeSent reports whether a token can stand in an Authorization header at all.
func CanBeSent(token secret.String) bool {
	return !strings.ContainsFunc(token.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' })
}

func (bearer) Describe() string { return "a bearer token" }

type basic struct {
	user     string
	password secret.String
}

// Basic sends user name and password (RFC 7617), both as they are. OAuth client credentials at a token endpoint are
// form-encoded first (RFC 6749 §2.3.1) and are not this.
func Basic(user string, password secret.String) Authorizer { return basic{user, password} }

func (b basic) Authorize(_ context.Context, req *http.Request) error {
	if err := CheckUser(b.user); err != nil {
		return err
	}
	value := base64.StdEncoding.EncodeToString([]byte(b.user + ":" + b.password.Reveal()))
	req.Header.Set("Authorization", "Basic "+value)
	return nil
}

// CheckUser returns why a user name cannot be sent by HTTP Basic, or nil.
func CheckUser(user string) error {
	if strings.Contains(user, ":") {
		return errors.New("the user name for basic authentication holds a colon, which RFC 7617 §2 forbids")
	}
	return nil
}

func (b basic) Describe() string { return "basic authentication" }

type unknown struct{ like Authorizer }

// Unknown sends, by the scheme of another credential, one that nobody has. Its user is as unknown as its password, since some servers lock
// a user out after wrong ones.
func Unknown(like Authorizer) Authorizer { return unknown{like} }

func (u unknown) Authorize(ctx context.Context, req *http.Request) error {
	if err := u.like.Authorize(ctx, req); err != nil {
		return err
	}
	if user, password, ok := req.BasicAuth(); ok {
		return Basic(invent(user), secret.New(invent(password))).Authorize(ctx, req)
	}
	_, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if at := strings.LastIndex(token, "."); at > strings.Index(token, ".") { // of a JWT another signature, since its other parts may be read before that is looked at
		return Bearer(secret.New(token[:at+1]+invent(token[at+1:]))).Authorize(ctx, req)
	}
	return Bearer(secret.New(invent(token))).Authorize(ctx, req)
}

// invent writes a credential anew in the form of another one, since what looks at the form alone may pass it: each letter and digit is drawn, in its place, but for those
// of a prefix. One that would be too short to be nobody's is longer.
func invent(like string) string {
	const enough = 16
	prefix := strings.LastIndexAny(like[:max(0, len(like)-enough)], "_-.") + 1
	out := []byte(like)
	isHex := !strings.ContainsFunc(strings.ToLower(like), func(r rune) bool { return r >= 'g' && r <= 'z' })
	for i, c := range out[prefix:] {
		letters := byte(26)
		if isHex {
			letters = 6
		}
		switch draw := rand.Text()[0]; {
		case prefix+i > 0 && out[prefix+i-1] == '-': // of a UUID, its version and variant
		case c >= '0' && c <= '9':
			out[prefix+i] = '0' + draw%10
		case c >= 'a' && c <= 'z':
			out[prefix+i] = 'a' + draw%letters
		case c >= 'A' && c <= 'Z':
			out[prefix+i] = 'A' + draw%letters
		}
	}
	if len(out) < enough {
		return string(out) + rand.Text()
	}
	return string(out)
}

func (unknown) Describe() string { return "a credential that nobody has" }
