// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// compactJWT is the form of a signed JWT (RFC 7515 §7.1), which is often taken for JSON.
var compactJWT = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)

// decodeJSON reads an attribute that is a string of JSON. Its errors name the place and the cause and nothing of the text, which
// may hold a private key or come from a sensitive value.
func decodeJSON(kind metadata.Kind, text string) (any, error) {
	v, err := jsonvalue.Decode([]byte(text))
	if err == nil {
		return v, nil
	}
	needed := "a JSON object"
	if kind == metadata.JWKSet {
		needed = "a JWK Set"
	}
	trimmed := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case trimmed == "":
		return nil, fmt.Errorf("this is white space only; %s is needed here", needed)
	case strings.HasPrefix(trimmed, "-----BEGIN"):
		return nil, fmt.Errorf("this is PEM; %s is needed here", needed)
	case strings.HasPrefix(trimmed, "https://"), strings.HasPrefix(trimmed, "http://"):
		if kind == metadata.JWKSet {
			return nil, errors.New("this is a URL; a JWK Set is needed here (jwks_uri takes the URL of one)")
		}
		return nil, fmt.Errorf("this is a URL; %s is needed here", needed)
	case compactJWT.MatchString(trimmed):
		return nil, fmt.Errorf("this is a JWT; %s is needed here", needed)
	case !strings.ContainsAny(trimmed[:1], "{[\""):
		return nil, fmt.Errorf("this is no JSON; %s is needed here, for example by jsonencode()", needed)
	}
	return nil, syntaxFault([]byte(text), err)
}

// syntaxFault says where a text stops being JSON, and why.
func syntaxFault(text []byte, err error) error {
	body := bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if errors.Is(err, jsonvalue.ErrDepth) {
		return err
	}
	// jsonvalue tells that a text is no JSON, but not where.
	d := json.NewDecoder(bytes.NewReader(body))
	var raw json.RawMessage
	err = d.Decode(&raw)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		at := int(d.InputOffset())
		at += len(body[at:]) - len(bytes.TrimLeft(body[at:], " \t\r\n"))
		return fmt.Errorf("%s: something follows after the end of the JSON", lineAndColumn(body, at))
	case errors.As(err, &syntax) && syntax.Offset > 0 && int(syntax.Offset) <= len(body):
		return syntaxCause(body, int(syntax.Offset)-1)
	}
	return fmt.Errorf("%s: the JSON ends too early; a bracket or quotation mark is not closed", lineAndColumn(body, len(bytes.TrimRight(body, " \t\r\n"))))
}

// syntaxCause names the mistake at a position, as far as the characters around it tell.
func syntaxCause(body []byte, at int) error {
	before := bytes.TrimRight(body[:at], " \t\r\n")
	var last byte
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	here := body[at]
	cause := "this is no JSON"
	switch {
	case last == ',' && strings.IndexByte("}],", here) >= 0:
		at, cause = len(before)-1, "a comma too many"
	case here == ',' && strings.IndexByte("{[", last) >= 0:
		cause = "a comma too many"
	case here == '\'' || here == '`':
		cause = "strings and names stand between double quotation marks"
	case here < 0x20:
		cause = "a line break or control character within a string must be escaped"
	case here == '/' || here == '#':
		cause = "comments are not part of JSON"
	case strings.IndexByte("\"}]", last) >= 0 && strings.IndexByte("\"{[", here) >= 0:
		cause = "a comma or colon is missing"
	case strings.IndexByte("{,", last) >= 0:
		cause = "names stand between double quotation marks"
	}
	return fmt.Errorf("%s: %s", lineAndColumn(body, at), cause)
}

// lineAndColumn is a byte position as people count: lines and characters from 1.
func lineAndColumn(text []byte, at int) string {
	before := text[:min(at, len(text))]
	line := bytes.Count(before, []byte("\n")) + 1
	start := bytes.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("line %d, column %d", line, len([]rune(string(before[start:])))+1)
}
