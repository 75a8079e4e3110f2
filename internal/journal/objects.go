// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import "slices"

// Hold says who has a client, for the destroy of an object that has it.
type Hold int

// The answers. HeldInDoubt is the zero value: another object may have the client, and nobody has seen it lately.
const (
	HeldInDoubt Hold = iota
	HeldAlone        // no other object has the client
	HeldByTwo        // another object has the client, too, and is to have it alone from now on
)

// object is one of a Terraform state that a client was given to, by a registration or an adoption.
type object struct {
	Mark  int64  `json:"mark,omitempty"`
	Ended bool   `json:"ended,omitempty"` // the run that gave it the client ended in order, so that its state was most likely stored
	Seen  string `json:"seen,omitempty"`  // the Terraform that last saw a state to have it, since there was a doubt
	Left  bool   `json:"left,omitempty"`  // it has the client no more, or came to nothing
}

// objects are those that have had a client in turn, the oldest first.
type objects []object

// of returns where the object with the mark is, or -1.
func (all objects) of(made int64) int {
	if made == 0 {
		return -1
	}
	return slices.IndexFunc(all, func(o object) bool { return o.Mark == made })
}

// likelyStored reports whether a state most likely has the client, though none was seen to.
func (all objects) likelyStored() bool {
	return slices.ContainsFunc(all, func(o object) bool { return o.Ended && !o.Left })
}

// newSight reports whether it is to be noted that the object with the mark was seen.
func (all objects) newSight(made int64, here func(by string) bool) bool {
	i := all.of(made)
	if i < 0 {
		return false
	}
	o := all[i]
	return o.Seen == "" || o.Left || len(all) > 1 && !here(o.Seen)
}

// shared reports whether two objects were seen to have the client.
func (all objects) shared() bool {
	seen := 0
	for _, o := range all {
		if o.Seen != "" && !o.Left {
			seen++
		}
	}
	return seen > 1
}

// hold decides who has the client, for the destroy of the object with the mark; doubted: it was told of a doubt before. A deletion cannot be taken back, and
// neither can that a state forgets a client that only it had. So both need to be known:
//   - Another object that this Terraform has seen, or that was seen since there was a doubt, has the client.
//   - One that was given the client earlier, by a run that was killed, and that was never seen is none: its state was not stored.
//   - Of any other one that is not destroyed nothing is known: its state may have been moved, or it may have been taken out. That is told once; after that it is
//     the user's word that counts.
//
// An object without a mark is a tainted or an imported one. Where there is one object only, it is that one, unless this Terraform has seen it.
func (all objects) hold(made int64, doubted bool, here func(by string) bool) Hold {
	me, doubt := all.of(made), false
	var others []object
	for i, o := range all {
		killed := i < me && o.Seen == "" && !o.Ended
		if i != me && !o.Left && !killed {
			others = append(others, o)
		}
	}
	for _, o := range others {
		if here(o.Seen) || doubted && o.Seen != "" {
			return HeldByTwo
		}
		doubt = doubt || me >= 0 || len(others) > 1
	}
	if doubt && !doubted {
		return HeldInDoubt
	}
	return HeldAlone
}

// with are the objects after one of them changed; the old ones may be in the hands of others.
func (all objects) with(made int64, change func(*object)) objects {
	i := all.of(made)
	if i < 0 {
		return all
	}
	changed := slices.Clone(all)
	change(&changed[i])
	return changed
}

// unseen are the objects, of which nothing is known any more but for the one with the mark.
func (all objects) unseen(made int64) objects {
	changed := slices.Clone(all)
	for i := range changed {
		if i != all.of(made) {
			changed[i].Seen = ""
		}
	}
	return changed
}

// given adds an object, as the last one. One of the same mark is the same.
func (all objects) given(made int64) objects {
	if made == 0 {
		return all
	}
	return append(slices.DeleteFunc(slices.Clone(all), func(o object) bool { return o.Mark == made }), object{Mark: made})
}

// givenAgain are the objects of a client that a registration was answered with. Of those that had it before nothing is known any more: the server may
// have given the client_id of a client that is gone to another one.
func (all objects) givenAgain(made int64) objects {
	before := all.unseen(0)
	for i := range before {
		before[i].Ended = true
	}
	return before.given(made)
}
