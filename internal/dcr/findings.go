// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Findings returns what the server said about single members of the client metadata that was sent. It is empty for an
// operation that sends none.
func (e *Error) Findings() []MemberFinding {
	if e.Operation != Register && e.Operation != Update {
		return nil
	}
	return e.Members
}

// note is a message found in a body, and the member that its place names; Member is empty where no place is named.
type note MemberFinding

func (n note) String() string {
	switch {
	case n.Member == "":
		return n.Text
	case n.Index == wholeValue:
		return n.Member + ": " + n.Text
	}
	return fmt.Sprintf("%s[%d]: %s", n.Member, n.Index, n.Text)
}

// reader walks an error document.
type reader struct {
	members members
	notes   []note
}

func (r *reader) add(n note) {
	n.Text = strings.TrimSpace(n.Text)
	if n.Text != "" && len(r.notes) < mostNotes && !slices.Contains(r.notes, n) {
		r.notes = append(r.notes, n)
	}
}

// walk reads a value. top is true for the document itself; wrapped says that the value stands below a name that holds
// complaints.
func (r *reader) walk(v any, depth int, top, wrapped bool) {
	if depth > mostDepth || len(r.notes) >= mostNotes {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		r.object(v, depth, top, wrapped)
	case []any:
		for _, element := range v {
			if s, isText := element.(string); isText && wrapped {
				if inner, ok := nested(s); ok {
					r.walk(inner, depth+1, false, true)
				} else {
					r.add(note{Index: wholeValue, Text: s})
				}
				continue
			}
			r.walk(element, depth+1, false, wrapped)
		}
	case string:
		if inner, ok := nested(v); ok {
			r.walk(inner, depth+1, top, wrapped)
		}
	}
}

func (r *reader) object(v map[string]any, depth int, top, wrapped bool) {
	names := sortedNames(v)
	message := r.message(v)
	placed, used := r.withPath(v, message)
	if !placed && !top {
		for _, sentence := range r.sentences(v) {
			r.add(note{Index: wholeValue, Text: r.subject(v, sentence) + sentence})
		}
	}
	for _, name := range names {
		key, value := plain(name), v[name]
		if used[name] || slices.Contains(echoNames, key) && !complaints(value) {
			continue
		}
		if !placed && r.byMember(name, value, depth, wrapped, v) {
			continue
		}
		switch value.(type) {
		case map[string]any, []any:
			r.walk(value, depth+1, false, wrapped || slices.Contains(wrapperNames, key) || slices.Contains(messageNames, key))
		case string:
			r.walk(value, depth+1, top, wrapped)
		}
	}
}

// subject is the name that an object gives to what its sentence is about, where that is no member that is known here and the sentence
// does not have it.
func (r *reader) subject(v map[string]any, sentence string) string {
	for _, wanted := range []string{"name", "key", "target", "element"} {
		for _, name := range sortedNames(v) {
			text, _ := v[name].(string)
			if plain(name) == wanted && memberName.MatchString(text) && !slices.Contains(roots, plain(text)) && !slices.Contains(elsewhere, plain(text)) &&
				!strings.Contains(sentence, text) {
				return text + ": "
			}
		}
	}
	return ""
}

// complaints reports whether a value is a list or an object of objects, which no echo of a value of client metadata is.
func complaints(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0 && slices.ContainsFunc(v, func(e any) bool { m, ok := e.(map[string]any); return ok && len(m) > 0 })
	case map[string]any:
		for _, value := range v {
			if _, isList := value.([]any); isList {
				return true
			}
		}
	}
	return false
}

// message is what an object says, in one text.
func (r *reader) message(v map[string]any) string { return strings.Join(r.sentences(v), ", ") }

// sentences are those of the preferred message name that holds any.
func (r *reader) sentences(v map[string]any) []string {
	for _, wanted := range messageNames {
		for _, name := range sortedNames(v) {
			if plain(name) != wanted {
				continue
			}
			if s := sentencesOf(v[name]); len(s) > 0 {
				return s
			}
		}
	}
	return nil
}

