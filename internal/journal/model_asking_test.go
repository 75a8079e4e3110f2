// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"slices"
	"time"
)

// modelAsking are the requests for a client that have no answer, oldest first.
type modelAsking struct {
	requests []*modelRequest
	shown    bool
	secret   bool // and its secret was
	time     time.Time
	expires  bool // a compaction may have dropped the note, or drops it yet
}

// expire notes what a compaction may drop now. A client that is registered later does not bring it back.
func (m *model) expire() {
	for id, a := range m.asking {
		a.expires = a.expires || m.clients[id] == nil && m.now.Sub(a.time) >= keepIntents
		m.asking[id] = a
	}
}

// modelRequest is one of them. Where its run has ended, it is over, too.
type modelRequest struct {
	run, client string
	over        bool
	name        Request
	before      glance
}

// glance is what a run was told of a client, and what was over then as it sees it.
type glance struct {
	entry Entry
	over  []*modelRequest
	count int // the model's of then
}

// over are the requests that are not under way any more, as one run sees it.
func (m *model) over(id, here string) (over []*modelRequest) {
	for _, r := range m.asking[id].requests {
		if r.run == here && r.over || r.run != here && m.runs[r.run] != "alive" {
			over = append(over, r)
		}
	}
	return over
}

// underWay is how many of them one run has under way.
func (m *model) underWay(id, here string) (n int) {
	for _, r := range m.asking[id].requests {
		if r.run == here && !r.over {
			n++
		}
	}
	return n
}

// settle ends the notes of some requests.
func (m *model) settle(id string, requests ...*modelRequest) {
	a := m.asking[id]
	a.requests = slices.DeleteFunc(slices.Clone(a.requests), func(r *modelRequest) bool { return slices.Contains(requests, r) })
	if m.asking[id] = a; len(a.requests) == 0 {
		delete(m.asking, id)
	}
}
