// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// moving are the same facts of a server whose updates move a client to another URI.
func moving(f Facts) Facts {
	f.URIOnUpdate = true
	return f
}

// read401 and read404 are the two questions, asked at the client's own server and with all that makes a witness count.
func read401() Observation {
	return Observation{Operation: OperationRead, Answer: AnswerUnauthorized, HomeAsked: true, ShownBefore: true}
}

func read404() Observation {
	o := read401()
	o.Answer = AnswerMissing
	return o
}

func with(o Observation, change func(*Observation)) Observation {
	change(&o)
	return o
}

func TestPresence(t *testing.T) {
	tests := []struct {
		name     string
		o        Observation
		presence Presence
		step     Step
	}{
		{"a read that shows the client", Observation{Operation: OperationRead, Answer: AnswerDone}, Alive, Proceed},

		{"401 alone", read401(), Undecided, Fail},
		{"404 alone", read404(), Undecided, KeepAndWarn},
		{"400 with a credential's code alone", with(read401(), func(o *Observation) { o.Answer = AnswerCredential }), Undecided, Fail},
		{"401, unknown at the token endpoint", with(read401(), func(o *Observation) { o.Token = DoesNotKnow }), Gone, Forget},
		{"404, unknown at the token endpoint", with(read404(), func(o *Observation) { o.Token = DoesNotKnow }), Gone, Forget},
		{"the same with a secret that may have moved", with(read401(), func(o *Observation) { o.Token, o.SecretMayHaveMoved = DoesNotKnow, true }), Undecided, Fail},
		{"401 of an expired token, unknown at the token endpoint alone", with(read401(), func(o *Observation) { o.Token, o.TokenExpired = DoesNotKnow, true }), Undecided, Fail},
		{"401 of an expired token, unknown at both", with(read401(), func(o *Observation) { o.Token, o.Authorization, o.TokenExpired = DoesNotKnow, TurnsAway, true }), Gone, Forget},
		{"401 of an expired token, a deletion under way", with(read401(), func(o *Observation) { o.Deletion, o.TokenExpired, o.Apart = DeletionUnderWay, true, true }), Undecided, Fail},
		{"404 of an expired token, unknown at the token endpoint alone", with(read404(), func(o *Observation) { o.Token, o.TokenExpired = DoesNotKnow, true }), Undecided, KeepAndWarn},
		{"404 of an expired token, unknown at both", with(read404(), func(o *Observation) { o.Token, o.Authorization, o.TokenExpired = DoesNotKnow, TurnsAway, true }), Gone, Forget},
		{"404 of an expired token, a deletion under way", with(read404(), func(o *Observation) { o.Deletion, o.TokenExpired, o.Apart = DeletionUnderWay, true, true }), Undecided, KeepAndWarn},
		{"404, a secret that may have moved, turned away", with(read404(), func(o *Observation) { o.Token, o.Authorization, o.SecretMayHaveMoved = DoesNotKnow, TurnsAway, true }), Gone, Forget},
		{"the same, and the URI may have moved, too", with(read404(), func(o *Observation) {
			o.Token, o.Authorization, o.SecretMayHaveMoved, o.URIMayHaveMoved = DoesNotKnow, TurnsAway, true, true
		}), Undecided, KeepAndWarn},
		{"404, unknown at the token endpoint, the URI may have moved", with(read404(), func(o *Observation) { o.Token, o.URIMayHaveMoved = DoesNotKnow, true }), Undecided, KeepAndWarn},
		{"404, unknown at the token endpoint, the token may have moved", with(read404(), func(o *Observation) { o.Token, o.TokenMayHaveMoved = DoesNotKnow, true }), Undecided, KeepAndWarn},
		{"404, an error page, the token and the secret may have moved", with(read404(), func(o *Observation) {
			o.Token, o.Authorization, o.SecretMayHaveMoved, o.TokenMayHaveMoved = DoesNotKnow, TurnsAway, true, true
		}), Undecided, KeepAndWarn},
		{"401 that a lost answer explains, unknown at the token endpoint", with(read401(), func(o *Observation) { o.Token, o.TokenMayHaveMoved = DoesNotKnow, true }), Undecided, Fail},
		{"the same without a secret, turned away", with(read401(), func(o *Observation) {
			o.Token, o.SecretFree, o.Authorization, o.TokenMayHaveMoved = DoesNotKnow, true, TurnsAway, true
		}), Undecided, Fail},
		{"401 that a lost answer explains, a deletion under way", with(read401(), func(o *Observation) { o.Deletion, o.URIMayHaveMoved, o.Apart = DeletionUnderWay, true, true }), Undecided, Fail},
		{"401 that a lost answer explains, unknown at both endpoints", with(read401(), func(o *Observation) { o.Token, o.Authorization, o.TokenMayHaveMoved = DoesNotKnow, DoesNotKnow, true }), Gone, Forget},
		{"the same without a secret", with(read401(), func(o *Observation) { o.Token, o.SecretMayHaveMoved, o.SecretFree = DoesNotKnow, true, true }), Gone, Forget},
		{"the same where the authorization endpoint could not be asked", with(read401(), func(o *Observation) { o.Token, o.Authorization = DoesNotKnow, Unanswered }), Undecided, Fail},
		{"401, unknown at the authorization endpoint", with(read401(), func(o *Observation) { o.Authorization, o.SecretMayHaveMoved = DoesNotKnow, true }), Gone, Forget},
		{"401, known at the token endpoint", with(read401(), func(o *Observation) { o.Token = Knows }), Alive, Fail},
		{"404, known at the token endpoint: management is off", with(read404(), func(o *Observation) { o.Token = Knows }), Alive, KeepAndWarn},
		{"a secret was replaced, the authorization endpoint knows the client", with(read401(), func(o *Observation) { o.Token, o.Authorization = DoesNotKnow, Knows }), Alive, Fail},
		{"404 at a URI that never showed the client", with(read404(), func(o *Observation) { o.ShownBefore, o.Token = false, DoesNotKnow }), Undecided, KeepAndWarn},
		{"the same with two witnesses", with(read404(), func(o *Observation) { o.ShownBefore, o.Token, o.Authorization = false, DoesNotKnow, DoesNotKnow }), Gone, Forget},
		{"the same, deleted by us", with(read404(), func(o *Observation) { o.ShownBefore, o.Deletion = false, DeletedByUs }), Gone, Forget},
		{"another server's word", with(read401(), func(o *Observation) { o.HomeAsked, o.Token, o.Authorization = false, DoesNotKnow, DoesNotKnow }), Undecided, Fail},
		{"a deletion under way", with(read401(), func(o *Observation) { o.Deletion, o.Apart = DeletionUnderWay, true }), Gone, Forget},
		{"a deletion under way, and every address answered alike", with(read401(), func(o *Observation) { o.Deletion = DeletionUnderWay }), Undecided, Fail},
		{"the same, and the token endpoint treats it as one that cannot exist", with(read401(), func(o *Observation) {
			o.Deletion, o.Token, o.Authorization = DeletionUnderWay, DoesNotKnow, Silent
		}), Gone, Forget},
		{"the same, where the secret may have moved", with(read401(), func(o *Observation) {
			o.Deletion, o.Token, o.Authorization, o.SecretMayHaveMoved = DeletionUnderWay, DoesNotKnow, TurnsAway, true
		}), Undecided, Fail},
		{"a deletion under way, every address answered alike, in a code", with(read404(), func(o *Observation) { o.Deletion, o.OwnWords, o.OwnDeletion = DeletionUnderWay, true, DeletionLost }), Undecided, KeepAndWarn},

		{"a deletion under way, and a token endpoint that is away", with(read404(), func(o *Observation) { o.Deletion, o.Token, o.Apart = DeletionUnderWay, Unanswered, true }), Undecided, KeepAndWarn},
		{"a deletion under way, and nothing there, in nobody's words", with(read404(), func(o *Observation) { o.Deletion, o.OwnWords, o.Apart = DeletionUnderWay, false, true }), Undecided, KeepAndWarn},
		{"a deletion under way, and a document that says so", with(read404(), func(o *Observation) { o.Deletion, o.OwnWords, o.Apart = DeletionUnderWay, true, true }), Gone, Forget},
		{"a deletion of before, and a document", with(read404(), func(o *Observation) { o.Deletion, o.Document, o.Apart = DeletionUnderWay, true, true }), Undecided, KeepAndWarn},
		{"a deletion that was just lost, and a document", with(read404(), func(o *Observation) {
			o.Deletion, o.Document, o.OwnDeletion, o.Apart = DeletionUnderWay, true, DeletionLost, true
		}), Gone, Forget},
		{"a deletion that was just lost, and nothing at all", with(read404(), func(o *Observation) { o.Deletion, o.OwnDeletion, o.Apart = DeletionUnderWay, DeletionLost, true }), Undecided, KeepAndWarn},
		{"a deletion that was just turned away, and a code", with(read404(), func(o *Observation) {
			o.Deletion, o.OwnWords, o.OwnDeletion, o.Apart = DeletionUnderWay, true, DeletionTurnedAway, true
		}), Undecided, KeepAndWarn},
		{"a deletion that was just turned away, and a refusal without a code", with(read401(), func(o *Observation) {
			o.Deletion, o.OwnDeletion, o.Apart = DeletionUnderWay, DeletionTurnedAway, true
		}), Undecided, Fail},
		{"a deletion that was just turned away, and a refusal with one", with(read401(), func(o *Observation) {
			o.Deletion, o.OwnWords, o.OwnDeletion, o.Apart = DeletionUnderWay, true, DeletionTurnedAway, true
		}), Gone, Forget},
		{"a deletion under way, refused to the provider's credential, which is good", with(read401(), func(o *Observation) {
			o.Deletion, o.ByProvider, o.Credential, o.Apart = DeletionUnderWay, true, CredentialGood, true
		}), Gone, Forget},
		{"the same, where nothing tells whether it is", with(read401(), func(o *Observation) {
			o.Deletion, o.ByProvider, o.Credential, o.Apart = DeletionUnderWay, true, CredentialUntold, true
		}), Undecided, Fail},
		{"a deletion under way, and a refusal where the client was never shown", with(read401(), func(o *Observation) { o.Deletion, o.ShownBefore, o.Apart = DeletionUnderWay, false, true }), Undecided, Fail},
		{"the same, to the provider's credential", with(read401(), func(o *Observation) {
			o.Deletion, o.ByProvider, o.ShownBefore, o.Apart = DeletionUnderWay, true, false, true
		}), Undecided, Fail},
		{"registration is switched off", with(read404(), func(o *Observation) { o.Token, o.NoRegistration = DoesNotKnow, true }), Undecided, KeepAndWarn},
		{"registration is switched off, refused", with(read401(), func(o *Observation) { o.Token, o.NoRegistration = DoesNotKnow, true }), Undecided, Fail},
		{"registration is switched off, and a missing one is to be registered again", with(read404(), func(o *Observation) { o.OnMissing, o.NoRegistration = OnMissingRecreate, true }), Undecided, KeepAndWarn},
		{"the same, refused", with(read401(), func(o *Observation) { o.OnMissing, o.NoRegistration = OnMissingRecreate, true }), Undecided, Fail},
		{"the same, at an endpoint that is written out", with(read404(), func(o *Observation) {
			o.OnMissing, o.NoRegistration, o.EndpointGiven = OnMissingRecreate, true, true
		}), Undecided, Forget},
		{"the same, where another server is to have it", with(read404(), func(o *Observation) {
			o.OnMissing, o.NoRegistration, o.ConfiguredElsewhere = OnMissingRecreate, true, true
		}), Undecided, Forget},
		{"the same, of a deletion", with(read404(), func(o *Observation) {
			o.OnMissing, o.NoRegistration, o.Operation = OnMissingRecreate, true, OperationDelete
		}), Undecided, Forget},
		{"registration is switched off at an endpoint that is written out", with(read404(), func(o *Observation) { o.Token, o.NoRegistration, o.EndpointGiven = DoesNotKnow, true, true }), Undecided, KeepAndWarn},
		{"a public client, and an authorization endpoint that might have told", with(read401(), func(o *Observation) { o.Token, o.SecretFree, o.Authorization = DoesNotKnow, true, Unanswered }), Undecided, Fail},
		{"a public client, and one that says the same of everybody", with(read401(), func(o *Observation) { o.Token, o.SecretFree, o.Authorization = DoesNotKnow, true, Silent }), Gone, Forget},
		{"registration is switched off, and both witnesses do not know it", with(read404(), func(o *Observation) { o.Token, o.Authorization, o.NoRegistration = DoesNotKnow, DoesNotKnow, true }), Gone, Forget},
		{"something else answers in the server's place", with(read401(), func(o *Observation) { o.Token, o.Authorization, o.Estranged = DoesNotKnow, DoesNotKnow, true }), Undecided, Fail},
		{"the same, with a deletion under way", with(read401(), func(o *Observation) { o.Deletion, o.Estranged, o.Apart = DeletionUnderWay, true, true }), Undecided, Fail},
		{"the same, to be taken as gone", with(read401(), func(o *Observation) { o.Estranged, o.OnMissing = true, OnMissingRecreate }), Undecided, Fail},
		{"the same, deleted by us", with(read401(), func(o *Observation) { o.Deletion, o.Estranged = DeletedByUs, true }), Gone, Forget},

		{"the provider's credential is refused", with(read401(), func(o *Observation) {
			o.ByProvider, o.Credential, o.Token, o.OnMissing = true, CredentialRefused, DoesNotKnow, OnMissingRecreate
		}), Undecided, Fail},
		{"the same behind a 404", with(read404(), func(o *Observation) {
			o.ByProvider, o.Credential, o.OnMissing = true, CredentialRefused, OnMissingRecreate
		}), Undecided, Fail},
		{"the same, kept by the user", with(read401(), func(o *Observation) { o.ByProvider, o.Credential, o.OnMissing = true, CredentialRefused, OnMissingKeep }), Undecided, KeepAndWarn},
		{"shown again, against both witnesses", with(read401(), func(o *Observation) { o.ShownAgain, o.Token, o.Authorization = true, DoesNotKnow, DoesNotKnow }), Alive, KeepAndWarn},
		{"shown again, as the user takes a missing one as gone", with(read401(), func(o *Observation) { o.ShownAgain, o.OnMissing = true, OnMissingRecreate }), Alive, KeepAndWarn},
		{"shown again, in a deletion", with(read401(), func(o *Observation) { o.ShownAgain, o.Operation = true, OperationDelete }), Alive, Fail},
		{"the provider's credential is good", with(read401(), func(o *Observation) { o.ByProvider, o.Credential, o.Repeated = true, CredentialGood, true }), Gone, Forget},
		{"the same, asked once", with(read401(), func(o *Observation) { o.ByProvider, o.Credential = true, CredentialGood }), Undecided, Fail},
		{"the same, never shown there", with(read401(), func(o *Observation) {
			o.ByProvider, o.Credential, o.Repeated, o.ShownBefore = true, CredentialGood, true, false
		}), Undecided, Fail},
		{"the same with 404: management may be off", with(read404(), func(o *Observation) { o.ByProvider, o.Credential, o.Repeated = true, CredentialGood, true }), Undecided, KeepAndWarn},
		// A good credential takes away no other reading of these: that a front end refuses the address, or that the resource wants another token.
		{"the same with 400", with(read401(), func(o *Observation) {
			o.Answer, o.ByProvider, o.Credential, o.Repeated = AnswerCredential, true, CredentialGood, true
		}), Undecided, Fail},
		{"the same with a 401 that is about the token", with(read401(), func(o *Observation) {
			o.AboutToken, o.ByProvider, o.Credential, o.Repeated = true, true, CredentialGood, true
		}), Undecided, Fail},
		{"the same, which the authorization endpoint bears out", with(read401(), func(o *Observation) {
			o.AboutToken, o.ByProvider, o.Credential, o.Repeated, o.Authorization = true, true, CredentialGood, true, DoesNotKnow
		}), Gone, Forget},
		{"a good credential of another server's", with(read401(), func(o *Observation) {
			o.ByProvider, o.Credential, o.Repeated, o.ConfiguredElsewhere = true, CredentialGood, true, true
		}), Undecided, Fail},
		{"nothing told of the provider's credential, and a token endpoint that refuses the secret", with(read401(), func(o *Observation) { o.ByProvider, o.Credential, o.Token = true, CredentialUntold, DoesNotKnow }), Undecided, Fail},

		{"on_missing error, 404", with(read404(), func(o *Observation) { o.OnMissing = OnMissingError }), Undecided, Fail},
		{"on_missing keep, 401", with(read401(), func(o *Observation) { o.OnMissing = OnMissingKeep }), Undecided, KeepAndWarn},
		{"on_missing recreate, 401", with(read401(), func(o *Observation) { o.OnMissing = OnMissingRecreate }), Undecided, Forget},
		{"on_missing recreate, known", with(read401(), func(o *Observation) { o.OnMissing, o.Token = OnMissingRecreate, Knows }), Alive, Fail},
		{"on_missing keep, known", with(read401(), func(o *Observation) { o.OnMissing, o.Token = OnMissingKeep, Knows }), Alive, KeepAndWarn},
		{"on_missing keep does not hide proof", with(read404(), func(o *Observation) { o.OnMissing, o.Token = OnMissingKeep, DoesNotKnow }), Gone, Forget},

		{"an update of a client that is gone", with(read404(), func(o *Observation) { o.Operation, o.Token = OperationUpdate, DoesNotKnow }), Gone, Fail},
		{"an update, undecided", with(read404(), func(o *Observation) { o.Operation = OperationUpdate }), Undecided, Fail},
		{"a refused update where there are no reads, and one worked before", with(read401(), func(o *Observation) { o.Operation, o.NoReads, o.Token = OperationUpdate, true, DoesNotKnow }), Gone, Fail},
		{"the same, where none ever did", with(read401(), func(o *Observation) {
			o.Operation, o.NoReads, o.ShownBefore, o.Token, o.Authorization = OperationUpdate, true, false, DoesNotKnow, TurnsAway
		}), Undecided, Fail},
		{"the same as 404", with(read404(), func(o *Observation) {
			o.Operation, o.NoReads, o.ShownBefore, o.Token, o.Authorization = OperationUpdate, true, false, DoesNotKnow, TurnsAway
		}), Undecided, Fail},
		{"the same, unknown at both endpoints", with(read404(), func(o *Observation) {
			o.Operation, o.NoReads, o.ShownBefore, o.Token, o.Authorization = OperationUpdate, true, false, DoesNotKnow, DoesNotKnow
		}), Gone, Fail},
		{"a deletion, undecided", with(read404(), func(o *Observation) { o.Operation = OperationDelete }), Undecided, Fail},
		{"an import of a client that is gone", with(read404(), func(o *Observation) { o.Importing, o.Token = true, DoesNotKnow }), Gone, Fail},
		{"an import, undecided", with(read404(), func(o *Observation) { o.Importing = true }), Undecided, Fail},

		{"403", with(read401(), func(o *Observation) { o.Answer, o.Token, o.OnMissing = AnswerForbidden, DoesNotKnow, OnMissingRecreate }), Undecided, Fail},
		{"405", with(read401(), func(o *Observation) { o.Answer, o.Token = AnswerUnsupported, DoesNotKnow }), Undecided, KeepAndWarn},
		{"no answer", with(read401(), func(o *Observation) { o.Answer, o.Token = AnswerLost, DoesNotKnow }), Undecided, Fail},
		{"a login page", with(read401(), func(o *Observation) { o.Answer, o.Token = AnswerRedirected, DoesNotKnow }), Undecided, Fail},
		{"HTML in a 200", with(read401(), func(o *Observation) { o.Answer, o.Token = AnswerUnusable, DoesNotKnow }), Undecided, Fail},
		{"another client", with(read401(), func(o *Observation) { o.Answer, o.Token = AnswerOtherClient, DoesNotKnow }), Undecided, Fail},
	}
	rules := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := tt.o.Decide()
			rules[v.Rule] = true
			if v.Presence != tt.presence || v.Step != tt.step {
				t.Errorf("%v, %v by %q, want %v, %v", v.Presence, v.Step, v.Rule, tt.presence, tt.step)
			}
		})
	}
	for _, row := range presenceTable {
		if !rules[row.rule] {
			t.Errorf("no test reaches the row %q", row.rule)
		}
	}
}

