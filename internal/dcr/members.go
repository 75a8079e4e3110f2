// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// members finds members of client metadata in paths and sentences. body is what was sent.
type members struct{ body map[string]any }

// plainMembers are the table's parameters by their names without case and separators, for servers that complain about
// "redirectUris".
var plainMembers = func() map[string]string {
	out := map[string]string{}
	for _, p := range metadata.All() {
		out[plain(p.Name)] = p.Name
	}
	return out
}()

// find gives the member that a name means, or "".
func (m members) find(name string) string {
	if _, sent := m.body[name]; sent {
		return name
	}
	if _, known := metadata.Lookup(name); known {
		return name
	}
	base, tag := metadata.SplitTag(name)
	if p, known := metadata.Lookup(base); known && tag != "" && p.Localizable {
		for sent := range m.body {
			if metadata.CanonicalMember(sent) == metadata.CanonicalMember(name) {
				return sent
			}
		}
		return name
	}
	short := plain(name)
	for sent := range m.body {
		if plain(sent) == short {
			return sent
		}
	}
	if known := plainMembers[short]; known != "" {
		return known
	}
	// One redirect_uri is an element of redirect_uris.
	if strings.Contains(name, "_") || name != strings.ToLower(name) {
		return plainMembers[short+"s"]
	}
	return ""
}

// sent reports whether a text is a value that was sent for the member, or an element of it.
func (m members) sent(member, text string) bool {
	switch v := m.body[member].(type) {
	case string:
		return v == text
	case []any:
		return slices.Contains(v, any(text))
	case []string:
		return slices.Contains(v, text)
	}
	return false
}

// roots begin the paths of servers that name the place of the body first; elsewhere begin those that are no place in the
// body at all.
var (
	roots     = []string{"body", "data", "request", "payload", "metadata", "clientmetadata", "root", "json", "input", "params", "client", "dto", "", "#"}
	elsewhere = []string{"header", "headers", "query", "querystring", "cookie", "cookies", "path"}
)

// memberAt reads a path: a list of steps, a JSON Pointer (RFC 6901), a JSONPath or a dotted path. certain says that it is a
// path for sure, so that it also counts where it begins with a name that is not known here.
func (m members) memberAt(path any, certain bool) (member string, index int) {
	var steps []any
	switch path := path.(type) {
	case []any:
		for _, step := range path {
			if object, ok := step.(map[string]any); ok { // [{"fieldName": "redirect_uris"}]
				for _, name := range []string{"fieldName", "key", "name", "index"} {
					if inner, has := object[name]; has {
						step = inner
						break
					}
				}
			}
			steps = append(steps, step)
		}
	case map[string]any: // {"pointer": "/redirect_uris/0"}
		for _, name := range sortedNames(path) {
			if slices.Contains(pathNames, plain(name)) {
				if member, index = m.memberAt(path[name], certain); member != "" {
					return member, index
				}
			}
		}
		return "", wholeValue
	case string:
		if found := m.find(path); found != "" {
			return found, wholeValue
		}
		if member, rest := m.dotted(strings.TrimPrefix(path, "$.")); member != "" {
			return member, firstIndex(stepsOf(rest))
		}
		steps = stepsOf(path)
	default:
		return "", wholeValue
	}
	return m.resolve(steps, certain)
}

func (m members) resolve(steps []any, certain bool) (string, int) {
	for i, step := range steps {
		name, isName := step.(string)
		if !isName {
			return "", wholeValue
		}
		if i == 0 && len(steps) > 1 && slices.Contains(elsewhere, strings.ToLower(name)) {
			return "", wholeValue
		}
		member := m.find(name)
		if member == "" && len(steps) == 1 && strings.Contains(name, " ") {
			return "", wholeValue
		}
		if member == "" && certain && !slices.Contains(roots, plain(name)) && memberName.MatchString(name) && !slices.Contains(elsewhere, strings.ToLower(name)) {
			member = name
		}
		if member == "" {
			continue
		}
		return member, firstIndex(steps[i+1:])
	}
	return "", wholeValue
}

// dotted finds a member whose own name holds what else parts the steps of a path, and returns the rest of the path behind it.
func (m members) dotted(path string) (member, rest string) {
	for sent := range m.body {
		behind, found := strings.CutPrefix(path, sent)
		if found && strings.ContainsAny(sent, "./[]") && (behind == "" || behind[0] == '.' || behind[0] == '[') && len(sent) > len(member) {
			member, rest = sent, behind
		}
	}
	return member, rest
}

func firstIndex(steps []any) int {
	for _, step := range steps {
		if n, ok := isIndex(step); ok {
			return n
		}
	}
	return wholeValue
}

