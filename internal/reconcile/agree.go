// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"maps"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Pair is what was asked for one member and what the server registered for it, as of the last successful create or
// update. Registered is nil where the server showed nothing. Where Refused is set, what the server did instead was not taken: as long as it does not
// show the asked value itself, the state has none. Said is another value than the asked one that the answer to a write showed and reads do not.
// Unsent is set as long as no request has named the member: the server had the value before it was configured.
type Pair struct {
	Asked      any  `json:"a"`
	Registered any  `json:"r,omitempty"`
	Said       any  `json:"w,omitempty"`
	Refused    bool `json:"n,omitempty"`
	Unsent     bool `json:"u,omitempty"`
}

// known is what the server is known to have registered: what it showed, or said where it showed nothing.
func (p Pair) known(member string) any {
	if absent(member, p.Registered) && p.Said != nil {
		return p.Said
	}
	return p.Registered
}

// Agreement holds a Pair for exactly the managed members, by member in the spelling of the configuration.
type Agreement map[string]Pair

// Asked is what was asked of each member that was agreed on.
func (a Agreement) Asked() Document {
	asked := Document{}
	for member, pair := range a {
		asked[member] = pair.Asked
	}
	return asked
}

// Rewritten is the agreement with what was agreed on in the writing that is asked now, so that a read shows it so. It reports whether anything
// is written otherwise. An order that somebody may have chosen stays: it was not sent yet.
func (a Agreement) Rewritten(asked Document) (rewritten Agreement, differs bool) {
	rewritten = a
	for member, value := range asked {
		pair, spelling, agreed := a.find(member)
		if !agreed || jsonvalue.Equal(pair.Asked, value) || !asksSame(member, pair.Asked, value) || metadata.OrderChosen(member) {
			continue
		}
		if !differs {
			rewritten, differs = maps.Clone(a), true
		}
		delete(rewritten, spelling)
		pair.Asked = value
		rewritten[member] = pair
	}
	return rewritten, differs
}

// WithoutSending is the agreement that an update ends with which had nothing to send, after the one before it. Where nothing was agreed on before, nobody knows what
// was sent.
func (a Agreement) WithoutSending(before Agreement) Agreement {
	if before == nil {
		return a
	}
	unsent := maps.Clone(a)
	for member, pair := range a {
		was, _, managed := before.find(member)
		pair.Unsent = !managed || was.Unsent
		unsent[member] = pair
	}
	return unsent
}

// SubstitutionKind says in which way the server did something else than was asked.
type SubstitutionKind int

const (
	// NotShown: the server shows nothing for the member, so it is not known whether the value is in effect.
	NotShown SubstitutionKind = iota + 1
	// Hidden: the answer to the write showed the value as asked, but a read does not show it. The server registered it;
	// drift in it cannot be seen. Only Sharpen finds this kind.
	Hidden
	// Changed: the server shows another value.
	Changed
	// Extended: the server added a grant type or a response type to those that were asked, or has its default where none was asked for.
	Extended
	// Retained: a member that was removed from the configuration still has its old value at the server. Found by Kept.
	Retained
)

// String returns the kind in a word or two, for logs and tests.
func (k SubstitutionKind) String() string {
	switch k {
	case NotShown:
		return "not shown"
	case Hidden:
		return "hidden on reads"
	case Changed:
		return "changed"
	case Extended:
		return "extended"
	case Retained:
		return "kept"
	}
	return "no substitution"
}

// Substitution is one member for which the server registered something else than was asked. Asked is nil for Retained, Got
// is nil for NotShown.
type Substitution struct {
	Member     string
	Asked, Got any
	Security   bool // the table's mark: a change of this parameter may weaken the client; not set for keys that are the same and only shown with less
	Kind       SubstitutionKind
	Said       bool // Got is what the answer to a write before said, and nothing shows it now. Only AcceptedNoMore sets it
	Stayed     bool // Got is what was registered before the update, which changed nothing of it
}

// Agree compares, after a create or an update, what was asked with what is registered, and returns the new agreement
// and the substitutions, sorted by member.
//
// registered is to be the read's own view of the client: the answer to a read right after the write, or, where the
// client cannot be read, the write's answer. Only then does a later read that shows the same values mean "no drift".
func Agree(asked, registered Document) (Agreement, []Substitution) {
	agreement := make(Agreement, len(asked))
	var substitutions []Substitution
	shown := viewOf(registered)
	for _, member := range sortedMembers(asked) {
		pair := Pair{Asked: asked[member], Registered: shownValue(member, shown.value(member))}
		agreement[member] = pair
		if s, differs := compare(member, pair.Asked, pair.Registered); differs {
			substitutions = append(substitutions, s)
		}
	}
	return agreement, substitutions
}

func compare(member string, asked, got any) (Substitution, bool) {
	if covers(member, asked, got) || asPattern(member, asked, got) {
		return Substitution{}, false
	}
	s := Substitution{Member: member, Asked: asked, Got: got, Security: security(member), Kind: Changed}
	switch {
	case absent(member, got):
		s.Kind, s.Got = NotShown, nil
	case extends(member, asked, got), equal(member, asked, got):
		s.Kind = Extended
	case member == "jwks" && sameKeys(asked, got):
		s.Security = false
	}
	return s, true
}

