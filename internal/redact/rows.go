// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Databases show in their errors what a statement was to write, and a server may pass those on.
var (
	// columns are `(client_id, client_secret)=(`, `(client_id, client_secret) VALUES (`.
	columns = regexp.MustCompile(`(?i)\(([^()]*)\)\s*(?:=|values)\s*\(`)
	nextRow = regexp.MustCompile(`^\s*,\s*\(`)
	failing = regexp.MustCompile(`(?i)failing row contains\s*\(`)
	// duplicate is "Duplicate entry 'abc' for key 'client_secret'", sameKey "constraint 'UQ_client_secret'. … The duplicate key value is (abc)".
	duplicate = regexp.MustCompile("(?i)\\b(?:entry|value):?\\s+'([^\\n]*?)'\\s+for\\s+(?:key|column|constraint)\\s+['\"`]?([a-z0-9_.$-]+)")
	sameKey   = regexp.MustCompile(`(?i)constraint\s+['"]([^'"]+)['"][^()]*duplicate key value is\s+\(([^)]+)\)`)
	// parameters are "[parameters: (", "with params ["; statement is what such are of.
	parameters = regexp.MustCompile(`(?i)\b(?:param(?:eter)?s|bindings)\b\s*[:=]?\s*[\[({]`)
	statement  = regexp.MustCompile(`(?i)\b(?:insert\s+into|update|select|where)\b`)
	aName      = regexp.MustCompile(`[A-Za-z0-9_]+`)
)

// mostStatement is how long a statement may be whose parameters are shown behind it.
const mostStatement = 2048

// columnValues finds the rows of which one of the columns that are named is a credential's.
func columnValues(text string) (edits []edit) {
	for from := 0; ; {
		at := columns.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return edits
		}
		names, row := text[from+at[2]:from+at[3]], from+at[1]
		if from = row; !hasSecretColumn(names) {
			continue
		}
		for row > 0 {
			from = rowEnd(text, row-1)
			edits = append(edits, edit{hole{row, from}, secret.Redacted})
			if next := nextRow.FindStringIndex(text[min(len(text), from+1):min(len(text), from+mostOfName)]); next != nil {
				row = from + 1 + next[1]
			} else {
				row = 0
			}
		}
	}
}

// hasSecretColumn reports whether one of several columns is a credential's: of “"client_id", CLIENT_SECRET NULLS FIRST”.
func hasSecretColumn(names string) bool {
	for name := range strings.SplitSeq(names, ",") {
		if name = aName.FindString(name); name != "" && endsInSecret(name) {
			return true
		}
	}
	return false
}

// rowEnd is where a row ends that begins with a bracket: there where that is closed, or with the line.
func rowEnd(text string, from int) int {
	if end := bracketed(text, from); end > 0 {
		return end
	}
	if length := strings.IndexAny(text[from:], "\r\n"); length >= 0 {
		return from + length
	}
	return len(text)
}

// failingRows finds rows that are shown without their columns.
func failingRows(text string) (edits []edit) {
	for from := 0; ; {
		at := failing.FindStringIndex(text[from:])
		if at == nil {
			return edits
		}
		begin := from + at[1]
		from = rowEnd(text, begin-1)
		edits = append(edits, edit{hole{begin, from}, secret.Redacted})
	}
}

// duplicates finds values of which an index may have one only, and those that do not fit a column.
func duplicates(text string) (edits []edit) {
	for _, at := range duplicate.FindAllStringSubmatchIndex(text, -1) {
		if ofSecrets(text[at[4]:at[5]]) && at[2] < at[3] {
			edits = append(edits, edit{hole{at[2], at[3]}, secret.Redacted})
		}
	}
	return edits
}

func sameKeys(text string) (edits []edit) {
	for _, at := range sameKey.FindAllStringSubmatchIndex(text, -1) {
		if ofSecrets(text[at[2]:at[3]]) {
			edits = append(edits, edit{hole{at[4], at[5]}, secret.Redacted})
		}
	}
	return edits
}

// ofSecrets reports whether the name of an index or a column has a word for a credential in it, as UQ_CLIENT_SECRET_1 has.
func ofSecrets(name string) bool {
	name = canonicalName(strings.ToLower(name))
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return strings.Contains(name, "token")
}

// statementParameters finds the parameters of a statement that names a credential.
func statementParameters(text string) (edits []edit) {
	for from := 0; ; {
		at := parameters.FindStringIndex(text[from:])
		if at == nil {
			return edits
		}
		begin := from + at[1]
		before := text[max(from, from+at[0]-mostStatement) : from+at[0]]
		from = begin
		if where := statement.FindStringIndex(before); where != nil && namesSecret(before[where[0]:]) {
			from = rowEnd(text, begin-1)
			edits = append(edits, edit{hole{begin, from}, secret.Redacted})
		}
	}
}

func namesSecret(statement string) bool {
	for _, name := range aName.FindAllString(statement, -1) {
		if endsInSecret(name) {
			return true
		}
	}
	return false
}
