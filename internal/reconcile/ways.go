// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// NeedsNoToken reports whether a way works without the client's registration access token.
func (w Way) NeedsNoToken() bool {
	switch w {
	case WayTokens, WayTemplate, WayTemplateSet, WayServer, WayImportThere, WayRetry, WayPlanAgain:
		return false
	}
	return true
}

// WaysOut returns the ways that work for what was observed. It never returns none.
func (o Observation) WaysOut(presence Presence) []Way {
	var ways []Way
	add := func(works bool, way Way) {
		if works {
			ways = append(ways, way)
		}
	}
	class := o.Answer
	asks := class.AsksForAnother()
	missing := class.CredentialRefused() || class == AnswerMissing
	add(missing && presence == Alive && o.Refused && !o.ShownAgain, WayEnable)
	add(o.ShownAgain, WayRetry) // the address and the credential are good then
	add(o.ConfiguredElsewhere, WayServer)
	add(o.ConfiguredElsewhere && (presence != Alive || class == AnswerMissing) && !o.NoReads, WayImportThere) // an import reads
	sent := !o.ConfiguredElsewhere || !o.ByProvider                                                           // the provider's own credentials are not sent to another server, however often it is tried
	// Where a deletion of before was sent once more and refused, or the client read, what is left open then stays so.
	passes := o.Estranged || o.UnprovenDeletion() && o.OwnDeletion != DeletionOfBefore
	add(o.EntryTold && !o.Importing, WayOtherEntry)
	add(!o.ShownAgain && (class == AnswerLost && sent && !o.NotSent || passes && !o.ConfiguredElsewhere), WayRetry)
	add(asks && o.Importing && o.Guessed && !o.ConfiguredElsewhere && !o.ShownAgain, WayTemplate)
	add((asks && !o.ByProvider && !o.ShownAgain || o.NotSent && (o.Importing || !o.TokensUnused)) && (!o.ConfiguredElsewhere || !o.NoReads), WayTokens) // by its address, which only a read proves
	add(asks && o.ByProvider && !o.ConfiguredElsewhere && (!o.ShownAgain || o.Operation == OperationDelete), WayCredentials)
	add(asks && o.EntryInTheWay && o.HasProviderCredential && !o.ConfiguredElsewhere, WayWithoutEntry)
	add(asks && !o.ByProvider && o.HasProviderCredential && !o.ConfiguredElsewhere, WayManagementProvider)
	add(class == AnswerLost && o.AtAnotherOrigin && !o.Importing && sent && !o.NotSent && !o.ConfiguredElsewhere, WayTemplateSet)
	add((class == AnswerMissing || class == AnswerUnusable || class == AnswerRedirected || class == AnswerOtherClient) && !o.ConfiguredElsewhere && !o.NoReads && !o.ShownAgain, WayTemplate)
	if o.Importing {
		// Nothing is in the state yet: there is nothing to keep, to forget or to leave unread.
		add(len(ways) == 0, WayRetry)
		return ways
	}
	add(missing && presence != Gone && o.Operation == OperationRead && o.OnMissing != OnMissingKeep && !o.ShownAgain, WayOnMissingKeep)
	open := missing && presence == Undecided && !o.credentialBad() && !o.Estranged && o.registers()
	add(open && o.OnMissing != OnMissingRecreate, WayOnMissingRecreate)
	add(open && o.OnMissing == OnMissingRecreate && o.Operation == OperationUpdate, WayPlanAgain) // the next plan takes it as gone
	add(o.Operation == OperationRead, WayRefreshNever)
	add(true, WayManagementNone)
	add(o.Operation == OperationDelete, WayAdministrator)
	add(true, WayStateRm)
	return ways
}
