// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"bytes"
	"net/http"
	"slices"
)

// CallFault is what goes wrong with some calls of one operation.
type CallFault struct {
	// From is the first call that it concerns, counted from 1 since the faults were set last; 0 is 1.
	From int
	// Times is how many calls it concerns in a row; 0 is all from then on.
	Times int
	// After, if set, counts only calls that come after a request of this operation was processed: reads After OpRegister
	// are those that look at a client that was just registered.
	After Operation
	// Matches, if set, counts only the requests for which it is true.
	Matches func(*http.Request) bool
	// Down refuses all connections after a call that it concerns was answered, until AcceptConnections: the next
	// request of any operation finds nobody. Of Answer, nothing is used then.
	Down bool
	// Answer is what these calls get.
	Answer Answer
}

// callFaults are the faults of an operation's calls.
func (f Faults) callFaults(op Operation) []CallFault {
	switch op {
	case OpRegister:
		return f.Registration.Calls
	case OpRead:
		return f.Reading.Calls
	case OpUpdate:
		return f.Updating.Calls
	case OpDelete:
		return f.Deletion.Calls
	case OpToken:
		return f.TokenEndpoint.Calls
	case OpAuthorize:
		return f.AuthorizationEndpoint.Calls
	case OpMetadata:
		return f.Discovery.Calls
	case opFront:
		return f.Front
	}
	return nil
}

// opFront is the key of what Faults.Front counts.
const opFront Operation = "front"

// callFault counts a call and gives the first fault that concerns it and is not Down, nil for none.
func (s *Server) callFault(c *call) *Answer {
	if front := s.faultOf(c, opFront); front != nil {
		return front
	}
	return s.faultOf(c, c.op)
}

func (s *Server) faultOf(c *call, of Operation) *Answer {
	all := c.f.callFaults(of)
	if len(s.calls[of]) != len(all) {
		s.calls[of] = make([]int, len(all))
	}
	var found *Answer
	for i, fault := range all {
		if fault.After != "" && s.processed[fault.After] == 0 || fault.Matches != nil && !fault.Matches(c.r) {
			continue
		}
		s.calls[of][i]++
		from := max(fault.From, 1)
		if n := s.calls[of][i]; n < from || fault.Times > 0 && n >= from+fault.Times {
			continue
		}
		if fault.Down {
			c.last = true
		} else if found == nil {
			found = &all[i].Answer
		}
	}
	if found != nil {
		s.struck[c.op]++
	}
	return found
}

// Struck is how many calls of an operation a CallFault concerned since the server started. A test that wants a fault to
// show asks this first: a fault that no request met shows nothing.
func (s *Server) Struck(op Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.struck[op]
}

// write is the last change of a client: how the client was before it.
type write struct {
	id  string
	old *client // nil for a registration
}

// copied is a client as it is now.
func (cl *client) copied() *client {
	one := *cl
	one.metadata = cloneMap(cl.metadata)
	return &one
}

// written notes how a client was before a management request, where the request changed it.
func (s *Server) written(old *client) {
	if old == nil {
		return
	}
	cl := s.clients[old.id]
	same := cl != nil && old.secret == cl.secret && old.token == cl.token && old.deleted == cl.deleted &&
		old.generation == cl.generation && bytes.Equal(encode(old.metadata), encode(cl.metadata))
	if !same {
		s.last = &write{id: old.id, old: old}
	}
}

// storeOperations are those whose answer depends on which clients a replica knows.
var storeOperations = append(slices.Clone(aboutClients), OpToken, OpAuthorize)

// staleAnswer is the answer of a replica that has not seen the last write.
func (s *Server) staleAnswer(c *call) answer {
	last := s.last
	if last == nil || c.op == OpRegister || !slices.Contains(storeOperations, c.op) {
		return s.shape(c, s.process(c))
	}
	if c.op == OpRead || c.op == OpToken || c.op == OpAuthorize || c.id == last.id && last.old == nil {
		// The replica's own store answers, and what the answer does to it is lost.
		restore := s.goBack(last)
		defer restore()
		return s.shape(c, s.process(c))
	}
	a := s.shape(c, s.process(c))
	if c.op == OpUpdate && a.failed == nil && last.old != nil && c.id == last.id {
		a.doc = s.document(c, last.old, shown{})
	}
	return a
}

// goBack puts a client in the store as it was before its last change, and returns what undoes that.
func (s *Server) goBack(last *write) (restore func()) {
	cl, order, kept := s.clients[last.id], s.order, s.last
	s.order = slices.DeleteFunc(slices.Clone(order), func(id string) bool { return id == last.id })
	delete(s.clients, last.id)
	if last.old != nil {
		s.clients[last.id] = last.old.copied()
		s.order = append(s.order, last.id)
	}
	return func() {
		s.order, s.last = order, kept
		delete(s.clients, last.id)
		if cl != nil {
			s.clients[last.id] = cl
		}
	}
}
