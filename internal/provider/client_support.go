// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// checkSupport compares the configuration with what the server's metadata says it supports. Where the metadata cannot be had now, the
// apply will report it.
//
// A new client needs a registration endpoint, so that a document without one is an error then, as is one that is not the server's. What an update
// leaves as it was before is not refused: Terraform plans what the state shows of an attribute whose changes it is told to ignore.
func checkSupport(ctx context.Context, s *authserver.Server, plan, state object, registers bool) diag.Diagnostics {
	var diags diag.Diagnostics
	if !plan.attrs[attrIssuer].IsKnown() || !plan.attrs[attrEndpoint].IsKnown() {
		return diags
	}
	server, problem := s.SupportedMetadata(ctx, plan.place())
	if problem == nil {
		problem = s.CheckRegistrable(plan.place(), server)
	}
	if registers && problem != nil {
		diags.Append(serverProblems(s, []outcome.Problem{*problem})...)
	}
	if server == nil {
		return diags
	}
	doc, unknown, malformed := plan.legible()
	if len(malformed) > 0 {
		return diags
	}
	before := metadata.Document{}
	if !registers {
		before = state.registered() // and not what was asked: the server may have taken something else for it
	}
	by := behaviour(s, plan)
	// Either of them may turn out, in the apply, so that nothing is refused.
	open := strictOpen(s, plan) || !plan.attrs[attrAccept].IsFullyKnown() || s.MayAcceptMore()
	refused, warned := judgeSupport(metadata.CheckSupported(doc, server.Document), by.Strict && !open, func(member string) bool {
		stands := before[member] != nil && (unknown[member] || metadata.Equal(member, doc[member], before[member]))
		return stands || slices.Contains(by.AcceptSubstitutions, member)
	})
	for _, p := range refused {
		diags.Append(notListed(p, membersOf(refused)))
	}
	return append(diags, metadataProblems(warned)...)
}

// strictOpen reports whether strict is known in the apply only, which then may refuse what this plan would take.
func strictOpen(s *authserver.Server, plan object) bool {
	return !plan.attrs[attrStrict].IsKnown() || !plan.has(attrStrict) && s.MayTurnStrict()
}

// judgeSupport splits what a server's metadata do not list into what strict refuses and what is a warning. As with a substitution, a parameter that
// accept_substitutions names is never refused: the server then has the last word on it.
func judgeSupport(problems []metadata.Problem, strict bool, passes func(member string) bool) (refused, warned []metadata.Problem) {
	for _, p := range problems {
		if strict && !p.Weak && !passes(p.Member) {
			p.Warning = false
			refused = append(refused, p)
		} else {
			warned = append(warned, p)
		}
	}
	return refused, warned
}

func membersOf(problems []metadata.Problem) (members []string) {
	for _, p := range problems {
		if !slices.Contains(members, p.Member) {
			members = append(members, p.Member)
		}
	}
	return members
}

// notListed is for a value that strict refuses, with all the parameters of which that holds: they are accepted in one line.
func notListed(p metadata.Problem, members []string) diag.Diagnostic {
	these := "what the server registers for it"
	if len(members) > 1 {
		these = "what the server registers for all of these parameters"
	}
	return failureAt(metadataPath(p), wording.Message{
		Summary: p.Summary, Happened: p.Detail, Means: "This is an error because strict is set. Nothing was changed.",
		Fix: []wording.Fix{
			{Way: "configuration", Text: "Remove " + p.Member + ", or set it to what the server's metadata lists."},
			{
				Way: "accept_substitutions", Text: "To ask for it all the same, and accept " + these + ", set on the resource or the provider, with the names that are there already:",
				Lines: []string{`accept_substitutions = ["` + strings.Join(members, `", "`) + `"]`},
			},
			{Way: "strict", Text: "To be warned instead, of each such value and of each substitution that no security depends on, set on the resource:", Lines: []string{"strict = false"}},
		},
	})
}
