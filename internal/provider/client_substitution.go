// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// What the server did with what was asked (RFC 7591 §3.2.1), told by parameter.

// shown gives a value as JSON for a diagnostic, bounded, and not at all where the parameter is sensitive.
func shown(member string, v any) string {
	name, _ := metadata.SplitTag(member)
	if p, ok := metadata.Lookup(name); (ok && p.Sensitive) || metadata.Credential(member) {
		return "(sensitive value)"
	}
	if v == nil {
		return "nothing"
	}
	text, err := encodeJSON(v)
	if err != nil {
		return fmt.Sprintf("a value of type %T", v)
	}
	const limit = 300
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return text
}

func tell(s reconcile.Substitution) string {
	switch s.Kind {
	case reconcile.NotShown:
		return fmt.Sprintf("Asked for %s, but the server does not show %s: it did not register it, or does not tell.", shown(s.Member, s.Asked), s.Member)
	case reconcile.Hidden:
		return fmt.Sprintf("The server registered %s as asked, but does not show it on a read. Its drift cannot be seen.", s.Member)
	case reconcile.Extended:
		return fmt.Sprintf("Asked for %s, and the server registered more: %s.", shown(s.Member, s.Asked), shown(s.Member, s.Got))
	case reconcile.Retained:
		return fmt.Sprintf("%s was removed from the configuration, but the server keeps %s. It is the server's own from now on.", s.Member, shown(s.Member, s.Got))
	}
	return fmt.Sprintf("Asked for %s, but the server registered %s.", shown(s.Member, s.Asked), shown(s.Member, s.Got))
}

func substitutionWarnings(found []reconcile.Substitution) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, s := range found {
		summary := "Server substituted " + s.Member
		switch s.Kind {
		case reconcile.NotShown:
			summary = "Server does not show " + s.Member
		case reconcile.Hidden:
			summary = "Server hides " + s.Member
		case reconcile.Extended:
			summary = "Server extended " + s.Member
		case reconcile.Retained:
			summary = "Server kept " + s.Member
		}
		diags.AddAttributeWarning(memberPath(s.Member), summary, tell(s))
	}
	return diags
}

func substitutionErrors(refused []reconcile.Substitution, outcome string) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, s := range refused {
		why := "This is an error because strict is set."
		if s.Security && s.Kind == reconcile.Changed {
			why = "This parameter decides about the client's security, so the substitution is not accepted silently."
		}
		diags.AddAttributeError(memberPath(s.Member), "Server substituted "+s.Member, paragraphs(tell(s), why+" "+outcome,
			fmt.Sprintf("Ask for what the server registers, change the server's policy, or accept the server's choice with accept_substitutions = [%q].", s.Member)))
	}
	return diags
}
