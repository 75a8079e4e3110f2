// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "sync"

// clientKey is a client at a server: two servers may both have a client "1".
type clientKey struct{ server, clientID string }

// requests are those of this run that may replace the credentials of a client and have no answer: of each operation, since a data source may read the
// client of a resource. The journal knows more, but not each run has one, and its disk may be full.
type requests struct {
	mu   sync.Mutex
	last int
	of   map[clientKey]map[int]bool // by number; whether it is over, so that its answer is missing
}

// asking is one request. before are those that were over when it began.
type asking struct {
	client clientKey
	number int // 0 for one that replaces nothing
	before []int
}

func (r *requests) begin(client clientKey, mayRotate bool) asking {
	a := asking{client: client}
	if client.clientID == "" {
		return a
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for number, over := range r.of[a.client] {
		if over {
			a.before = append(a.before, number)
		}
	}
	if !mayRotate {
		return a
	}
	r.last++
	a.number = r.last
	if r.of == nil {
		r.of = map[clientKey]map[int]bool{}
	}
	if r.of[a.client] == nil {
		r.of[a.client] = map[int]bool{}
	}
	r.of[a.client][a.number] = false
	return a
}

// end ends a request. An answer settles what was left without one before it, and nothing that was under way beside it.
func (r *requests) end(a asking, answered, lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	here := r.of[a.client]
	switch {
	case a.number == 0:
	case lost:
		here[a.number] = true
	default:
		delete(here, a.number)
	}
	if answered {
		for _, number := range a.before {
			delete(here, number)
		}
	}
}

// missing reports whether a client has such a request.
func (r *requests) missing(client clientKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.of[client]) > 0
}
