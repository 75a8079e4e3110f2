// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"maps"
	"reflect"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Form is a way of writing the body of an update. RFC 7592 §2.2 describes one; servers contradict it and each other, so
// that a refusal is answered with the next, ever plainer form. None is chosen by a server's name.
type Form string

const (
	// FormStandard is RFC 7592 §2.2: client_id, what is asked, and every other member as last registered, empty ones left
	// out. What was removed from the configuration is left out, which means "delete". No client_secret.
	FormStandard Form = "standard"
	// FormComplete is the standard one with the client_secret, with every current member even where it is empty, and with
	// null for what was removed or must not stand beside what is asked: for servers that want the whole document back and
	// delete only what is null.
	FormComplete Form = "complete"
	// FormKnown is the standard one with only those unmanaged members that the table knows, brought into the shape of
	// their kind: for servers that refuse their own read document (members that they do not take, arrays where a string
	// belongs).
	FormKnown Form = "known"
	// FormConfigured is client_id and what is asked, nothing else.
	FormConfigured Form = "configured"
	// FormConfiguredWithSecret is the configured one with the client_secret.
	FormConfiguredWithSecret Form = "configured_with_secret"
)

// Forms returns all forms in the order in which they are tried.
func Forms() []Form {
	return []Form{FormStandard, FormComplete, FormKnown, FormConfigured, FormConfiguredWithSecret}
}

// Candidates returns the forms to try for a client: only fixed where the user fixed one, else the one that worked last,
// if any, and then the others in order. A name that is no form counts as none.
func Candidates(remembered, fixed Form) []Form {
	if fixed.valid() {
		return []Form{fixed}
	}
	forms := make([]Form, 0, len(Forms()))
	if remembered.valid() {
		forms = append(forms, remembered)
	}
	for _, form := range Forms() {
		if form != remembered {
			forms = append(forms, form)
		}
	}
	return forms
}

// HasSecret reports whether the form's body holds the client_secret, where one is known.
func (f Form) HasSecret() bool { return f == FormComplete || f == FormConfiguredWithSecret }

func (f Form) valid() bool {
	for _, form := range Forms() {
		if f == form {
			return true
		}
	}
	return false
}

// Update is all that the body of an update is made of.
type Update struct {
	ClientID     string
	ClientSecret secret.String
	Asked        Document // every managed member
	Removed      []string // managed before, no longer asked
	Registered   Document // the client as last read, with all members that the server showed
}

// Body returns the body of an update in the given form.
//
// It always holds client_id and never registration_access_token, registration_client_uri or the two timestamps, whatever
// the server showed and the configuration asks (RFC 7592 §2.2). null and "" are never sent but by FormComplete: servers
// refuse them, and leaving a member out means the same. [] and {} are sent where they are configured, because "no
// response types" is something else than the default ones.
func Body(form Form, u Update) Document {
	body := make(Document, len(u.Registered)+len(u.Asked)+2)
	echo(body, form, u)
	askInto(body, u.Asked)
	if form == FormComplete {
		nullInto(body, u)
	}
	body["client_id"] = u.ClientID
	if form.HasSecret() && !u.ClientSecret.IsEmpty() {
		body["client_secret"] = u.ClientSecret.Reveal()
	}
	return body
}

// CreateBody returns the body of a registration: what is asked and nothing else, without null and "" (RFC 7591 §3.1).
func CreateBody(asked Document) Document {
	body := make(Document, len(asked))
	askInto(body, asked)
	return body
}

// Untouched is what the server is known to have after an update that it acknowledged and did not show: what it had before, but for what the update
// was to change.
func (u Update) Untouched() Document {
	shown, known := viewOf(u.Registered), maps.Clone(u.Registered)
	forget := func(member string) {
		if _, spelling, found := shown.get(member); found {
			delete(known, spelling)
		}
	}
	for member, value := range u.Asked {
		if !covers(member, value, shown.value(member)) {
			forget(member)
		}
	}
	for _, member := range u.Removed {
		forget(member)
	}
	return known
}

func askInto(body, asked Document) {
	for member, value := range asked {
		if value == nil || value == "" || metadata.ServerAssigned(member) {
			continue
		}
		body[member] = value
	}
}

// echo adds the unmanaged members.
func echo(body Document, form Form, u Update) {
	if form == FormConfigured || form == FormConfiguredWithSecret {
		return
	}
	asked, removed := namesOf(u.Asked), namesIn(u.Removed)
	for member, value := range u.Registered {
		if serverOwn(member) || asked.has(member) || removed.has(member) {
			continue
		}
		if excluded(member, u.Asked) {
			if form == FormComplete {
				body[member] = nil
			}
			continue
		}
		if nothing(member, value) {
			if form == FormComplete {
				body[member] = value
			}
			continue
		}
		if form == FormKnown {
			if _, known := parameter(member); !known {
				continue
			}
			normal, ok := normalize(member, value)
			if !ok {
				continue
			}
			value = normal
		}
		body[member] = value
	}
}

// nullInto adds null for what was removed, and for what is asked to be empty, in the server's own spelling of the tag.
func nullInto(body Document, u Update) {
	shown := viewOf(u.Registered)
	null := func(member string) {
		if _, spelling, found := shown.get(member); found {
			member = spelling
		}
		if !metadata.ServerAssigned(member) {
			body[member] = nil
		}
	}
	for _, member := range u.Removed {
		null(member)
	}
	for member, value := range u.Asked {
		if value == nil || value == "" {
			null(member)
		}
	}
}

// excluded reports whether an unmanaged member must not go along with what is asked, because the standards let only one of
// them stand: jwks and jwks_uri (RFC 7591 §2), or the names of a certificate's subject (RFC 8705 §2.1.2).
func excluded(member string, asked Document) bool {
	p, known := parameter(member)
	if !known {
		return false
	}
	for _, other := range p.Excludes {
		if !absent(other, asked[other]) {
			return true
		}
	}
	return false
}

// LeftOut returns the members that nobody manages, that the server shows with a value, and that this form does not send
// back: an update in this form may lose them. Sorted.
func LeftOut(form Form, u Update) []string {
	body, managed, removed := viewOf(Body(form, u)), namesOf(u.Asked), namesIn(u.Removed)
	var left []string
	for _, member := range sortedMembers(u.Registered) {
		if serverOwn(member) || managed.has(member) || removed.has(member) || nothing(member, u.Registered[member]) {
			continue
		}
		if body.value(member) == nil { // not sent, or sent as null
			left = append(left, member)
		}
	}
	return left
}

// Distinct leaves out the forms whose body is the same as that of an earlier one: there is no use in sending a refused
// body again.
func Distinct(forms []Form, u Update) []Form {
	var distinct []Form
	var bodies []Document
next:
	for _, form := range forms {
		body := Body(form, u)
		for _, earlier := range bodies {
			if reflect.DeepEqual(body, earlier) {
				continue next
			}
		}
		distinct, bodies = append(distinct, form), append(bodies, body)
	}
	return distinct
}
