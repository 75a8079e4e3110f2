// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

// Capabilities are what a server does at a client's configuration endpoint (RFC 7592). OpenID Connect Dynamic Client
// Registration defines the read alone, so that each is there or not for itself.
type Capabilities struct{ Read, Update, Delete bool }

// everything is RFC 7592 as a whole.
var everything = Capabilities{Read: true, Update: true, Delete: true}

// Impossible says, in one sentence, why a step of the lifecycle cannot be taken on the server; empty where it can.
// It is derived from what the server can do, so that no server is an exception by its name.
func (i *Instance) Impossible(step Step) (reason string) {
	const no = "the server has no client configuration endpoint (RFC 7592): "
	switch {
	case step == StepWebFinger && i.WebFingerResource == "":
		return "the server has no WebFinger"
	case step == StepWebFinger, step == StepDiscovery, step == StepCreate:
		return ""
	case !i.Can.Read && (step == StepUpdate || step == StepRemove):
		return no + "a change is a replacement"
	case !i.Can.Read && step == StepDeregistered:
		return no + "the client stays registered"
	case !i.Can.Read:
		return no + "nothing can be read"
	case step == StepUnmanaged && !i.Can.Update:
		return "the server has no update of a client: a replacement has what the configuration names and nothing else"
	case step == StepUnmanaged && i.Unmanaged.Name == "":
		return "the server keeps no parameter that the configuration does not name"
	case step == StepDeregistered && !i.Can.Delete:
		return "the server has no deregistration: the client stays registered"
	default:
		return ""
	}
}

// Replaces reports whether a step is taken by another client in the place of the one that there is, for lack of an update.
func (i *Instance) Replaces(step Step) bool {
	return !i.Can.Update && i.Impossible(step) == "" && (step == StepUpdate || step == StepRemove || step == StepRepair)
}
