// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// A configured value may come from a sensitive variable, of which Terraform tells no provider. So what was asked is printed only where
// it is a word of the standards, and what the server registered is described by how it differs where it may hold a part of the other. Nor is
// a value printed that was configured before, or for another parameter (configuredAs).

// substitution is one parameter's part.
func substitution(p outcome.Problem, s reconcile.Substitution) string {
	asked, printable := standard(s.Member, s.Asked)
	switch {
	case s.Kind == reconcile.Hidden:
		return s.Member + ": registered as asked."
	case s.Kind == reconcile.Retained:
		kept, printable := standard(s.Member, s.Got)
		if !printable {
			kept = "its value"
		}
		return fmt.Sprintf("%s: removed from the configuration, and the server keeps %s.", s.Member, kept)
	case s.Kind == reconcile.NotShown && printable:
		return fmt.Sprintf("%s: asked for %s, and the server shows nothing.", s.Member, asked)
	case s.Kind == reconcile.NotShown:
		return s.Member + ": asked for, and the server shows nothing."
	case printable && !hasConfigured(p, s):
		return fmt.Sprintf("%s: asked for %s, and the server registered %s.", s.Member, asked, Without(p, shown(s.Member, s.Got)))
	}
	return fmt.Sprintf("%s: the server %s.", s.Member, other(p, s))
}

// unknownMember reports whether a member is one of extension_metadata.
func unknownMember(member string) bool {
	name, _ := metadata.SplitTag(member)
	_, known := metadata.Lookup(name)
	return !known
}

// undisclosed reports whether no value of a parameter is printed: what it may hold is not known, or known to be sensitive.
func undisclosed(member string) bool {
	name, _ := metadata.SplitTag(member)
	p, known := metadata.Lookup(name)
	return !known || p.Sensitive || p.Kind == metadata.JSONObject || p.Kind == metadata.JWKSet
}

// standard gives a value as JSON where it is nothing but words that the standards have for the parameter, a number or a truth value.
func standard(member string, v any) (string, bool) {
	p, known := metadata.Lookup(member)
	if !known || undisclosed(member) || v == nil {
		return "", false
	}
	normal, ok := metadata.Normalize(member, v)
	if !ok {
		return "", false
	}
	if p.Kind != metadata.Integer && p.Kind != metadata.Boolean {
		for _, word := range textsOf(p.Kind, normal) {
			if !isStandard(member, word) {
				return "", false
			}
		}
	}
	return shown(member, v), true
}

// shown gives a value as JSON for a diagnostic, bounded.
func shown(member string, v any) string {
	if v == nil {
		return "nothing"
	}
	text, err := jsonvalue.Text(redact.Member(member, v))
	if err != nil {
		return fmt.Sprintf("a value of type %T", v)
	}
	return legible.Visible(legible.Bounded(text, 300))
}

// other says what the server did in the place of a value that is not printed.
func other(p outcome.Problem, s reconcile.Substitution) string {
	if s.Member == "jwks" && s.Kind == reconcile.Changed && !s.Security {
		return "registered the same keys, written otherwise: with other optional members"
	}
	name, _ := metadata.SplitTag(s.Member)
	parameter, known := metadata.Lookup(name)
	asked, ok := metadata.Normalize(name, s.Asked)
	got, same := metadata.Normalize(name, s.Got)
	own := []string{}
	if ok && same && !undisclosed(s.Member) {
		own = textsOf(parameter.Kind, got)
	}
	switch {
	case known && parameter.Kind == metadata.JWKSet && shape(s.Asked) == shape(s.Got):
		return "registered " + otherKeys(s.Asked, s.Got)
	case len(own) == 0:
		return "registered " + difference(s.Asked, s.Got)
	case parameter.Kind == metadata.StringList, parameter.Kind == metadata.Scope:
		return otherWords(p, s.Member, textsOf(parameter.Kind, asked), own)
	}
	if how := likeness(own[0], textsOf(parameter.Kind, asked)); how != "" {
		return "registered the value that was asked for, " + how
	}
	switch from, how := configuredAs(p, s.Member, own[0]); {
	case from == fromBefore && how == "":
		return "kept the value from before"
	case from != "" && how == "":
		return "registered " + from + " instead"
	case from != "":
		return "registered " + from + ", " + how
	}
	return "registered " + Without(p, shown(s.Member, got)) + " instead"
}

// otherWords says which elements of a list the server left out, by their places, and which others it registered.
func otherWords(p outcome.Problem, member string, asked, got []string) string {
	name, _ := metadata.SplitTag(member)
	place, first := name+"[%d]", 0
	if name == "scope" {
		place, first = "word %d", 1
	}
	var missing, own, like []string
	for i, word := range asked {
		if !slices.Contains(got, word) {
			missing = append(missing, fmt.Sprintf(place, i+first))
		}
	}
	for _, word := range got {
		if slices.Contains(asked, word) {
			continue
		}
		from, how := "one that was asked for", likeness(word, asked)
		if how == "" {
			from, how = configuredAs(p, member, word)
		}
		if how != "" {
			from += ", " + how
		}
		if from == "" {
			own = append(own, word)
		} else if !slices.Contains(like, from) {
			like = append(like, from)
		}
	}
	if len(own) > 0 {
		like = append(like, Without(p, shown("", own)))
	}
	others := strings.Join(like, ", and ")
	const most = 10
	left := strings.Join(missing[:min(len(missing), most)], ", ")
	if len(missing) > most {
		left += fmt.Sprintf(" and %d more", len(missing)-most)
	}
	switch {
	case others == "" && left == "":
		return "registered the same values in another order or number"
	case others == "":
		return "left out " + left
	case left == "":
		return "registered " + others + ", beside what was asked for"
	case len(missing) == len(asked):
		return "registered " + others + " instead"
	}
	return "left out " + left + " and registered " + others
}

// otherKeys says how the keys of a JWK Set differ from those of another one (RFC 7517 §5), and prints nothing of either.
func otherKeys(asked, got any) string {
	keys := func(set any) int {
		members, _ := set.(map[string]any)
		list, _ := members["keys"].([]any)
		return len(list)
	}
	switch was, is := keys(asked), keys(got); {
	case is == 0:
		return "a JWK Set without keys"
	case is < was:
		return "fewer keys than were asked for"
	case is > was:
		return "more keys than were asked for"
	}
	return "other keys"
}

// difference says how a value differs from another one, and prints nothing of either.
func difference(asked, got any) string {
	was, is := shape(asked), shape(got)
	if was != is {
		return is + " in place of " + was
	}
	switch got := got.(type) {
	case []any:
		old, _ := asked.([]any)
		switch {
		case len(got) < len(old):
			return "a list with fewer elements"
		case len(got) > len(old):
			return "a list with more elements"
		}
		return "a list with other elements"
	case map[string]any:
		old, _ := asked.(map[string]any)
		switch {
		case len(got) < len(old):
			return "an object with fewer members"
		case len(got) > len(old):
			return "an object with more members"
		}
		return "an object with other members"
	case string:
		return "another text"
	}
	return "another value"
}

func shape(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case bool:
		return "a truth value"
	case []any, []string:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
