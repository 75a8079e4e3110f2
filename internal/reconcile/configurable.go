// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Configurable parts imported values: those that a configuration may hold, and the members whose values it may not. Servers register
// what the standards forbid, and Terraform generates a configuration of all that an import shows: one that is refused would be a dead
// end. A member that is left out is the server's own, like any that no configuration names.
func Configurable(imported Document) (values Document, left []string) {
	values = make(Document, len(imported))
	for member, value := range imported {
		values[member] = value
	}
	for len(values) > 0 {
		refused := forbidden(values)
		if len(refused) == 0 {
			break
		}
		member := culprit(values, refused[0])
		delete(values, member)
		left = append(left, member)
	}
	slices.Sort(left)
	return values, left
}

func forbidden(values Document) []metadata.Problem {
	return slices.DeleteFunc(metadata.Check(values, nil), func(p metadata.Problem) bool { return p.Warning })
}

// culprit returns the member to leave out for a problem: the one that it is about, or, where it is about one that is missing, the
// first without which it is gone.
func culprit(values Document, p metadata.Problem) string {
	member := p.Member
	if p.Tag != "" {
		member += "#" + p.Tag
	}
	if _, there := values[member]; there {
		return member
	}
	all := sortedMembers(values)
	for _, candidate := range all {
		without := make(Document, len(values))
		for name, value := range values {
			if name != candidate {
				without[name] = value
			}
		}
		if !slices.ContainsFunc(forbidden(without), func(other metadata.Problem) bool { return other.Member == p.Member && other.Summary == p.Summary }) {
			return candidate
		}
	}
	return all[0]
}
