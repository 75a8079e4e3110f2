// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// Settled is what an answer settles of the requests before it whose answers are missing. Its own request is settled in any case.
type Settled int

// What may be settled.
const (
	SettledNothing Settled = iota
	SettledHandle          // the token and the address that are in force are known. The secret may have been replaced
	SettledAll
)

// Answered is a request that was answered with the client, for the decision on what that settles.
type Answered struct {
	OfAnother  bool // it was answered with another client, and tells nothing of this one
	MayReplace bool // it may have replaced credentials itself
	ByProvider bool // the provider's own credentials made it
	HasToken   bool // the client has a registration access token, as far as anybody knows
	ShowsToken bool // the answer shows the token that is known, or one that waits by now
	// TellsOfSecret: it shows the client secret that is known, or one that waits by now (Credentials.ShowsSecret), or a client that has none.
	TellsOfSecret bool
	ShowsSecret   bool  // it shows one of the former two, and that does not look like a stored form
	Facts         Facts // with what it teaches
}

// Settles decides it. The use of a token proves it, and no other credential does: where the provider's own credentials are answered, the token may have
// been replaced all the same, unless the answer shows it. The secret is not used at all: that none was replaced is known where the answer shows it, or where
// updates were seen to leave it.
func (a Answered) Settles() Settled {
	switch {
	case a.OfAnother, a.ByProvider && a.HasToken && !a.ShowsToken:
		return SettledNothing
	case !a.MayReplace, !a.TellsOfSecret && !a.Facts.leavesAlone(a.Facts.SecretOnUpdate):
		return SettledHandle
	}
	return SettledAll
}
