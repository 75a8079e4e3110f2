// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	// mostOpened is how much of a tag, and mostType how much of the name of a type, may stand between a name and its value.
	mostOpened, mostType = 512, 40
	// mostBracketed is how far the end of a bracket is looked for.
	mostBracketed = 1024
)

var (
	scheme    = regexp.MustCompile(`^(?i:bearer|basic|dpop)\s+`)
	tagBefore = regexp.MustCompile(`^(?:</?(?i:a|b|big|br|code|dd|div|dt|em|font|i|kbd|li|mark|p|pre|samp|small|span|strong|td|th|tr|tt|u|ul|value|string|var)(?:\s[^<>]*)?/?>|<!\[CDATA\[)`)
	ofLength  = regexp.MustCompile(`^\(\d+\)\s*`)
	inType    = regexp.MustCompile(`^\((?:\\*["']|[A-Za-z_]\w*\()`)
	quotes    = regexp.MustCompile(`^\\*["']`)
	// quoteBeforeTag is of `"<span>abc</span>"`.
	quoteBeforeTag = regexp.MustCompile(`^\\*["']\s*<(?:a|b|code|em|font|i|kbd|mark|pre|samp|small|span|strong|tt|var)\b`)

	// kinds are names of the type of a text that may stand before its quotation mark, prefixes those letters that do.
	kinds    = set("string", "str", "text")
	prefixes = set("b", "u", "r", "rb", "br", "B", "N", "E", "L", "R")
)

// found is where a value is. bare: neither quotation marks nor brackets nor tags are around it, so that it may be a word of a sentence, or a name.
type found struct {
	hole

	bare bool
}

// values finds what is assigned in a text. Of many names that stand in one another's values, each character is looked at once.
type values struct {
	text       string
	begin, end int // of the last that was bare
}

// at is where a value is that stands at a place, behind what a program prints before it: within quotation marks, brackets or tags, or up to what ends
// one. One that is empty begins where it ends.
func (v *values) at(from int) found {
	from, inTag := v.opened(from)
	if begin, end, is := quotedAt(v.text, from); is {
		return found{hole: hole{begin, end}}
	}
	if strings.HasPrefix(v.text[from:], secret.Redacted) {
		return found{hole{from, from + len(secret.Redacted)}, true}
	}
	if end := bracketed(v.text, from); end > from && !speaks(v.text[from+1:end]) {
		return found{hole: hole{from + 1, end}}
	}
	if from < len(v.text) && strings.IndexByte(opening, v.text[from]) >= 0 { // of words, or what was cut off
		from++
		if begin, end, is := quotedAt(v.text, from); is {
			return found{hole: hole{begin, end}}
		}
	}
	if inTag {
		if length := strings.IndexByte(v.text[from:min(len(v.text), from+mostBracketed)], '<'); length >= 0 {
			if text := strings.TrimRight(v.text[from:from+length], " \t\r\n"); isCell(text) {
				return found{hole: hole{from, from + len(text)}}
			}
			return found{hole: hole{from, from}}
		}
	}
	if named := scheme.FindStringIndex(v.text[from:]); named != nil {
		if end := v.run(from + named[1]); end > from+named[1] {
			return found{hole{from, end}, true}
		}
	}
	return found{hole{from, v.run(from)}, true}
}

// opened is where a value begins behind what a program prints before it, and whether that ends with a tag.
func (v *values) opened(from int) (at int, inTag bool) {
	const most = 8
	for range most {
		length, isTag := opener(v.text[from:min(len(v.text), from+mostOpened)])
		if length == 0 {
			break
		}
		inTag = isTag || inTag && strings.TrimSpace(v.text[from:from+length]) == ""
		from += length
	}
	return from, inTag
}

// opener is how much of a text is no value yet, but a blank, a tag, or the type of the value that follows.
func opener(text string) (length int, isTag bool) {
	if text == "" {
		return 0, false
	}
	switch c := text[0]; {
	case strings.IndexByte(" \t\r\n", c) >= 0:
		return 1, false
	case c == '<':
		if at := tagBefore.FindStringIndex(text); at != nil {
			return at[1], true
		}
		if strings.HasPrefix(text, "<<") && quotes.MatchString(text[2:]) { // Erlang's <<"abc">>
			return 2, false
		}
	case c == '"' || c == '\'' || c == '\\':
		if quoteBeforeTag.MatchString(text) {
			return strings.IndexAny(text, `"'`) + 1, false
		}
	case c == '@' || c == '$':
		if quotes.MatchString(text[1:]) {
			return 1, false
		}
	case c == '-' && len(text) > 1 && text[1] == ' ': // of a list in YAML
		return 2, false
	case letter(c) || c == '_':
		return typeBefore(text), false
	}
	return 0, false
}

