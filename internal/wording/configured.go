// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

const fromBefore = "what was there before"

// configuredAs says where a text of the server's for a member was configured, other than in what was asked for the member: before, or for another
// parameter, and in which way it differs. from is empty for a text of its own, and for a word of the standards.
func configuredAs(p outcome.Problem, member, text string) (from, how string) {
	if isStandard(member, text) {
		return "", ""
	}
	sources := configured(p, member)
	for _, s := range sources {
		if strings.EqualFold(s.text, text) {
			if s.text != text {
				how = likeness(text, []string{s.text})
			}
			return s.from, how
		}
	}
	for _, s := range sources {
		if len(s.text) < redact.Shortest {
			continue // by chance
		}
		if how := likeness(text, []string{s.text}); how != "" {
			return s.from, how
		}
	}
	return "", ""
}

// hasConfigured reports whether a text of what the server registered was configured elsewhere.
func hasConfigured(p outcome.Problem, s reconcile.Substitution) bool {
	return slices.ContainsFunc(allTexts(nil, s.Got), func(text string) bool {
		found := func(text string) bool { from, _ := configuredAs(p, s.Member, text); return from != "" }
		return found(text) || slices.ContainsFunc(strings.Fields(text), found)
	})
}

// allTexts are the texts in a value of any shape.
func allTexts(all []string, v any) []string {
	switch v := v.(type) {
	case string:
		return append(all, v)
	case []any:
		for _, e := range v {
			all = allTexts(all, e)
		}
	case map[string]any:
		for name, e := range v {
			all = allTexts(append(all, name), e)
		}
	}
	return all
}

// source is a configured text that no standard has.
type source struct{ from, text string }

// configured are the texts that may come from a sensitive variable, those of the member itself first. Members of extension_metadata have
// another rule (outcome.Problem.Withheld).
func configured(p outcome.Problem, member string) (own []source) {
	var others []source
	for _, doc := range p.Configurations {
		for _, m := range slices.Sorted(maps.Keys(doc)) {
			name, _ := metadata.SplitTag(m)
			parameter, known := metadata.Lookup(name)
			if !known {
				continue
			}
			normal, _ := metadata.Normalize(name, doc[m])
			for _, text := range textsOf(parameter.Kind, normal) {
				switch {
				case isStandard(m, text):
				case metadata.CanonicalMember(m) == metadata.CanonicalMember(member):
					own = append(own, source{fromBefore, text})
				default:
					others = append(others, source{"what " + m + " has", text})
				}
			}
		}
	}
	return append(own, others...)
}

// standardScopes are the scopes that OpenID Connect Core defines (§3.1.2.1, §5.4, §11).
var standardScopes = []string{"openid", "profile", "email", "address", "phone", "offline_access"}

// isStandard reports whether a text is a word that the standards have for a parameter.
func isStandard(member, text string) bool {
	name, _ := metadata.SplitTag(member)
	p, known := metadata.Lookup(name)
	return known && (slices.Contains(p.Values, text) || p.Kind == metadata.Scope && slices.Contains(standardScopes, text))
}

// textsOf are the texts of a normal value.
func textsOf(kind metadata.Kind, normal any) []string {
	switch v := normal.(type) {
	case string:
		if kind == metadata.Scope {
			return strings.Fields(v)
		}
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// likeness says in which way a text of the server's holds one that was asked for, or a part of it. It is empty where it does not.
func likeness(text string, asked []string) string {
	folded := strings.ToLower(text)
	for _, a := range asked {
		lower := strings.ToLower(a)
		more, longer := strings.CutPrefix(text, a)
		switch {
		case a == "":
		case folded == lower:
			return "with other capital letters"
		case longer && len(more) == 1:
			return fmt.Sprintf("with %q after it", more)
		case len(lower) >= redact.Shortest && strings.Contains(folded, lower):
			return "with more around it"
		case len(folded) >= redact.Shortest && strings.Contains(lower, folded):
			return "cut short"
		case redact.Repeats(text, a):
			return "changed in part"
		}
	}
	return ""
}
