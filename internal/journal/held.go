// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"slices"
)

// What a Terraform state was seen to hold is nobody's to adopt. An adoption may have come before that: a state is stored after the run that registered
// the client has ended, and an apply of one resource alone (-target) does not look at the others. Each object has a mark, by which it shows.

// Confirm tells that the client was seen in a Terraform state, in the object with the mark: it is not adoptable any more. Call it wherever Terraform
// hands in a prior state. It writes only the first time, and only for a client that the journal holds as unconfirmed, or that was
// adopted from the object with this mark. A client without a URI is told from another server's by the endpoint. A mark of 0 is none.
func (j *Journal) Confirm(ctx context.Context, clientID, registrationClientURI, endpoint string, made int64) error {
	of := heldBy{(&journalLine{Entry: Entry{ClientID: clientID, RegistrationClientURI: registrationClientURI, Endpoint: endpoint}}).key(), made}
	if _, done := j.confirmed.Load(of); done {
		return nil
	}
	known := false
	err := j.ask(ctx, func(t *table) (lines []journalLine, err error) {
		c := t.matching(clientID, registrationClientURI, endpoint)
		if known = c != nil; !known {
			return nil, nil
		}
		e := Entry{ClientID: c.ClientID, RegistrationClientURI: c.RegistrationClientURI, Endpoint: c.Endpoint, Time: j.now()}
		if !c.confirmed {
			lines = append(lines, journalLine{event: eventConfirmed, Entry: e})
		}
		if made != 0 && !c.shared && slices.Contains(c.origins, made) {
			lines = append(lines, journalLine{event: eventShared, Entry: e})
		}
		return lines, nil
	})
	if err == nil && known {
		j.confirmed.Store(of, struct{}{})
	}
	return err
}

// heldBy is a client in one object of a state.
type heldBy struct {
	key
	made int64
}

// unconfirm has the next Confirm of a client look again.
func (j *Journal) unconfirm(k key) {
	j.confirmed.Range(func(of, _ any) bool {
		if of.(heldBy).key == k {
			j.confirmed.Delete(of)
		}
		return true
	})
}

// Unshare reports whether another object has the client, too, which is to be kept for it then, and ends that: the other one has it alone. Of two objects
// that ask at once, one is told. It is told again if it asks again, since it may be killed before Terraform stores that it is no more.
func (j *Journal) Unshare(ctx context.Context, clientID, registrationClientURI, endpoint string, made int64) (shared bool, err error) {
	err = j.ask(ctx, func(t *table) ([]journalLine, error) {
		c := t.matching(clientID, registrationClientURI, endpoint)
		if shared = c != nil && (c.shared || made != 0 && c.left == made); !shared || !c.shared {
			return nil, nil
		}
		e := Entry{ClientID: c.ClientID, RegistrationClientURI: c.RegistrationClientURI, Endpoint: c.Endpoint, Time: j.now()}
		return []journalLine{{event: eventUnshared, Entry: e, left: made}}, nil
	})
	return shared, err
}
