// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
)

func notAnIssuer(attribute string, problem *discovery.IssuerProblem) diag.Diagnostic {
	m := message{
		summary:  "Not an issuer",
		happened: attribute + " cannot be the issuer of a server: " + problem.Reason + ".",
		fix:      []fix{{way: "issuer", text: "Leave it out, or set the https URL that the server calls its issuer (RFC 8414 §2)."}},
	}
	if problem.Corrected != "" {
		m.fix = []fix{{way: "issuer", text: "Write it as the server does:", lines: []string{attribute + " = " + strconv.Quote(problem.Corrected)}}}
	}
	return failureAt(path.Root(attribute), m)
}
