// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Member returns the value of a member with what holds a credential replaced by Redacted: all of it where the
// member's name speaks of a secret (a server's ext_…_client_secret), else what Value replaces.
func Member(name string, v any) any {
	if IsName(name) && holds(v) {
		return secret.Redacted
	}
	return Value(v)
}

// Value returns a JSON value with the values of secret members, the private members of keys, and texts that are
// credentials by their shape replaced by Redacted, whatever their depth.
func Value(v any) any { return redactValue(v, func(string) {}, asItIs) }

// Words is Value for what a server says, as its errors are: its texts may be sentences that repeat a credential; see Sentence.
func Words(v any) any { return redactValue(v, func(string) {}, Sentence) }

// Find calls found for each text that Value would replace in a JSON value.
func Find(v any, found func(string)) { redactValue(v, found, asItIs) }

func asItIs(text string) string { return text }

func redactValue(v any, found func(string), words func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		bears := secretMembers(v)
		out := make(map[string]any, len(v))
		for name, value := range v {
			if bears(name) && holds(value) {
				eachText(value, found)
				out[name] = secret.Redacted
			} else {
				out[name] = redactValue(value, found, words)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = redactValue(value, found, words)
		}
		return out
	case string:
		return words(redactText(v, found))
	}
	return v
}

// secretMembers tells which members of an object hold a credential: by their names, as the private members of a key, and as the value that the object has
// beside the name of one.
func secretMembers(object map[string]any) func(name string) bool {
	_, isKey := object["kty"]
	paired := Paired(object)
	return func(name string) bool { return IsName(name) || isKey && secret.PrivateJWKMember(name) || paired(name) }
}

// Paired tells which members of an object are the value that it has beside the name of a credential: {"name": "client_secret", "value": "abc"}. An "input" or "data" that is an
// object is none: some servers show all that was sent beside the name of what is wrong with it.
func Paired(object map[string]any) func(name string) bool {
	paired := false
	for name, value := range object {
		if list, is := value.([]any); is && len(list) > 0 { // where in a document it is, as ["body", "client_secret"]
			value = list[len(list)-1]
		}
		named, is := value.(string)
		paired = paired || is && pairNames[canonicalName(name)] && IsName(named)
	}
	return func(name string) bool {
		_, isObject := object[name].(map[string]any)
		return paired && !(isObject && pairObjects[canonicalName(name)]) && pairValues[canonicalName(name)]
	}
}

func redactText(s string, found func(string)) string {
	switch trimmed := strings.TrimSpace(s); {
	case IsText(s):
		found(s)
		return secret.Redacted
	case strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "["):
		return redactJSONText(s, found)
	case strings.Contains(s, "://"):
		return redactURLs(s, found, 0)
	}
	return s
}

var (
	userInformation = regexp.MustCompile(`://[^/\s@?#]+@`)
	urlParameter    = regexp.MustCompile(`([?&;#])([^=&;#?\s]+)=([^&;#|\s"')]+)`)
)

// redactURLs replaces the secrets in URLs that stand in a text, which may be a URL, or a pattern of several.
func redactURLs(s string, found func(string), depth int) string {
	s = userInformation.ReplaceAllStringFunc(s, func(matched string) string {
		information := strings.TrimSuffix(strings.TrimPrefix(matched, "://"), "@")
		if _, password, ok := strings.Cut(information, ":"); ok {
			found(password)
		}
		return "://" + secret.Redacted + "@"
	})
	return urlParameter.ReplaceAllStringFunc(s, func(matched string) string {
		return matched[:1] + redactForm(matched[1:], found, depth)
	})
}

// redactJSONText is for JSON within a text, such as keys in a parameter that takes them so.
func redactJSONText(s string, found func(string)) string {
	v, err := jsonvalue.Decode([]byte(s))
	if err != nil {
		if speaksOfSecrets(s) {
			found(s)
			return secret.Redacted
		}
		return s
	}
	hidden := false
	v = redactValue(v, func(text string) { hidden = true; found(text) }, asItIs)
	if !hidden {
		return s
	}
	text, err := jsonvalue.Encode(v)
	if err != nil {
		return secret.Redacted
	}
	return string(text)
}

var quotedName = regexp.MustCompile(`["']([^"']+)["']\s*:`)

// speaksOfSecrets reports whether a text that is almost JSON, as a key set with a comma too many, has a member that holds
// a secret.
func speaksOfSecrets(s string) bool {
	isKey := strings.Contains(s, "kty")
	for _, match := range quotedName.FindAllStringSubmatch(s, -1) {
		if IsName(match[1]) || isKey && secret.PrivateJWKMember(match[1]) {
			return true
		}
	}
	return false
}

// holds reports whether a value can hold a credential: null, a boolean, a plain number and the empty text say something
// in a log and give nothing away.
func holds(v any) bool {
	switch v := v.(type) {
	case nil, bool, json.Number:
		return false
	case string:
		return v != ""
	}
	return true
}

func eachText(v any, found func(string)) {
	jsonvalue.AnyText(v, func(text string) bool { found(text); return false })
}

// IsText reports whether a text is a credential by its shape, under whatever name: a compact JWS or JWE, or a PEM private
// key.
func IsText(s string) bool {
	return strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") >= 2 || strings.Contains(s, "PRIVATE KEY-----")
}

// Form returns a form or query with the values of secret parameters replaced, in its own order.
func Form(form string) string { return redactForm(form, func(string) {}, 0) }

// FindInForm calls found for each value that Form would replace, both as it stands there and decoded.
func FindInForm(form string, found func(string)) { redactForm(form, found, 0) }

func redactForm(form string, found func(string), depth int) string {
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
		switch {
		case !ok || plain == "":
		case IsName(plainName) || parameterNames[canonicalName(plainName)] || IsText(plain):
			found(plain)
			found(value)
			pairs[i] = name + "=" + secret.Redacted
		case depth < escapedTwice && strings.Contains(plain, "://"):
			if within := redactURLs(plain, found, depth+1); within != plain {
				pairs[i] = name + "=" + strings.ReplaceAll(url.QueryEscape(within), url.QueryEscape(secret.Redacted), secret.Redacted)
			}
		}
	}
	return strings.Join(pairs, "&")
}

// URL returns a URL without user information and fragment, and with the query's secrets replaced. A text that is no
// URL gives a placeholder, since a secret in it could not be found by name.
func URL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "[not a URL]"
	}
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment = nil, "", ""
	shown.RawQuery = Form(u.RawQuery)
	return shown.String()
}
