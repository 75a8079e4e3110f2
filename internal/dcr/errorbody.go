// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

const (
	mostDescription = 500
	mostCode        = 100
)

// code is what an error code looks like (RFC 6749 §5.2 allows more, but a sentence is no code).
var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:/-]*$`)

// readBody takes code, description and request id from the shapes that servers give their errors: the standard's, a
// sentence as `error`, an object as `error`, a list of errors, RFC 9457 problems, and a few of their own. What is
// found is cleaned of what was sent; the body as such is never quoted.
func (e *Error) readBody(answer *transport.Response) {
	clean := func(s string, n int) string { return transport.OneLine(answer.Scrub(s), n) }
	doc, err := parseObject(answer.Body)
	if err != nil {
		if list, ok := firstOfList(answer.Body); ok {
			doc = list
		} else {
			e.Description = clean(plainText(answer), mostDescription)
			return
		}
	}
	foundCode, description := errorOf(lower(doc), 0)
	e.Code, e.Description = clean(foundCode, mostCode), clean(description, mostDescription)
	e.RequestID = clean(first(lower(doc), "request_id", "requestid", "traceid", "trace_id", "error_id", "errorid", "correlation_id", "correlationid"), mostCode)
}

// readHeader takes what the header says where the body says nothing (RFC 6750 §3), and the request id.
func (e *Error) readHeader(answer *transport.Response) {
	clean := func(s string, n int) string { return transport.OneLine(answer.Scrub(s), n) }
	challenge := strings.Join(answer.Header.Values("WWW-Authenticate"), ", ")
	e.WWWAuthenticate = clean(challenge, mostDescription)
	parameters := challengeParameters(challenge)
	if e.Code == "" && parameters["error"] != "" {
		e.Code = clean(parameters["error"], mostCode)
		if e.Description == "" {
			e.Description = clean(parameters["error_description"], mostDescription)
		}
	}
	if e.RequestID == "" {
		for _, name := range []string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "X-Trace-Id", "X-Amzn-Requestid", "Cf-Ray"} {
			if id := answer.Header.Get(name); id != "" {
				e.RequestID = clean(id, mostCode)
				break
			}
		}
	}
}

// errorOf makes out code and description in an object with lower-cased names.
func errorOf(doc map[string]any, depth int) (string, string) {
	var foundCode string
	var sentences []string
	if depth < 3 {
		// {"error": {...}}, {"errors": [{...}]}: the inner object has it.
		for _, name := range []string{"error", "errors", "errorcauses", "details", "fault"} {
			inner, ok := doc[name].(map[string]any)
			if list, isList := doc[name].([]any); isList && len(list) > 0 {
				if inner, ok = list[0].(map[string]any); !ok {
					sentences = append(sentences, asText(list[0]))
				}
			}
			if ok {
				c, d := errorOf(lower(inner), depth+1)
				if foundCode == "" {
					foundCode = c
				}
				sentences = append(sentences, d)
			}
		}
	}
	for _, name := range []string{"error", "error_code", "errorcode", "code", "type"} {
		value, ok := doc[name].(string)
		if !ok || value == "" {
			continue
		}
		if !code.MatchString(value) || name == "type" && strings.Contains(value, "/") || name == "error" && value == http.StatusText(statusOf(doc)) {
			if name == "error" {
				sentences = append([]string{value}, sentences...)
			}
			continue
		}
		if foundCode == "" {
			foundCode = value
		}
	}
	for _, name := range []string{
		"error_description", "errordescription", "error_message", "errorsummary", "error_hint", "message", "msg", "detail",
		"title", "description", "reason",
	} {
		sentences = append(sentences, asText(doc[name]))
		if name == "error_description" && doc[name] != nil && doc["error_hint"] == nil {
			break
		}
	}
	return foundCode, join(sentences)
}

func statusOf(doc map[string]any) int {
	if n, ok := doc["status"].(json.Number); ok {
		if status, err := n.Int64(); err == nil {
			return int(status)
		}
	}
	return 0
}

// join puts sentences together, each once.
func join(sentences []string) string {
	var out []string
	for _, s := range sentences {
		s = strings.TrimSpace(s)
		if s == "" || strings.Contains(strings.Join(out, " "), s) {
			continue
		}
		out = append(out, s)
	}
	return strings.Join(out, " — ")
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		var all []string
		for _, element := range v {
			if s, ok := element.(string); ok {
				all = append(all, s)
			}
		}
		return strings.Join(all, ", ")
	}
	return ""
}

func lower(doc map[string]any) map[string]any {
	out := make(map[string]any, len(doc))
	for name, value := range doc {
		out[strings.ToLower(name)] = value
	}
	return out
}

func first(doc map[string]any, names ...string) string {
	for _, name := range names {
		if s := asText(doc[name]); s != "" {
			return s
		}
	}
	return ""
}

func firstOfList(body []byte) (map[string]any, bool) {
	var list []map[string]any
	if json.Unmarshal(body, &list) != nil || len(list) == 0 {
		return nil, false
	}
	return list[0], true
}

var (
	title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	tags  = regexp.MustCompile(`(?s)<[^>]*>`)
)

// plainText gives what a body that is not JSON says in short: a page's title, or a short text. Longer texts are left
// out: what they hold besides an error cannot be told.
func plainText(answer *transport.Response) string {
	body := strings.TrimSpace(string(answer.Body))
	if strings.HasPrefix(body, "<") {
		if m := title.FindStringSubmatch(body); m != nil {
			return "a page titled “" + strings.TrimSpace(tags.ReplaceAllString(m[1], " ")) + "”"
		}
		return ""
	}
	if len(body) > mostDescription || strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		return ""
	}
	return body
}

var parameter = regexp.MustCompile(`([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))`)

// challengeParameters reads the parameters of WWW-Authenticate challenges (RFC 9110 §11.6.1). Where several challenges
// have a parameter of one name the first counts.
func challengeParameters(header string) map[string]string {
	out := map[string]string{}
	for _, m := range parameter.FindAllStringSubmatch(header, -1) {
		name, value := strings.ToLower(m[1]), m[3]
		if m[3] == "" {
			value = regexp.MustCompile(`\\(.)`).ReplaceAllString(m[2], "$1")
		}
		if _, ok := out[name]; !ok {
			out[name] = value
		}
	}
	return out
}
