// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var (
	tag = regexp.MustCompile(`(?i)<([a-z0-9_.:-]+)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?([^<\s][^<]*)`)
	// namedTag is `<param name="client_secret">abc`, field is `<input value="abc" name="client_secret">`.
	namedTag   = regexp.MustCompile(`(?i)<[a-z][^<>]*\s(?:name|key|property|field)\s*=\s*["']?([^"'<>\s]+)[^<>]*>\s*(?:<!\[CDATA\[)?([^<\s][^<]*)`)
	field      = regexp.MustCompile(`(?i)<[a-z]+(\s[^<>]*)>`)
	fieldName  = regexp.MustCompile(`(?i)\b(?:name|id|key)\s*=\s*["']?([^"'<>\s]+)`)
	fieldValue = regexp.MustCompile(`(?i)\bvalue\s*=\s*(?:"([^"]*)"|'([^']*)'|([^"'\s]+))`)
	// cell is `>client_secret</td><td><pre>abc`.
	cell = regexp.MustCompile(`(?i)>\s*["']?([a-z0-9_. -]+)["']?\s*(?:</[a-z][^<>]*>\s*){1,4}(?:<[a-z][^<>]*>\s*){1,4}([^<\s][^<]*)`)
	// valueFirst is `'value': 'abc', 'name': 'client_secret'`.
	valueFirst = regexp.MustCompile(`(?i)["'](?:value|val|input|(?:rejected|attempted|invalid)value|data)["']\s*[:=]>?\s*["']([^"']+)["']\s*,\s*["'](?:name|key|field|param|parameter|property|member|fieldname|propertyname|instancepath)["']\s*[:=]>?\s*["']([^"']+)["']`)
	// rejected is `on field 'clientSecret': rejected value [abc]; codes [`.
	rejected = regexp.MustCompile(`(?im)\bfield\s+["']?([A-Za-z0-9_.\[\]-]+)["']?:\s+rejected value \[([^\n]*?)(?:\](?:[;,.]|[ \t]*$)|$)`)
	// list is one in YAML, item what of it.
	list = regexp.MustCompile(`(?m)\b([A-Za-z0-9_-]+)["']?:[ \t]*\r?\n((?:[ \t]*-[ \t]+[^\r\n]*(?:\r?\n|\z))+)`)
	item = regexp.MustCompile(`(?m)^[ \t]*-[ \t]+["']?([^\r\n]*?)["']?[ \t]*\r?$`)
	// formPart is a part of multipart/form-data (RFC 7578 §4.2).
	formPart = regexp.MustCompile(`(?i)\bname="([^"\r\n]+)"[^\r\n]*(?:\r?\n[a-z-]+:[^\r\n]*){0,4}\r?\n\r?\n([^\r\n]+)`)
)

// tagged finds what XML has in an element that is named as a credential.
func tagged(text string) (edits []edit) {
	for _, at := range tag.FindAllStringSubmatchIndex(text, -1) {
		value := strings.TrimRight(text[at[4]:at[5]], " \t\r\n")
		if endsInSecret(text[at[2]:at[3]]) && !says[strings.ToLower(value)] {
			edits = append(edits, edit{hole{at[4], at[4] + len(value)}, secret.Redacted})
		}
	}
	return edits
}

// cells finds what stands alone in an element of a page behind the name of a credential. A name in ordinary words may be a heading, and what is behind
// it another one.
func cells(text string) (edits []edit) {
	for _, at := range cell.FindAllStringSubmatchIndex(text, -1) {
		name, value := text[at[2]:at[3]], strings.TrimRight(text[at[4]:at[5]], " \t\r\n")
		if endsInSecret(name) && isCell(value) && (strings.ContainsAny(name, "_-") || !isPlain(value)) {
			edits = append(edits, edit{hole{at[4], at[4] + len(value)}, secret.Redacted})
		}
	}
	return edits
}

// namedTags finds what an element has that has the name of a credential as an attribute.
func namedTags(text string) (edits []edit) {
	for _, at := range namedTag.FindAllStringSubmatchIndex(text, -1) {
		if value := strings.TrimRight(text[at[4]:at[5]], " \t\r\n"); endsInSecret(text[at[2]:at[3]]) && isCell(value) {
			edits = append(edits, edit{hole{at[4], at[4] + len(value)}, secret.Redacted})
		}
	}
	return edits
}

// fields finds the value of a form's field, which may stand before its name.
func fields(text string) (edits []edit) {
	for _, at := range field.FindAllStringSubmatchIndex(text, -1) {
		attributes := text[at[2]:at[3]]
		name, value := fieldName.FindStringSubmatch(attributes), fieldValue.FindStringSubmatchIndex(attributes)
		if name == nil || value == nil || !endsInSecret(name[1]) {
			continue
		}
		for group := 2; group < len(value); group += 2 {
			if value[group] < value[group+1] {
				edits = append(edits, edit{hole{at[2] + value[group], at[2] + value[group+1]}, secret.Redacted})
			}
		}
	}
	return edits
}

func valuesFirst(text string) (edits []edit) {
	for _, at := range valueFirst.FindAllStringSubmatchIndex(text, -1) {
		if endsInSecret(text[at[4]:at[5]]) {
			edits = append(edits, edit{hole{at[2], at[3]}, secret.Redacted})
		}
	}
	return edits
}

// rejectedValues finds what a form's field was given, as it stands in an error of binding.
func rejectedValues(text string) (edits []edit) {
	for _, at := range rejected.FindAllStringSubmatchIndex(text, -1) {
		if endsInSecret(text[at[2]:at[3]]) && at[4] < at[5] && !says[text[at[4]:at[5]]] {
			edits = append(edits, edit{hole{at[4], at[5]}, secret.Redacted})
		}
	}
	return edits
}

func formParts(text string) (edits []edit) {
	for _, at := range formPart.FindAllStringSubmatchIndex(text, -1) {
		if endsInSecret(text[at[2]:at[3]]) {
			edits = append(edits, edit{hole{at[4], at[5]}, secret.Redacted})
		}
	}
	return edits
}

// listed finds what stands in a list below the name of a credential, unless it is said of one.
func listed(text string) (edits []edit) {
	for _, at := range list.FindAllStringSubmatchIndex(text, -1) {
		if !speaksOf(text, at[2], at[3]) {
			continue
		}
		for _, of := range item.FindAllStringSubmatchIndex(text[at[4]:at[5]], -1) {
			from, to := at[4]+of[2], at[4]+of[3]
			if word, _, _ := strings.Cut(text[from:to], " "); from < to && !reads(text, text[at[2]:at[3]], from, from+len(word)) {
				edits = append(edits, edit{hole{from, to}, secret.Redacted})
			}
		}
	}
	return edits
}
