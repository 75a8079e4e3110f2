// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"maps"
	"slices"
)

// AcceptedNoMore returns what the server registers in place of what is asked for and an apply before took, and what is refused by the settings of
// now. Without it a setting that is taken back would have no effect: nothing else differs, so that nothing is sent and nothing judged. Only another
// value that is shown counts, or was said by the answer to its write where reads show none.
func (r Record) AcceptedNoMore(asked Document, registered func() Document, accept []string, strict bool) []Substitution {
	var taken []Substitution
	var shown *view
	for _, member := range sortedMembers(asked) {
		pair, _, agreed := r.Agreed.find(member)
		if was := pair.known(member); !agreed || absent(member, was) || covers(member, pair.Asked, was) || !asksSame(member, pair.Asked, asked[member]) {
			continue // as in nearly every plan, which so decodes nothing
		}
		if shown == nil {
			v := viewOf(registered())
			shown = &v
		}
		now := shown.value(member)
		said := absent(member, now) && absent(member, pair.Registered)
		if said {
			now = pair.Said
		}
		if s, differs := compare(member, asked[member], now); differs {
			s.Said = said
			taken = append(taken, s)
		}
	}
	refused, _ := Judge(taken, accept, strict)
	return refused
}

// TakenBefore returns what is AcceptedNoMore where nothing else is asked than was agreed on, and the server shows what it showed then: an update would
// ask the same again, and be refused. What an apply refused before is asked for by each apply, until the server registers it.
func (r Record) TakenBefore(asked, registered Document, accept []string, strict bool) []Substitution {
	taken := r.AcceptedNoMore(asked, func() Document { return registered }, accept, strict)
	if len(taken) == 0 || !r.AsAgreed(asked, registered) {
		return nil
	}
	_, found := Outcome(asked, registered, nil)
	refused, _ := Judge(found, accept, strict)
	if slices.ContainsFunc(refused, func(s Substitution) bool { pair, _, _ := r.Agreed.find(s.Member); return pair.Refused }) {
		return nil
	}
	return taken
}

// NothingButAgreed reports whether all that differs from what is asked was agreed on as it is, and is so now: as it is asked, and as the server shows it. It is
// AsAgreed for each member by itself, beside which others may be asked otherwise, as the server has them already. What an apply refused was agreed on by nobody.
// What the server does not show is not agreed on any more where the settings refuse that by now: the answer to a write may show it.
func (r Record) NothingButAgreed(asked, registered Document, accept []string, strict bool) bool {
	_, found := r.Outcome(asked, registered, nil)
	refused, _ := Judge(found, accept, strict)
	shown := viewOf(registered)
	for _, member := range r.Differing(asked, registered) {
		value, managed := asked[member]
		pair, _, agreed := r.Agreed.find(member)
		if !managed || !agreed || pair.Refused || !pair.askedStill(member, value) || !pair.shownStill(member, shown.value(member)) {
			return false
		}
		if slices.ContainsFunc(refused, func(s Substitution) bool { return s.Member == member && s.Kind == NotShown }) {
			return false
		}
	}
	return true
}

// NotAgreedOn leaves out the substitutions that were agreed on before, unchanged, and that no answer has shown since. Agreeing on them again would make them the server's own
// value, and the next update would count as asking for another one.
func (a Agreement) NotAgreedOn(found []Substitution, shown func(member string) bool) []Substitution {
	return slices.DeleteFunc(slices.Clone(found), func(s Substitution) bool {
		pair, _, known := a.find(s.Member)
		return !shown(s.Member) && known && s.Got != nil && asksSame(s.Member, pair.Asked, s.Asked) && equal(s.Member, pair.known(s.Member), s.Got)
	})
}

// Outcome is Outcome of an update after what was agreed on before it: of a member that is asked for as it was, and that neither its answer nor a read shows, the server has what
// it said then, and where nothing was sent, what is asked for by now may be just that.
func (r Record) Outcome(asked, view, written Document) (Agreement, []Substitution) {
	answer, said := viewOf(written), maps.Clone(written)
	for member, value := range asked {
		pair, _, _ := r.Agreed.find(member)
		has := asksSame(member, pair.Asked, value) || written == nil && equal(member, pair.Said, value)
		if pair.Said == nil || !has || !absent(member, answer.value(member)) {
			continue
		}
		if said == nil {
			said = Document{}
		}
		said[member] = pair.Said
	}
	return Outcome(asked, view, said)
}

// Saying is the agreement with what the answers to writes said by another one on the same, of what reads do not show.
func (a Agreement) Saying(other Agreement) Agreement {
	saying := maps.Clone(a)
	for member, pair := range a {
		of, _, known := other.find(member)
		if !known || of.Said == nil || pair.Refused || !asksSame(member, pair.Asked, of.Asked) || !absent(member, pair.Registered) {
			continue
		}
		pair.Said = of.Said
		saying[member] = pair
	}
	return saying
}

// Shows returns whether any of some documents shows a member.
func Shows(member string, documents ...Document) bool {
	return slices.ContainsFunc(documents, func(d Document) bool { return !absent(member, viewOf(d).value(member)) })
}
