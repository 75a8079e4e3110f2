// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Delete implements resource.Resource. All that it needs is in attributes: the Delete of a tainted object gets no private state.
func (r *clientResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state, err := open(req.State.Raw)
	if err != nil {
		resp.Diagnostics.AddError("State cannot be read", err.Error())
		return
	}
	record, diags := loadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := within(ctx, state, "delete")
	defer cancel()
	defer failpoint("delete done")

	m := r.session.manage(state, record)
	if !m.managed() {
		resp.Diagnostics.AddWarning("Client "+m.handle.ClientID+" stays at the server", fmt.Sprintf(
			"The server offers no way to deregister a client (RFC 7592), or management is set to \"none\". The client %s is removed from the state only; have the server's administrator delete it.", m.handle.ClientID))
		return
	}
	m.confirm(ctx)
	err = m.deregister(ctx)
	resp.Diagnostics.Append(m.diags...)
	if err == nil {
		return
	}
	b := r.session.behaviour(state)
	var de *dcr.Error
	answered := errors.As(err, &de)
	switch {
	case answered && de.NotSupported():
		resp.Diagnostics.AddWarning("Client "+m.handle.ClientID+" stays at the server", paragraphs(exchange(err),
			fmt.Sprintf("The server does not support the deletion of clients. The client %s is removed from the state only; have the server's administrator delete it.", m.handle.ClientID)))
		return
	case answered && de.Unauthorized():
		v := m.judge(ctx, err, state, b)
		if v.gone {
			// A client that is already gone is what was wanted.
			return
		}
		resp.Diagnostics.Append(v.diags...)
	case errors.Is(err, errStillThere):
		resp.Diagnostics.AddAttributeError(path.Root(attrURI), "Client "+m.handle.ClientID+" not deregistered", paragraphs(err.Error(),
			"Have the server's administrator delete it, or remove it from the state with `terraform state rm` and leave it there."))
	default:
		resp.Diagnostics.Append(requestProblem("Client "+m.handle.ClientID+" not deregistered", err))
	}
	// Credentials that an answer changed are saved beside the error.
	state.setHandle(m.handle)
	resp.State.Raw = state.raw()
	resp.Diagnostics.Append(saveRecord(ctx, resp.Private, m.record)...)
}

// errStillThere is a deletion that the server confirmed and did not make.
var errStillThere = errors.New("the server answered the deletion with success, yet still shows the client")

// deregister deletes the client and makes sure of it: anything but 204 is confirmed by a read (RFC 7592 §2.3). nil means gone.
func (m *manager) deregister(ctx context.Context) error {
	var status int
	m.deleting(ctx)
	err := m.try(ctx, func(ctx context.Context, auth transport.Authorizer) error {
		var err error
		if status, err = m.session.dcr.Delete(ctx, m.handle.RegistrationClientURI, m.handle.ClientID, auth); err != nil {
			m.refused(ctx, err)
		}
		return err
	})
	var de *dcr.Error
	switch {
	case err == nil && status == http.StatusNoContent:
	case err == nil:
		if _, err := m.read(ctx, reconcile.FromRead); err == nil {
			return fmt.Errorf("DELETE %s: status %d: %w", m.handle.RegistrationClientURI, status, errStillThere)
		} else if errors.As(err, &de) && de.Unauthorized() && status == http.StatusUnauthorized {
			// The deletion was repeated after a lost answer, and nobody acknowledged it: either it had been made the first
			// time, or the token was stale from the start. Only evidence tells.
			m.deletion = m.session.now()
			return err
		} else if !errors.As(err, &de) || (!de.Unauthorized() && !de.Gone()) {
			return fmt.Errorf("the server answered the deletion with status %d instead of 204, and whether the client is gone could not be seen: %w", status, err)
		}
	case errors.As(err, &de) && de.Gone():
	default:
		if !maybeProcessed(err) {
			m.lives(ctx)
		}
		return err
	}
	failpoint("delete answered")
	if m.journal != nil {
		if err := m.journal.Deleted(ctx, m.handle.ClientID, m.handle.RegistrationClientURI); err != nil {
			m.diags.AddWarning("Token journal not written", err.Error())
		}
	}
	return nil
}
