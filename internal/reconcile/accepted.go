// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// AcceptedNoMore returns what the server registers in place of what is asked for and an apply before took, and what is refused by the settings of
// now. Without it a setting that is taken back would have no effect: nothing else differs, so that nothing is sent and nothing judged. Only another
// value that is shown counts. That a member is not shown was judged by the answer to its write, which may have shown it.
func (r Record) AcceptedNoMore(asked Document, registered func() Document, accept []string, strict bool) []Substitution {
	var taken []Substitution
	var shown *view
	for _, member := range sortedMembers(asked) {
		pair, _, agreed := r.Agreed.find(member)
		if !agreed || absent(member, pair.Registered) || equal(member, pair.Asked, pair.Registered) || !equal(member, pair.Asked, asked[member]) {
			continue // as in nearly every plan, which so decodes nothing
		}
		if shown == nil {
			v := viewOf(registered())
			shown = &v
		}
		if s, differs := compare(member, asked[member], shown.value(member)); differs {
			taken = append(taken, s)
		}
	}
	refused, _ := Judge(taken, accept, strict)
	return refused
}
