// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// answerTo is the class of the answer to an operation at the client's own URI.
func answerTo(operation reconcile.Operation, err error) reconcile.Answer {
	var de *dcr.Error
	switch {
	case err == nil:
		return reconcile.AnswerDone
	case !errors.As(err, &de):
		return reconcile.AnswerLost
	case de.Redirected && de.Status == 0:
		return reconcile.AnswerRedirected // it led where no request is sent: that is an answer, and none that was lost
	}
	class := reconcile.Classify(reconcile.Reply{
		Operation: operation, Status: de.Status, Code: de.Code, Description: de.Description, Redirected: de.Redirected,
	})
	if class == reconcile.AnswerForbidden && de.OperationMissing() {
		return reconcile.AnswerUnsupported
	}
	return class
}

// learnUpdate keeps what the answer to an update teaches of whether the server has updates. read is the class of the read that was
// made in the same operation. It reports whether the answer says that the server has none.
func (c *Client) learnUpdate(read reconcile.Answer, err error) bool {
	answer := answerTo(reconcile.OperationUpdate, err)
	// Where the URI takes neither method, and says so of both, no working read is needed to tell that from an outage.
	works := read == reconcile.AnswerDone || read == reconcile.AnswerUnsupported && answer == reconcile.AnswerUnsupported
	c.record.Capabilities = c.record.Capabilities.Learn(reconcile.OperationUpdate, answer, works)
	switch answer {
	case reconcile.AnswerMissing, reconcile.AnswerUnsupported, reconcile.AnswerRedirected:
		return c.record.Capabilities.Update == reconcile.CapabilityNo
	}
	return false
}
