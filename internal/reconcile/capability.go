// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// Capability says whether a server has an operation for a client.
type Capability string

// The zero value is unknown.
const (
	CapabilityUnknown Capability = ""
	CapabilityYes     Capability = "yes"
	CapabilityNo      Capability = "no"
)

// Capabilities are what was learnt of the operations at a client's own URI. OpenID Connect Dynamic Client Registration §4
// defines only the read, so that a server without the others conforms.
type Capabilities struct {
	Read   Capability `json:"read,omitempty"`
	Update Capability `json:"update,omitempty"`
	Delete Capability `json:"delete,omitempty"`
}

// Learn takes what an answer teaches. A success teaches that there is the operation. That there is none is taught only by
// an answer that servers without it give, beside a read that works (readWorks, in the same operation): alone, a 404 or a
// redirect may be an outage of the whole endpoint. A read that is not supported needs no other.
//
// An operation that worked before is unlearnt only by an answer that says so itself (405, 501, or in words).
func (c Capabilities) Learn(operation Operation, answer Answer, readWorks bool) Capabilities {
	field := c.field(operation)
	switch {
	case field == nil:
	case answer == AnswerDone:
		*field = CapabilityYes
	case operation == OperationRead:
		if answer == AnswerUnsupported {
			*field = CapabilityNo
		}
	case answer == AnswerUnsupported && readWorks:
		*field = CapabilityNo
	case (answer == AnswerMissing || answer == AnswerRedirected) && readWorks && *field != CapabilityYes:
		*field = CapabilityNo
	}
	return c
}

// field returns the capability of an operation in the receiver's own copy.
func (c *Capabilities) field(operation Operation) *Capability {
	switch operation {
	case OperationRead:
		return &c.Read
	case OperationUpdate:
		return &c.Update
	case OperationDelete:
		return &c.Delete
	}
	return nil
}

// ChangeStep is how a plan makes a change of a client's metadata.
type ChangeStep int

// The steps.
const (
	ChangeByUpdate      ChangeStep = iota
	ChangeByReplacement            // register another client; the old one is deregistered where it can be
)

// Change says how a plan is to make a change: by an update unless the server is known to have none.
func (c Capabilities) Change(managed bool) ChangeStep {
	if !managed || c.Update == CapabilityNo {
		return ChangeByReplacement
	}
	return ChangeByUpdate
}

// LeavesBehind reports whether a replacement or a destroy is known to leave the client at the server.
func (c Capabilities) LeavesBehind(managed bool) bool { return !managed || c.Delete == CapabilityNo }