// extends reports whether got is asked with more grant types or response types. Servers add refresh_token, or "none", or
// what makes the two lists consistent (RFC 7591 §2.1); nothing that was asked is taken away by it.
func extends(member string, asked, got any) bool {
	if member != "grant_types" && member != "response_types" {
		return false
	}
	have := make(map[string]bool)
	for _, word := range wordSets(member, got) {
		have[word] = true
	}
	wanted := wordSets(member, asked)
	for _, word := range wanted {
		if !have[word] {
			return false
		}
	}
	return len(wanted) > 0
}

// wordSets returns the elements of a list with the words of each in order: "token id_token" is "id_token token".
func wordSets(member string, v any) []string {
	normal, ok := metadata.Normalize(member, v)
	if !ok {
		return nil
	}
	array, _ := normal.([]any)
	sets := make([]string, 0, len(array))
	for _, element := range array {
		if s, ok := element.(string); ok {
			words := make(map[string]bool)
			for _, word := range strings.Fields(s) {
				words[word] = true
			}
			sets = append(sets, strings.Join(sortedMembers(words), " "))
		}
	}
	return sets
}

// Sharpen adds to the substitutions that Agree found in the read's view what the write's own answer showed. What a read
// does not show may well be in the write's answer: as asked (then the server registered it and merely hides it), or as
// another value (then the server did substitute it, which for a security parameter must not pass as "not shown").
func Sharpen(found []Substitution, written Document) []Substitution {
	shown := viewOf(written)
	sharp := make([]Substitution, len(found))
	for i, s := range found {
		sharp[i] = s
		value := shown.value(s.Member)
		if s.Kind != NotShown || absent(s.Member, value) {
			continue
		}
		if seen, differs := compare(s.Member, s.Asked, value); differs {
			sharp[i] = seen
		} else {
			sharp[i].Kind = Hidden
		}
	}
	return sharp
}

// Kept returns the members that were removed from the configuration and still have, after the update, the value that
// they had before: several servers merge updates instead of replacing (against RFC 7592 §2.2). A value that the server
// reset to the specification's default, or to another one of its own choice, is not kept: it is the server's own now.
// before is what the server showed before the update; where it is nil, any value but the default counts as kept.
func Kept(removed []string, before, registered Document) []Substitution {
	var kept []Substitution
	old, shown := viewOf(before), viewOf(registered)
	for _, member := range removed {
		now := shown.value(member)
		if equal(member, nil, now) || before != nil && !equal(member, old.value(member), now) {
			continue
		}
		kept = append(kept, Substitution{Member: member, Got: now, Security: security(member), Kind: Retained})
	}
	return kept
}

// Judge splits substitutions into those that must fail the operation and those that are told in a warning.
//
// A changed security parameter is refused unless accept names it. With strict, every member that is changed, extended or
// not shown is refused unless accept names it. accept holds members; "client_name" covers "client_name#ja" too.
//
// Never refused, strict or not: Hidden, because the server did register what was asked; and Retained, because nothing was
// asked of that member, and refusing it would leave a merging server's user with a plan that no apply can empty.
func Judge(substitutions []Substitution, accept []string, strict bool) (refused, warned []Substitution) {
	accepted := namesIn(accept)
	for _, s := range substitutions {
		name, _ := metadata.SplitTag(s.Member)
		fatal := s.Security && s.Kind == Changed ||
			strict && (s.Kind == Changed || s.Kind == Extended || s.Kind == NotShown)
		if fatal && !accepted.has(s.Member) && !accepted.has(name) {
			refused = append(refused, s)
		} else {
			warned = append(warned, s)
		}
	}
	return refused, warned
}

// Unreported leaves out the substitutions that the last successful create or update already reported: the same value
// asked, the same got. Without it each update of one attribute repeats the warnings about all others.
func Unreported(warned []Substitution, previous Agreement) []Substitution {
	var fresh []Substitution
	for _, s := range warned {
		pair, _, known := previous.find(s.Member)
		was := pair.known(s.Member)
		told := known && s.Kind != Retained && asksSame(s.Member, pair.Asked, s.Asked) && equal(s.Member, was, s.Got) && absent(s.Member, was) == absent(s.Member, s.Got)
		if !told {
			fresh = append(fresh, s)
		}
	}
	return fresh
}

// find looks a member up, tags without case, and returns the agreement's own spelling too.
func (a Agreement) find(member string) (pair Pair, spelling string, known bool) {
	if pair, known = a[member]; known || !strings.Contains(member, "#") {
		return pair, member, known
	}
	canonical := metadata.CanonicalMember(member)
	for _, other := range sortedMembers(a) {
		if metadata.CanonicalMember(other) == canonical {
			return a[other], other, true
		}
	}
	return Pair{}, "", false
}
