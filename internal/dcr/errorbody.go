// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

const (
	mostDescription = 300
	mostCode        = 100
)

// code is what an error code looks like (RFC 6749 §5.2 allows more, but a sentence is no code).
var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:/-]*$`)

// readBody takes code, description, request id and what is said about members from the shapes that servers give their
// errors. What is found is cleaned of what was sent; the body as such is never quoted. sent is the client metadata of
// the request.
func (e *Error) readBody(answer *transport.Response, sent map[string]any) {
	body := bytes.TrimSpace(bytes.TrimPrefix(answer.Body, []byte("\ufeff")))
	parsed, isDocument := document(answer.Header.Get("Content-Type"), body)
	e.Body = formOf(body, isDocument)
	clean := newCleaner(answer.Scrub, sent, parsed)
	if !isDocument {
		text := plainText(body)
		e.Description, e.said = clean.line(text, mostDescription), secret.New(text)
		e.Members = attribute(members{sent}, []note{{Index: wholeValue, Text: text}}, "", clean)
		e.says = sayingOf(body, e.Body, nil, "")
		return
	}
	doc, isObject := parsed.(map[string]any)
	if list, isList := parsed.([]any); isList && len(list) > 0 {
		doc, isObject = list[0].(map[string]any)
	}
	r := reader{members: members{sent}}
	_, isList := parsed.([]any)
	r.walk(parsed, 0, !isList, isList)
	var description string
	if isObject {
		e.Code, description = errorOf(lower(doc), 0)
		e.RequestID = clean.line(first(lower(doc), "request_id", "requestid", "traceid", "trace_id", "error_id", "errorid", "correlation_id", "correlationid"), mostCode)
	}
	e.Code = clean.line(e.Code, mostCode)
	notes := r.notes
	if description != "" {
		notes = append(notes, note{Index: wholeValue, Text: description})
		for _, n := range r.notes {
			if n.Member == "" {
				description = join([]string{description, n.Text}) // what no parameter will be told with
			}
		}
	} else {
		var said []string
		for _, n := range r.notes {
			said = append(said, n.String())
		}
		description = strings.Join(said, "; ")
	}
	e.Description, e.said = clean.line(description, mostDescription), secret.New(description)
	e.Members = attribute(r.members, notes, e.Code, clean)
	e.says = sayingOf(body, e.Body, parsed, description)
	e.CountsNone = e.says == saysNone
}

// sayingOf is what an answer's body says that shows no client. description is what it says in words.
func sayingOf(body []byte, form Body, parsed any, description string) saying {
	switch form {
	case NoBody:
		return saysNothing
	case JSONBody:
		return max(outcomeOf(parsed, 0), sentenceSays(description))
	}
	return bareWord(body)
}

// attribute gives each note to the members that it is about: the one that its place names, else those that its text
// speaks of, else the one that the error's code is about.
func attribute(m members, notes []note, code string, clean cleaner) []MemberFinding {
	var found []MemberFinding
	named := map[string]bool{}
	add := func(member string, index int, text string) {
		f := MemberFinding{Member: clean.line(member, mostCode), Index: index, Text: clean.line(text, mostDescription)}
		if f.Text != "" && !slices.Contains(found, f) && len(found) < mostNotes {
			found, named[member] = append(found, f), true
		}
	}
	for _, n := range notes {
		if n.Member != "" {
			add(n.Member, n.Index, n.Text)
		}
	}
	for _, n := range notes {
		if n.Member != "" {
			continue
		}
		for _, f := range m.mentions(n.Text) {
			if !named[f.Member] {
				add(f.Member, f.Index, n.Text)
			}
		}
	}
	if member := codeMembers[strings.ToLower(code)]; member != "" && len(found) == 0 {
		text := code
		for _, n := range notes {
			text = n.Text
		}
		add(member, wholeValue, text)
	}
	return found
}

// document reads a body that has parts with names: JSON of any kind but a bare string or number, a form, or XML that is
// no page.
func document(contentType string, body []byte) (any, bool) {
	if len(body) == 0 {
		return nil, false
	}
	if v, err := jsonvalue.Decode(body); err == nil {
		switch v.(type) {
		case map[string]any, []any:
			return v, true
		}
		return nil, false
	}
	if body[0] == '<' && !looksHTML(body) {
		return parseXML(body)
	}
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") || bytes.HasPrefix(body, []byte("error=")) {
		if form, err := url.ParseQuery(string(body)); err == nil {
			out := map[string]any{}
			for name := range form {
				out[name] = form.Get(name)
			}
			return out, true
		}
	}
	return nil, false
}

func formOf(body []byte, isDocument bool) Body {
	switch {
	case len(body) == 0:
		return NoBody
	case isDocument && body[0] != '<' && (body[0] == '{' || body[0] == '['):
		return JSONBody
	case body[0] == '<' && looksHTML(body):
		return HTMLBody
	}
	return OtherBody
}

// Schemes of challenges: each stands at the beginning or after a comma, before its parameters.
var (
	basicChallenge = regexp.MustCompile(`(?i)(?:^|,)\s*basic(?:\s|,|$)`)
	tokenChallenge = regexp.MustCompile(`(?i)(?:^|,)\s*(?:bearer|dpop)(?:\s|,|$)`)
)

// readHeader takes what the header says where the body says nothing (RFC 6750 §3), and the request id.
func (e *Error) readHeader(answer *transport.Response, sent map[string]any) {
	clean := newCleaner(answer.Scrub, sent, nil).line
	challenge := strings.Join(answer.Header.Values("WWW-Authenticate"), ", ")
	parameters := challengeParameters(challenge)
	e.AsksBasic = basicChallenge.MatchString(challenge) && !tokenChallenge.MatchString(challenge)
	if e.Code == "" && parameters["error"] != "" {
		e.Code = clean(parameters["error"], mostCode)
		if e.Description == "" {
			e.Description, e.said = clean(parameters["error_description"], mostDescription), secret.New(parameters["error_description"])
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

// noType is the type of a problem that has none but its status (RFC 9457 §4.2.1).
const noType = "about:blank"

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
		if value == noType {
			continue
		}
		if foundCode == "" || !isWorded(foundCode) && isWorded(value) {
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
		if _, isJSON := nested(v); isJSON {
			return "" // its parts are read one by one
		}
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

var (
	title      = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	heading    = regexp.MustCompile(`(?is)<h1[^>]*>(.*?)</h1>`)
	tags       = regexp.MustCompile(`(?s)<[^>]*>`)
	startsPage = regexp.MustCompile(`(?i)^<(!doctype html|html|head|body|title|h1|p|div|center|script|meta|!--)\b`)
)

func looksHTML(body []byte) bool {
	head := body[:min(len(body), 1024)]
	return startsPage.Match(head) || bytes.Contains(bytes.ToLower(head), []byte("<html")) || title.Match(body)
}

// plainText gives what a body that is no document says in short: a page's title or heading, or a text's first line. The
// rest is left out: what it holds besides an error cannot be told, and neither can a name be told from a value in a
// JSON text that is broken.
func plainText(body []byte) string {
	switch {
	case len(body) == 0 || !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0:
		return ""
	case body[0] == '<':
		for _, part := range []*regexp.Regexp{title, heading} {
			if m := part.FindSubmatch(body); m != nil {
				if text := strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(string(m[1]), " "))); text != "" {
					return "a page titled “" + text + "”"
				}
			}
		}
		return ""
	case body[0] == '{' || body[0] == '[':
		return ""
	}
	line, _, _ := strings.Cut(string(body), "\n")
	line = strings.TrimSpace(line)
	if v, err := jsonvalue.Decode([]byte(line)); err == nil { // a JSON string, or a number, which says nothing
		line, _ = v.(string)
	}
	return line
}

// parseXML reads the elements that hold text only, by their local names; of equal names the first counts.
func parseXML(body []byte) (any, bool) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	out := map[string]any{}
	name, text := "", ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return out, len(out) > 0
		}
		if err != nil {
			return nil, false
		}
		switch token := token.(type) {
		case xml.StartElement:
			name, text = token.Name.Local, ""
		case xml.CharData:
			text += string(token)
		case xml.EndElement:
			if _, has := out[name]; name == token.Name.Local && !has && strings.TrimSpace(text) != "" {
				out[name] = strings.TrimSpace(text)
			}
			name = ""
		}
	}
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
