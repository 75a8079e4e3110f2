// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// refusals are what a request came to with the tokens that it was tried with.
type refusals struct {
	tokens []secret.String
	first  error // what is told of them
	others bool  // that was an answer to a token that may be another client's
	stale  bool  // the known token was refused in a way that may have another reason (mayBeStale)
}

// refused notes a refusal of a token.
func (r *refusals) refused(c *Client, err error, used candidate) {
	r.tokens = append(r.tokens, used.token)
	r.note(c, err, used)
}

// knownRefused notes a refusal of the known token that may have another reason: what is said to others says nothing of the client.
func (r *refusals) knownRefused(err error, used candidate) {
	r.tokens, r.first, r.others, r.stale = append(r.tokens, used.token), err, false, true
}

// note notes an answer that may be told of the request.
func (r *refusals) note(c *Client, err error, used candidate) {
	doubtful, outweighs := c.unproved(used.token), outweighs(err, r.first)
	if r.stale && used.source != outcome.FromSettings {
		return
	}
	if outweighs && used.source != outcome.FromSettings && c.isHandedIn(used.token) {
		c.entryOfBefore = true // whoever handed it in has taken it out since: it may be another client's
		return
	}
	if r.first == nil || !doubtful && (r.others || outweighs) {
		c.entryTold = used.source == outcome.FromSettings && outweighs
		r.first, r.others = err, doubtful
	}
}

// mayBeStale reports whether the refusal of the known token may mean that it was replaced, although most servers say that in another way.
func (c *Client) mayBeStale(used candidate, err error) bool {
	de, answered := errors.AsType[*dcr.Error](err)
	if !answered || used.token.IsEmpty() || !used.token.Equal(c.Handle.RegistrationAccessToken) || c.ByProvider() || dcr.MaybeProcessed(err) || RateLimited(err) {
		return false
	}
	// An update may be refused for its body, and a deletion for itself: an old token goes along with neither before a read has shown that it is in force.
	if de.Operation != dcr.Read || c.Record.Capabilities.Read == reconcile.CapabilityNo {
		return false
	}
	return ClassOf(reconcile.OperationRead, err).MayRefuseStale(c.away)
}

// besides are what is tried where the known token may be stale: what an answer about the client showed beside it, or the journal has by now. handedIn: what was handed
// in is tried as well.
func (c *Client) besides(ctx context.Context, queue []candidate, at int, handedIn bool) []candidate {
	known := queue[at].token
	rest := slices.DeleteFunc(slices.Clone(queue[at+1:]), func(next candidate) bool {
		if next.source == outcome.FromSettings {
			return !handedIn
		}
		return c.isHandedIn(next.token) && !next.token.Equal(known)
	})
	own := func(next candidate) bool { return next.source != outcome.FromSettings }
	if facts := c.Record.Facts; !slices.ContainsFunc(rest, own) && (facts.TokenOnUpdate || facts.RotatesOnRead || !facts.UpdateSeen) {
		rest = append(c.newer(ctx, queue, false), rest...)
	}
	if !slices.ContainsFunc(rest, own) {
		return nil
	}
	return rest
}