// What a read or an update leaves open may be taken as gone by a later plan, so that it is asked for twice, too.
func TestAsksAgain(t *testing.T) {
	for _, operation := range []Operation{OperationRead, OperationUpdate, OperationDelete} {
		for _, setting := range []OnMissing{OnMissingUnset, OnMissingKeep, OnMissingError, OnMissingRecreate} {
			o := with(read401(), func(o *Observation) { o.Operation, o.OnMissing = operation, setting })
			if want := operation != OperationDelete || setting == OnMissingRecreate; o.AsksAgain(false) != want || o.AsksAgain(true) {
				t.Errorf("%s, on_missing %q: asked again %v", operation, setting, o.AsksAgain(false))
			}
			if o.Token = Knows; o.AsksAgain(false) {
				t.Errorf("%s, on_missing %q: asked again of a client that is known", operation, setting)
			}
		}
	}
}

func TestWaysOut(t *testing.T) {
	tests := []struct {
		name      string
		o         Observation
		want, not []Way
	}{
		{"a refused token", read401(), []Way{WayTokens, WayOnMissingKeep, WayOnMissingRecreate}, []Way{WayCredentials, WayManagementProvider, WayTemplate, WayRefreshNever, WayManagementNone, WayStateRm}},
		{"a refused token where an administrator's credential is at hand", with(read401(), func(o *Observation) { o.HasProviderCredential = true }), []Way{WayManagementProvider}, nil},
		{"a refused token that was handed in alone", with(read401(), func(o *Observation) { o.EntryInTheWay, o.HasProviderCredential = true, true }), []Way{WayTokens, WayWithoutEntry, WayManagementProvider}, nil},
		{"a refused token that was handed in alone, and no other credential", with(read401(), func(o *Observation) { o.EntryInTheWay = true }), []Way{WayTokens}, []Way{WayWithoutEntry}},
		{"what is forbidden to a token that was handed in", with(read401(), func(o *Observation) { o.Answer, o.EntryTold = AnswerForbidden, true }), []Way{WayOtherEntry, WayTokens, WayRefreshNever}, []Way{WayOnMissingRecreate, WayManagementNone, WayStateRm}},
		{"a refused token beside one that was handed in before", with(read401(), func(o *Observation) { o.EntryOfBefore, o.Authorization = true, DoesNotKnow }), []Way{WayTokens, WayOnMissingRecreate, WayOnMissingKeep}, []Way{WayOtherEntry, WayManagementNone, WayStateRm}},
		{"a refused token of a client that lives", with(read401(), func(o *Observation) { o.Token = Knows }), []Way{WayTokens, WayOnMissingKeep}, []Way{WayOnMissingRecreate}},
		{"a client that may be disabled", with(read401(), func(o *Observation) { o.Token, o.Authorization, o.Refused = DoesNotKnow, Knows, true }), []Way{WayEnable, WayTokens}, []Way{WayOnMissingRecreate}},
		{"one that is not", with(read401(), func(o *Observation) { o.Token, o.Authorization = DoesNotKnow, Knows }), []Way{WayTokens}, []Way{WayEnable}},
		{"a refusal by something in the server's place", with(read401(), func(o *Observation) { o.Estranged = true }), []Way{WayRetry, WayTokens, WayOnMissingKeep}, []Way{WayOnMissingRecreate, WayManagementNone, WayStateRm}},
		{"a deletion that something before the server may have cut", with(read401(), func(o *Observation) {
			o.Operation, o.Deletion, o.OwnDeletion = OperationDelete, DeletionUnderWay, DeletionLost
		}), []Way{WayRetry, WayOnMissingRecreate}, []Way{WayManagementNone, WayStateRm}},
		{"one that was sent once more and refused", with(read401(), func(o *Observation) { o.Operation, o.Deletion = OperationDelete, DeletionUnderWay }), []Way{WayOnMissingRecreate, WayStateRm}, []Way{WayRetry, WayManagementNone}},
		{"a refused provider credential", with(read401(), func(o *Observation) { o.ByProvider, o.Credential = true, CredentialRefused }), []Way{WayCredentials, WayOnMissingKeep}, []Way{WayTokens, WayOnMissingRecreate}},
		{"an import by the client_id", with(read401(), func(o *Observation) { o.Importing, o.Guessed = true, true }), []Way{WayTemplate, WayTokens}, []Way{WayStateRm}},
		{"an import by the URI", with(read401(), func(o *Observation) { o.Importing = true }), []Way{WayTokens}, []Way{WayTemplate}},
		{"404", read404(), []Way{WayTemplate, WayOnMissingRecreate}, []Way{WayTokens, WayOnMissingKeep, WayRefreshNever, WayManagementNone, WayStateRm}},
		{"a refused token that is taken when it is sent again", with(read401(), func(o *Observation) { o.ShownAgain = true }), []Way{WayRetry, WayRefreshNever}, []Way{WayTokens, WayOnMissingRecreate, WayManagementNone, WayStateRm}},
		{"a client that is shown when it is asked for again", with(read404(), func(o *Observation) { o.ShownAgain = true }), []Way{WayRetry, WayRefreshNever}, []Way{WayTemplate, WayOnMissingRecreate, WayManagementNone, WayStateRm}},
		{"a client that is shown to the provider's own credential then", with(read401(), func(o *Observation) { o.ShownAgain, o.ByProvider, o.Credential = true, true, CredentialGood }), []Way{WayRetry, WayRefreshNever}, []Way{WayCredentials, WayOnMissingKeep, WayOnMissingRecreate, WayManagementNone, WayStateRm}},
		{"an import of one that is shown then", with(read401(), func(o *Observation) { o.ShownAgain, o.Importing, o.Guessed = true, true, true }), []Way{WayRetry}, []Way{WayTokens, WayTemplate}},
		{"a deletion that the provider's own credential may lack, of one that is shown", with(read401(), func(o *Observation) { o.ShownAgain, o.ByProvider, o.Operation = true, true, OperationDelete }), []Way{WayRetry, WayCredentials, WayStateRm}, []Way{WayManagementNone}},
		{"a server that registers nobody any more", with(read404(), func(o *Observation) { o.NoRegistration = true }), []Way{WayTemplate, WayRefreshNever}, []Way{WayOnMissingRecreate, WayOnMissingKeep, WayManagementNone, WayStateRm}},
		{"a refused token at a server that registers nobody any more", with(read401(), func(o *Observation) { o.NoRegistration = true }), []Way{WayTokens, WayOnMissingKeep}, []Way{WayOnMissingRecreate, WayManagementNone, WayStateRm}},
		{"an update at a server that registers nobody any more", with(read404(), func(o *Observation) { o.Operation, o.NoRegistration = OperationUpdate, true }), []Way{WayTemplate, WayManagementNone}, []Way{WayOnMissingRecreate, WayStateRm}},
		{"an update there of a client that is to be taken as gone", with(read404(), func(o *Observation) {
			o.Operation, o.OnMissing, o.NoRegistration = OperationUpdate, OnMissingRecreate, true
		}), []Way{WayTemplate, WayManagementNone}, []Way{WayPlanAgain, WayStateRm}},
		{"a deletion at a server that registers nobody any more", with(read404(), func(o *Observation) { o.Operation, o.NoRegistration = OperationDelete, true }), []Way{WayOnMissingRecreate, WayStateRm}, []Way{WayManagementNone}},
		{"a server that registers nobody any more, where another one is to", with(read404(), func(o *Observation) { o.NoRegistration, o.ConfiguredElsewhere = true, true }), []Way{WayServer, WayOnMissingRecreate}, nil},
		{"a provider configured elsewhere", with(read401(), func(o *Observation) { o.ConfiguredElsewhere, o.HasProviderCredential = true, true }), []Way{WayServer, WayImportThere, WayTokens}, []Way{WayManagementProvider}},
		{"a refused update at another server without reads", with(read401(), func(o *Observation) { o.Operation, o.NoReads, o.ConfiguredElsewhere = OperationUpdate, true, true }), []Way{WayServer}, []Way{WayTokens, WayImportThere}},
		{"a server that moved", with(read404(), func(o *Observation) { o.ConfiguredElsewhere, o.Estranged = true, true }), []Way{WayServer, WayImportThere}, []Way{WayTemplate, WayRetry}},
		{"a server that moved, whose old address nobody answers", with(read404(), func(o *Observation) { o.Answer, o.ConfiguredElsewhere = AnswerLost, true }), []Way{WayServer, WayImportThere, WayRetry}, []Way{WayTemplate}},
		{"another server, to which the provider's credentials are not sent", with(read404(), func(o *Observation) { o.Answer, o.ConfiguredElsewhere, o.ByProvider = AnswerLost, true, true }), []Way{WayServer, WayImportThere}, []Way{WayRetry, WayCredentials}},
		{"a deletion", with(read401(), func(o *Observation) { o.Operation = OperationDelete }), []Way{WayTokens, WayOnMissingRecreate, WayStateRm}, []Way{WayRefreshNever, WayOnMissingKeep, WayManagementNone}},
		{"an update", with(read404(), func(o *Observation) { o.Operation = OperationUpdate }), []Way{WayTemplate, WayOnMissingRecreate}, []Way{WayRefreshNever, WayOnMissingKeep, WayManagementNone, WayStateRm}},
		{"an update of a client that is to be taken as gone", with(read404(), func(o *Observation) { o.Operation, o.OnMissing = OperationUpdate, OnMissingRecreate }), []Way{WayTemplate, WayPlanAgain}, []Way{WayOnMissingRecreate, WayManagementNone, WayStateRm}},
		{"an update where there are no reads", with(read404(), func(o *Observation) { o.Operation, o.NoReads = OperationUpdate, true }), []Way{WayManagementNone, WayOnMissingRecreate}, []Way{WayTemplate, WayStateRm}},
		{"a refused update where there are no reads", with(read401(), func(o *Observation) { o.Operation, o.NoReads = OperationUpdate, true }), []Way{WayTokens, WayOnMissingRecreate}, []Way{WayRefreshNever, WayManagementNone, WayStateRm}},
		{"an import", with(read401(), func(o *Observation) { o.Importing = true }), []Way{WayTokens}, []Way{WayStateRm, WayManagementNone, WayRefreshNever, WayOnMissingKeep, WayOnMissingRecreate}},
		{"no answer", with(read401(), func(o *Observation) { o.Answer = AnswerLost }), []Way{WayRetry, WayRefreshNever}, []Way{WayTokens, WayOnMissingRecreate, WayTemplateSet, WayManagementNone, WayStateRm}},
		{"no answer at another origin", with(read401(), func(o *Observation) { o.Answer, o.AtAnotherOrigin = AnswerLost, true }), []Way{WayRetry, WayTemplateSet, WayRefreshNever}, []Way{WayTokens, WayTemplate, WayManagementNone, WayStateRm}},
		{"no answer to an update", with(read401(), func(o *Observation) { o.Answer, o.Operation = AnswerLost, OperationUpdate }), []Way{WayRetry, WayNeverAgain}, []Way{WayManagementNone, WayStateRm}},
		{"no answer to a deletion", with(read401(), func(o *Observation) { o.Answer, o.Operation = AnswerLost, OperationDelete }), []Way{WayRetry, WayNeverAgain}, []Way{WayManagementNone, WayStateRm}},
		{"a deletion that something in the server's place refuses", with(read401(), func(o *Observation) { o.Operation, o.Estranged = OperationDelete, true }), []Way{WayRetry, WayTokens, WayNeverAgain}, []Way{WayManagementNone, WayStateRm, WayOnMissingRecreate}},
		{"a deletion that is not sent, however often it is tried", with(read401(), func(o *Observation) { o.Answer, o.Operation, o.NotSent = AnswerLost, OperationDelete, true }), []Way{WayTokens, WayStateRm}, []Way{WayRetry, WayNeverAgain}},
		{"a deletion of a server that has none", with(read401(), func(o *Observation) { o.Answer, o.Operation = AnswerRefused, OperationDelete }), []Way{WayManagementNone, WayStateRm}, nil},
		{"404, which is to be an error", with(read404(), func(o *Observation) { o.OnMissing = OnMissingError }), []Way{WayTemplate, WayOnMissingKeep, WayOnMissingRecreate}, []Way{WayRefreshNever}},
		{"a token that has expired", with(read401(), func(o *Observation) { o.Token, o.TokenExpired = Knows, true }), []Way{WayTokens, WayRefreshNever, WayManagementNone}, []Way{WayOnMissingKeep, WayStateRm}},
		{"what no read is allowed to show", with(read401(), func(o *Observation) { o.Answer = AnswerUnsupported }), []Way{WayRefreshNever}, []Way{WayManagementNone, WayStateRm, WayNeverAgain}},
		{"no answer at the URI of an import", with(read401(), func(o *Observation) { o.Answer, o.AtAnotherOrigin, o.Importing = AnswerLost, true, true }), []Way{WayRetry}, []Way{WayTemplateSet}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ways := tt.o.Decide().Ways
			for _, way := range tt.want {
				if !slices.Contains(ways, way) {
					t.Errorf("%q is not among %q", way, ways)
				}
			}
			for _, way := range tt.not {
				if slices.Contains(ways, way) {
					t.Errorf("%q is among %q and does not work here", way, ways)
				}
			}
		})
	}
}

