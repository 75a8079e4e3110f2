// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"cmp"
	"context"
	"slices"
)

// What a Terraform state was seen to hold is nobody's to adopt. An adoption may have come before that: a state is stored after the run that registered
// the client has ended, and an apply of one resource alone (-target) does not look at the others. So one client may be in two objects of states, and
// the destroy of one of them must not delete it. Each object has a mark, by which it shows. Where the server answers a registration with a client that
// it has, there are two as well.

// Confirm tells that the client was seen in a Terraform state, in the object with the mark: it is not adoptable any more. Call it wherever Terraform
// hands in a prior state. It writes only the first time, and in each Terraform run where the client was given to more than one object. A client without a
// URI is told from another server's by the endpoint. A mark of 0 is not known.
func (j *Journal) Confirm(ctx context.Context, of Name, made int64) error {
	held := heldBy{of.key(), made}
	if _, done := j.confirmed.Load(held); done {
		return nil
	}
	known := false
	err := j.ask(ctx, func(t *table) (lines []journalLine, err error) {
		c := t.matching(of)
		if known = c != nil; !known || c.confirmed && !c.isParted() && !c.objects.newSight(made, j.here(), c.imports) {
			return nil, nil
		}
		return []journalLine{c.tells(eventConfirmed, made, j)}, nil
	})
	if err == nil && known {
		j.confirmed.Store(held, struct{}{})
	}
	return err
}

// heldBy is a client in one object of a state.
type heldBy struct {
	key
	made int64
}

// saw reports whether this run has seen the client in the object with the mark, under whichever of the addresses that it has had.
func (j *Journal) saw(t *table, c *journalLine, mark int64) (seen bool) {
	j.confirmed.Range(func(of, _ any) bool {
		k := of.(heldBy)
		seen = k.made == mark && t.matching(k.name()) == c
		return !seen
	})
	return seen
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

// BeginDestroy reports who has the client, before the object with the mark is destroyed. HeldByTwo and HeldInDoubt are noted: of two objects that ask at once, one is
// told that it is one of two; and who was told of a doubt and asks again, while no other object was seen since, is told that it has the client alone.
// It may be killed before Terraform stores that the object is no more, and is told the same again.
func (j *Journal) BeginDestroy(ctx context.Context, of Name, made int64) (Hold, error) {
	hold := HeldAlone
	err := j.ask(ctx, func(t *table) (lines []journalLine, err error) {
		c := t.matching(of)
		if c == nil {
			return nil, nil
		}
		if made != 0 && c.objects.of(made) < 0 { // as one that this run itself imported, which is seen by its destroy first
			lines, c = append(lines, c.tells(eventConfirmed, made, j)), c.asConfirmed(made, j.here())
		}
		switch hold = c.objects.hold(made, slices.Contains(c.doubted, made), j.here(), c.imports); hold {
		case HeldByTwo:
			lines = append(lines, c.tells(eventLeft, made, j))
		case HeldInDoubt:
			j.unconfirm(c.key())
			lines = append(lines, c.tells(eventDoubted, made, j))
		}
		return lines, nil
	})
	return hold, err
}

// Drop tells that the object with the mark has the client no more, or came to nothing before it had it.
func (j *Journal) Drop(ctx context.Context, of Name, made int64) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		c := t.matching(of)
		if c == nil {
			return nil, nil
		}
		if made = c.objects.leaver(made); !slices.ContainsFunc(c.objects, func(o object) bool { return o.Mark == made && !o.Left }) {
			return nil, nil
		}
		return []journalLine{c.tells(eventLeft, made, j)}, nil
	})
}

// Imported tells that this Terraform is about to import the client. It may not come to that, and if it does, the state is stored later: until one was seen, the
// client is adopted by the user's word only. made is the mark of the object that is to have it, as soon as the import has one: what is seen to have the client
// from then on has it beside that object.
func (j *Journal) Imported(ctx context.Context, of Name, made int64) error {
	return j.ask(ctx, func(t *table) ([]journalLine, error) {
		c := t.matching(of)
		if c == nil || made == 0 && (c.confirmed || j.seenHere(c.imported)) {
			return nil, nil
		}
		lines := []journalLine{c.tells(eventImported, made, j)}
		for _, o := range c.objects {
			if made != 0 && j.saw(t, c, o.Mark) {
				lines = append(lines, c.tells(eventConfirmed, o.Mark, j)) // a plan refreshes and imports in any order
			}
		}
		return lines, nil
	})
}

// Gone tells that the client was found to be gone, though nobody here deregistered it. Its credentials stay, since that may have been wrong; but who registers a
// client that gets its client_id registers another one.
func (j *Journal) Gone(ctx context.Context, of Name) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		c := t.matching(of)
		if c == nil || c.gone {
			return nil, nil
		}
		return []journalLine{c.tells(eventGone, 0, j)}, nil
	})
}

// tells is a line on the client, of the object with the mark.
func (r *journalLine) tells(what event, made int64, j *Journal) journalLine {
	line := journalLine{event: what, made: made, Entry: Entry{ClientID: r.ClientID, RegistrationClientURI: r.RegistrationClientURI, Endpoint: r.Endpoint, Time: j.now()}}
	if what == eventConfirmed || what == eventImported || what == eventDoubted {
		line.by = j.here()
	}
	return line
}

// here names the Terraform that this run works for, which has a process for each configuration of the provider, and others for plan and apply; or, where
// it is not known, this run.
func (j *Journal) here() string { return cmp.Or(string(j.launcher), j.run.id) }

// seenHere reports whether a sight is one of this Terraform's.
func (j *Journal) seenHere(by string) bool { return sameTerraform(by, j.here()) }
