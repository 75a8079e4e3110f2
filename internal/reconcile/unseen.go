// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"maps"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Outcome compares, after a create or an update, what was asked with what is registered: in the read's own view, and in the
// write's answer for all that the read does not show. It is Agree and Sharpen, and finds one thing more. Where the asked
// value is the default and the read leaves the member out, the two are equal, so that Agree finds nothing; but the write's
// answer may have said that the server registered another value (RFC 7591 §3.2.1), and a security parameter must not pass
// unseen then. written is nil where nothing was sent.
func Outcome(asked, view, written Document) (Agreement, []Substitution) {
	agreement, found := Agree(asked, view)
	substitutions := Sharpen(found, written)
	read, answer := viewOf(view), viewOf(written)
	for _, member := range sortedMembers(asked) {
		value := answer.value(member)
		if !absent(member, read.value(member)) || shownValue(member, value) == nil {
			continue // shown by the read, or by neither
		}
		if !equal(member, asked[member], nil) {
			continue // Agree found it as not shown, and Sharpen looked at the answer
		}
		if s, differs := compare(member, asked[member], value); differs {
			substitutions = append(substitutions, s)
		}
	}
	for _, s := range substitutions {
		if pair := agreement[s.Member]; s.Got != nil && pair.Registered == nil {
			pair.Said = s.Got
			agreement[s.Member] = pair
		}
	}
	slices.SortStableFunc(substitutions, func(a, b Substitution) int {
		switch {
		case a.Member < b.Member:
			return -1
		case a.Member > b.Member:
			return 1
		}
		return 0
	})
	return agreement, substitutions
}

// Doubted returns the members of which the server may hold another value than the default although reads do not show
// them: what was asked, or what a write's answer said, was not the default. Only for these is a read's silence no evidence.
// It is kept in the record, since an agreement forgets a member once the configuration no longer names it.
//
// before is the record's list, sent what the write asked for, written its answer, view what a read showed after it. A member
// leaves the list when a read shows it, or when the write's answer shows the default.
func Doubted(before []string, sent, written, view Document) []string {
	var doubted []string
	read, answer := viewOf(view), viewOf(written)
	candidates := namesIn(before)
	for member := range sent {
		candidates.add(member)
	}
	for member := range written {
		if !serverOwn(member) && member != "client_id" && member != "client_secret" {
			candidates.add(member)
		}
	}
	was := namesIn(before)
	for _, member := range sortedMembers(candidates) {
		told := answer.value(member)
		switch {
		case shownValue(member, read.value(member)) != nil:
		case !absent(member, told):
			if !equal(member, told, nil) {
				doubted = append(doubted, member)
			}
		case metadata.EmptyChosen(member, told), !asksSame(member, sent[member], nil), was.has(member) && absent(member, sent[member]):
			doubted = append(doubted, member)
		}
	}
	return doubted
}

// NothingDiffers reports whether the server already has all that is asked and nothing that is removed, so that no update
// need be sent: a PUT that changes nothing can still replace a credential.
//
// It is Satisfied, and besides takes silence for the default of a member that nobody managed before: a configuration that
// writes out the defaults of an imported client asks for nothing new. Not so for a member that is doubted. And a list that is
// configured in another order than before differs. Where there are no updates, the answer to the registration counts for what no read shows, and silence for no list
// that nobody asked for before: another client would have the same.
func (r Record) NothingDiffers(asked, registered Document) bool {
	registered = r.evidence(registered)
	known, reordered := r.told(asked, registered)
	return len(reordered) == 0 && Satisfied(r.toUndo(asked, registered, r.noUpdates()), known, registered)
}

// Differing returns the members that NothingDiffers finds.
func (r Record) Differing(asked, registered Document) []string {
	registered = r.evidence(registered)
	known, reordered := r.told(asked, registered)
	return append(reordered, unsatisfied(r.toUndo(asked, registered, r.noUpdates()), known, registered)...)
}

// toUndo is what was agreed on, without the members that are asked for no more and that no request ever named, as long as the server shows what it did then. Their removal asks for
// nothing new: what would be sent is what was sent. But an update without a member resets it (RFC 7592 §2.2), so that where there are updates, only what it would be reset to is left out.
func (r Record) toUndo(asked, registered Document, noUpdates bool) Agreement {
	removed := Removed(r.Agreed, asked)
	if len(removed) == 0 {
		return r.Agreed
	}
	kept, shown := maps.Clone(r.Agreed), viewOf(registered)
	for _, member := range removed {
		pair, now := r.Agreed[member], shown.value(member)
		if pair.Unsent && pair.shownStill(member, now) && (noUpdates || covers(member, nil, now)) {
			delete(kept, member)
		}
	}
	return kept
}

func (r Record) noUpdates() bool { return r.Capabilities.Update == CapabilityNo }

