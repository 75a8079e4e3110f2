// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "testing"

func TestDeletionAtUnproved(t *testing.T) {
	done := AtAddress{Answer: AnswerDone, Status: 204}
	acknowledged, lost, missing := AtAddress{Answer: AnswerDone, Status: 200}, AtAddress{Answer: AnswerLost, MaybeProcessed: true}, AtAddress{Answer: AnswerMissing}
	refused, none, moved := AtAddress{Answer: AnswerUnauthorized}, AtAddress{Answer: AnswerUnsupported}, AtAddress{Answer: AnswerRedirected}
	for _, c := range []struct {
		name            string
		unproved, known AtAddress
		want            bool
	}{
		{"204, and the known one has it", done, done, false},
		{"204, and the known one may have it", done, lost, false},
		{"204, and the known one does not have it", done, missing, true},
		{"204, and the known one refuses the token", done, refused, true},
		{"204, and the known one led there", done, moved, true},
		{"204, and the known one deletes nothing", done, none, true},
		{"204, and a success is at the known one", done, acknowledged, true},
		{"a success, and the known one has it", acknowledged, done, false},
		{"a success, and the known one does not have it", acknowledged, missing, true},
		{"lost, and the known one acknowledged", lost, done, false},
		{"lost, and the known one does not have it", lost, missing, true},
		{"lost twice", lost, lost, false},
		{"neither has it", missing, refused, false},
		{"not there, and the known one deletes nothing", missing, none, true},
		{"not there, and a page is at the known one", missing, AtAddress{Answer: AnswerDone, Status: 200, Page: true}, true},
		{"not there, and the known one acknowledged", missing, acknowledged, false},
		{"not there, and the known one keeps it", missing, AtAddress{Answer: AnswerRefused}, false},
	} {
		if got := DeletionAtUnproved(c.unproved, c.known); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestUpdateAtUnproved(t *testing.T) {
	metadata, lost, missing := AtAddress{Answer: AnswerRefused}, AtAddress{Answer: AnswerLost, MaybeProcessed: true}, AtAddress{Answer: AnswerMissing}
	none := AtAddress{Answer: AnswerUnsupported}
	for _, c := range []struct {
		name            string
		unproved, known AtAddress
		want            bool
	}{
		{"the metadata is refused where the client is", metadata, missing, true},
		{"the metadata is refused by both", metadata, metadata, false},
		{"the metadata is refused, and nothing else is known", metadata, lost, true},
		{"the metadata is refused at the known one", missing, metadata, false},
		{"lost where the client is", lost, missing, true},
		{"lost, and the known one refuses the metadata", lost, metadata, false},
		{"lost twice", lost, lost, false},
		{"neither has it", missing, missing, false},
		{"there are no updates there", none, missing, false},
		{"not there, and there are no updates at the known one", missing, none, true},
	} {
		if got := UpdateAtUnproved(c.unproved, c.known); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// What the known address answers leaves it possible that the client is at another one, but where it shows the client, looked at its metadata, or was not reached.
func TestMayBeElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		at        AtAddress
		operation Operation
		want      bool
	}{
		"done":                         {AtAddress{Answer: AnswerDone}, OperationRead, false},
		"deleted by a page":            {AtAddress{Answer: AnswerDone, Page: true}, OperationDelete, true},
		"no answer":                    {AtAddress{Answer: AnswerLost}, OperationUpdate, false},
		"an outage":                    {AtAddress{Answer: AnswerLost, Outage: true}, OperationUpdate, true},
		"the metadata is refused":      {AtAddress{Answer: AnswerRefused}, OperationUpdate, false},
		"a read is refused":            {AtAddress{Answer: AnswerRefused}, OperationRead, true},
		"no such client":               {AtAddress{Answer: AnswerMissing}, OperationRead, true},
		"forbidden":                    {AtAddress{Answer: AnswerForbidden}, OperationDelete, true},
		"no such operation":            {AtAddress{Answer: AnswerUnsupported}, OperationUpdate, true},
		"a login page":                 {AtAddress{Answer: AnswerRedirected}, OperationRead, true},
		"a success without the client": {AtAddress{Answer: AnswerUnusable}, OperationRead, true},
		"another client":               {AtAddress{Answer: AnswerOtherClient}, OperationRead, true},
	} {
		if got := c.at.MayBeElsewhere(c.operation); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