var (
	allAnswers     = []Answer{AnswerLost, AnswerDone, AnswerUnusable, AnswerOtherClient, AnswerMissing, AnswerUnauthorized, AnswerCredential, AnswerForbidden, AnswerUnsupported, AnswerRedirected, AnswerRefused}
	allTestimonies = []Testimony{NotAsked, Unanswered, Silent, Knows, DoesNotKnow, TurnsAway}
	allCredentials = []CredentialTestimony{CredentialNotAsked, CredentialUntold, CredentialGood, CredentialRefused}
)

func drawObservation(t *rapid.T) Observation {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	return Observation{
		Operation: rapid.SampledFrom([]Operation{OperationRead, OperationUpdate, OperationDelete}).Draw(t, "operation"),
		Answer:    rapid.SampledFrom(allAnswers).Draw(t, "answer"),
		Repeated:  flag("repeated"), ShownBefore: flag("shown before"), AboutToken: flag("about the token"),
		HomeAsked: flag("home asked"), ConfiguredElsewhere: flag("elsewhere"), Estranged: flag("estranged"), NoRegistration: flag("no registration"), OwnWords: flag("own words"), Apart: flag("apart"), Document: flag("document"), OwnDeletion: OwnDeletion(rapid.IntRange(0, 2).Draw(t, "own deletion")), NoReads: flag("no reads"),
		Token:              rapid.SampledFrom(allTestimonies).Draw(t, "token endpoint"),
		Authorization:      rapid.SampledFrom(allTestimonies).Draw(t, "authorization endpoint"),
		SecretMayHaveMoved: flag("moved"), SecretFree: flag("secret free"), URIMayHaveMoved: flag("uri moved"), TokenMayHaveMoved: flag("token moved"), TokenExpired: flag("expired"),
		ByProvider: flag("by provider"), HasProviderCredential: flag("has credential"), EntryInTheWay: flag("entry in the way"),
		Credential: rapid.SampledFrom(allCredentials).Draw(t, "credential"),
		Deletion:   rapid.SampledFrom([]Deletion{NotDeleted, DeletionUnderWay, DeletedByUs}).Draw(t, "deletion"),
		Importing:  flag("importing"),
		OnMissing:  rapid.SampledFrom([]OnMissing{OnMissingUnset, OnMissingError, OnMissingKeep, OnMissingRecreate}).Draw(t, "on_missing"),
	}
}

