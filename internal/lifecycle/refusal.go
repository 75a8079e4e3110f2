// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
)

// meaning is what a refused read or delete means for the client.
type meaning struct {
	gone    bool
	problem *Problem // nil where there is nothing to tell
}

func (c *Client) apply(m meaning) {
	if m.problem != nil {
		c.report(*m.problem)
	}
}

// classifyRefusal is the one place that tells a client that is gone from one whose credential is outdated. 404 and 410 mean gone,
// 403 never does, and 401 means either (RFC 7592 §2.1): then the evidence decides, or the user's on_unauthorized where there is none.
func (c *Client) classifyRefusal(ctx context.Context, err error, b Behaviour) meaning {
	const at = "registration_client_uri"
	var de *dcr.Error
	switch {
	case !errors.As(err, &de):
		return meaning{problem: &Problem{Kind: NotReached, Attribute: at, Err: err}}
	case de.Gone():
		return meaning{gone: true}
	case de.Unauthorized():
		return c.classifyUnauthorized(ctx, de, b)
	case de.NotSupported():
		return meaning{problem: &Problem{Kind: ReadUnsupported, Warning: true, Attribute: at, Err: err}}
	}
	return meaning{problem: &Problem{Kind: NotReadable, Attribute: at, Err: err}}
}

// classifyUnauthorized goes by the journal, then by evidence, then by the user's setting.
func (c *Client) classifyUnauthorized(ctx context.Context, refusal *dcr.Error, b Behaviour) meaning {
	if c.wasDeleted(ctx) {
		return meaning{gone: true}
	}
	verdict, told := c.evidence(ctx)
	p := &Problem{Err: refusal, Evidence: told, ByProvider: c.byProvider()}
	if verdict == dcr.Undecided && !c.deletion.IsZero() {
		verdict, p.Time = dcr.Gone, c.deletion
	}
	switch {
	case verdict == dcr.Gone:
		p.Kind, p.Warning = Gone, true
	case verdict == dcr.Alive && p.ByProvider:
		p.Kind = ProviderRefused
	case verdict == dcr.Alive:
		p.Kind, p.Attribute = TokenRefused, "registration_access_token"
	case b.OnUnauthorized == UnauthorizedRecreate:
		p.Kind, p.Warning = TakenAsGone, true
	default:
		p.Kind, p.Attribute = GoneOrTokenOutdated, "registration_access_token"
	}
	return meaning{gone: p.Warning, problem: p}
}
