// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Terraform wants an error of its own of each change that fails, and puts none of them together. So the first one says all there is, and
// those that would say the same are two sentences.

var (
	ofOneRequest = regexp.MustCompile(`(?m)^ *request id: .*\n?`)
	// A time, and what a log has a request under, in the server's own words.
	ofOneMoment = regexp.MustCompile(`(?i)\b(?:\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?(?:z|utc|[+-]\d\d:?\d\d)\b)?|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b)`)
)

// cutOffAt is where an answer ended, which is another place for each client.
var cutOffAt = regexp.MustCompile(`\bafter \d+ bytes of the body\b`)

// About is the client whose name is in the words of a problem: its own, or that of the client that it was to replace.
func About(p outcome.Problem) string { return cmp.Or(p.ClientID, p.Replaces) }

// Alike is the same text for the same problem with another client.
func Alike(p outcome.Problem, more ...reconcile.Substitution) string {
	m := Of(p, more...)
	m.Said, _ = ofNobody(m.Said, p.Own)
	text := cutOffAt.ReplaceAllString(ofOneRequest.ReplaceAllString(m.Summary+"\n"+m.Detail(), ""), "in the body")
	if About(p) != "" {
		text = replaced(replaced(text, legible.Visible(About(p)), "CLIENT"), url.PathEscape(About(p)), "CLIENT")
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.Contains(line, "://") { // an address that is another one is another server's
			lines[i] = ofOneMoment.ReplaceAllString(line, "ONE")
		}
	}
	return strings.Join(lines, "\n")
}

// ofNobody is what a server said without what is the client's own, which it may have quoted.
func ofNobody(said string, own []string) (text string, quoted []string) {
	for _, word := range own {
		word = legible.Visible(word)
		without := replaced(said, word, "OWN")
		if without != said {
			quoted = append(quoted, word)
		}
		said = without
	}
	return said, quoted
}

// unquoted reports whether none of a client's own words is quoted in a text.
func unquoted(text string, own []string) bool {
	_, quoted := ofNobody(text, own)
	return len(quoted) == 0
}

// replaced puts another word in the place of one, where that is a word and not a part of one, as a figure is of a number or of a host.
func replaced(text, word, by string) string {
	var out strings.Builder
	for rest := text; ; {
		at := strings.Index(rest, word)
		if at < 0 || word == "" {
			out.WriteString(rest)
			return out.String()
		}
		end := at + len(word)
		out.WriteString(rest[:at])
		last, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(text[:len(text)-len(rest)+at], "."))
		next, _ := utf8.DecodeRuneInString(strings.TrimPrefix(rest[end:], "."))
		if ofWord(last) || ofWord(next) {
			out.WriteString(word)
		} else {
			out.WriteString(by)
		}
		rest = rest[end:]
	}
}

func ofWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_' || r == '-' }

// Again words a problem that was told in full of another client, which is named where it has a name, and else by what the two errors have
// in common, since there may be others of the same summary. This one's summary is another, so that a CLI that puts equal errors together
// (OpenTofu with -consolidate-errors) does not show it in the place of the full one.
func Again(p outcome.Problem, first string, more ...reconcile.Substitution) Message {
	p = withShownAddresses(p)
	m := Of(p, more...)
	happened, _, _ := strings.Cut(m.Happened, "\n\n")
	which := "The error “" + m.Summary + "”"
	if words := distinctive(m, p.Own); first != "" && strings.Contains(m.Detail(), legible.Visible(About(p))) { // else no user has seen its name
		which += " of client " + legible.Visible(first)
	} else if words != "" {
		which = "Another client's error “" + m.Summary + "”, with the words “" + words + "”,"
	} else {
		which += " of another client"
	}
	switch p.Kind {
	case outcome.NotRegistered:
		happened = Paragraphs(happened, lostRegistration(p)) // each is looked for
	case outcome.NotUpdated:
		happened = Paragraphs(happened, lostUpdate(p))
	}
	this := "this client"
	if own := legible.Visible(p.ClientID); own != "" && !strings.Contains(happened, own) { // a deletion's error has no place either that would tell
		this = "client " + own
	}
	means := which + " says why and what can be done. All of it holds for " + this + ", too."
	if proposes(m, handIn(p)) {
		means += " Its key in registration_access_tokens is " + quoted(tokenKey(p)) + "."
	} else if proposes(m, handInByEnvironment(p)) {
		means += " Its key in " + string(authserver.EnvTokens) + " is " + quotedJSON(tokenKey(p)) + "."
	}
	if _, quoted := ofNobody(m.Said, p.Own); len(quoted) > 0 { // it may be of another parameter than that client's
		means += " Of this one the server quotes “" + strings.Join(quoted, "” and “") + "”."
	}
	return Message{Summary: m.Summary + ", for the same reason", Happened: happened, Means: means, Fix: ofThisClient(m)}
}

// ofThisClient are the ways whose line is another one for each client.
func ofThisClient(m Message) (ways []Fix) {
	for _, way := range m.Fix {
		if way.Way == "import" {
			ways = append(ways, way)
		}
	}
	return ways
}

// StaysToo words that a client stays at the server for the reason that was told of another one.
func StaysToo(p outcome.Problem, first string) Message {
	if p.ClientID == "" {
		return Of(p)
	}
	return Message{Summary: Of(p).Summary, Happened: "Client " + legible.Visible(p.ClientID) + " was not deregistered either, for the same reason as client " + legible.Visible(first) + "."}
}

// HoldsToo words a warning that was told in full of another client; more is false where it says nothing of the client itself. Its summary is another, see
// Again.
func HoldsToo(p outcome.Problem, first string) (m Message, more bool) {
	full, about := Of(p), legible.Visible(About(p))
	switch {
	case about == "":
		return full, true
	case !strings.Contains(full.Detail(), about):
		return Message{}, false
	}
	return Message{
		Summary: full.Summary + ", also for another client", Happened: "What is said of client " + legible.Visible(first) + " holds for client " + about + ", too.",
	}, true
}

// distinctive are the words by which an error is found among others of its summary: the last line of the server's that is not long, else
// the first paragraph of what is said beside what happened. None is cut, since a part of a credential would not be known for one. What is this client's own is
// in no other's error.
func distinctive(m Message, own []string) string {
	_, rest, _ := strings.Cut(m.Happened, "\n\n")
	beside, _, _ := strings.Cut(rest, "\n\n")
	beside = beside[strings.LastIndexByte(beside, '\n')+1:]                    // of a block, the first line is a heading
	_, said, _ := strings.Cut(ofOneRequest.ReplaceAllString(m.Said, ""), "\n") // the first line is a heading
	lines := strings.Split(strings.TrimSpace(said), "\n")
	slices.Reverse(lines)
	const most = 200
	for _, words := range append(lines, beside) {
		words = strings.TrimSpace(words)
		if words != "" && !ofOneMoment.MatchString(words) && !cutOffAt.MatchString(words) && unquoted(words, own) && utf8.RuneCountInString(words) <= most {
			return words
		}
	}
	return ""
}
