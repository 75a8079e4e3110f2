// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"slices"
	"strings"
)

// difference is what the answers for the client and for ones that do not exist come to, where status, code and target of the first two are the same.
type difference int

const (
	alike         difference = iota
	byChance                 // the words differ, as they do from answer to answer: they echo an id, or hold one of the request's
	untold                   // they differ, and the question that would tell by chance from on purpose got no answer
	inOtherWords             // the words are others than for a client that does not exist
	inOtherDetail            // a detail beside equal words is
)

// difference compares two such answers. second is the answer for another client that does not exist, again that for the client once more; each is asked only where it tells.
func (r reply) difference(control reply, second, again func() reply) difference {
	if r.words == control.words {
		return toldApart(r, control, second, again)
	}
	other := second()
	if other.failed != "" || !other.same(control) { // as where something before the server turns away who asks too often
		return untold
	}
	mine := again()
	switch {
	case mine.failed != "" || !mine.same(r) || mine.equal(control): // two replicas may have words of their own
		return untold
	case other.equal(control) && mine.equal(r):
		return inOtherWords
	case !tells(r, mine, control, other) && !tells(control, other, r, mine):
		return byChance
	}
	// Of three replicas by turns, the first and the fourth question meet the same one.
	if third := again(); third.failed != "" || !third.same(r) || !tells(r, third, control, other) && !tells(control, other, r, third) {
		return byChance
	}
	return inOtherWords
}

// tells reports whether two answers to one question have a word that neither of those to another has: a reference of letters that is new in each answer is in one alone.
func tells(one, again, other, third reply) bool {
	return slices.ContainsFunc(strings.Fields(one.words), func(word string) bool {
		has := func(r reply) bool { return slices.Contains(strings.Fields(r.words), word) }
		return word != "#" && has(again) && !has(other) && !has(third)
	})
}

// newPart is the one part of the path in which the addresses of two answers differ that are the same otherwise, or -1. A server may have a number of the request there.
func newPart(one, other reply) int {
	a, b := strings.Split(one.target, "/"), strings.Split(other.target, "/")
	if one.failed != "" || other.failed != "" || one.status != other.status || one.code != other.code || one.toClient != other.toClient || len(a) != len(b) {
		return -1
	}
	part := -1
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if part >= 0 || i < 3 { // behind the scheme and the host
			return -1
		}
		part = i
	}
	return part
}

// toldApart reports whether two answers that are equal otherwise have a detail that tells the client from one that does not exist: both are asked once more, the one that does not exist by
// another name, and each has its own again. What a clock, a counter or the replicas by turns make of an answer differs then.
func toldApart(own, control reply, second, again func() reply) difference {
	names := own.details.differIn(control.details)
	if len(names) == 0 {
		return alike
	}
	other, mine := second(), again()
	if other.failed != "" || mine.failed != "" || !other.same(control) || !mine.same(own) {
		return untold
	}
	if !other.equal(control) || !mine.equal(own) {
		return alike
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return !own.details.sameIn(name, mine.details) || !control.details.sameIn(name, other.details)
	})
	if len(names) == 0 {
		return alike
	}
	third := again() // as difference does
	if third.failed != "" || !third.same(own) {
		return untold
	}
	for _, name := range names {
		if own.details.sameIn(name, third.details) {
			return inOtherDetail
		}
	}
	return alike
}
