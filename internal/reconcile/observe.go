// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"maps"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Observe turns what a read showed into values for state.
//
// Only the members of the agreement are looked at. Where the server shows the remembered registered value, or by now the
// asked one, the value is the asked one, exactly as configured: order, spelling and all, so that the plan is empty. Where
// it shows something else, the member has drifted: the value is what is shown, in the shape of the parameter's kind; a member
// that the server no longer shows, or shows in a shape that no attribute can hold, is missing. Both make the plan show a
// difference.
func Observe(agreement Agreement, registered Document) Document {
	values := make(Document, len(agreement))
	shown := viewOf(registered)
	for member, pair := range agreement {
		now := shown.value(member)
		if holds(member, pair, now) {
			values[member] = pair.Asked
		} else if metadata.EmptyChosen(member, now) {
			values[member] = []any{}
		} else if !absent(member, now) {
			if normal, ok := normalize(member, now); ok {
				values[member] = normal
			}
		}
	}
	return values
}

// holds reports whether what the server shows now is covered by the pair.
//
// Absent equals the default, but with one exception: where the server never showed the member (and so may have
// registered what was asked) and now shows the default instead, that is news, and drift. To call it "equal to the
// remembered absence" would hide that, say, a required signature is not required after all. An empty list in place of nothing is news as well.
func holds(member string, pair Pair, now any) bool {
	if pair.Refused {
		return covers(member, pair.Asked, now) && !absent(member, now)
	}
	if covers(member, pair.Asked, now) {
		return true
	}
	if absent(member, pair.Registered) {
		return silence(member, pair.Registered, now) || pair.Said != nil && covers(member, pair.Said, now)
	}
	return covers(member, pair.Registered, now)
}

// normalize brings a server's value into the shape of its kind; a member that the table does not know has any shape.
func normalize(member string, v any) (any, bool) {
	if p, known := parameter(member); !known {
		return v, true
	} else if p.Kind == metadata.StringList && pattern(v) {
		if s, single := v.(string); single {
			return []any{s}, true
		}
		return v, true // as it is: read out as a list it could look the same as what is configured
	}
	return metadata.Normalize(member, v)
}

// AfterRefusal returns the agreement to keep when an update is refused (Judge) after the server had taken it. The agreement
// keeps the old values then, by which what the server shows of the new ones is drift. What it does not show
// would be lost: the server holds the new value and the agreement says the old one, so that a configuration that goes
// back to the old one plans nothing. Such members are agreed as asked by the refused update, and as nobody's where it removed them; the plan then shows
// the way back. registered is what the server showed after the update; where it only acknowledged it, or showed a part (partly), that and what is known to have
// stayed, so that nothing is to be taken from the absence of what the update changed.
func AfterRefusal(previous Agreement, asked, registered Document, refused []Substitution, partly bool) Agreement {
	agreement := make(Agreement, len(previous))
	sent := namesOf(asked)
	for member, pair := range previous {
		pair.Unsent = pair.Unsent && !sent.has(member)
		agreement[member] = pair
	}
	shown := viewOf(registered)
	for _, member := range Removed(previous, asked) {
		if absent(member, shown.value(member)) && (partly || absent(member, previous[member].Registered)) {
			delete(agreement, member)
		}
	}
	for member, value := range asked {
		old, _, known := previous.find(member)
		evident := known && !absent(member, old.Registered)
		if partly {
			evident = known && asksSame(member, old.Asked, value)
		}
		if absent(member, shown.value(member)) && !evident {
			agreement.put(member, Pair{Asked: value})
		}
	}
	addShown(agreement, asked, shown)
	for _, s := range refused {
		agreement.put(s.Member, pairOf(s, shown.value(s.Member)))
	}
	return agreement
}

// pairOf is what is agreed on where a substitution is refused, for what was agreed on before does not cover it: what the server said of it, also where
// a read does not show it, or nothing that a state could have.
func pairOf(s Substitution, now any) Pair {
	if absent(s.Member, now) {
		now = nil
	}
	if got, ok := normalize(s.Member, s.Got); ok && s.Got != nil {
		return Pair{Asked: got, Registered: now}
	}
	return Pair{Asked: s.Asked, Registered: now, Refused: true}
}

// put agrees on a member, in this spelling of its tag alone.
func (a Agreement) put(member string, pair Pair) {
	if _, spelling, known := a.find(member); known {
		delete(a, spelling)
	}
	a[member] = pair
}

