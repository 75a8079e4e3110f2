// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"sort"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Document is a set of client metadata by member name ("client_name", "client_name#ja", "ext_anything"), its values as
// decoded from JSON with json.Decoder.UseNumber.
type Document = metadata.Document

// view looks members up in a document. Language tags are compared without case (RFC 7591 §2.2), all else exactly.
type view struct {
	doc    Document
	tagged map[string]string // canonical member → member as spelled in doc; only members with a tag
}

func viewOf(doc Document) view {
	v := view{doc: doc}
	for member := range doc {
		if !strings.Contains(member, "#") {
			continue
		}
		if v.tagged == nil {
			v.tagged = make(map[string]string)
		}
		canonical := metadata.CanonicalMember(member)
		// Two spellings of one tag in one document: one that holds a value wins, then the one that sorts first, so that
		// the outcome never depends on map order.
		other, double := v.tagged[canonical]
		if !double || better(doc, member, other) {
			v.tagged[canonical] = member
		}
	}
	return v
}

func better(doc Document, a, b string) bool {
	if absentA, absentB := absent(a, doc[a]), absent(b, doc[b]); absentA != absentB {
		return absentB
	}
	return a < b
}

// get returns the value and the document's own spelling of the member.
func (v view) get(member string) (value any, spelling string, found bool) {
	if strings.Contains(member, "#") {
		spelling, found = v.tagged[metadata.CanonicalMember(member)]
		return v.doc[spelling], spelling, found
	}
	value, found = v.doc[member]
	return value, member, found
}

// value is get for those who care for the value alone; nil when the document does not have the member.
func (v view) value(member string) any {
	value, _, _ := v.get(member)
	return value
}

// names is a set of members, tags without case.
type names map[string]bool

func (n names) add(member string)      { n[metadata.CanonicalMember(member)] = true }
func (n names) has(member string) bool { return n[metadata.CanonicalMember(member)] }

func namesOf(doc Document) names {
	n := make(names, len(doc))
	for member := range doc {
		n.add(member)
	}
	return n
}

func namesIn(members []string) names {
	n := make(names, len(members))
	for _, member := range members {
		n.add(member)
	}
	return n
}

// absent reports whether a value of the member says nothing. Beyond metadata.Absent it covers the texts and arrays that say
// nothing as a value of this parameter: a server was seen to show redirection URIs that were never set as [""].
func absent(member string, v any) bool {
	if metadata.Absent(v) {
		return true
	}
	switch v.(type) {
	case string, []any:
		normal, ok := metadata.Normalize(member, v)
		return ok && metadata.Absent(normal)
	}
	return false
}

// nothing reports whether a server shows nothing for a member that nobody asks for: a JWK Set without keys is no more than none.
func nothing(member string, v any) bool {
	return absent(member, v) || metadata.WithoutKeys(member, v)
}

// equal is the parameter's own comparison, with one exception: a pattern of redirection URIs is never equal to a list of
// them, although metadata can read the list out of it. "regexp=(https://a.example|https://b.example)" admits more than
// the two, for a dot in it is any character. Where it is how a server registers what was asked, asPattern takes it; where a
// list becomes a pattern later, that is drift.
func equal(member string, a, b any) bool {
	if pattern(a) != pattern(b) {
		return false
	}
	return metadata.Equal(member, a, b)
}

// covers reports whether what a server shows is what is asked. No list is not the default one, whichever of the two is asked for and whichever is shown in its
// place (metadata.EmptyChosen), though silence may stand for either. Where nothing is asked for, an empty list is as good as the default one.
func covers(member string, asked, now any) bool {
	switch {
	case !equal(member, asked, now):
		return false
	case metadata.EmptyChosen(member, now):
		return absent(member, asked)
	case absent(member, now):
		return true
	}
	return !metadata.EmptyChosen(member, asked)
}

// silence reports whether a server that showed what was, and shows nothing now, says no more than it did: an empty list in place of none is news.
func silence(member string, was, now any) bool {
	return absent(member, now) && (!metadata.EmptyChosen(member, now) || metadata.EmptyChosen(member, was))
}

// shownValue is a value as a server shows it, or nil where it says nothing by it.
func shownValue(member string, v any) any {
	if absent(member, v) && !metadata.EmptyChosen(member, v) {
		return nil
	}
	return v
}

// asksSame reports whether two values ask for the same.
func asksSame(member string, a, b any) bool {
	return equal(member, a, b) && metadata.EmptyChosen(member, a) == metadata.EmptyChosen(member, b)
}

// unsaid reports whether no list is asked for where a server shows nothing of it: it may have the default one.
func unsaid(member string, asked, now any) bool {
	return metadata.EmptyChosen(member, asked) && !metadata.EmptyChosen(member, now)
}

// pattern reports whether a value is one regular expression in place of redirection URIs.
func pattern(v any) bool {
	if array, ok := v.([]any); ok && len(array) == 1 {
		v = array[0]
	}
	s, ok := v.(string)
	return ok && strings.HasPrefix(s, "regexp=")
}

// parameter returns the table's row of a member: of "client_name" for "client_name#ja". A tag on a parameter that knows
// no languages makes the member an unknown one.
func parameter(member string) (*metadata.Parameter, bool) {
	name, tag := metadata.SplitTag(member)
	p, known := metadata.Lookup(name)
	if !known || tag != "" && !p.Localizable {
		return nil, false
	}
	return p, true
}

// security reports whether a substitution of the member may weaken the client (the table's mark).
func security(member string) bool {
	p, known := parameter(member)
	return known && p.Security
}

// serverOwn reports whether the member is the server's own and never to be sent back as client metadata: what RFC 7592 §2.2
// forbids, and what a server tells about its token besides the token (registration_access_token_…, such as a lifetime).
// client_id and client_secret are added by the forms themselves.
func serverOwn(member string) bool {
	return metadata.ServerAssigned(member) || strings.HasPrefix(member, "registration_access_token")
}

func sortedMembers[V any](m map[string]V) []string {
	members := make([]string, 0, len(m))
	for member := range m {
		members = append(members, member)
	}
	sort.Strings(members)
	return members
}
