// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// details are what an answer has beside its code and the words that are compared: other members, as a code of the server's own, and words with a number in them. Most of them differ from
// answer to answer, as a time or the id of a trace.
type details map[string]string

// mostDetails bounds what is compared of an answer.
const mostDetails = 100

// anonymous is a text without the ids of the clients that are compared.
func anonymous(text string, ids ...string) string {
	text = strings.ToLower(text)
	for _, id := range ids {
		for _, written := range []string{id, url.QueryEscape(id), url.PathEscape(id), html.EscapeString(id)} {
			if written != "" {
				text = strings.ReplaceAll(text, strings.ToLower(written), "#")
			}
		}
	}
	return text
}

// comparableWords makes two descriptions equal that differ in a client's id, a time or a number only. ids are those of all clients that are
// compared: the id of one may be a word of the description, whole, or cut short or masked in part.
func comparableWords(description string, ids ...string) string {
	words := strings.Fields(anonymous(description, ids...))
	for i, word := range words {
		if strings.ContainsAny(word, "0123456789#") || isPartOf(word, ids) {
			words[i] = "#"
		}
	}
	return strings.Join(words, " ")
}

// isPartOf reports whether a word is the beginning, the end or another part of an id.
func isPartOf(word string, ids []string) bool {
	least := 4
	if strings.ContainsAny(word, "*•…") || strings.Contains(word, "..") {
		least = 1
	}
	part := strings.Trim(word, "*•….,:;!?'\"`()[]<>“”‘’")
	for _, piece := range strings.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune("*•….", r) }) {
		if len(piece) < least || !slices.ContainsFunc(ids, func(id string) bool { return len(id) > len(piece) && strings.Contains(strings.ToLower(id), piece) }) {
			return false
		}
	}
	return part != ""
}

// detailsOf are those of an answer with this description.
func detailsOf(answer *transport.Response, description string, ids ...string) details {
	d := numbered(description, ids...)
	if doc, isDocument := document(answer.Header.Get("Content-Type"), answer.Body); isDocument {
		d.add("", doc, 0, ids...)
	}
	for name, value := range challengeParameters(strings.Join(answer.Header.Values("WWW-Authenticate"), ", ")) {
		d.add("challenge "+name, value, 1, ids...)
	}
	if looksHTML(answer.Body) {
		for _, text := range textsOf(answer.Body) {
			if text = comparableWords(text, ids...); len(d) < mostDetails+mostTexts {
				d["text "+text] = ""
			}
		}
	}
	return d
}

// mostTexts bounds what is compared of a page.
const mostTexts = 500

var (
	unseen = regexp.MustCompile(`(?is)<!--.*?-->|<(script|style|head|template|noscript)\b.*?</(?:script|style|head|template|noscript)\s*>`)
	ends   = regexp.MustCompile(`[.!?;:]+(?:\s|$)|[\n\r]+`)
)

// textsOf are the sentences that a page shows. Many servers have one title for all their errors, and say below it which one there is.
func textsOf(page []byte) (texts []string) {
	for _, node := range strings.Split(tags.ReplaceAllString(unseen.ReplaceAllString(string(page), "<>"), "\x00"), "\x00") {
		for _, text := range ends.Split(html.UnescapeString(node), -1) {
			if text = strings.TrimSpace(text); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// detailsOfParameters are those of an authorization response (RFC 6749 §4.1.2.1).
func detailsOfParameters(parameters url.Values, ids ...string) details {
	d := numbered(parameters.Get("error_description"), ids...)
	for name, values := range parameters {
		for i, value := range values {
			d.add(fmt.Sprint(strings.ToLower(name), " ", i), value, 1, ids...)
		}
	}
	return d
}

// numbered are the words that comparableWords makes equal, by their place.
func numbered(description string, ids ...string) details {
	d := details{}
	for i, word := range strings.Fields(anonymous(description, ids...)) {
		if strings.ContainsAny(word, "0123456789") {
			d["word "+strconv.Itoa(i)] = word
		}
	}
	return d
}

func (d details) add(name string, value any, depth int, ids ...string) {
	switch v := value.(type) {
	case map[string]any:
		for member, inner := range v {
			member = strings.ToLower(member)
			if depth < 3 && !(depth == 0 && (member == "error_description" || member == "state")) {
				d.add(name+"/"+member, inner, depth+1, ids...)
			}
		}
	case []any:
		for i, inner := range v {
			if depth < 3 {
				d.add(name+"/"+strconv.Itoa(i), inner, depth+1, ids...)
			}
		}
	default:
		if len(d) < mostDetails {
			d["member "+name] = anonymous(fmt.Sprint(v), ids...)
		}
	}
}

// differIn are the names of what is not the same in the two.
func (d details) differIn(other details) (names []string) {
	for name, value := range d {
		if theirs, found := other[name]; !found || theirs != value {
			names = append(names, name)
		}
	}
	for name := range other {
		if _, found := d[name]; !found {
			names = append(names, name)
		}
	}
	return names
}

// sameIn reports whether two answers to the same question have the same there.
func (d details) sameIn(name string, other details) bool {
	one, in := d[name]
	two, found := other[name]
	return in == found && one == two
}
