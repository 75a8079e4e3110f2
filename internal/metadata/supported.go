// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"slices"
	"strings"
)

// CheckSupported holds a configured document against a server's own metadata (RFC 8414 §2, OpenID Connect Discovery
// §3). All that it finds are warnings: a server may support more than it says, and the answer to the registration has
// the last word. Members of doc whose value is not known must be left out of it; a list may be known in part (NotKnown).
//
//   - Lists: a configured value that the list doesn't hold. Where the list is missing or empty, its default by the
//     specification counts; where there is none, nothing is said. Response types are compared as sets of words.
//   - Flags: only an explicit false counts. The specifications let a missing flag mean false, but many servers support
//     logout or certificate-bound tokens and never say so, and a warning at each plan that is wrong teaches people not
//     to read warnings.
//   - Endpoints and the like: a missing member counts, because a client that is to use the feature finds it there.
//     Such a problem is Weak, as is a scope that isn't listed: servers may keep scopes to themselves.
func CheckSupported(doc Document, server Document) []Problem {
	if len(server) == 0 {
		return nil
	}
	var problems []Problem
	for _, p := range table {
		v, ok := doc[p.Name]
		if !ok || p.Support == NoSupport || p.Support == SupportRelated {
			continue
		}
		n, ok := normalize(p, v)
		if !knownInPart(v) && (!ok || n == nil || n == false) {
			continue
		}
		switch p.Support {
		case SupportFlag:
			if supported, ok := normalizeBoolean(server[p.Supported]); ok && supported == false {
				problems = append(problems, Problem{
					Member: p.Name, Index: whole, Warning: true, Summary: "Not supported by the server",
					Detail: fmt.Sprintf("%s is set, but the server's metadata says %s = false. The server may ignore or refuse it.", p.Name, p.Supported),
				})
			}
		case SupportPresence:
			if Absent(server[p.Supported]) {
				problems = append(problems, Problem{
					Member: p.Name, Index: whole, Warning: true, Weak: true, Summary: "Not supported by the server",
					Detail: fmt.Sprintf("%s is set, but the server's metadata has no %s, by which it would show that it supports this. The server may ignore or refuse it.", p.Name, p.Supported),
				})
			}
		case SupportList:
			problems = append(problems, unlisted(p, doc, n, server[p.Supported])...)
		}
	}
	return problems
}

// unlisted reports the values of a normalized v that the server's list lacks.
func unlisted(p *Parameter, doc Document, v, list any) []Problem {
	supported, shown := listed(list)
	if !shown {
		if p.SupportDefault == nil {
			return nil
		}
		supported = p.SupportDefault
	}
	var values []string
	switch {
	case p.SupportedValue != "":
		if doc[authMethod] == p.SupportedValue {
			return nil // that row has said it
		}
		values = []string{p.SupportedValue}
	case p.Kind == Scope:
		s, _ := v.(string)
		values = strings.Fields(s)
	case p.Kind == StringList:
		for _, e := range elements(doc[p.Name]) { // as configured, so that the index is right
			s, _ := e.(string)
			values = append(values, s)
		}
	default:
		s, _ := v.(string)
		values = []string{s}
	}
	var problems []Problem
	for i, value := range values {
		found := p.Kind == StringList && value == "" || // none, or not known
			slices.Contains(supported, value) ||
			p.WordSets && slices.ContainsFunc(supported, func(s string) bool { return wordSet(s) == wordSet(value) })
		if found {
			continue
		}
		index := whole
		if p.Kind == StringList {
			index = i
		}
		holds := fmt.Sprintf("the server's metadata has %s = [%s]", p.Supported, quoted(supported))
		if !shown {
			holds = fmt.Sprintf("the server's metadata has no %s, which means [%s]", p.Supported, quoted(supported))
		}
		detail := fmt.Sprintf("%s has a word that is not in the server's list: %s. The server may refuse or replace it.", p.Name, holds)
		switch {
		case p.SupportedValue != "":
			detail = fmt.Sprintf("%s is for %s = %q, but %s.", p.Name, authMethod, value, holds)
		case p.Kind != Scope && p.Kind != StringList || index != whole:
			detail = fmt.Sprintf("%s is not in the server's list: %s. The server may refuse or replace it.", at(p.Name, index), holds)
		}
		if p.SupportHint {
			detail += " A server need not list all that it supports."
		}
		problems = append(problems, Problem{
			Member: p.Name, Index: index, Warning: true, Weak: p.SupportHint, Summary: "Not supported by the server", Detail: detail,
		})
		if p.Kind == Scope {
			break // another word would be the same message
		}
	}
	return problems
}

// listed reads a server's list. An empty one counts as missing: OpenID Connect Discovery §4.2 wants it left out.
func listed(v any) ([]string, bool) {
	if Absent(v) {
		return nil, false
	}
	var list []string
	for _, e := range elements(v) {
		if s, ok := e.(string); ok && s != "" {
			list = append(list, s)
		}
	}
	return list, len(list) > 0
}
