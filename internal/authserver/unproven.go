// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// refuses reports whether an answer may be a refusal of the token. What says that there are no reads, where that is known, is none, whatever its status.
func (c *Client) refuses(used candidate, err error) bool {
	de, refused := errors.AsType[*dcr.Error](err)
	if refused && de.Operation == dcr.Read && c.Record.Capabilities.Read == reconcile.CapabilityNo && ClassOf(reconcile.OperationRead, err) == reconcile.AnswerUnsupported {
		return false
	}
	return Unauthorized(err) || refusedInSuccess(err) || c.refusesUnproven(used, err)
}

// refusesUnproven reports whether an answer may be a refusal of a token that nothing has proved. Servers refuse a token with 403, with 404 or by an
// error of their own, too, and then the one that worked before must have its turn.
func (c *Client) refusesUnproven(used candidate, err error) bool {
	var de *dcr.Error
	known := used.token.Equal(c.Handle.RegistrationAccessToken) && !used.token.IsEmpty()
	if known && !c.tokenUnused() || !errors.As(err, &de) || dcr.MaybeProcessed(err) || RateLimited(err) {
		return false
	}
	if used.token.IsEmpty() { // the provider's own credentials, which may be for registrations alone
		return de.Operation == dcr.Read && de.Forbidden()
	}
	if de.OtherClient && (used.source == outcome.FromSettings || c.unproved(used.token)) {
		return true // whose token it is
	}
	switch {
	case de.Operation == dcr.Update:
		return len(de.Members) == 0 && reconcile.MayRefuseToken(ClassOf(reconcile.OperationUpdate, err), de.Code)
	case known && ClassOf(reconcile.OperationDelete, err) == reconcile.AnswerUnsupported:
		return false // which is said whatever the token
	}
	return de.Redirected || de.Status >= 400 && de.Status <= 499
}

// tokenUnused reports whether the known token is an update's that nothing has used yet, since there are no reads (Credentials.TakeShown).
func (c *Client) tokenUnused() bool {
	return c.Record.Capabilities.Read == reconcile.CapabilityNo && !c.Record.Unproven.FormerToken.IsEmpty()
}

// outweighs reports whether an answer to one of the client's tokens is told in place of the first one, to another token.
func outweighs(err, first error) bool {
	return first != nil && ClassOf(reconcile.OperationRead, err).Outweighs(ClassOf(reconcile.OperationRead, first))
}