// often runs a property over many more combinations than rapid's default: each is cheap.
func often(t *testing.T, property func(*rapid.T)) {
	rapid.Check(t, func(rt *rapid.T) {
		for range 40 {
			property(rt)
		}
	})
}

func TestPresenceInvariants(t *testing.T) {
	often(t, func(rt *rapid.T) {
		o := drawObservation(rt)
		v := o.Decide()
		local := o.foreignless()
		witnessed := local.Token == DoesNotKnow || local.Authorization == DoesNotKnow || local.Credential == CredentialGood || o.Deletion != NotDeleted
		switch {
		case v.Step == Forget && v.Presence == Alive:
			rt.Fatalf("a client that a witness knows is forgotten: %+v", o)
		case v.Presence == Gone && !witnessed:
			rt.Fatalf("gone without a second witness at its own server: %+v", o)
		case v.Presence == Gone && !o.Answer.NeedsWitnesses():
			rt.Fatalf("gone after an answer that never means it: %+v", o)
		case v.Step == Forget && v.Presence != Gone && o.OnMissing != OnMissingRecreate:
			rt.Fatalf("an undecided client is forgotten though nobody said so: %+v", o)
		case v.Step == Forget && (o.Importing || o.Operation == OperationUpdate):
			rt.Fatalf("forgotten where nothing can be: %+v", o)
		case v.Step == KeepAndWarn && o.Operation != OperationRead:
			rt.Fatalf("an operation that was not carried out passes as done: %+v", o)
		case o.Estranged && o.Deletion != DeletedByUs && v.Step == Forget:
			rt.Fatalf("forgotten by what answers in the server's place: %+v", o)
		case (v.Step == Forget || v.Presence == Gone) && !o.MayForget() && o.Deletion != DeletedByUs:
			rt.Fatalf("gone, without the server having been heard: %+v", o)
		case v.Step != Proceed && len(v.Ways) == 0:
			rt.Fatalf("no way out of %q: %+v", v.Rule, o)
		case local.credentialBad() && v.Step == Forget:
			rt.Fatalf("a refused provider credential makes a client forgotten: %+v", o)
		}
	})
}

