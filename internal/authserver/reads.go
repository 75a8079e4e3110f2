// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"sync"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// knownReads is what is known of the reads of this run's clients. Servers may have one address for all of them (RFC 7592 §2), so that a client goes by its
// client_id there.
type knownReads struct {
	mu  sync.Mutex
	all map[string]map[string]reconcile.ReadQuestion // client configuration endpoint → client_id
}

// note keeps what is known of a client's reads, and its setting of refresh where the operation has it. That they rotate is not unlearnt.
func (k *knownReads) note(uri, clientID string, question reconcile.ReadQuestion) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if before, known := k.all[uri][clientID]; known {
		question = question.Rotating(before.Facts)
		question.Refresh = cmp.Or(question.Refresh, before.Refresh)
	}
	k.put(uri, clientID, question)
}

// rotated keeps that a look at a client cost it a credential, which does not tell what it did to the secret.
func (k *knownReads) rotated(uri, clientID string, learnt reconcile.Facts) {
	k.mu.Lock()
	defer k.mu.Unlock()
	question, known := k.all[uri][clientID]
	if !known {
		question = reconcile.ReadQuestion{Facts: learnt, HasToken: true}
	}
	k.put(uri, clientID, question.Rotating(learnt))
}

func (k *knownReads) put(uri, clientID string, question reconcile.ReadQuestion) {
	if k.all == nil {
		k.all = map[string]map[string]reconcile.ReadQuestion{}
	}
	if k.all[uri] == nil {
		k.all[uri] = map[string]reconcile.ReadQuestion{}
	}
	k.all[uri][clientID] = question
}

// forget is for a client of which no read shows anything.
func (k *knownReads) forget(uri, clientID string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.all[uri][clientID].Facts.ReadRotates() {
		delete(k.all[uri], clientID)
	}
}

// of is what is known of a client's reads, and of each client at the address where the look names none, or where a look that named none was made.
func (k *knownReads) of(uri, clientID string) (questions []reconcile.ReadQuestion) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, question := range k.all[uri] {
		if clientID == "" || id == "" || id == clientID {
			questions = append(questions, question)
		}
	}
	return questions
}
