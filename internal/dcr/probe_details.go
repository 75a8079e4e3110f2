// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
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
