// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// Equal reports whether two values of a member mean the same by the parameter's own comparison:
//
//   - a list is a set unless its order means something; a scope, and each response type, is a set of words;
//   - URIs and other strings are compared exactly (RFC 3986 §6.2.1: servers compare redirection URIs so);
//   - JSON objects and JWK Sets are compared as JSON values, also where one is a string of JSON and the other an object;
//   - an absent value equals the parameter's default, and so does a JWK Set without keys, which has none (WithoutKeys);
//   - the shapes that Normalize understands equal the parameter's own.
//
// A member name#tag compares as name does. A member that the table does not know compares as a JSON value: numbers by
// their exact value (1 equals 1.0, never "1"), arrays in order. Equal is reflexive, symmetric and transitive.
func Equal(member string, a, b any) bool {
	if jsonvalue.Identical(a, b) {
		return true
	}
	p := row(member)
	if p == nil {
		return Absent(a) && Absent(b) || jsonvalue.Equal(a, b)
	}
	na, oka := normalize(p, a)
	nb, okb := normalize(p, b)
	if oka != okb {
		return false
	}
	if !oka { // neither has the parameter's shape: all that is left is to compare what is there
		return jsonvalue.Equal(a, b)
	}
	if withoutKeys(p, na) {
		na = nil
	}
	if withoutKeys(p, nb) {
		nb = nil
	}
	if na == nil {
		na = p.Default
	}
	if nb == nil {
		nb = p.Default
	}
	if na == nil || nb == nil {
		return na == nil && nb == nil
	}
	return equalKind(p, na, nb)
}

// Reordered reports whether two values of a list parameter are equal and yet list their elements in another order.
func Reordered(member string, a, b any) bool {
	p := row(member)
	if p == nil || p.Kind != StringList || p.Ordered || !Equal(member, a, b) {
		return false
	}
	na, _ := normalize(p, a)
	nb, _ := normalize(p, b)
	x, y := stringsOf(na), stringsOf(nb)
	if p.WordSets {
		x, y = eachWordSet(x), eachWordSet(y)
	}
	return len(x) > 0 && len(y) > 0 && !slices.Equal(x, y)
}

// equalKind compares two values that are normalized and not absent.
func equalKind(p *Parameter, a, b any) bool {
	switch p.Kind {
	case StringList:
		x, y := stringsOf(a), stringsOf(b)
		if p.WordSets {
			x, y = eachWordSet(x), eachWordSet(y)
		}
		if p.Ordered {
			return slices.Equal(x, y)
		}
		return slices.Equal(set(x), set(y))
	case Scope:
		x, _ := a.(string)
		y, _ := b.(string)
		return slices.Equal(set(strings.Fields(x)), set(strings.Fields(y)))
	case JWKSet:
		return string(appendJWKSet(nil, a)) == string(appendJWKSet(nil, b))
	case JSONObject:
		return jsonvalue.Equal(a, b)
	}
	return a == b // strings, booleans and integers in canonical decimal form
}

// appendJWKSet is jsonvalue.AppendCanonical for a JWK Set, in which the order of the keys means nothing (RFC 7517 §5).
func appendJWKSet(dst []byte, v any) []byte {
	m, ok := v.(map[string]any)
	if !ok {
		return jsonvalue.AppendCanonical(dst, v)
	}
	keys, ok := m["keys"].([]any)
	if !ok {
		return jsonvalue.AppendCanonical(dst, v)
	}
	canonical := make([]string, len(keys))
	for i, key := range keys {
		canonical[i] = string(jsonvalue.AppendCanonical(nil, key))
	}
	for _, key := range set(canonical) {
		dst = append(append(dst, key...), ',')
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k != "keys" {
			dst = append(strconv.AppendQuote(dst, k), ':')
			dst = append(jsonvalue.AppendCanonical(dst, m[k]), ',')
		}
	}
	return dst
}

