// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// message is a diagnostic in its parts. It quotes no raw body and no credential.
type message struct {
	summary  string // what failed, without an identifier: Terraform groups warnings by equal summaries
	happened string // what happened, in one sentence
	said     string // what the server answered
	means    string // what that means, and what becomes of the client
	hints    bool   // what the answer usually means belongs to it; see cause
	fix      []fix  // the ways that work in this very case
}

// fix is one way to fix a problem. Its lines can be copied.
type fix struct {
	way   string // names the way, for the table of the tests that have tried it
	text  string
	lines []string
}

// detail puts the parts in their order. Terraform wraps lines unless they begin with a blank, so that what can be copied is indented.
func (m message) detail() string { return paragraphs(m.happened, m.said, m.means, fixes(m.fix)) }

func fixes(ways []fix) string {
	if len(ways) == 0 {
		return ""
	}
	lines := []string{"To fix this:"}
	for _, w := range ways {
		if w.text != "" {
			lines = append(lines, "- "+w.text)
		}
		for _, line := range w.lines {
			lines = append(lines, "    "+line)
		}
	}
	return strings.Join(lines, "\n")
}

// paragraphs joins the parts of a diagnostic's detail: what was asked and answered, the likely cause, what to do next.
func paragraphs(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

func timestamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// sentence makes one of an error's text.
func sentence(text string) string {
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
	url, _, _ = strings.Cut(secret.RedactURL(url), "?")
	return url
}
