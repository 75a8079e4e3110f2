// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// shortestEncoded is what Shortest is, for a form within base64: there, chance meets a short text more often.
const shortestEncoded = 10

// quotedForms are the forms in which a text may hold a credential.
func quotedForms(value string) []string {
	query, path := url.QueryEscape(value), url.PathEscape(value)
	forms := []string{value, query, path, lowerEscapes(query), lowerEscapes(path)}
	if encoded, err := jsonvalue.Encode(value); err == nil {
		forms = append(forms, string(encoded[1:len(encoded)-1]))
	}
	quoted, ascii := strconv.Quote(value), strconv.QuoteToASCII(value)
	forms = append(forms, quoted[1:len(quoted)-1], ascii[1:len(ascii)-1])
	// encoding/json escapes these three for HTML, and some servers escape slashes.
	html := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`)
	for _, form := range forms[:len(forms):len(forms)] {
		escaped := html.Replace(form)
		forms = append(forms, escaped, strings.ReplaceAll(form, "/", `\/`), strings.ReplaceAll(escaped, "/", `\/`))
	}
	if len(value) < shortestEncoded {
		return forms
	}
	for _, plain := range []string{value, query} { // RFC 6749 §2.3.1 URL-encodes a secret before it is put into Basic credentials
		for _, within := range inBase64(plain) {
			forms = append(forms, within, forURL.Replace(within))
		}
	}
	return forms
}

var escape = regexp.MustCompile(`%[0-9A-F]{2}`)

func lowerEscapes(s string) string { return escape.ReplaceAllStringFunc(s, strings.ToLower) }

// inBase64 returns what is sure to stand in the base64 of any text that holds value: one form for each of the three ways
// in which its bytes can fall on base64's groups, without the characters that its neighbours have a share in.
func inBase64(value string) []string {
	var forms []string
	for offset := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), value...))
		first := (offset*8 + 5) / 6
		last := (offset + len(value)) * 8 / 6
		forms = append(forms, encoded[first:last])
	}
	return forms
}

// encodings are a credential's other writings of which a part may be all that a text has, as of a header that was cut off.
func encodings(value string) []string {
	if len(value) < leastPart {
		return nil
	}
	out := []string{hex.EncodeToString([]byte(value))}
	if len(value) < shortestEncoded {
		return out
	}
	plain := []string{value}
	if query := url.QueryEscape(value); query != value { // RFC 6749 §2.3.1
		plain = append(plain, query)
	}
	for _, text := range plain {
		for _, within := range inBase64(text) {
			out = append(out, within)
			if strings.ContainsAny(within, "+/") {
				out = append(out, forURL.Replace(within))
			}
		}
	}
	return out
}

var forURL = strings.NewReplacer("+", "-", "/", "_")
