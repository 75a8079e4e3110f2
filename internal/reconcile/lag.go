// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"maps"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Written is an update with what was shown around it.
type Written struct {
	Asked          Document
	Before, Answer Document // by the read before it and by its answer
	Accept         []string // the members of which the user takes what the server registers
}

// Behind returns the members that the read after an update shows as they were before it, although the answer showed what was asked for: a replica that
// has not seen the update shows them so, and so does a server that answers with what it was sent and registers something else. open are the members for
// which only another read can tell, and late, among these, the ones for which such a replica is the explanation if it shows the same.
//
// Where reads showed another value already than was asked for or agreed on, the server is known to have its own. What reads do not show was never to be
// seen there. And where the user accepts what the server registers, the value that two reads show is taken for that.
func (r Record) Behind(w Written, view Document) (open, late []string) {
	before, answer, showed, accepted := viewOf(w.Before), viewOf(w.Answer), viewOf(view), namesIn(w.Accept)
	for _, member := range sortedMembers(w.Asked) {
		asked, was, now, said := w.Asked[member], before.value(member), showed.value(member), answer.value(member)
		pair, _, managed := r.Agreed.find(member)
		switch {
		case equal(member, asked, was), !equal(member, was, now), absent(member, said), !equal(member, asked, said):
		case managed && !equal(member, pair.Asked, pair.Registered):
		default:
			open = append(open, member)
			name, _ := metadata.SplitTag(member)
			if !absent(member, now) && (!managed || equal(member, pair.Registered, was)) && !accepted.has(member) && !accepted.has(name) {
				late = append(late, member)
			}
		}
	}
	for _, member := range Removed(r.Agreed, w.Asked) {
		if now := showed.value(member); !absent(member, now) && equal(member, before.value(member), now) && absent(member, answer.value(member)) {
			open = append(open, member)
		}
	}
	return open, late
}

// AgreeLate is the agreement on an update of which a read shows some members late: by the answer's word, so that it counts as drift if reads go on showing
// what was there before.
func (a Agreement) AgreeLate(members []string, answer Document) Agreement {
	said := viewOf(answer)
	for _, member := range members {
		a[member] = Pair{Asked: a[member].Asked, Registered: said.value(member)}
	}
	return a
}

// AgreeCaughtUp is the agreement after a read that shows, for some members, what was asked for in place of what the server had registered: a replica has caught
// up, or somebody has seen to it. What was there before is agreed on no more, so that it counts as drift if it comes back.
func (a Agreement) AgreeCaughtUp(registered Document) Agreement {
	shown, reached, copied := viewOf(registered), a, false
	for member, pair := range a {
		now := shown.value(member)
		same := covers(member, pair.Asked, pair.Registered) && (pair.Said == nil || absent(member, now))
		if same || !covers(member, pair.Asked, now) {
			continue
		}
		if !copied {
			reached, copied = maps.Clone(a), true
		}
		reached[member] = Pair{Asked: pair.Asked, Registered: shownValue(member, now)}
	}
	return reached
}