// set sorts words and drops repetitions, in place.
func set(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// wordSet is the canonical form of words separated by spaces whose order means nothing.
func wordSet(s string) string {
	if !strings.ContainsAny(s, " \t\r\n") {
		return s
	}
	return strings.Join(set(strings.Fields(s)), " ")
}

// eachWordSet replaces each element by its canonical form, in place.
func eachWordSet(list []string) []string {
	for i, s := range list {
		list[i] = wordSet(s)
	}
	return list
}

// stringsOf copies the strings of a normalized list.
func stringsOf(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Normalize puts a value that a server showed into the parameter's own shape, so that drift can be compared and
// displayed whatever shape it came in. It understands, because servers do answer so:
//
//   - an array of one where a single value belongs, and a single value where an array belongs;
//   - a number or boolean where a string belongs, and a string where a number or boolean belongs; 0 and 1 for a boolean;
//   - an array of words for a scope;
//   - a string of JSON for an object, and an array of keys for a JWK Set;
//   - redirection URIs in one pattern "regexp=(a|b)";
//   - empty strings and repetitions in a list, which are dropped.
//
// The result has the Document shape: string, bool, json.Number in plain decimal, []any of string, map[string]any. An
// absent value gives nil and true. False says that the value can't be put into shape; it is then returned as it is.
// What Normalize returns is Equal to what it was given, and normalizing it again changes nothing. A member that the
// table does not know is returned as it is.
func Normalize(member string, v any) (any, bool) {
	p := row(member)
	if p == nil {
		return v, true
	}
	n, ok := normalize(p, v)
	if !ok {
		return v, false
	}
	return n, true
}

func normalize(p *Parameter, v any) (any, bool) {
	if Absent(v) {
		return nil, true
	}
	switch p.Kind {
	case StringList:
		return normalizeList(p, v)
	case Scope:
		return normalizeScope(v)
	case Integer:
		return normalizeInteger(v)
	case Boolean:
		return normalizeBoolean(v)
	case JSONObject:
		return normalizeObject(v)
	case JWKSet:
		return normalizeJWKSet(v)
	}
	s, ok := text(v)
	if !ok {
		return nil, false
	}
	if s == "" {
		return nil, true
	}
	return s, true
}

// text gives the string that a scalar, or an array of one, stands for.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	case []any:
		if len(v) == 1 {
			return text(v[0])
		}
		return "", false
	case []string:
		if len(v) == 1 {
			return v[0], true
		}
		return "", false
	case nil:
		return "", true
	}
	return jsonvalue.Number(v)
}

// elements gives the elements of an array, or the value itself as the only element.
func elements(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	}
	return []any{v}
}

func normalizeList(p *Parameter, v any) (any, bool) {
	list := elements(v)
	if isNormalList(p, list) {
		return list, true
	}
	out, ok := distinct(p, list)
	for ok && p.Elements == URI && len(out) == 1 {
		alternatives, pattern := fromPattern(out[0].(string))
		if !pattern {
			break
		}
		out, ok = distinct(p, alternatives) // each time shorter: a pattern may stand in a pattern
	}
	if !ok {
		return nil, false
	}
	if len(out) == 0 {
		return nil, true
	}
	return out, true
}

