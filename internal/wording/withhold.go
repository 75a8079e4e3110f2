// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// Without replaces the configured values of p.Withheld in words of a server's, which may repeat what it was sent.
func Without(p outcome.Problem, text string) string { return redact.Without(p.Withheld, text) }

func (a account) without(p outcome.Problem) account {
	if len(p.Withheld) == 0 {
		return a
	}
	out := account{answered: a.answered, rest: Without(p, a.rest), fix: fixesWithout(p, a.fix)}
	for _, answer := range a.answers {
		lines := make([]string, len(answer))
		for i, line := range answer {
			lines[i] = Without(p, line)
		}
		out.answers = append(out.answers, lines)
	}
	return out
}

// fixesWithout leaves out the ways of which a line repeats such a value: with a gap in it, it is none to copy. A line in our own words may
// hold one by chance, and stays as it is.
func fixesWithout(p outcome.Problem, ways []Fix) []Fix {
	return slices.DeleteFunc(slices.Clone(ways), func(way Fix) bool {
		return way.FromServer && slices.ContainsFunc(way.copied(), func(line string) bool { return Without(p, line) != line })
	})
}
