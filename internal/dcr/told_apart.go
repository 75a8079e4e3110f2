// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

// toldApart reports whether two answers that are equal otherwise have a detail that tells the client from one that does not exist: both are asked once more, the one that does not exist by
// another name, and each has its own again. What a clock, a counter or the replicas by turns make of an answer differs then.
func toldApart(own, control reply, second, again func() reply) bool {
	if own.failed != "" || control.failed != "" {
		return false
	}
	names := own.details.differIn(control.details)
	if len(names) == 0 {
		return false
	}
	other, mine := second(), again()
	if !other.equal(control) || !mine.equal(own) {
		return false
	}
	for _, name := range names {
		if own.details.sameIn(name, mine.details) && control.details.sameIn(name, other.details) {
			return true
		}
	}
	return false
}