// Unsettled is Unsettled without what no request ever named.
func (r Record) Unsettled(asked, registered Document) []string {
	return Unsettled(r.toUndo(asked, registered, r.noUpdates()), asked, registered)
}

func (r Record) evidence(registered Document) Document {
	if r.noUpdates() {
		return r.withSaid(registered)
	}
	return registered
}

// withSaid is what the server shows, and what its answers to writes said of what it does not show.
func (r Record) withSaid(registered Document) Document {
	said, copied, shown := registered, false, viewOf(registered)
	for member, pair := range r.Agreed {
		if pair.Said == nil || !absent(member, pair.Registered) || !absent(member, shown.value(member)) {
			continue
		}
		if !copied {
			said, copied = make(Document, len(registered)+1), true
			maps.Copy(said, registered)
		}
		said[member] = pair.Said
	}
	return said
}

// told returns what is asked without the defaults for which the server's silence stands, and the lists among it that differ in their order.
func (r Record) told(asked, registered Document) (known Document, reordered []string) {
	shown, doubted := viewOf(registered), namesIn(r.Doubted)
	known = make(Document, len(asked))
	for _, member := range sortedMembers(asked) {
		value, now := asked[member], shown.value(member)
		_, _, managed := r.Agreed.find(member)
		if !managed && !doubted.has(member) && absent(member, now) && covers(member, value, now) && (r.noUpdates() || !unsaid(member, value, now)) {
			continue
		}
		if known[member] = value; r.reordered(member, value, now) {
			reordered = append(reordered, member)
		}
	}
	return known, reordered
}

// MadeUnshown reports whether an update was made whose answer said so and did not show the client, by what reads showed before and after it. It was
// where all is there that was asked for, or where a member that it was to change has changed, to whatever value: servers register another one than was
// asked for (RFC 7591 §3.2.1). Where nothing has changed, it may not have been made, or have been to no effect: then an answer that has nothing in it
// but its success (acknowledged) counts for what reads do not show in either case, and for the members of which the user accepts what the server
// registers. unmoved are the others.
func (r Record) MadeUnshown(asked, before, after Document, accept []string, acknowledged bool) (made bool, unmoved []string) {
	open := r.Differing(asked, after)
	if len(open) == 0 {
		return true, nil
	}
	was, now, accepted := viewOf(before), viewOf(after), namesIn(accept)
	for _, member := range r.Differing(asked, before) {
		had, has := was.value(member), now.value(member)
		pair, _, _ := r.Agreed.find(member)
		name, _ := metadata.SplitTag(member)
		switch {
		case !slices.Contains(open, member), !asksSame(member, had, has):
			return true, nil
		case absent(member, had) && absent(member, has), accepted.has(member), accepted.has(name):
		case metadata.EmptyChosen(member, asked[member]) && pair.askedStill(member, asked[member]) && pair.shownStill(member, had): // not to be changed
		default:
			unmoved = append(unmoved, member)
		}
	}
	return acknowledged && len(unmoved) == 0, unmoved
}

// AsAgreed reports whether nothing else is asked than was agreed on, and the server shows what it showed then: its own value for a member, or none.
func (r Record) AsAgreed(asked, registered Document) bool {
	shown := viewOf(registered)
	for member := range asked {
		if pair, _, _ := r.Agreed.find(member); !pair.shownStill(member, shown.value(member)) {
			return false
		}
	}
	return r.asksStill(asked) && len(Removed(r.toUndo(asked, registered, r.noUpdates()), asked)) == 0
}

// AsksTheSame reports whether nothing else is asked than was agreed on, or was asked by an update that was made and refused.
func (r Record) AsksTheSame(asked Document) bool {
	return r.asksStill(asked) && len(Removed(r.Agreed, asked)) == 0
}

func (r Record) asksStill(asked Document) bool {
	for member, value := range asked {
		if pair, _, managed := r.Agreed.find(member); !managed || !pair.askedStill(member, value) {
			return false
		}
	}
	return true
}

// shownStill reports whether the server shows what it showed when the pair was agreed on, or said of what it showed in no read.
func (p Pair) shownStill(member string, now any) bool {
	if absent(member, now) {
		return absent(member, p.Registered) && silence(member, p.Registered, now)
	}
	return equal(member, p.known(member), now) && !absent(member, p.known(member))
}

// askedStill reports whether what was asked then is asked now.
func (p Pair) askedStill(member string, value any) bool {
	return asksSame(member, p.Asked, value) && !(metadata.OrderChosen(member) && metadata.Reordered(member, value, p.Asked))
}

