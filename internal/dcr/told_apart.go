// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import "strings"

// difference is what the answers for the client and for ones that do not exist come to, where status, code and target of the first two are the same.
type difference int

const (
	alike         difference = iota
	byChance                 // the words differ, and so do those for two clients that do not exist: they echo an id, or hold one of the request's
	untold                   // they differ, and the question that would tell by chance from on purpose got no answer
	inOtherWords             // the words are others than for a client that does not exist
	inOtherDetail            // a detail beside equal words is
)

// difference compares two such answers. second is the answer for another client that does not exist, again that for the client once more; each is asked only where it tells.
func (r reply) difference(control reply, second, again func() reply) difference {
	if r.words == control.words {
		return toldApart(r, control, second, again)
	}
	switch other := second(); {
	case other.failed != "" || !other.same(control): // as where something before the server turns away who asks too often
		return untold
	case other.equal(control):
		return inOtherWords
	}
	return byChance
}

// newInEach reports whether two addresses are the same but for one part of the path, in which a server may have a number of the request.
func newInEach(one, other string) bool {
	a, b := strings.Split(one, "/"), strings.Split(other, "/")
	if len(a) != len(b) {
		return false
	}
	differ := 0
	for i := range a {
		if a[i] != b[i] {
			differ++
		}
	}
	return differ == 1 && len(a) > 4 // scheme, host, and more than one part of a path
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
	for _, name := range names {
		if own.details.sameIn(name, mine.details) && control.details.sameIn(name, other.details) {
			return inOtherDetail
		}
	}
	return alike
}