func TestNothingAtAnotherServerCounts(t *testing.T) {
	often(t, func(rt *rapid.T) {
		o := drawObservation(rt)
		o.HomeAsked, o.ConfiguredElsewhere = false, true
		silent := o
		silent.Token, silent.Authorization, silent.Credential = NotAsked, NotAsked, CredentialNotAsked
		if got, want := o.Decide(), silent.Decide(); got.Presence != want.Presence || got.Step != want.Step {
			rt.Fatalf("another server's word changes %v, %v to %v, %v: %+v", want.Presence, want.Step, got.Presence, got.Step, o)
		}
	})
}

// A client lives and everything but one observation is true: it is never forgotten, whatever that one observation says.
func TestNoSingleObservationForgets(t *testing.T) {
	often(t, func(rt *rapid.T) {
		o := drawObservation(rt)
		if o.OnMissing == OnMissingRecreate {
			o.OnMissing = OnMissingUnset
		}
		truth := []Testimony{NotAsked, Unanswered, Silent, Knows}
		o.Answer, o.Repeated, o.Deletion = AnswerDone, false, NotDeleted
		o.Token, o.Authorization = rapid.SampledFrom(truth).Draw(rt, "true token"), rapid.SampledFrom(truth).Draw(rt, "true authorization")
		if o.SecretMayHaveMoved && !o.SecretFree && rapid.Bool().Draw(rt, "moved indeed") {
			o.Token = DoesNotKnow // true, and misleading
		}
		if (o.TokenExpired || o.TokenMayHaveMoved || o.URIMayHaveMoved) && rapid.Bool().Draw(rt, "expired or moved indeed") {
			o.Answer = AnswerUnauthorized // the same
			if rapid.Bool().Draw(rt, "as if nothing were there") {
				o.Answer = AnswerMissing
			}
		}
		switch rapid.IntRange(0, 4).Draw(rt, "false observation") {
		case 0:
			o.Answer = rapid.SampledFrom(allAnswers).Draw(rt, "false answer")
		case 1:
			o.Token = DoesNotKnow
		case 2:
			o.Authorization = DoesNotKnow
		case 3:
			o.Credential = CredentialGood
		case 4:
			o.Deletion = DeletionUnderWay
		}
		if v := o.Decide(); v.Step == Forget {
			rt.Fatalf("forgotten by %q: %+v", v.Rule, o)
		}
	})
}

