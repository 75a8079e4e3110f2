// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// CostsCredentials reports whether a read whose result no state keeps is known to cost the client a credential, or may do so for all that is known of
// a client of this run, with what there is to tell of it.
func (c *Client) CostsCredentials() (outcome.Problem, bool) {
	stored, ok := c.Server.reads.Load(c.Handle.RegistrationClientURI)
	if !ok {
		return outcome.Problem{}, false
	}
	question := stored.(reconcile.ReadQuestion)
	question.Refresh, question.Journal = reconcile.RefreshAuto, c.Journal != nil // also with "never", which is about refreshes
	if c.Server.settings.Behaviour.Refresh == RefreshAlways {
		question.Refresh = reconcile.RefreshAlways
	}
	may, why := question.ReadInRefresh()
	problem := outcome.Problem{InVain: why == reconcile.SkippedSecretMoves, NotLearnt: why == reconcile.SkippedNotYetLearnt}
	if (problem.InVain && question.Facts.RotatesOnRead || problem.NotLearnt && question.HasToken) && c.Journal == nil {
		problem.Loses = outcome.LosesCredential
	}
	return problem, !may
}