// distinct are the elements as texts, each once where their order says nothing, and without the empty ones.
func distinct(p *Parameter, list []any) ([]any, bool) {
	out := make([]any, 0, len(list))
	seen := make(map[string]bool, len(list))
	for _, e := range list {
		s, ok := text(e)
		if !ok {
			return nil, false
		}
		if s == "" { // some servers show an unset list as [""]
			continue
		}
		if !p.Ordered {
			key := s
			if p.WordSets {
				key = wordSet(s)
			}
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		out = append(out, s)
	}
	return out, true
}

// isNormalList tells, without allocating, whether a list is in shape already. Longer ones go through the map.
func isNormalList(p *Parameter, list []any) bool {
	if len(list) > 16 {
		return false
	}
	for i, e := range list {
		s, ok := e.(string)
		if !ok || s == "" || p.Elements == URI && (strings.HasPrefix(s, patternPrefix) || len(list) == 1 && joined.MatchString(s)) {
			return false
		}
		if p.Ordered {
			continue
		}
		for _, earlier := range list[:i] {
			t, _ := earlier.(string)
			if s == t || p.WordSets && len(s) == len(t) && wordSet(s) == wordSet(t) {
				return false
			}
		}
	}
	return true
}

const patternPrefix = "regexp=("

// joined is several URIs with a bar between them.
var joined = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:[^|()\\^]+(?:\|[A-Za-z][A-Za-z0-9+.-]*:[^|()\\^]+)+$`)

// fromPattern reads the alternatives out of "regexp=(a|b)" or "a|b", the single string as which some servers store several
// redirection URIs. It can be mistaken for nothing else: it is no URI itself, and no URI holds "|" or a backslash
// (RFC 3986 §2), so that what is split and unescaped here can't have been part of one. Alternatives that are true
// patterns stay as they are and so differ from every URI that was asked for.
func fromPattern(s string) ([]any, bool) {
	if joined.MatchString(s) {
		var out []any
		for alternative := range strings.SplitSeq(s, "|") {
			out = append(out, alternative)
		}
		return out, true
	}
	body, ok := strings.CutPrefix(s, patternPrefix)
	if !ok {
		return nil, false
	}
	body, ok = strings.CutSuffix(body, ")")
	if !ok {
		return nil, false
	}
	var out []any
	for alternative := range strings.SplitSeq(body, "|") {
		out = append(out, strings.ReplaceAll(alternative, `\`, ""))
	}
	return out, true
}

func normalizeScope(v any) (any, bool) {
	if s, ok := v.(string); ok {
		if strings.TrimSpace(s) == "" {
			return nil, true
		}
		return s, true
	}
	var words []string
	for _, e := range elements(v) {
		s, ok := text(e)
		if !ok {
			return nil, false
		}
		words = append(words, strings.Fields(s)...)
	}
	if len(words) == 0 {
		return nil, true
	}
	return strings.Join(words, " "), true
}

func normalizeInteger(v any) (any, bool) {
	s, ok := text(v)
	if !ok {
		return nil, false
	}
	if _, isBool := v.(bool); isBool {
		return nil, false
	}
	if s = strings.TrimSpace(s); s == "" {
		return nil, true
	}
	n, ok := jsonvalue.Integer(s)
	if !ok {
		return nil, false
	}
	return n, true
}

func normalizeBoolean(v any) (any, bool) {
	if b, ok := v.(bool); ok {
		return b, true
	}
	s, ok := text(v)
	if !ok {
		return nil, false
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		return nil, true
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return nil, false
}

func normalizeObject(v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true // not empty: that is absent
	case string:
		if strings.TrimSpace(v) == "" {
			return nil, true
		}
		parsed, err := jsonvalue.Decode([]byte(v))
		if err != nil {
			return nil, false
		}
		if parsed == nil {
			return nil, true
		}
		if m, ok := parsed.(map[string]any); ok {
			if len(m) == 0 {
				return nil, true
			}
			return m, true
		}
	case []any:
		if len(v) == 1 {
			if m, ok := v[0].(map[string]any); ok {
				if len(m) == 0 {
					return nil, true
				}
				return m, true
			}
		}
	}
	return nil, false
}

func normalizeJWKSet(v any) (any, bool) {
	if s, ok := v.(string); ok {
		parsed, err := jsonvalue.Decode([]byte(s))
		if err == nil {
			if _, isList := parsed.([]any); isList {
				v = parsed
			}
		}
	}
	if list, ok := v.([]any); ok && len(list) > 0 && !slices.ContainsFunc(list, notAKey) {
		return map[string]any{"keys": list}, true
	}
	return normalizeObject(v)
}

func notAKey(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return true
	}
	_, ok = m["kty"]
	return !ok
}

// Text returns a member of a document that is a string. It is normalized, because some servers show an array where a string belongs.
func Text(document Document, member string) string {
	v, _ := Normalize(member, document[member])
	word, _ := v.(string)
	return word
}

// List returns the strings of a member of a document that is a list.
func List(document Document, member string) []string {
	var out []string
	v, _ := Normalize(member, document[member])
	values, _ := v.([]any)
	for _, v := range values {
		if w, ok := v.(string); ok {
			out = append(out, w)
		}
	}
	return out
}
