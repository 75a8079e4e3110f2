// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

// ClaimAdoptable claims a client that a dead run registered at the same endpoint with the same fingerprint, and that no
// Terraform state was seen to hold. From then on it is this run's, as if it had registered it; no other run gets it
// while this one lives. Of several, the oldest is claimed; each call claims another. Follow it by Drop where nothing comes of it.
//
// One of a run that ended in order is most likely in a state that nobody has looked at since, as after an apply of one resource alone (-target), or
// where the object was moved to another state. It is not claimed, and found only where there is no other: see Entry.Stored.
//
// What a run of the same Terraform registered is none: several configurations of the provider are several processes, each of which
// Terraform ends as soon as it has no more use for it, and it stores the state of them all.
//
// pending: another run that lives is about to register such a client, or has registered one: it may be the provider of a
// Terraform that was killed and will not live for long. Its client is given only after its end, so that it is asked for again.
func (j *Journal) ClaimAdoptable(ctx context.Context, i Intent) (e Entry, found, pending bool, err error) {
	err = j.ask(ctx, func(t *table) ([]journalLine, error) {
		like := func(r *journalLine) bool {
			return !r.confirmed && !r.gone && !r.isParted() && r.fingerprint == i.Fingerprint && origin.SameURL(r.Endpoint, i.Endpoint) && !r.launcher.same(j.launcher) && !j.seenHere(r.imported)
		}
		// A run may end at any moment. Asked for after the clients of dead runs, one that has just ended would be neither.
		pending = slices.ContainsFunc(slices.Concat(t.sortedIntents(), t.sortedClients()), func(r *journalLine) bool {
			return like(r) && r.run != j.run.id && j.run.alive(r.run)
		})
		at("adoptable:one of two")
		for _, c := range t.sortedClients() {
			switch {
			case i.Fingerprint == "" || !like(c) || j.run.alive(c.run):
			case c.objects.likelyStored(), c.imported != "":
				if !found {
					e, found = c.Entry, true
					e.Stored = true
				}
			default:
				e, found = c.Entry, true
				line := c.tells(eventAdopted, i.Made, j)
				line.run, line.launcher = j.run.id, j.launcher
				return []journalLine{line}, nil
			}
		}
		return nil, nil
	})
	if err != nil || !found {
		return Entry{}, false, pending, err
	}
	return e, true, pending, nil
}

// TakeLeftBehind returns, once, the registrations at an endpoint (empty: at any) that a dead run was about to send and for
// which no answer is recorded: each may have left a client at the server that nobody knows. So has one whose answer is recorded, and whose run
// was killed, where no state was seen to have it and this run adopts none like it: these have a ClientID. After 90 days they are forgotten.
func (j *Journal) TakeLeftBehind(ctx context.Context, endpoint string) ([]Intent, error) {
	var left []Intent
	err := j.ask(ctx, func(t *table) ([]journalLine, error) {
		told := journalLine{event: eventTold, Entry: Entry{Time: j.now()}}
		concerns := func(r *journalLine) bool {
			return (endpoint == "" || origin.SameURL(r.Endpoint, endpoint)) && j.now().Sub(r.Time) < keepIntents && !j.run.alive(r.run)
		}
		for _, i := range t.sortedIntents() {
			if concerns(i) {
				left = append(left, Intent{Endpoint: i.Endpoint, Fingerprint: i.fingerprint, ID: i.intents[0], Time: i.Time})
				told.intents = append(told.intents, i.intents[0])
			}
		}
		for _, c := range t.sortedClients() {
			if !c.confirmed && !c.told && !c.gone && !c.isParted() && c.imported == "" && !c.objects.likelyStored() && concerns(c) {
				left = append(left, Intent{Endpoint: c.Endpoint, Fingerprint: c.fingerprint, ClientID: c.ClientID, RegistrationClientURI: c.RegistrationClientURI, Time: c.Time})
				told.intents = append(told.intents, c.intents...)
			}
		}
		if len(left) == 0 {
			return nil, nil
		}
		return []journalLine{told}, nil
	})
	if err != nil {
		return nil, err
	}
	return left, nil
}
