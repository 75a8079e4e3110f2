// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// NoteRefresh keeps for this run whether an apply reads the client of itself, which a message to a look at it has to say.
func (c *Client) NoteRefresh(b Behaviour) {
	c.refresh = b.Refresh
	c.noteReads()
}

// NoteRotating keeps for this run that a look at the client cost it a credential.
func (c *Client) NoteRotating(uri string, learnt reconcile.Facts) {
	c.Server.reads.rotated(uri, c.Handle.ClientID, learnt)
}

// CostsCredentials reports whether a read whose result no state keeps is known to cost the client a credential, or may do so for all that is known of
// a client of this run, with what there is to tell of it.
func (c *Client) CostsCredentials() (problem outcome.Problem, costs bool) {
	for _, question := range c.Server.reads.of(c.Handle.RegistrationClientURI, c.Handle.ClientID) {
		if problem, costs = c.costs(question); costs {
			break // one client of several that may be meant is enough
		}
	}
	return problem, costs
}

// readsHarmless reports whether this run knows that reads of the client replace nothing.
func (c *Client) readsHarmless() bool {
	known := c.Server.reads.of(c.Handle.RegistrationClientURI, c.Handle.ClientID)
	for _, question := range known {
		question.Refresh, question.Journal, question.JournalUnknown = reconcile.RefreshAuto, false, false
		if may, _ := question.ReadInRefresh(); !may || !question.Facts.ReadSeen {
			return false
		}
	}
	return len(known) > 0
}

func (c *Client) costs(question reconcile.ReadQuestion) (outcome.Problem, bool) {
	never := question.Refresh == reconcile.RefreshNever
	question.Refresh, question.Journal = reconcile.RefreshAuto, c.Journal != nil // also with "never", which is about refreshes
	if c.Server.settings.Behaviour.Refresh == RefreshAlways {
		question.Refresh = reconcile.RefreshAlways
	}
	may, why := question.ReadInRefresh()
	unlearnt := why == reconcile.SkippedNotYetLearnt
	problem := outcome.Problem{InVain: why == reconcile.SkippedSecretMoves, NotLearnt: unlearnt && !question.NoReads, NoReads: unlearnt && question.NoReads}
	problem.NeverRead = problem.NotLearnt && never
	if (problem.InVain && question.Facts.RotatesOnRead || unlearnt && question.HasToken) && c.Journal == nil {
		problem.Loses = outcome.LosesCredential
	}
	return problem, !may
}
