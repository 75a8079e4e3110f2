// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package wording has the words of every Problem: what failed, what happened, what the server said, what that means and what to do about
// it. It knows no Terraform: package provider puts the words on the attribute that they are about.
package wording

import (
	"slices"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// Message is a diagnostic in its parts. It quotes no raw body and no credential.
type Message struct {
	Summary  string // what failed, without an identifier: Terraform groups warnings by equal summaries
	Happened string // what happened, in one sentence
	Said     string // what the server answered
	Means    string // what that means, and what becomes of the client
	hints    bool   // what the answer usually means belongs to it; see Cause
	Fix      []Fix  // the ways that work in this very case
}

// Fix is one way to fix a problem. Its lines can be copied.
type Fix struct {
	Way   string // names the way, for the table of the tests that have tried it
	Text  string
	Lines []string
	Next  []Block // what follows at other places
	// FromServer says that the server chose what is in a line, so that it may repeat what it was sent.
	FromServer bool
	// atPlace says that the place where the way is taken is the right one already: that of a problem within another one, which may be about another server.
	atPlace bool
}

// Block is what can be copied to one place.
type Block struct {
	Where string
	Lines []string
}

// copied returns all lines that can be copied.
func (f Fix) copied() []string {
	lines := slices.Clone(f.Lines)
	for _, b := range f.Next {
		lines = append(lines, b.Lines...)
	}
	return lines
}

// withLines returns the way with each line that can be copied as it is rewritten.
func (f Fix) withLines(rewrite func(string) string) Fix {
	all := func(lines []string) []string {
		out := make([]string, 0, len(lines))
		for _, line := range lines {
			out = append(out, rewrite(line))
		}
		return out
	}
	f.Lines, f.Next = all(f.Lines), slices.Clone(f.Next)
	for i, b := range f.Next {
		f.Next[i].Lines = all(b.Lines)
	}
	return f
}

// Detail puts the parts in their order. Terraform wraps lines unless they begin with a blank, so that what can be copied is indented.
func (m Message) Detail() string { return Paragraphs(m.Happened, m.Said, m.Means, fixes(m.Fix)) }

// Ways stands in a detail before the ways out.
const Ways = "\n\nTo fix this:\n"

// How much of a detail is shown, in characters. A line that is to be copied is of no use when it is cut, and may name many parameters.
const (
	mostOfALine = 4000
	mostToCopy  = 2 * mostOfALine
	mostOfAll   = 4 * mostOfALine
)

// Bounded is a detail with what a server or a library wrote in it cut, where it is longer than anybody reads: net/http quotes a malformed header
// whole, and an address of a server's metadata may be of any length. Credentials must be out of it by then, since no half of one is known.
func Bounded(detail string) string {
	happened, ways, found := strings.Cut(detail, Ways)
	happened = legible.Bounded(boundedLines(happened, mostOfALine), mostOfAll)
	if !found {
		return happened
	}
	return happened + Ways + boundedLines(ways, mostToCopy)
}

func boundedLines(text string, most int) string {
	if len(text) <= most {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = legible.Bounded(line, most)
	}
	return strings.Join(lines, "\n")
}

// fixes is the part of a detail that names the ways out.
func fixes(ways []Fix) string {
	if len(ways) == 0 {
		return ""
	}
	lines := []string{strings.Trim(Ways, "\n")}
	for _, w := range ways {
		if w.Text != "" {
			lines = append(lines, "- "+w.Text)
		}
		for _, b := range append([]Block{{Lines: w.Lines}}, w.Next...) {
			if b.Where != "" {
				lines = append(lines, "  "+b.Where)
			}
			for _, line := range b.Lines {
				lines = append(lines, "    "+line)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// Paragraphs joins the parts of a diagnostic's detail: what was asked and answered, the likely cause, what to do next.
func Paragraphs(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

// Timestamp writes a time as messages do.
func Timestamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// Span writes a duration, also as a setting has it, without the parts that are nothing: "36h", "1h30m".
func Span(d time.Duration) string {
	if d < time.Second {
		return d.String()
	}
	text := d.Truncate(time.Second).String()
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, unit) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Sentence makes one of an error's text.
func Sentence(text string) string {
	if text == "" {
		return ""
	}
	if first, _, _ := strings.Cut(text, " "); !strings.ContainsAny(first, "./_") { // not the name of a file or of an attribute
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

func withoutQuery(url string) string {
	url, _, _ = strings.Cut(redact.URL(url), "?")
	return url
}

// nameless stands for the client_id of a client whose state has none, as after an edit by hand.
const nameless = "\x00"

// proposes reports whether a way has a line.
func proposes(m Message, line string) bool {
	return slices.ContainsFunc(m.Fix, func(f Fix) bool { return slices.Contains(f.copied(), line) })
}
