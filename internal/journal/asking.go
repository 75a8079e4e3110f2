// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import "context"

// Asking records that a read or an update is about to be sent whose answer may replace the client's credentials. Follow it by
// Answered; if that is not reached, Lookup tells of it (Entry.Asked): the credentials that are known may not be the present ones. A
// note that is there already stays, because it is the older one whose answer is missing; it is written again, so that the caller sees
// whether the answer can be written, too.
func (j *Journal) Asking(ctx context.Context, clientID, registrationClientURI string) error {
	return j.ask(ctx, func(t *table) ([]journalLine, error) {
		if older := t.at(t.asking, clientID, registrationClientURI, ""); older != nil {
			return []journalLine{*older}, nil
		}
		e := Entry{ClientID: clientID, RegistrationClientURI: registrationClientURI, Time: j.now()}
		return []journalLine{{event: eventAsking, Entry: e}}, nil
	})
}

// Answered ends what Asking began: the answer is recorded, or certainly replaced nothing. Where there was none, nothing is written.
func (j *Journal) Answered(ctx context.Context, clientID, registrationClientURI string) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		asking := t.at(t.asking, clientID, registrationClientURI, "")
		if asking == nil {
			return nil, nil
		}
		e := Entry{ClientID: asking.ClientID, RegistrationClientURI: asking.RegistrationClientURI, Time: j.now()}
		return []journalLine{{event: eventAnswered, Entry: e}}, nil
	})
}
