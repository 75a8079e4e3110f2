// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	// mostReach is how far from the name of a credential a word may stand that is taken for one, mostPhrase how long what is in quotation marks.
	mostReach, mostPhrase = 256, 96
	// mostCode is how many digits a code has that is a number.
	mostCode = 8
)

const (
	// marks are quotation marks, brackets what the value may stand in that a sentence tells of.
	marks    = "\"'`“”‘’«»„‚‹›「」『』"
	brackets = "[({<（［【"
	// ends are what a word in a sentence ends at.
	ends = marks + " \t\r\n\f()[]{}<>,;|&\\→⇒│┃"
)

// closers are the marks that may end a phrase by the one that begins it, as languages have them: “a”, „a“, „a”, «a», »a«, 「a」. A bracket is one behind "value".
var closers = map[rune]string{
	'"': `"`, '\'': "'", '`': "`", '“': "”", '‘': "’", '«': "»", '»': "«", '„': "“”\"", '‚': "‘’", '‹': "›", '›': "‹", '”': "”", '「': "」", '『': "』", '[': "]", '(': ")", '{': "}", '<': ">", '（': "）", '［': "］", '【': "】",
}

var (
	// things follow the name of a credential where a sentence is about something else: "token endpoint", "client secret ID".
	things = set("endpoint", "endpoints", "type", "types", "issuer", "lifetime", "id", "ids", "introspection", "revocation", "exchange", "format", "method", "methods", "endpoint's")
	// nouns are followed by what is no secret, too, where they stand alone: "client 5c5a3fe1".
	nouns = set("client", "clients", "app", "apps", "application", "trace", "correlation", "server", "realm", "tenant", "issuer", "audience")
	// titles are followed by what is named by plain words: "user 'joe'", "scope dcr.create".
	titles = set("user", "users", "account", "scope", "scopes", "claim", "field", "member", "parameter", "param", "attribute", "property", "header", "for", "role", "roles", "permission", "permissions",
		"group", "groups", "named", "called")
	// naming are those of which one behind the name of a credential says what that is: "a password named 'abc'".
	naming = set("named", "called")
	// several are those of what there may be more of, and joins what stands between them.
	several = set("scope", "scopes", "claim", "claims", "role", "roles", "permission", "permissions", "group", "groups", "audience", "audiences")
	joins   = set("and", "or", "nor", "but", "not", "does", "do", "contain", "contains", "include", "includes", "und", "oder", "et", "ou")
	// units follow a number: "300000 milliseconds".
	units = set("bytes", "bits", "characters", "hours", "milliseconds", "minutes", "ms", "nanoseconds", "seconds")
	// requests are what proxies and servers number, each in few digits.
	requests = set("ray", "request", "incident", "span", "event")
	// goesOn begin a sentence that goes on about the credential of the one before.
	goesOn = set("got", "received", "expected", "actual", "found", "provided", "given", "sent", "was", "instead", "it")
	// shows are names of what a value is told by that somebody gave; other names tell of their value what it is.
	shows = set("value", "values", "input", "expected", "actual", "got", "received", "provided", "given", "was", "want", "val", "submitted", "supplied")
	// generated are names of credentials that servers make, or of several at once.
	generated = set("token", "tokens", "assertion", "client_assertion", "jwt", "access_token", "registration_access_token", "initial_access_token", "refresh_token", "invalid_token", "credentials")
	// codes stand before the code of an error.
	codes = set("code", "codes", "error", "errors", "exception", "fault", "status")
)