func TestTokenMayHaveMoved(t *testing.T) {
	fixed := Facts{ReadSeen: true, UpdateSeen: true}
	reads, updates, moves := fixed, fixed, moving(fixed)
	reads.RotatesOnRead, updates.TokenOnUpdate = true, true
	for _, tt := range []struct {
		name       string
		h          SecretHistory
		token, uri bool
	}{
		{"no answer is missing", SecretHistory{Facts: updates}, false, false},
		{"the token never changes", SecretHistory{Facts: fixed, Lost: true, Unanswered: true, Unread: true}, false, false},
		{"nothing seen", SecretHistory{Lost: true}, true, true},
		{"no update seen", SecretHistory{Facts: Facts{ReadSeen: true}, Lost: true}, true, true},
		{"no read seen", SecretHistory{Facts: Facts{UpdateSeen: true}, Lost: true}, true, false},
		{"new with each update", SecretHistory{Facts: updates, Lost: true}, true, false},
		{"new with each update, by the journal", SecretHistory{Facts: updates, Unanswered: true}, true, false},
		{"the same, and shown since", SecretHistory{Facts: updates, Unanswered: true, Shown: true}, false, false},
		{"moves, and the last update was not read back", SecretHistory{Facts: moves, Unread: true}, false, true},
		{"moves, by the journal, and shown since", SecretHistory{Facts: moves, Unanswered: true, Shown: true}, false, false},
		{"shown since, and another answer lost after that", SecretHistory{Facts: updates, Unanswered: true, Shown: true, Lost: true}, true, false},
		{"new with each update, the last one not read back", SecretHistory{Facts: updates, Unread: true}, true, false},
		{"new with each update, and shown to the provider's own credentials since", SecretHistory{Facts: updates, TokenUntried: true}, true, false},
		{"the same, by the journal, too", SecretHistory{Facts: updates, Unanswered: true, Shown: true, TokenUntried: true}, true, false},
		{"moves, and shown to the provider's own credentials since", SecretHistory{Facts: moves, TokenUntried: true}, false, false},
		{"new with each read", SecretHistory{Facts: reads, Lost: true}, true, false},
		{"moves", SecretHistory{Facts: moves, Lost: true}, false, true},
	} {
		if token, uri := tt.h.TokenMayHaveMoved(), tt.h.URIMayHaveMoved(); token != tt.token || uri != tt.uri {
			t.Errorf("%s: token %v, URI %v", tt.name, token, uri)
		}
	}
}

