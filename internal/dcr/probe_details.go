// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"fmt"
	"net/url"
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
		if id != "" {
			text = strings.ReplaceAll(text, strings.ToLower(id), "#")
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
	return d
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