// NothingNew reports whether all that is asked otherwise than before, and all that is removed, is what the server is known to have
// registered, defaults included. It is NothingDiffers for a client that nothing will be sent to: what was agreed on before is taken as it
// was, whether or not the server shows it, and so is the server's own value in place of it by the word of its answer.
func (r Record) NothingNew(asked, registered Document) bool {
	registered = r.withSaid(registered)
	shown, doubted := viewOf(registered), namesIn(r.Doubted)
	for member, value := range asked {
		pair, _, managed := r.Agreed.find(member)
		now := shown.value(member)
		if managed && asksSame(member, pair.Asked, value) {
			continue
		}
		if !covers(member, value, now) || !tells(member, value, now) && (managed || doubted.has(member)) && !absenceTold(r.Agreed, member, value) {
			return false
		}
	}
	for _, member := range Removed(r.toUndo(asked, registered, true), asked) {
		now := shown.value(member)
		if !equal(member, nil, now) || absent(member, now) && !absenceTold(r.Agreed, member, nil) {
			return false
		}
	}
	return true
}

// reordered reports whether the configured order of a list is new, and another one than the server shows. An order that was sent
// before is not sent again: some servers show their own for ever.
func (r Record) reordered(member string, asked, shown any) bool {
	if !metadata.OrderChosen(member) || !metadata.Reordered(member, asked, shown) {
		return false
	}
	pair, _, managed := r.Agreed.find(member)
	return !managed || metadata.Reordered(member, asked, pair.Asked)
}

// Unshown returns the asked members that the server does not show and whose value is what was agreed on already. Some servers take a
// parameter in a registration and refuse it in an update: to leave these out asks for no other value. What is left out is deleted elsewhere
// (RFC 7592 §2.2), so that it is no member whose value an update set: there updates take it.
func (r Record) Unshown(asked, registered Document) []string {
	var members []string
	shown, updated := viewOf(registered), namesIn(r.Updated)
	for _, member := range sortedMembers(asked) {
		pair, _, managed := r.Agreed.find(member)
		if managed && absent(member, shown.value(member)) && asksSame(member, pair.Asked, asked[member]) && !updated.has(member) {
			members = append(members, member)
		}
	}
	return members
}

// Untouched is what the server is known to have after an update that it acknowledged and did not show, as Update's, with what was agreed on before:
// what is asked as it was is registered as it was, its own value in place of it, or what a state does not keep (RegisteredMetadata).
func (r Record) Untouched(u Update) Document {
	known, shown := u.Untouched(), viewOf(u.Registered)
	kept, as := viewOf(known), Document{}
	for member, value := range u.Asked {
		pair, _, agreed := r.Agreed.find(member)
		if !agreed || absent(member, pair.Registered) || !asksSame(member, pair.Asked, value) || !absent(member, kept.value(member)) {
			continue
		}
		if was := RegisteredMetadata(Document{member: pair.Registered}); equal(member, was[member], shown.value(member)) {
			as[member] = pair.Registered
		}
	}
	maps.Copy(as, known)
	return as
}

// ShownInPart is what the server is known to have after an update whose answer may show a part of it.
func (r Record) ShownInPart(u Update, part Document) Document {
	known := r.Untouched(u)
	of := viewOf(known)
	for member := range part {
		if _, spelling, found := of.get(member); found {
			delete(known, spelling)
		}
	}
	maps.Copy(known, part)
	return known
}

// ShowsNoMetadata reports whether an answer has neither a member that was asked for nor one of the standards': of what is registered it says nothing. One that has any is to
// have all of them (RFC 7591 §3.2.1), so that what it leaves out is not registered.
func ShowsNoMetadata(asked, answer Document) bool {
	of := viewOf(answer)
	for member := range asked {
		if !absent(member, of.value(member)) {
			return false
		}
	}
	for member, value := range answer {
		name, _ := metadata.SplitTag(member)
		if _, known := parameter(name); known && !absent(member, value) {
			return false
		}
	}
	return true
}

// Has reports whether a part of a client has a member, in whatever spelling of its tag.
func Has(part Document, member string) bool {
	_, _, found := viewOf(part).get(member)
	return found
}

// UpdatedBy returns the asked members whose value this update set, or one before it, and that the server does not show: in view, after it.
func (r Record) UpdatedBy(u Update, view Document) []string {
	var members []string
	was, now, updated := viewOf(u.Registered), viewOf(view), namesIn(r.Updated)
	for _, member := range sortedMembers(u.Asked) {
		value, before := u.Asked[member], was.value(member)
		pair, _, managed := r.Agreed.find(member)
		same := managed && asksSame(member, pair.Asked, value) && (absent(member, before) || covers(member, value, before))
		if absent(member, now.value(member)) && !absent(member, value) && (!same || updated.has(member)) {
			members = append(members, member)
		}
	}
	return members
}

// Without returns the update without some of the members that are asked.
func (u Update) Without(members []string) Update {
	asked := maps.Clone(u.Asked)
	for _, member := range members {
		delete(asked, member)
	}
	u.Asked = asked
	return u
}