// typeBefore is how much of a text is the type of the value that follows: string(14) "abc", string 'abc', b'abc', Some("abc"), Array ( [0] => abc ),
// Secret { value: "abc" }.
func typeBefore(text string) int {
	end := 1
	for end < len(text) && end < mostType && (ofName(text[end]) || text[end] == '.') {
		end++
	}
	word, rest := text[:end], text[end:]
	if rest == "" {
		return 0
	}
	switch rest[0] {
	case '"', '\'', '\\':
		if prefixes[word] && quotes.MatchString(rest) {
			return end
		}
	case '(':
		if at := ofLength.FindStringIndex(rest); at != nil {
			return end + at[1]
		}
		if inType.MatchString(rest) {
			return end + 1
		}
	}
	switch next := strings.TrimLeft(rest, " \t\r\n"); {
	case next == "":
	case next[0] == '{', next[0] == '(' && (strings.EqualFold(word, "array") || strings.EqualFold(word, "object")), kinds[word] && next != rest && quotes.MatchString(next):
		return end
	}
	return 0
}

// quotedAt is what quotation marks enclose that stand at a place, or all that follows where they do not end. What is escaped once more than the mark that
// opens, or is doubled as in SQL, does not close.
func quotedAt(text string, from int) (begin, end int, is bool) {
	quote := from
	for quote < len(text) && text[quote] == '\\' {
		quote++
	}
	if quote == len(text) || text[quote] != '"' && (text[quote] != '\'' || quote > from) {
		return from, from, false
	}
	begin, mark, escaped := quote+1, text[quote], quote-from
	for at := begin; ; at++ {
		length := strings.IndexByte(text[at:], mark)
		if length < 0 {
			return begin, len(text), true
		}
		at += length
		slashes := 0
		for at-slashes > begin && text[at-slashes-1] == '\\' {
			slashes++
		}
		switch {
		case escaped > 0 && slashes > escaped, escaped == 0 && slashes%2 == 1:
		case mark == '\'' && at > begin && at+1 < len(text) && text[at+1] == mark:
			at++
		default:
			return begin, at, true
		}
	}
}

const opening, closing = "([{", ")]}"

// bracketed is where the bracket ends that stands at a place, or 0.
func bracketed(text string, from int) int {
	if from >= len(text) || strings.IndexByte(opening, text[from]) < 0 {
		return 0
	}
	text = text[:min(len(text), from+mostBracketed)]
	var open []byte
	before := byte(0)
	for at := from; at < len(text); at++ {
		c := text[at]
		switch kind := strings.IndexByte(opening, c); {
		case kind >= 0:
			open = append(open, closing[kind])
		case len(open) > 0 && c == open[len(open)-1]:
			if open = open[:len(open)-1]; len(open) == 0 {
				return at
			}
		case (c == '"' || c == '\'') && strings.IndexByte("([{,:=>", before) >= 0:
			if _, end, is := quotedAt(text, at); is {
				at = end
			}
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			before = c
		}
	}
	return 0
}

// isCell reports whether what stands alone in a cell of a table, or another element, behind the name of a credential is one: anything but words that say
// something of it.
func isCell(text string) bool {
	words := strings.Fields(text)
	if len(words) == 0 || speaks(text) {
		return false
	}
	if len(words) == 1 {
		return true
	}
	for _, word := range words {
		if !isPlain(word) && !isCode(word) {
			return true
		}
	}
	return false
}

// run is where the characters end that a value without quotation marks may have.
func (v *values) run(from int) int {
	if strings.HasPrefix(v.text[from:], secret.Redacted) {
		return from + len(secret.Redacted)
	}
	if from < v.begin || from >= v.end {
		length := strings.IndexAny(v.text[from:], beyond)
		if length < 0 {
			length = len(v.text) - from
		}
		if tag := strings.Index(v.text[from:from+length], "</"); tag > 0 { // “<h1>Token: invalid</h1>”
			length = tag
		} else if length > 0 && !says[strings.ToLower(v.text[from:from+length])] {
			length = v.over(from+length) - from
		}
		v.begin, v.end = from, from+length
	}
	return v.end
}

// beyond is what a value without quotation marks ends at.
const beyond = " \t\n\f\r\"',;&)}]"

// next is what is assigned or closed behind a value, so that the sign before it is none of the value's.
var next = regexp.MustCompile(`^[;,&'][A-Za-z0-9_.#-]+["']?\]?\s*[=:]|^[;,&'](?:[^A-Za-z0-9]|$)`)

// over is where a value goes on to that has a sign in it at which others end, as a password may have.
func (v *values) over(at int) int {
	for at < len(v.text) && strings.IndexByte(";,&'", v.text[at]) >= 0 {
		length := strings.IndexAny(v.text[at+1:], beyond)
		if length < 0 {
			length = len(v.text) - at - 1
		}
		if part := v.text[at+1 : at+1+length]; length == 0 || isTerm(part[:min(len(part), mostOfName)]) || next.MatchString(v.text[at:min(len(v.text), at+mostOfName)]) {
			break
		}
		at += 1 + length
	}
	return at
}