func TestSecretMayHaveMoved(t *testing.T) {
	seen := Facts{SecretOnRead: SecretShown, UpdateSeen: true}
	rotating := Facts{SecretOnRead: SecretRotates, RotatesOnRead: true, UpdateSeen: true}
	perUpdate := Facts{SecretOnRead: SecretShown, UpdateSeen: true, SecretOnUpdate: true}
	bothPerUpdate := Facts{SecretOnRead: SecretHidden, UpdateSeen: true, SecretOnUpdate: true, TokenOnUpdate: true}
	tests := []struct {
		name string
		h    SecretHistory
		want bool
	}{
		{"nothing seen", SecretHistory{}, true},
		{"nothing seen, journaled", SecretHistory{Journaled: true}, true},
		{"read back and updated, nothing moved", SecretHistory{Facts: seen}, false},
		{"read back, never updated", SecretHistory{Facts: Facts{SecretOnRead: SecretShown}}, false},
		{"the same with a journal, which would have it", SecretHistory{Facts: Facts{SecretOnRead: SecretShown}, Journaled: true}, false},
		{"rotates on reads", SecretHistory{Facts: rotating, TokenRefused: true}, true},
		{"rotates on reads, every answer in the journal", SecretHistory{Facts: rotating, Journaled: true}, false},
		{"rotates on reads, an answer missing in the journal", SecretHistory{Facts: rotating, Journaled: true, Unanswered: true}, true},
		{"an answer missing in the journal, and the client shown with its token since", SecretHistory{Facts: seen, Journaled: true, Unanswered: true, Shown: true, TokenRefused: true}, true},
		{"the same, with its secret, too", SecretHistory{Facts: seen, Journaled: true, Unanswered: true, Shown: true, SecretShown: true, TokenRefused: true}, false},
		{"the same, which has expired since", SecretHistory{Facts: seen, Journaled: true, Unanswered: true, Shown: true, SecretShown: true, TokenRefused: true, Expired: true}, true},
		{"new with each update, the token fixed and refused", SecretHistory{Facts: perUpdate, TokenRefused: true}, false},
		{"the same, refused at the address before of a server that moves clients", SecretHistory{Facts: moving(perUpdate), TokenRefused: true}, true},
		{"the same, and nothing has proved what the last update showed", SecretHistory{Facts: perUpdate, TokenRefused: true, Unread: true}, false},
		{"token and secret new with each update, nothing has proved what the last one showed", SecretHistory{Facts: bothPerUpdate, TokenRefused: true, Unread: true, Journaled: true}, true},
		{"read back, and nothing has proved what the first update showed", SecretHistory{Facts: Facts{SecretOnRead: SecretHidden}, TokenRefused: true, Unread: true}, true},
		{"the same, journaled", SecretHistory{Facts: Facts{SecretOnRead: SecretHidden}, TokenRefused: true, Unread: true, Journaled: true}, true},
		{"updates that replace nothing, and the last one not read back", SecretHistory{Facts: seen, TokenRefused: true, Unread: true, Journaled: true}, false},
		{"new with each update, 404", SecretHistory{Facts: perUpdate}, true},
		{"expired", SecretHistory{Facts: seen, Expired: true}, true},
		{"the refusal of an update that may be about its secret", SecretHistory{Facts: seen, TokenRefused: true, Journaled: true, UpdateRefused: true}, true},
		{"another one unproven", SecretHistory{Facts: seen, Journaled: true, Unproven: true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.h.MayHaveMoved(); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