// memberName is what a member that nobody knows may look like.
var memberName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}(#[A-Za-z0-9-]{1,35})?$`)

// separators part the steps of a path; a "#" parts only at its beginning, since it is in name#tag too.
var separators = regexp.MustCompile(`[/\[\]"'$]+|\.+`)

func stepsOf(path string) []any {
	path = strings.TrimPrefix(strings.TrimSpace(path), "#")
	split := separators.Split(path, -1)
	if strings.HasPrefix(path, "/") {
		split = strings.Split(path, "/")
		for i, step := range split {
			if plain, err := url.PathUnescape(step); err == nil {
				step = plain
			}
			split[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		}
	}
	var steps []any
	for _, step := range split {
		if step != "" {
			steps = append(steps, step)
		}
	}
	return steps
}

// apart names the members that a validator tells beside an empty path: what is missing or too much in the document.
func (m members) apart(v map[string]any) []string {
	var found []string
	add := func(value any) {
		if name, ok := value.(string); ok && memberName.MatchString(name) {
			if known := m.find(name); known != "" {
				name = known
			}
			found = append(found, name)
		}
	}
	if params, ok := v["params"].(map[string]any); ok {
		for _, name := range []string{"missingProperty", "additionalProperty", "unevaluatedProperty", "propertyName", "deps"} {
			add(params[name])
		}
	}
	if keys, ok := v["keys"].([]any); ok {
		for _, key := range keys {
			add(key)
		}
	}
	return found
}

var (
	// word is a name in a sentence, with what stands before and after it.
	word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_]*(?:#[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)?`)
	// listing begins the part of a sentence that tells what would be right, where many members are named that are not wrong.
	listing = regexp.MustCompile(`(?i)[(\[{,;:.-]?\s*(?:\d+ )?\b(?:known|allowed|permitted|supported|valid|accepted|available|possible|recognized|legal) (?:\w+ )?(?:propert|field|member|parameter|attribute|name|key|value|claim|are|is|:)|(?:must be|expected|should be|is not|not) (?:one|any) of|expected:|did you mean`)
	aside   = regexp.MustCompile(`(?i)(?:field|parameter|property|member|attribute|claim|element|key|metadata|value of|value for|required)\s*:?\s*["'“‘«` + "`" + `]?$`)
	behind  = regexp.MustCompile(`(?i)^["'”’»` + "`" + `]?\s*(?:field|parameter|property|member|attribute|claim|element)\b`)
)

// mostMentions is from how many members a sentence lists them rather than complaining about them.
const mostMentions = 3

// mentions names the members that a sentence speaks of. A name with an underscore says so by itself; a word of the
// language, such as scope or contacts, only in quotation marks, beside a word like "field", or as the sentence's subject.
func (m members) mentions(text string) []MemberFinding {
	if at := listing.FindStringIndex(text); at != nil && at[0] > 0 {
		text = text[:at[0]]
	}
	var found []MemberFinding
	for _, at := range word.FindAllStringIndex(text, -1) {
		name, before, after := text[at[0]:at[1]], text[:at[0]], text[at[1]:]
		if partOfMore(before, after) {
			continue
		}
		member := m.spoken(name, before, after)
		if member != "" && !slices.ContainsFunc(found, func(f MemberFinding) bool { return f.Member == member }) {
			found = append(found, MemberFinding{Member: member, Index: indexAt(after)})
		}
	}
	if len(found) > mostMentions {
		return nil
	}
	return found
}

// partOfMore reports whether a word is only a part of a URL, a path, a route or a longer name.
func partOfMore(before, after string) bool {
	if before != "" && strings.ContainsRune("-/@&?%=~+\\", rune(before[len(before)-1])) {
		return true
	}
	if strings.HasSuffix(before, "/{") || strings.HasSuffix(before, "/<") || strings.HasSuffix(before, "/:") {
		return true // the variable of a route
	}
	if strings.HasSuffix(before, ".") && len(before) > 1 && !strings.ContainsAny(before[len(before)-2:len(before)-1], " $") {
		return !strings.HasSuffix(before, "body.") && !strings.HasSuffix(before, "metadata.") && !strings.HasSuffix(before, "request.")
	}
	return after != "" && strings.ContainsRune("-/@%=~+\\", rune(after[0])) || strings.HasPrefix(after, "://")
}

func (m members) spoken(name, before, after string) string {
	quoted := before != "" && after != "" && strings.ContainsAny(before[len(before)-1:], "\"'`") && quotedOn.MatchString(after) ||
		strings.HasSuffix(before, "“") && strings.HasPrefix(after, "”") || strings.HasSuffix(before, "‘") && strings.HasPrefix(after, "’") ||
		strings.HasSuffix(before, "«") && strings.HasPrefix(after, "»")
	member := ""
	switch _, sent := m.body[name]; {
	case sent:
		member = name
	case strings.Contains(name, "_") || strings.Contains(name, "#") || quoted:
		member = m.find(name)
	default:
		if _, known := metadata.Lookup(name); known {
			member = name
		} else if camel := plainMembers[plain(name)]; camel != "" && name != strings.ToLower(name) && strings.Contains(camel, "_") {
			return camel
		}
	}
	switch {
	case member == "":
		return ""
	case strings.Contains(name, "_"), strings.Contains(name, "#"), quoted, aside.MatchString(before), behind.MatchString(after):
		return member
	case strings.TrimSpace(before) == "" && regexp.MustCompile(`^(\[\d+\])?(:| (is|are|must|may|can|has|have|should|cannot|contains?)\b)`).MatchString(after):
		return member
	}
	return ""
}

// codeMembers are the error codes that name a member by themselves (RFC 7591 §3.2.2).
var codeMembers = map[string]string{
	"invalid_redirect_uri": "redirect_uris", "invalid_redirect_uris": "redirect_uris", "invalid_software_statement": "software_statement",
	"unapproved_software_statement": "software_statement",
}

// quotedOn is how a quotation goes on behind a member's name: it ends, or the rest of a path follows first.
var quotedOn = regexp.MustCompile("^(?:[.\\[][\\w.\\[\\]]*)?[\"'`]")

// indexBehind is an index right behind a member's name in a sentence, or behind the rest of a path: redirect_uris[0], redirect_uris.0.
var indexBehind = regexp.MustCompile("^[\"'`]?(?:\\.[A-Za-z_]\\w*)*(?:\\[|\\.|/)(\\d{1,4})\\b")

func indexAt(after string) int {
	if found := indexBehind.FindStringSubmatch(after); found != nil {
		if n, ok := isIndex(json.Number(found[1])); ok {
			return n
		}
	}
	return wholeValue
}
