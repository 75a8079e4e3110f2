// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import "context"

// ForgetAtEnd has a client forgotten once this run has ended in order, see Finish: no state keeps it any more then, though it may live at the server, where it
// cannot be deleted. Terraform stores that only after the run, and may be killed before it has. rotates: reads replace the credentials, so that the
// journal's may be the only ones that work, for a state that was not replaced: they are forgotten a week later, unless a state was seen to have the client all the same. What another run has told of
// the client since is not forgotten: another state has it, whose only credentials these may be. made is the mark of the object that leaves it.
func (j *Journal) ForgetAtEnd(ctx context.Context, of Name, made int64, rotates bool) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		if c := t.matching(of); c != nil {
			j.leaving.Store(c.key(), leaver{*c, c.objects.leaver(made), rotates})
		}
		return nil, nil
	})
}

// isLeaving reports whether the client is to be forgotten.
func (j *Journal) isLeaving(c *journalLine) bool {
	if c == nil {
		return false
	}
	_, is := j.leaving.Load(c.key())
	return is || c.isParted()
}

// stays takes back that the client is to be forgotten, where it was registered or found anew since, and reports whether it was.
func (j *Journal) stays(c *journalLine) bool {
	if c == nil {
		return false
	}
	_, was := j.leaving.LoadAndDelete(c.key())
	return was || c.isParted()
}
