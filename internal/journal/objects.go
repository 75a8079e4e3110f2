// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"cmp"
	"slices"
)

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
	Since int64  `json:"since,omitempty"` // the mark of the last import that was noted when it was last seen
}

// somebodys is the mark of an object of which only that much is known that it had the client before.
const somebodys int64 = -1

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

// newSight reports whether it is to be noted that the object with the mark was seen. One that is not known yet got the client by no registration or adoption that
// the journal knows of, as before there was a journal. Sights after an import count, see seen.
func (all objects) newSight(made int64, here string, noted imports) bool {
	i := all.of(made)
	if i < 0 {
		return made != 0
	}
	o := all[i]
	return o.Seen == "" || o.Left || o.Since != noted.last() || (len(all) > 1 || all.misses(noted)) && !sameTerraform(o.Seen, here)
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
//   - Another object that this Terraform has seen, or one that saw this object, too, or that was seen since there was a doubt, has the client.
//   - One that was given the client earlier, by a run that was killed, and that was never seen is none: its state was not stored.
//   - Of any other one that is not destroyed nothing is known: its state may have been moved, or it may have been taken out. That is told once; after that it is
//     the user's word that counts.
//   - Of an import of which no object was seen it is not known either whether it was stored.
//
// An object without a mark is a tainted one, or one of which private state was lost. Where there was one object only, it is that one.
func (all objects) hold(made int64, doubted bool, here string, noted imports) Hold {
	me := all.of(made)
	open := all.misses(noted)
	if me < 0 {
		if len(all) == 1 && !open {
			return HeldAlone
		}
		me = all.onlySight(here)
	}
	mine := here
	if me >= 0 {
		mine = cmp.Or(all[me].Seen, here)
	}
	others := 0
	for i, o := range all {
		killed := i < me && o.Seen == "" && !o.Ended
		if i == me || o.Left || killed {
			continue
		}
		if others++; sameTerraform(o.Seen, here) || sameTerraform(o.Seen, mine) || doubted && o.Seen != "" {
			return HeldByTwo
		}
	}
	if (others > 0 || open) && !doubted {
		return HeldInDoubt
	}
	return HeldAlone
}

// only is the mark of the one object that a state has or may have, or 0 where there is none or more than one.
func (all objects) only() (mark int64) {
	for _, o := range all {
		switch {
		case o.Left || o.Seen == "" && !o.Ended:
		case mark != 0:
			return 0
		default:
			mark = o.Mark
		}
	}
	return max(mark, 0) // somebody's is none
}

// leaver is the mark of the object that has the client no more, where the one that it shows is not known here or is none: of those that are left the only one, or
// the older one of two. 0 is not known.
func (all objects) leaver(made int64) int64 {
	if all.of(made) >= 0 {
		return made
	}
	there := slices.DeleteFunc(slices.Clone(all), func(o object) bool { return o.Left })
	if len(there) == 1 || len(there) == 2 {
		return there[0].Mark
	}
	return 0
}

// onlySight is where the one object is that a Terraform has seen, or -1: a refresh of a tainted object shows the mark that its destroy does not have.
func (all objects) onlySight(here string) int {
	at := -1
	for i, o := range all {
		if !o.Left && sameTerraform(o.Seen, here) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// sameTerraform reports whether both are sights of one Terraform, which may have several processes of the provider.
func sameTerraform(a, b string) bool {
	return a != "" && (a == b || Launcher(a).same(Launcher(b)))
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

// unseen are the objects, of which nothing is known any more but for the one with the mark, and that those that were seen were stored once.
func (all objects) unseen(made int64) objects {
	changed := slices.Clone(all)
	for i, o := range changed {
		if i != all.of(made) {
			changed[i].Seen, changed[i].Ended = "", o.Ended || o.Seen != ""
		}
	}
	return changed
}

// left are the objects after the one with the mark was destroyed. Where it showed none, any of those that were seen may be the one.
func (all objects) left(made int64) objects {
	if made == 0 {
		return all.unseen(0)
	}
	return all.with(made, func(o *object) { o.Left = true })
}

// given adds an object, as the last one. One of the same mark is the same.
func (all objects) given(made int64) objects {
	if made == 0 {
		return all
	}
	return append(slices.DeleteFunc(slices.Clone(all), func(o object) bool { return o.Mark == made }), object{Mark: made})
}

// seen are the objects after a state was seen to have the one with the mark. One that was imported is the user's word that it is to have the client: what was not
// seen since that import was taken out of its state, until a state shows it again. Of several states' objects the user took out one, and which one is not known.
// Of an object that is not known, and of which no import was noted here, nothing tells when it got the client.
func (all objects) seen(made int64, by string, noted imports) objects {
	if made != 0 && all.of(made) < 0 {
		all = slices.Clone(all)
		if at := noted.of(made); at < 0 {
			all = slices.DeleteFunc(all, func(o object) bool { return o.Mark == somebodys })
		} else if before := all.notSeenSince(noted, at); before.inOneState() {
			for i, o := range all {
				if before.of(o.Mark) >= 0 {
					all[i].Seen, all[i].Ended = "", false
				}
			}
		}
		// Marks are moments, so that it is known which object was given the client first.
		all = append(all, object{Mark: made})
		slices.SortStableFunc(all, func(a, b object) int { return cmp.Compare(a.Mark, b.Mark) })
	}
	return all.with(made, func(o *object) { o.Seen, o.Left, o.Since = by, false, noted.last() })
}

// notSeenSince are the objects that a state has or may have, but for those that were seen after an import. What the Terraform that imports has seen counts, too:
// its refresh and its imports are one plan, in any order.
func (all objects) notSeenSince(noted imports, at int) objects {
	return slices.DeleteFunc(slices.Clone(all), func(o object) bool {
		return o.Left || o.Seen == "" && !o.Ended || noted.of(o.Since) >= at || sameTerraform(o.Seen, noted[at].By)
	})
}

// misses reports whether an import may have been stored of which no object was seen. One before an import of which one was is none: that was the user's word that
// the later one has the client.
func (all objects) misses(noted imports) bool { return len(noted) > 0 && all.of(noted.last()) < 0 }

// inOneState reports whether all of the objects are in one state: there is one only, or one Terraform saw them last.
func (all objects) inOneState() bool {
	return len(all) < 2 || !slices.ContainsFunc(all, func(o object) bool { return !sameTerraform(o.Seen, all[0].Seen) })
}

// givenAgain are the objects of a client that a registration was answered with and that was there before. Of those that had it nothing is known any more: the
// server may have given the client_id of a client that is gone to another one.
func (all objects) givenAgain(made int64) objects {
	before := all.unseen(0)
	if len(before) == 0 {
		before = objects{{Mark: somebodys}}
	}
	for i := range before {
		before[i].Ended = true
	}
	return before.given(made)
}