// sentencesOf gives a string or a list of strings; nothing for JSON in a string, which is walked instead.
func sentencesOf(v any) []string {
	switch v := v.(type) {
	case string:
		if _, isJSON := nested(v); isJSON || strings.TrimSpace(v) == "" {
			return nil
		}
		return []string{strings.TrimSpace(v)}
	case []any:
		var all []string
		for _, element := range v {
			s, ok := element.(string)
			if !ok {
				return nil
			}
			all = append(all, s)
		}
		return all
	}
	return nil
}

// withPath adds a note for an object that names a place beside its message. used are the names that were read so.
func (r *reader) withPath(v map[string]any, message string) (bool, map[string]bool) {
	used := map[string]bool{}
	if message == "" {
		message = strings.Join(constraints(v), ", ")
	}
	if message == "" {
		return false, used
	}
	for _, wanted := range pathNames {
		for _, name := range sortedNames(v) {
			if plain(name) != wanted {
				continue
			}
			member, index := r.members.memberAt(v[name], !slices.Contains(unsureNames, wanted))
			if member == "" {
				continue
			}
			used[name] = true
			r.add(note{Member: member, Index: index, Text: message})
			return true, used
		}
	}
	// The place is the whole document, and what is missing or too much is named apart from it: ajv's params, Zod's keys.
	for _, member := range r.members.apart(v) {
		r.add(note{Member: member, Index: wholeValue, Text: message})
		used["params"], used["keys"] = true, true
	}
	return len(used) > 0, used
}

// constraints are the sentences of class-validator, by the name of the rule.
func constraints(v map[string]any) []string {
	rules, _ := v["constraints"].(map[string]any)
	var out []string
	for _, name := range sortedNames(rules) {
		if s, ok := rules[name].(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// byMember reads {"redirect_uris": ["Enter a valid URL."]}, and the same with an object of indexes or with further lists.
// It reports whether name names a member. Where nothing around it says that this is an error, an echo of what was sent
// or registered must not be taken for one.
func (r *reader) byMember(name string, value any, depth int, wrapped bool, around map[string]any) bool {
	if slices.Contains(wrapperNames, plain(name)) || slices.Contains(messageNames, plain(name)) {
		return false
	}
	member, index := r.members.memberAt(name, false)
	if member == "" {
		return false
	}
	if _, registration := around["client_id"]; registration && !wrapped {
		return true
	}
	_, oauth := around["error"].(string)
	if _, isText := value.(string); isText && oauth && !wrapped {
		return true // the scope that a request needs (RFC 6750 §3), and the like
	}
	r.messages(member, index, value, depth, wrapped)
	return true
}

// messages reads all that stands below a member's name.
func (r *reader) messages(member string, index int, value any, depth int, wrapped bool) {
	if depth > mostDepth {
		return
	}
	switch v := value.(type) {
	case string:
		if r.members.sent(member, v) || !wrapped && !strings.Contains(v, " ") || strings.Contains(v, "://") && !strings.Contains(v, " ") {
			return
		}
		r.add(note{Member: member, Index: index, Text: v})
	case []any:
		for i, element := range v {
			at := index
			switch element.(type) {
			case []any, map[string]any:
				if at == wholeValue && r.saysNothing(element) {
					at = i
				}
			}
			r.messages(member, at, element, depth+1, wrapped)
		}
	case map[string]any:
		if message := r.message(v); message != "" {
			r.add(note{Member: member, Index: index, Text: message})
			return
		}
		for _, name := range sortedNames(v) {
			at := index
			if n, err := strconv.Atoi(name); err == nil && n >= 0 {
				at = n
			}
			r.messages(member, at, v[name], depth+1, wrapped || name == "_errors")
		}
	}
}

// saysNothing reports whether a value is no object with a message: its elements are then the elements of the member.
func (r *reader) saysNothing(v any) bool {
	object, _ := v.(map[string]any)
	return len(r.sentences(object)) == 0
}
