// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// maxLoggedBody bounds what a log shows of one body, in bytes.
const maxLoggedBody = 8 << 10

const redacted = secret.Redacted

// redactJSON gives a JSON text with the values of secret members replaced, whatever their depth, and with what its sentences repeat. What is not valid
// JSON, as a body that was cut off, is not shown at all: in a broken text no name can be told from a value for sure.
func redactJSON(body []byte) string {
	v, err := jsonvalue.Decode(body)
	if err != nil {
		return fmt.Sprintf("[%d bytes that are not valid JSON]", len(body))
	}
	text, err := jsonvalue.Text(redact.Words(v))
	if err != nil {
		return fmt.Sprintf("[%d bytes of JSON]", len(body))
	}
	return text
}

// withhold replaces the values of withheld members in a body that is JSON. all is for a body that is one client's whether or not it says
// whose.
func withhold(body []byte, withheld func(string) bool, all bool) []byte {
	if withheld == nil {
		return body
	}
	v, err := jsonvalue.Decode(bytes.TrimPrefix(body, []byte("\ufeff")))
	if err != nil {
		return body
	}
	text, err := jsonvalue.Text(withholdIn(v, withheld, all))
	if err != nil {
		return nil
	}
	return []byte(text)
}

func withholdIn(v any, withheld func(string) bool, all bool) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withholdIn(e, withheld, false)
		}
		return out
	case map[string]any:
		_, client := v["client_id"]
		out := make(map[string]any, len(v))
		for name, e := range v {
			if (all || client) && withheld(name) {
				out[name] = redacted
			} else {
				out[name] = withholdIn(e, withheld, false)
			}
		}
		return out
	}
	return v
}

type withheldKey struct{}

// Withholding tells of values that a server may have from an earlier request, so that its refusal of one that has no body may repeat them, too.
func Withholding(ctx context.Context, values []any) context.Context {
	return context.WithValue(ctx, withheldKey{}, values)
}

// mayRepeat are the withheld values that an answer may repeat in words of its own, as a refusal does. What a success shows of a client is
// withheld by the names of its members alone, so that the rest of it stays readable.
func mayRepeat(ctx context.Context, r *Request, resp *http.Response, answer []byte) []any {
	if resp != nil && resp.StatusCode >= 200 && resp.StatusCode <= 299 && isDocument(answer, r.Withheld != nil) {
		return nil
	}
	sent, _ := jsonvalue.Decode(r.Body)
	members, _ := sent.(map[string]any)
	earlier, _ := ctx.Value(withheldKey{}).([]any)
	values := slices.Clone(earlier)
	for name, value := range members {
		if r.Withheld != nil && r.Withheld(name) {
			values = append(values, value)
		}
	}
	return values
}

// withoutRepeated takes withheld values and credentials out of an answer: first the values that have a credential in them, and last those that may be in
// one. With a hole in it, the longer one would not be known any more.
func withoutRepeated(text string, values []any, secrets *redact.Scrubber) string {
	var first, last []any
	for _, value := range values {
		if shown := fmt.Sprint(value); secrets.Scrub(shown) != shown && secrets.Scrub(shown) != redacted { // which is one, or a part of one
			first = append(first, value)
		} else {
			last = append(last, value)
		}
	}
	return redact.Without(last, secrets.Scrub(redact.Without(first, text)))
}

// isDocument reports whether a body is an object, one with a client's metadata where client is set, and says nothing of an error.
func isDocument(body []byte, client bool) bool {
	v, _ := jsonvalue.Decode(bytes.TrimPrefix(body, []byte("\ufeff")))
	members, _ := v.(map[string]any)
	return members != nil && (members["client_id"] != nil || !client) && members["error"] == nil
}

// redactHeader copies a header with the values of secret fields replaced. extra names further secret fields, such as
// the API-key headers that a user configured. The scheme of an Authorization field is kept.
func redactHeader(h http.Header, extra ...string) http.Header {
	out := h.Clone()
	for name, values := range out {
		hide := redact.IsName(name)
		for _, e := range extra {
			hide = hide || strings.EqualFold(e, name)
		}
		for i, value := range values {
			switch {
			case strings.EqualFold(name, "Authorization") && strings.Contains(value, " "):
				scheme, _, _ := strings.Cut(value, " ")
				values[i] = scheme + " " + redacted
			case hide || redact.IsText(value):
				values[i] = redacted
			case strings.EqualFold(name, "Location") || strings.EqualFold(name, "Content-Location") || strings.EqualFold(name, "Referer"):
				values[i] = redact.Sentence(redact.URL(value))
			default:
				values[i] = redact.Sentence(value)
			}
		}
	}
	return out
}

// redactBody gives what a log may show of a body, at most maxLoggedBody bytes of it.
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
		text = redact.Form(string(trimmed))
	case bytes.HasPrefix(trimmed, []byte("<")):
		text = redact.Sentence(string(trimmed)) // a page; what it quotes of this exchange's secrets is replaced by value
	case strings.Contains(strings.ToLower(contentType), "json"), bytes.HasPrefix(trimmed, []byte("{")), bytes.HasPrefix(trimmed, []byte("[")):
		text = redactJSON(trimmed)
	case redact.IsText(string(trimmed)):
		text = redacted
	case bytes.Contains(trimmed, []byte("=")):
		text = redact.Sentence(redact.Form(string(trimmed)))
	default:
		text = redact.Sentence(string(trimmed))
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