// addShown agrees on what only the refused update asked for as the server shows it: nothing else would tell of it once the configuration
// has it no more.
func addShown(agreement Agreement, asked Document, shown view) {
	for member, value := range asked {
		now := shown.value(member)
		if _, _, known := agreement.find(member); known || absent(member, now) {
			continue
		}
		if covers(member, value, now) {
			agreement[member] = Pair{Asked: value, Registered: now}
		} else if normal, ok := normalize(member, now); ok {
			agreement[member] = Pair{Asked: normal, Registered: now}
		}
	}
}

// Removed returns the members that were managed and are no longer asked, sorted.
func Removed(previous Agreement, asked Document) []string {
	var removed []string
	managed := namesOf(asked)
	for _, member := range sortedMembers(previous) {
		if !managed.has(member) {
			removed = append(removed, member)
		}
	}
	return removed
}

// Unsettled returns the removed members that the server may still have, so that a plan has to propose an update. It is to be
// consulted where no attribute differs: a member whose state shows nothing, and that has left the configuration, is null on both
// sides. A member that the server showed and has dropped by itself is settled: an update would send nothing for it, and where
// Terraform is told to ignore its changes, the plan would propose that update without showing a reason. WithoutForgotten takes such
// a member out of the record.
func Unsettled(previous Agreement, asked, registered Document) []string {
	var unsettled []string
	shown := viewOf(registered)
	for _, member := range Removed(previous, asked) {
		if now := shown.value(member); !nothing(member, now) || absent(member, now) && !absenceTold(previous, member, nil) {
			unsettled = append(unsettled, member)
		}
	}
	return unsettled
}

// WithoutForgotten returns an agreement without the members that the server had dropped by an earlier read: they were shown once, and the
// state has nothing of them. To watch them on would report their return as drift in something that nobody may manage by now. Where the
// configuration still asks for them, the plan shows the difference to the state, and the update that comes of it agrees on them anew.
func WithoutForgotten(agreement Agreement, inState func(member string) bool) Agreement {
	kept := agreement
	for member, pair := range agreement {
		if inState(member) || absent(member, pair.Registered) || equal(member, pair.Asked, nil) {
			continue
		}
		if len(kept) == len(agreement) {
			kept = maps.Clone(agreement) // the caller's is left as it is
		}
		delete(kept, member)
	}
	return kept
}

// Satisfied reports whether the server already has all that is asked and nothing that is removed, so that an update need
// send nothing and only a new agreement is recorded.
//
// Only what the server shows counts as evidence. Absence is evidence where the member was shown before, or where nothing
// else than the absent value was ever asked; a server that never shows a member may hold the old value of it, and a
// change back to the default, or a removal, must still be sent there.
func Satisfied(previous Agreement, asked, registered Document) bool {
	return len(unsatisfied(previous, asked, registered)) == 0
}

// unsatisfied returns the members for which Satisfied is not so: the asked ones, and after them the removed ones.
func unsatisfied(previous Agreement, asked, registered Document) []string {
	var members []string
	shown := viewOf(registered)
	for _, member := range sortedMembers(asked) {
		if !has(previous, member, asked[member], shown.value(member)) {
			members = append(members, member)
		}
	}
	for _, member := range Removed(previous, asked) {
		if !has(previous, member, nil, shown.value(member)) {
			members = append(members, member)
		}
	}
	return members
}

// has reports whether the server has a value, by what it shows now.
func has(previous Agreement, member string, value, now any) bool {
	return covers(member, value, now) && (tells(member, value, now) || absenceTold(previous, member, value))
}

// tells reports whether a server shows a value, if it is the one that is asked for: an empty list is one only where that is asked for.
func tells(member string, value, now any) bool {
	return !absent(member, now) || metadata.EmptyChosen(member, value) && metadata.EmptyChosen(member, now)
}

// absenceTold reports whether the server's showing nothing means that it has value, which is empty or the default.
func absenceTold(previous Agreement, member string, value any) bool {
	pair, _, known := previous.find(member)
	switch {
	case !known:
		return false
	case pair.Said != nil:
		return false // which an answer to a write contradicted
	case !absent(member, pair.Registered):
		return true // it is shown where there is something to show
	case !equal(member, pair.Asked, nil), metadata.EmptyChosen(member, pair.Asked) != metadata.EmptyChosen(member, value):
		return false // what was asked last may well be there
	}
	// A default that was sent is there. Where nothing was sent, a merging server may have kept what was there before.
	return absent(member, value) || !absent(member, pair.Asked)
}
