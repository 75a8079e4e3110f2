// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// variablesNotUsed is for variables of the environment in whose place attributes stand that have nothing in them.
func variablesNotUsed(attributes, variables []string) diag.Diagnostic {
	m := wording.Message{
		Summary:  "Environment variable not used",
		Happened: attributes[0] + " is set and has nothing in it. It takes the place of what the environment has, so that this is not used: " + strings.Join(variables, ", ") + ".",
	}
	if len(attributes) > 1 {
		m.Happened = "These are set and have nothing in them: " + strings.Join(attributes, ", ") + ". They take the place of what the environment has, so that this is not used: " + strings.Join(variables, ", ") + "."
	}
	use := wording.Fix{Way: "null", Text: "To use it, remove the attribute, or have it null in place of an empty text:"}
	for _, name := range attributes {
		use.Lines = append(use.Lines, assignmentOfNull(path.Root(name))...)
	}
	m.Fix = []wording.Fix{use, {
		Way: "unset", Text: "If it is meant so, take it out of the environment. A provider that needs it is given it by the attribute:", Lines: []string{"unset " + strings.Join(variables, " ")},
	}}
	return warningAt(path.Root(attributes[0]), m)
}
