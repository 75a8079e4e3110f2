// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"maps"
	"slices"
	"sync"
)

// clientKey is a client at a server: two servers may both have a client "1".
type clientKey struct{ server, clientID string }

// requests knows of which clients this run has lost an answer that may have replaced credentials, whichever operation asked: a data source may read the
// client of a resource. The journal knows more, but not each run has one, and its disk may be full.
type requests struct {
	mu   sync.Mutex
	last int
	lost map[clientKey]map[int]bool // by number: whether the client has a registration access token, as far as who asked knew
}

// asking is one request. before are the answers that were lost when it began, and token is whether any of these says that the client has a token.
type asking struct {
	client clientKey
	before []int
	token  bool
}

func (r *requests) begin(client clientKey) asking {
	r.mu.Lock()
	defer r.mu.Unlock()
	lost := r.lost[client]
	return asking{client, slices.Collect(maps.Keys(lost)), slices.Contains(slices.Collect(maps.Values(lost)), true)}
}

// answered settles what was lost before the request, and nothing that was under way beside it.
func (r *requests) answered(a asking) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, number := range a.before {
		delete(r.lost[a.client], number)
	}
}

// unanswered keeps that the answer to the request is missing.
func (r *requests) unanswered(a asking, token bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.client.clientID == "" {
		return
	}
	if r.lost == nil {
		r.lost = map[clientKey]map[int]bool{}
	}
	if r.lost[a.client] == nil {
		r.lost[a.client] = map[int]bool{}
	}
	r.last++
	r.lost[a.client][r.last] = token
}

// missing reports whether an answer is missing.
func (r *requests) missing(client clientKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.lost[client]) > 0
}
