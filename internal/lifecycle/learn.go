// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import "github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"

// learnUpdate keeps what the answer to an update teaches of whether the server has updates. read is the class of the read that was
// made in the same operation. It reports whether the answer says that the server has none.
func (c *Client) learnUpdate(read reconcile.Answer, err error) bool {
	answer := classOf(reconcile.OperationUpdate, err)
	// Where the URI takes neither method, and says so of both, no working read is needed to tell that from an outage.
	works := read == reconcile.AnswerDone || read == reconcile.AnswerUnsupported && answer == reconcile.AnswerUnsupported
	c.record.Capabilities = c.record.Capabilities.Learn(reconcile.OperationUpdate, answer, works)
	switch answer {
	case reconcile.AnswerMissing, reconcile.AnswerUnsupported, reconcile.AnswerRedirected:
		return c.record.Capabilities.Update == reconcile.CapabilityNo
	}
	return false
}
