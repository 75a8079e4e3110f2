// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// Terraform wants an error of its own of each change that fails, and puts none of them together. So the first one says all there is, and
// those that would say the same are two sentences.

var ofOneRequest = regexp.MustCompile(`(?m)^ *request id: .*\n?`)

// Alike is the same text for the same problem with another client.
func Alike(p outcome.Problem) string {
	m := Of(p)
	text := ofOneRequest.ReplaceAllString(m.Summary+"\n"+m.Detail(), "")
	if p.ClientID == "" {
		return text
	}
	return strings.NewReplacer(legible.Visible(p.ClientID), "CLIENT", url.PathEscape(p.ClientID), "CLIENT").Replace(text)
}

// Again words a problem that was told in full of another client, which is named where it has a name. The summary is another one, so that
// a CLI that puts equal errors together (OpenTofu with -consolidate-errors) does not show this one in the place of the full one.
func Again(p outcome.Problem, first string) Message {
	m := Of(p)
	happened, _, _ := strings.Cut(m.Happened, "\n\n")
	whose := "another client"
	if first != "" && strings.Contains(m.Detail(), legible.Visible(p.ClientID)) { // else no user has seen its name
		whose = "client " + legible.Visible(first)
	}
	return Message{
		Summary: m.Summary + ", for the same reason", Happened: happened,
		Means: "The error “" + m.Summary + "” of " + whose + " says why and what can be done. All of it holds for this client, too.",
	}
}
