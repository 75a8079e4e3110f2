// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// transition is what a plan or an update makes of a client that exists: of its state, with the record that is kept beside it, what is planned.
type transition struct {
	server      *authserver.Server
	plan, state object
	record      reconcile.Record
}

func (t transition) clientID() string                { return t.state.text(attrClientID) }
func (t transition) prior() authserver.State         { return stateOf(t.state, t.record) }
func (t transition) behaviour() authserver.Behaviour { return behaviour(t.server, t.plan) }
func (t transition) manages() bool                   { return t.server.Manages(t.state.handle()) }
func (t transition) changeStep() reconcile.ChangeStep {
	return t.record.Capabilities.Change(t.manages())
}
