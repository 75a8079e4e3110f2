// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Read implements resource.Resource.
func (r *clientResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state, err := open(req.State.Raw)
	if err != nil || r.session == nil {
		return
	}
	record, diags := loadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	out := r.session.readClient(ctx, state, record)
	resp.Diagnostics.Append(out.diags...)
	switch {
	case out.gone:
		resp.State.RemoveResource(ctx)
	case out.record != nil:
		resp.State.Raw = state.raw()
		resp.Diagnostics.Append(saveRecord(ctx, resp.Private, *out.record)...)
	}
}

// refreshed is the outcome of a read, beside the state itself.
type refreshed struct {
	gone   bool
	record *reconcile.Record // nil where nothing was read and the state is as it was
	diags  diag.Diagnostics
}

// readClient refreshes the state from the server. After a successful GET it returns no error, whatever else goes wrong: Terraform
// drops the refreshed state of a Read that fails, and with it credentials that the server may just have rotated.
func (s *session) readClient(ctx context.Context, state object, record reconcile.Record) (out refreshed) {
	ctx, cancel := within(ctx, state, "read")
	defer cancel()
	defer failpoint("read done")

	importing, b := isImport(state), s.behaviour(state)
	m := s.manage(state, record)
	defer func() { out.diags = append(m.diags, out.diags...) }()
	if !m.managed() {
		if importing {
			out.diags.AddError("Client cannot be imported", "Without a client configuration endpoint (registration_client_uri) there is nothing to read the client from: "+
				"the server manages no clients, or the provider's management is set to none.")
		}
		return out
	}
	m.confirm(ctx)
	if skip := s.skipsRead(m, b, importing); skip != "" {
		if skip != refreshNever {
			out.diags.AddAttributeWarning(path.Root(attrRefresh), "Client "+m.handle.ClientID+" not read", skip)
		}
		// Pending credentials move into the attributes all the same.
		state.setHandle(m.handle)
		out.record = &m.record
		return out
	}

	answer, err := m.read(ctx, reconcile.FromRead)
	if err != nil {
		verdict := m.judge(ctx, err, state, b)
		out.diags.Append(verdict.diags...)
		out.gone = verdict.gone
		if importing && verdict.gone {
			out.diags.AddError("Client to import not found", exchange(err))
		}
		if !verdict.gone {
			state.setHandle(m.handle)
			out.record = &m.record
		}
		return out
	}

	if m.record.Facts.ReadRotates() && !record.Facts.ReadRotates() && m.journal == nil {
		m.diags.AddAttributeWarning(path.Root(attrRefresh), "Server rotates credentials on reads", rotationAdvice(m.handle.ClientID))
	}
	state.setHandle(m.handle)
	state.setRegistered(answer.Metadata)
	if err := observe(state, m, answer.Metadata, importing); err != nil {
		m.diags.AddWarning("Client metadata not shown", "What the server shows of client "+m.handle.ClientID+" could not be taken over: "+err.Error())
	}
	out.record = &m.record
	return out
}

// isImport tells whether the state is one that ImportState just made: a handle and nothing else.
func isImport(state object) bool { return !state.has(attrRegistered) }

// observe shows in the attributes what is managed: as agreed where the server still shows what it showed then, else as it is now.
func observe(state object, m *manager, registered metadata.Document, importing bool) error {
	if importing {
		values := reconcile.Import(registered)
		m.record.Agreed, _ = reconcile.Settle(values, registered)
		return state.setDocument(values)
	}
	if m.record.Agreed == nil {
		// Private state was lost, as when a state was edited by hand: what the attributes say is what was agreed.
		asked, _, err := state.document()
		if err != nil {
			return err
		}
		m.record.Agreed, _ = reconcile.Settle(asked, state.registered())
	}
	values, _ := reconcile.Observe(m.record.Agreed, registered)
	return state.setDocument(values)
}

// skipsRead gives the reason not to read a client during a refresh, refreshNever where the user said so, or "".
func (s *session) skipsRead(m *manager, b behaviour, importing bool) string {
	switch {
	case importing:
		return ""
	case b.Refresh == refreshNever:
		return refreshNever
	case s.unknownConnection():
		return "The provider's connection settings depend on values that are not known yet, so this plan shows no drift of the client."
	case m.byProvider() && (s.unknownCredentials() || s.unknownServer(m.place)):
		return "The provider's credentials, which manage this client, or the server that they are for depend on values that are not known yet, so this plan shows no drift of the client."
	case b.Refresh == refreshAuto && m.record.Facts.ReadRotates() && m.journal == nil:
		return rotationAdvice(m.handle.ClientID) + " Until then the client is not read, and a change made at the server stays unseen."
	}
	return ""
}

func rotationAdvice(clientID string) string {
	return fmt.Sprintf("The server issues new credentials for client %s whenever it is read, and a plan saves nothing: one plan that is not applied would lose the client. "+
		"Set token_journal on the provider to keep such credentials and get drift detection, refresh = \"never\" to silence this warning, or refresh = \"always\" to read regardless.", clientID)
}

// confirm tells the journal that the client is in a state, so that nobody adopts it.
func (m *manager) confirm(ctx context.Context) {
	if m.journal == nil || m.handle.ClientID == "" {
		return
	}
	if err := m.journal.Confirm(ctx, m.handle.ClientID, m.handle.RegistrationClientURI); err != nil {
		m.diags.AddWarning("Token journal not written", err.Error())
	}
}
