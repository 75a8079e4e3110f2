// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"slices"
	"strings"
)

// checker gathers the problems of one document.
type checker struct {
	doc      Document
	unknown  map[string]bool
	stated   bool // a software statement may hold what the document doesn't
	public   bool // certainly a public client
	problems []Problem
}

const whole = -1 // Problem.Index of the whole value

type notKnown struct{}

// NotKnown stands for an element of a list whose value is not known yet, in a document for Check.
var NotKnown any = notKnown{}

// knownInPart reports whether a value is a list of which some elements are known.
func knownInPart(v any) bool {
	list, _ := v.([]any)
	return slices.Contains(list, NotKnown)
}

func (c *checker) add(p Problem) { c.problems = append(c.problems, p) }

// set reports whether a parameter is configured with a known value that says something.
func (c *checker) set(name string) bool { return !c.unknown[name] && !Absent(c.doc[name]) }

// missing reports whether the server certainly gets no value for the parameter.
func (c *checker) missing(name string) bool {
	return !c.stated && !c.unknown[name] && Absent(c.doc[name])
}

// text is the known string of a parameter, "" for none.
func (c *checker) text(name string) string {
	if c.unknown[name] {
		return ""
	}
	s, _ := c.doc[name].(string)
	return s
}

// list is the strings of a list parameter at their indexes, with "" for what is none or is not known. What follows from an element of a
// list that is known in part follows from it, whatever the others are. A rule about all elements looks at c.unknown as well.
func (c *checker) list(name string) []string {
	switch v := c.doc[name].(type) {
	case []any:
		if c.unknown[name] && !knownInPart(v) {
			return nil
		}
		if !c.unknown[name] && len(stringsOf(v)) == 0 {
			return nil
		}
		out := make([]string, len(v))
		for i, e := range v {
			out[i], _ = e.(string)
		}
		return out
	case []string:
		if !c.unknown[name] {
			return v
		}
	}
	return nil
}

// at names a value or an element of it in a sentence.
func at(display string, index int) string {
	if index == whole {
		return display
	}
	return fmt.Sprintf("%s[%d]", display, index)
}

// quoted lists values in a sentence.
func quoted(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(out, ", ")
}

const (
	authMethod = "token_endpoint_auth_method"
	authAlg    = "token_endpoint_auth_signing_alg"
	ciba       = "urn:openid:params:grant-type:ciba"
)

// responseNeeds tells which grants a response type needs (RFC 7591 §2.1): "code" the authorization code, "token" and
// "id_token" the implicit grant. Other words, "none" among them, need nothing that is known here.
func responseNeeds(response string) (code, implicit bool) {
	for word := range strings.FieldsSeq(response) {
		switch word {
		case "code":
			code = true
		case "token", "id_token":
			implicit = true
		}
	}
	return code, implicit
}