// ofRequest is the number of one of those, sqlState is what stands behind the name of one (ISO 9075).
var (
	ofRequest = regexp.MustCompile(`^(?:[0-9a-f]{8,16}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	sqlState  = regexp.MustCompile(`^[0-9A-Z]{5}$`)
)

// isKey is what stands behind the name of a member.
var isKey = regexp.MustCompile(`^["']\s*(?:=>|:\s*["'\[{0-9])`)

// opaque finds, in each sentence that calls a credential by its name, the words that are like none of a sentence, and what is in quotation marks and no term
// of the trade: wherever such a credential may stand, and whatever the sentence says of it. What follows such a sentence may go on about the credential, however
// it begins; what is quoted there may be anything, though.
func opaque(text string) (edits []edit) {
	about, told := false, -mostReach-1
	for from := 0; from < len(text); {
		to := sentenceEnd(text, from)
		s := sentence{text: text, from: from, to: to, names: namesIn(text, from, to)}
		if lone := strings.TrimSpace(text[from:to]); len(s.names) == 0 && about && (goesOn[strings.ToLower(firstWord(lone))] || !strings.Contains(lone, " ")) {
			s.names = []int{from}
		}
		if about = len(s.names) > 0; about {
			told = to
		} else if s.follows = from-told <= mostReach; s.follows {
			s.names = []int{told}
		}
		if about || s.follows {
			edits = append(edits, s.seek()...)
		}
		from = to
	}
	return edits
}

// sentenceEnd is where a sentence ends that begins at a place.
func sentenceEnd(text string, from int) int {
	for at := from; at < len(text); at++ {
		switch c := text[at]; {
		case c == '\n':
			return at + 1
		case (c == '.' || c == '!' || c == '?') && at+2 < len(text) && text[at+1] == ' ' && (letter(text[at+2]) || text[at+2] == '"') && !abbreviates(text[from:at]):
			return at + 2
		}
	}
	return len(text)
}

// abbreviates reports whether a text ends as "e.g" or "token no" does.
func abbreviates(text string) bool {
	return len(text) > 2 && text[len(text)-2] == '.' || strings.HasSuffix(text, " no")
}

// namesIn is where the names of credentials end in a part of a text.
func namesIn(text string, from, to int) (names []int) {
	for at := from; at < to; {
		end := at
		for end < to && (ofName(text[end]) || text[end] == '-') {
			end++
		}
		if end == at {
			at++
			continue
		}
		about := text[end:min(to, end+mostOfName)]
		if word := text[max(at, end-mostOfName):end]; (speaksOf(text, at, end) || ofSecrets(word) && !isPlain(word)) && !(strings.HasPrefix(about, " ") && things[strings.ToLower(firstWord(about))]) {
			names = append(names, end)
		}
		at = end
	}
	return names
}

// sentence is a part of a text in which names of credentials end at places, or one that follows such a part.
type sentence struct {
	text     string
	from, to int
	names    []int
	follows  bool
}

// near reports whether the name of a credential is within reach.
func (s sentence) near(at int) bool {
	i, _ := slices.BinarySearch(s.names, at)
	return i < len(s.names) && s.names[i]-at <= mostReach || i > 0 && at-s.names[i-1] <= mostReach
}

// seek finds what may be credentials.
func (s sentence) seek() (edits []edit) {
	last, closes, listed := "", map[int]bool{}, -1
	for at := s.from; at < s.to; {
		if begin, end, is := s.phrase(at); is && !closes[at] {
			closes[end] = true
			goesOn := listed >= 0 && s.goesOn(listed, begin, end)
			if (!s.follows || s.given(at)) && !goesOn && s.hides(begin, end) {
				edits = append(edits, edit{hole{begin, end}, secret.Redacted})
				at = end
				continue
			}
			inner := s.text[begin:end]
			if goesOn || several[strings.ToLower(lastWord(strings.TrimRight(s.text[max(0, begin-mostOfName):begin], marks+" :=")))] {
				listed = end
			}
			if goesOn || isTerm(inner) || !strings.Contains(inner, " ") && s.identifies(begin, end) {
				at = end
				continue
			}
		}
		length := strings.IndexFunc(s.text[at:s.to], endsWordOf)
		if length < 0 {
			length = s.to - at
		}
		if length == 0 {
			_, n := utf8.DecodeRuneInString(s.text[at:])
			at += n
			continue
		}
		if strings.Contains(s.text[at:at+length], "://") { // what of an address is a credential is found by its place there
			for at < s.to && strings.IndexByte(" \t\r\n\"<>", s.text[at]) < 0 {
				at++
			}
			continue
		}
		edits = append(edits, s.words(at, at+length, last)...)
		last = strings.ToLower(s.text[at : at+length])
		at += length
	}
	return edits
}

// goesOn reports whether what is in quotation marks is another one of a list of which one ended at a place, in plain words as that.
func (s sentence) goesOn(listed, begin, end int) bool {
	if begin-listed > mostOfName || !isPlain(s.text[begin:end]) {
		return false
	}
	for _, word := range strings.FieldsFunc(s.text[listed:begin], func(r rune) bool { return strings.ContainsRune(marks+", /[(", r) }) {
		if !joins[strings.ToLower(word)] {
			return false
		}
	}
	return true
}

// words finds what may be credentials in what no blank and no quotation mark parts.
func (s sentence) words(from, to int, last string) (edits []edit) {
	padding := from + len(strings.TrimRight(s.text[from:to], "="))
	for from < to {
		end := from
		for end < padding && s.text[end] != '=' {
			end++
		}
		if end == padding {
			end = to
		}
		word := strings.TrimRight(s.text[from:end], ".:!?%=")
		equals := (last == "equals" || last == "equal") && len(word) >= Shortest && !isTerm(word)
		behind := s.behindName(from) && numberedCode.MatchString(word) && !isTerm(word) && !((known.MatchString(word) || s.ofGenerated(from)) && s.isCode(from, from+len(word)))
		if (behind || equals || !isPlain(word) && !s.isCode(from, from+len(word))) && s.near(from) && !s.identifies(from, from+len(word)) {
			edits = append(edits, edit{hole{from, end}, secret.Redacted})
		}
		from = end
		if from < to && s.text[from] == '=' {
			from++
		}
	}
	return edits
}

// isCode reports whether what stands from one place to another is the code of an error by where it stands, too: where a sentence begins, before a colon, alone in
// brackets or behind a word for one. Anywhere else, it may be a password in capitals.
func (s sentence) isCode(from, to int) bool {
	if !isCode(s.text[from:to]) {
		return false
	}
	before, behind := s.text[max(s.from, from-mostOfName):from], s.text[to:min(len(s.text), to+1)]
	bracketed := strings.HasSuffix(before, "(") && behind == ")" || strings.HasSuffix(before, "[") && behind == "]"
	return bracketed || behind == ":" || from-s.from < mostOfName && strings.Trim(before, ends) == "" || codes[strings.ToLower(lastWord(before))]
}

// endsWordOf reports whether a word of a sentence ends at a character: at a mark, and where letters begin that have no blanks between the words. No credential has such.
func endsWordOf(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return strings.ContainsRune(ends, r)
	case r >= 0x0E00 && r <= 0x0EFF, r >= 0x1000 && r <= 0x109F, r >= 0x1780 && r <= 0x17FF: // Thai, Lao, Burmese, Khmer
		return true
	case r >= 0x1100 && r <= 0x11FF, r >= 0x2E80 && r <= 0xD7AF, r >= 0xF900 && r <= 0xFAFF, r >= 0xFF00 && r <= 0xFFEF, r >= 0x20000 && r <= 0x3FFFF: // Chinese, Japanese, Korean
		return true
	}
	return strings.ContainsRune(ends, r)
}

// behindName reports whether a blank parts a place from the name of a credential, or one and a bracket, where no code stands.
func (s sentence) behindName(at int) bool {
	if at > s.from && (s.text[at-1] == '(' || s.text[at-1] == '[') {
		at--
	}
	_, is := slices.BinarySearch(s.names, at-1)
	return is && s.text[at-1] == ' '
}

// ofGenerated reports whether a bracket stands before a place, and before that the name of a credential which nobody makes up: none is as short as a code is.
func (s sentence) ofGenerated(at int) bool {
	return at > s.from && strings.IndexByte("([", s.text[at-1]) >= 0 && generated[strings.ToLower(lastWord(s.text[max(0, at-mostOfName):at-1]))]
}

// phrase is what quotation marks enclose that stand at a place. An apostrophe encloses nothing.
func (s sentence) phrase(at int) (begin, end int, is bool) {
	mark, n := utf8.DecodeRuneInString(s.text[at:s.to])
	closing, bracket := closers[mark], strings.ContainsRune(brackets, mark)
	if closing == "" || at > 0 && ofName(s.text[at-1]) && !strings.ContainsRune("「『（［【", mark) {
		return 0, 0, false
	}
	begin = at + n
	if bracket && (strings.HasPrefix(s.text[at:], secret.Redacted) || strings.HasPrefix(s.text[begin:s.to], secret.Redacted) || !s.given(at)) {
		return 0, 0, false
	}
	length := strings.IndexAny(s.text[begin:min(s.to, begin+mostPhrase)], closing)
	if mark == '(' && length >= 0 && strings.ContainsRune(s.text[begin:begin+length], mark) {
		if end = bracketed(s.text[:min(s.to, begin+mostPhrase)], at); end > 0 {
			length = end - begin // with the brackets that are in it
		}
	}
	return begin, begin + length, length > 0 && !(bracket && mark != '[' && s.remarks(at, begin, begin+length))
}

// remarks reports whether what a bracket encloses says something of the value before it, or is more than one value: the tag of a document, or what has parts.
func (s sentence) remarks(at, begin, end int) bool {
	inner := s.text[begin:end]
	if tagBefore.MatchString(s.text[at:]) || s.text[at] == '{' && strings.ContainsAny(inner, `:="'`) {
		return true
	}
	words := strings.Fields(inner)
	for _, word := range words {
		if len(words) > 1 && remarking[strings.ToLower(strings.Trim(word, ends+".:!?"))] {
			return true
		}
	}
	return false
}

// given reports whether a word stands before a place that tells of what somebody gave.
func (s sentence) given(at int) bool {
	before := strings.TrimRight(s.text[max(0, at-mostOfName):at], ":= ")
	return gives[strings.ToLower(lastWord(before))] || strings.HasSuffix(before, "値") || strings.HasSuffix(before, "值")
}

// hides reports whether what is in quotation marks is hidden as a whole.
func (s sentence) hides(begin, end int) bool {
	inner := strings.TrimSpace(s.text[begin:end])
	if strings.ContainsAny(inner, "<>") || isKey.MatchString(s.text[end:min(s.to, end+mostCode)]) && isPlain(inner) {
		return false
	}
	if len(inner) < Shortest || !s.near(begin) || strings.Contains(inner, "://") || strings.HasPrefix(inner, "urn:") || strings.Contains(inner, strings.TrimRight(secret.Redacted, "]")) || isTerm(inner) || isColumn(inner) || s.identifies(begin, end) ||
		strings.Contains(inner, " ") && len(namesIn(inner, 0, len(inner))) > 0 && !s.inBracket(begin) {
		return false
	}
	behind := strings.TrimLeft(s.text[end:min(s.to, end+mostOfName)], marks)
	if strings.HasPrefix(behind, ":") || strings.HasPrefix(behind, " ") && speaks(behind) {
		return true
	}
	of, name := s.assignedTo(begin)
	return name == "" || shows[name] || spoken[name] || spoken[of+name] || namesCredentials(name)
}

// inBracket reports whether a bracket opens right before a place.
func (s sentence) inBracket(at int) bool {
	before, _ := utf8.DecodeLastRuneInString(s.text[:at])
	return strings.ContainsRune(brackets, before)
}

// isColumn reports whether a text is the name of a column with that of its table: "clients.client_secret".
func isColumn(text string) bool {
	table, column, is := strings.Cut(text, ".")
	return is && isWord(strings.ReplaceAll(table, "_", "")) && credentials[canonicalName(column)] && strings.Contains(column, "_")
}

// assignedTo is the name that a value is assigned to which begins at a place, as shows has them, and the word before the name.
func (s sentence) assignedTo(begin int) (of, name string) {
	before := strings.TrimRight(s.text[max(0, begin-mostOfName):begin], marks+" \t\\")
	if bare := strings.TrimRight(before, ":=> \t"); bare != before {
		of, name = lastWords(bare)
	}
	return canonicalName(of), canonicalName(name)
}

// lastWords are the word that a text ends with and, where a blank alone parts them, the one before it.
func lastWords(text string) (of, name string) {
	name = lastWord(text)
	if rest, is := strings.CutSuffix(strings.TrimSuffix(strings.TrimRight(text, marks+")] \t\\"), name), " "); is {
		of = lastWord(rest)
	}
	return of, name
}

// identifies reports whether what stands from one place to another is named as what is no secret, by the name that it is assigned to or the word before it. Of
// codes, only numbers are: there is one of an authorization, too. The ID of a session is a secret, and so is a reference that is a token.
func (s sentence) identifies(begin, end int) bool {
	of, name := lastWords(strings.TrimRight(s.text[max(0, begin-mostOfName):begin], marks+" \t\\:=>([#"))
	parts := humps(name[strings.LastIndexAny(name, "_-")+1:])
	last := parts[len(parts)-1]
	switch {
	case spoken[canonicalName(name)], spoken[canonicalName(of+name)], (strings.HasPrefix(last, "ref") || naming[last]) && namesCredentials(of):
		return false
	case last == "code":
		return !spoken[canonicalName(of)] && end-begin <= mostCode && strings.Trim(s.text[begin:end], "0123456789") == ""
	}
	name = strings.ToLower(name)
	if behind, is := strings.CutPrefix(s.text[end:min(len(s.text), end+mostOfName)], " "); is && units[strings.ToLower(firstWord(behind))] && strings.Trim(s.text[begin:end], "0123456789") == "" {
		return true
	}
	if requests[name] && ofRequest.MatchString(s.text[begin:end]) || name == "sqlstate" && sqlState.MatchString(s.text[begin:end]) {
		return true
	}
	return identified[last] || nouns[name] || titles[name] && (isPlain(s.text[begin:end]) || isCode(s.text[begin:end]))
}
