// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "slices"

// NeedsNoToken reports whether a way works without the client's registration access token.
func (w Way) NeedsNoToken() bool {
	switch w {
	case WayTokens, WayTemplate, WayTemplateSet, WayServer, WayImportThere, WayRetry, WayPlanAgain, WayNeverAgain:
		return false
	}
	return true
}

// WaysOut returns the ways that work for what was observed: those that mend it, and one that lets everything else go on until then. It never
// returns none.
//
// What leaves a client alone for good, or forgets it, is the last of them, and is none where the failure may pass: the state may have its only token.
func (o Observation) WaysOut(presence Presence) []Way {
	ways := o.mending(presence)
	add := func(works bool, way Way) {
		if works {
			ways = append(ways, way)
		}
	}
	if o.Importing {
		// Nothing is in the state yet: there is nothing to keep, to forget or to leave unread.
		add(len(ways) == 0, WayRetry)
		return ways
	}
	keep, open := o.keepHelps(presence), o.opens(presence)
	add(keep, WayOnMissingKeep)
	add(open && o.OnMissing != OnMissingRecreate, WayOnMissingRecreate)
	add(open && o.OnMissing == OnMissingRecreate && o.Operation == OperationUpdate, WayPlanAgain) // the next plan takes it as gone
	passes := o.lost() || o.unsettled()
	switch o.Operation {
	case OperationRead:
		warned := o.Answer == AnswerMissing && !o.failsWhereMissing(presence) // and the plan goes on
		add(!keep && (!warned || len(ways) < 2), WayRefreshNever)
		add(o.lost(), WayNeverAgain)
		add(o.expires(), WayManagementNone)
	case OperationUpdate:
		add(o.lost() || passes && len(ways) < 2, WayNeverAgain)
		others := !slices.ContainsFunc(ways, func(w Way) bool { return w == WayOnMissingRecreate || w == WayPlanAgain || w == WayRetry })
		add(!passes && (len(ways) < 2 || others) || o.expires(), WayManagementNone) // where each other way needs somebody else
	case OperationDelete:
		add(passes && !open, WayNeverAgain)
		add(!passes && len(ways) == 0 || o.expires(), WayManagementNone)
		add(!passes, WayStateRm)
	}
	return ways
}

// mending returns the ways that mend what was observed.
func (o Observation) mending(presence Presence) []Way {
	var ways []Way
	add := func(works bool, way Way) {
		if works {
			ways = append(ways, way)
		}
	}
	class := o.Answer
	asks := class.AsksForAnother()
	add(o.missing() && presence == Alive && o.Refused && !o.ShownAgain, WayEnable)
	add(o.ShownAgain, WayRetry) // the address and the credential are good then
	add(o.ConfiguredElsewhere, WayServer)
	add(o.ConfiguredElsewhere && (presence != Alive || class == AnswerMissing) && !o.NoReads, WayImportThere) // an import reads
	add(o.EntryTold && !o.Importing, WayOtherEntry)
	add(!o.ShownAgain && (o.lost() || o.unsettled() && !o.ConfiguredElsewhere), WayRetry)
	add(asks && o.Importing && o.Guessed && !o.ConfiguredElsewhere && !o.ShownAgain, WayTemplate)
	add((asks && !o.ByProvider && !o.ShownAgain || o.NotSent && (o.Importing || !o.TokensUnused)) && (!o.ConfiguredElsewhere || !o.NoReads), WayTokens) // by its address, which only a read proves
	add(asks && o.ByProvider && !o.ConfiguredElsewhere && (!o.ShownAgain || o.Operation == OperationDelete), WayCredentials)
	add(asks && o.EntryInTheWay && o.HasProviderCredential && !o.ConfiguredElsewhere, WayWithoutEntry)
	add(asks && !o.ByProvider && o.HasProviderCredential && !o.ConfiguredElsewhere, WayManagementProvider)
	add(o.lost() && o.AtAnotherOrigin && !o.Importing && !o.ConfiguredElsewhere, WayTemplateSet)
	add((class == AnswerMissing || class == AnswerUnusable || class == AnswerRedirected || class == AnswerOtherClient) && !o.ConfiguredElsewhere && !o.NoReads && !o.ShownAgain, WayTemplate)
	return ways
}

// sent reports whether the provider sends what it has to the client's server, which its own credentials are not sent to where that is another one.
func (o Observation) sent() bool { return (!o.ConfiguredElsewhere || !o.ByProvider) && !o.NotSent }

// lost reports whether no answer counts to what was sent, so that another one may come at another time.
func (o Observation) lost() bool { return o.Answer == AnswerLost && o.sent() }

// unsettled reports whether something else may have answered in the server's place. Where a deletion of before was sent once more and refused, or the
// client read, what is left open then stays so.
func (o Observation) unsettled() bool {
	return o.Estranged || o.UnprovenDeletion() && o.OwnDeletion != DeletionOfBefore
}

func (o Observation) missing() bool { return o.Answer.CredentialRefused() || o.Answer == AnswerMissing }

// opens reports whether on_missing = "recreate" decides what the evidence leaves open.
func (o Observation) opens(presence Presence) bool {
	return o.missing() && presence == Undecided && !o.credentialBad() && !o.Estranged && o.registers()
}

// expires reports whether the client's token has expired, as the next one will: what does without tokens helps for longer then.
func (o Observation) expires() bool {
	return o.TokenExpired && o.Answer.CredentialRefused() && !o.ByProvider && !o.unsettled()
}

// keepHelps reports whether on_missing = "keep" makes a warning of a plan's error.
func (o Observation) keepHelps(presence Presence) bool {
	fails := o.Answer.CredentialRefused() || o.failsWhereMissing(presence)
	return fails && presence != Gone && o.Operation == OperationRead && o.OnMissing != OnMissingKeep && !o.ShownAgain && !o.expires()
}

// failsWhereMissing reports whether the plan fails for a client that is not shown. By itself it warns.
func (o Observation) failsWhereMissing(presence Presence) bool {
	asked := o.OnMissing == OnMissingError || o.OnMissing == OnMissingRecreate && o.Estranged && o.registers()
	return o.Answer == AnswerMissing && (o.credentialBad() || presence == Undecided && asked)
}
