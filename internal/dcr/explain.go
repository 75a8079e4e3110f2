// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import "github.com/terraform-oidc/terraform-provider-oidc/internal/transport"

// Explain returns what an answer says that is no success, for a caller that sent the request itself. body is the client metadata
// that was sent, or nil.
func Explain(operation Operation, url string, body map[string]any, answer *transport.Response) *Error {
	reason := ""
	if answer.Status >= 200 && answer.Status <= 299 {
		reason = "answered with success, and shows no client"
	}
	return exchange{operation: operation, url: url, body: body}.refusal(answer, reason)
}
