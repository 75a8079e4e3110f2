// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// MaxLoggedBody bounds what a log shows of one body, in bytes.
const MaxLoggedBody = 8 << 10

const redacted = secret.Redacted

// secretNames are the members, parameters and headers that hold a credential by their exact name; secretSuffixes those
// that do by the end of it. Names are compared as canonicalName gives them. A name in doubt is redacted: a log without
// a harmless value is still a log.
var (
	secretNames = map[string]bool{
		"token": true, "password": true, "passwd": true, "pwd": true, "passphrase": true, "assertion": true, "secret": true,
		"software_statement": true, "authorization": true, "proxy_authorization": true, "cookie": true, "set_cookie": true,
		"device_code": true, "user_code": true, "code_verifier": true, "dpop": true, "auth_req_id": true, "x_auth_key": true, "jwt": true,
	}
	// secretParameters are secret in a form or query only; in JSON a "code" is an error's.
	secretParameters = map[string]bool{"code": true, "request": true, "sig": true, "signature": true, "key": true}
	secretSuffixes   = []string{
		"_token", "_secret", "_password", "_passphrase", "_assertion", "_credential", "_credentials", "_authorization",
		"_cookie", "api_key", "apikey", "access_key", "private_key", "secret_key", "client_key", "subscription_key", "token_hint",
	}
	// privateJWK are the members of a JWK that hold private or symmetric key material (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
	privateJWK = map[string]bool{"d": true, "p": true, "q": true, "dp": true, "dq": true, "qi": true, "oth": true, "k": true, "r": true, "t": true}
)

// canonicalName lower-cases a name, turns camelCase and hyphens into underscores and drops a language tag.
func canonicalName(name string) string {
	name, _, _ = strings.Cut(name, "#")
	var b strings.Builder
	var previous rune
	for _, r := range name {
		switch {
		case r == '-' || r == '.' || r == ' ':
			b.WriteByte('_')
		case unicode.IsUpper(r):
			if previous != 0 && unicode.IsLower(previous) {
				b.WriteByte('_')
			}
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
		previous = r
	}
	return b.String()
}

// SecretName tells whether a JSON member, form or query parameter or header of that name holds a credential, wherever
// it stands.
func SecretName(name string) bool {
	name = canonicalName(name)
	if secretNames[name] {
		return true
	}
	for _, suffix := range secretSuffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// RedactJSON gives a JSON text with the values of secret members replaced, whatever their depth. What is not valid
// JSON, as a body that was cut off, is not shown at all: in a broken text no name can be told from a value for sure.
func RedactJSON(body []byte) string {
	v, err := decodeJSON(body)
	if err != nil {
		return fmt.Sprintf("[%d bytes that are not valid JSON]", len(body))
	}
	text, err := encodeJSON(redactValue(v, nil))
	if err != nil {
		return fmt.Sprintf("[%d bytes of JSON]", len(body))
	}
	return text
}

func decodeJSON(body []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func encodeJSON(v any) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// redactValue replaces secrets in v, and tells found, where given, each string that it replaced.
func redactValue(v any, found func(string)) any {
	switch v := v.(type) {
	case map[string]any:
		_, key := v["kty"]
		out := make(map[string]any, len(v))
		for name, value := range v {
			if (SecretName(name) || key && privateJWK[name]) && holds(value) {
				collect(value, found)
				out[name] = redacted
			} else {
				out[name] = redactValue(value, found)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = redactValue(value, found)
		}
		return out
	case string:
		if looksSecret(v) {
			if found != nil {
				found(v)
			}
			return redacted
		}
		if strings.Contains(v, "://") {
			return RedactURL(v)
		}
	}
	return v
}

// holds tells whether a value can hold a credential: null, a boolean and the empty string tell something in a log and
// give nothing away. A plain number under a name such as "code" is a status, not a credential.
func holds(v any) bool {
	switch v := v.(type) {
	case nil, bool, json.Number:
		return false
	case string:
		return v != ""
	}
	return true
}

func collect(v any, found func(string)) {
	if found == nil {
		return
	}
	switch v := v.(type) {
	case string:
		found(v)
	case map[string]any:
		for _, value := range v {
			collect(value, found)
		}
	case []any:
		for _, value := range v {
			collect(value, found)
		}
	}
}

// looksSecret knows what is a credential by its shape, under whatever name: a compact JWS or JWE, and a PEM private key.
func looksSecret(s string) bool {
	return strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") >= 2 || strings.Contains(s, "PRIVATE KEY-----")
}

// RedactForm gives a form or query with the values of secret parameters replaced, in its own order.
func RedactForm(form string) string { return redactForm(form, nil) }

func redactForm(form string, found func(string)) string {
	pairs := strings.Split(form, "&")
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		plainName, err := url.QueryUnescape(name)
		if err != nil {
			plainName = name
		}
		plain, err := url.QueryUnescape(value)
		if err != nil {
			plain = value
		}
		if ok && plain != "" && (SecretName(plainName) || secretParameters[canonicalName(plainName)] || looksSecret(plain)) {
			if found != nil {
				found(plain)
				found(value)
			}
			pairs[i] = name + "=" + redacted
		}
	}
	return strings.Join(pairs, "&")
}

// RedactURL gives a URL without user information and fragment, and with the query's secrets replaced. A text that is
// no URL gives a placeholder, since a secret in it could not be found by name.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "[not a URL]"
	}
	return redactURL(u)
}

func redactURL(u *url.URL) string {
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment = nil, "", ""
	shown.RawQuery = RedactForm(u.RawQuery)
	return shown.String()
}

// RedactHeader copies a header with the values of secret fields replaced. extra names further secret fields, such as
// the API-key headers that a user configured. The scheme of an Authorization field is kept.
func RedactHeader(h http.Header, extra ...string) http.Header {
	out := h.Clone()
	for name, values := range out {
		hide := SecretName(name)
		for _, e := range extra {
			hide = hide || strings.EqualFold(e, name)
		}
		for i, value := range values {
			switch {
			case strings.EqualFold(name, "Authorization") && strings.Contains(value, " "):
				scheme, _, _ := strings.Cut(value, " ")
				values[i] = scheme + " " + redacted
			case hide:
				values[i] = redacted
			case strings.EqualFold(name, "Location") || strings.EqualFold(name, "Content-Location") || strings.EqualFold(name, "Referer"):
				values[i] = RedactURL(value)
			}
		}
	}
	return out
}

// redactBody gives what a log may show of a body, at most MaxLoggedBody bytes of it.
func redactBody(body []byte, contentType string) string {
	if len(body) == 0 {
		return ""
	}
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	var text string
	switch {
	case !utf8.Valid(trimmed):
		return fmt.Sprintf("[%d bytes that are not text]", len(body))
	case strings.HasPrefix(strings.ToLower(contentType), "application/x-www-form-urlencoded"):
		text = RedactForm(string(trimmed))
	case bytes.HasPrefix(trimmed, []byte("<")):
		text = string(trimmed) // a page; what it quotes of this exchange's secrets is replaced by value
	case strings.Contains(strings.ToLower(contentType), "json"), bytes.HasPrefix(trimmed, []byte("{")), bytes.HasPrefix(trimmed, []byte("[")):
		text = RedactJSON(trimmed)
	case looksSecret(string(trimmed)):
		text = redacted
	case bytes.Contains(trimmed, []byte("=")):
		text = RedactForm(string(trimmed))
	default:
		text = string(trimmed)
	}
	return text
}

// truncate cuts a text to at most n bytes at a character's boundary.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	cut := n
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + fmt.Sprintf("… [%d bytes more]", len(s)-cut)
}
