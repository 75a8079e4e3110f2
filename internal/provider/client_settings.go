// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// behaviour is the provider's, overridden by the resource's own.
func behaviour(s *authserver.Server, o object) authserver.Behaviour {
	b := s.Settings().Behaviour
	if o.has(attrStrict) {
		b.Strict = o.flag(attrStrict)
	}
	b.AcceptSubstitutions = append(append([]string{}, b.AcceptSubstitutions...), o.words(attrAccept)...)
	if o.has(attrRefresh) {
		b.Refresh = o.text(attrRefresh)
	}
	if o.has(attrOnMissing) {
		b.OnMissing = reconcile.OnMissing(o.text(attrOnMissing))
	}
	if template := o.text(attrURITemplate); template != "" { // the empty text counts as not set
		b.URITemplate, b.OwnTemplate = template, true
	}
	if o.has(attrUpdateForm) {
		b.UpdateForm = reconcile.Form(o.text(attrUpdateForm))
	}
	if b.Refresh == "" {
		b.Refresh = authserver.RefreshAuto
	}
	return b
}

// readingMost is the behaviour by which an apply reads most: what is known in the apply only may turn out so.
func readingMost(s *authserver.Server, plan object) authserver.Behaviour {
	b := behaviour(s, plan)
	if !plan.attrs[attrRefresh].IsKnown() {
		b.Refresh = authserver.RefreshAuto
	}
	return b
}

// stateOf is what a state and its private record hold of a client.
func stateOf(state object, record reconcile.Record) authserver.State {
	return authserver.State{Place: state.place(), Handle: state.handle(), Record: record, Registered: state.registered(), SecretUnstored: !state.storesSecret()}
}

// within bounds an operation by the resource's timeouts, and has the log of it show no value of its extension_metadata, nor of that before.
func within(ctx context.Context, o object, operation string, before ...object) (context.Context, context.CancelFunc) {
	ctx = transport.Withholding(ctx, append(withheldOf(before...), withheldOf(o)...))
	return context.WithTimeout(ctx, timeoutOf(o, operation))
}

func timeoutOf(o object, operation string) time.Duration {
	var limits map[string]tftypes.Value
	if !o.has(attrTimeouts) || o.attrs[attrTimeouts].As(&limits) != nil {
		return defaultTimeout
	}
	var s string
	if v := limits[operation]; v.IsKnown() && !v.IsNull() && v.As(&s) == nil {
		if d, err := time.ParseDuration(s); err == nil && d > 0 {
			return d
		}
	}
	return defaultTimeout
}

const defaultTimeout = 5 * time.Minute

// checkConfiguration reports what the standards forbid, each on its attribute. What is not known yet passes; Create and Update
// check again when all is known.
func checkConfiguration(config object) diag.Diagnostics { return checkBeside(config, nil) }

// checkBeside is checkConfiguration beside what a client has: a value that stays as it was, with what was wrong with it, is none of the
// configuration's. Terraform plans what the state shows of an attribute whose changes it is told to ignore, which an administrator may
// have set beside others that no attribute has.
func checkBeside(config object, before metadata.Document) diag.Diagnostics {
	var diags diag.Diagnostics
	doc, unknown, malformed := config.legible()
	for _, err := range malformed {
		diags.Append(malformedProblem(err))
	}
	diags.Append(checkIssuer(config.attrs[attrIssuer])...)
	if endpoint := config.text(attrEndpoint); endpoint != "" {
		// Whether it may be plain http is known only with the provider's settings.
		if issuer := discovery.OfDocument(endpoint); issuer != "" {
			diags.Append(documentForEndpoint(issuer))
		} else if err := checkAddress(endpoint, true); err != nil {
			diags.Append(unusableURL(path.Root(attrEndpoint), endpoint, err))
		}
	}
	problems := metadata.Check(doc, unknown)
	if before != nil && len(problems) > 0 {
		had := metadata.Check(before, nil)
		problems = slices.DeleteFunc(problems, func(p metadata.Problem) bool { return standsAsItDid(p, had, doc, before) })
	}
	diags.Append(metadataProblems(problems)...)
	if known, all := knownParameters(config.words(attrAccept), doc, unknown); !all && !unknown[attrExtension] {
		diags.Append(unknownParameters(known))
	}
	return diags
}

// standsAsItDid reports whether a problem is one that a client had before, of a value that stays.
func standsAsItDid(p metadata.Problem, had []metadata.Problem, now, before metadata.Document) bool {
	member := p.Member
	if p.Tag != "" {
		member += "#" + p.Tag
	}
	return jsonvalue.Equal(now[member], before[member]) && slices.ContainsFunc(had, func(was metadata.Problem) bool {
		return was.Member == p.Member && was.Tag == p.Tag && was.Warning == p.Warning && was.Summary == p.Summary && was.Detail == p.Detail
	})
}

// knownParameters are those of some names that name client metadata: a parameter, or a member whose value is known or will be. all
// is false where others are among the names.
func knownParameters(names []string, doc metadata.Document, unknown map[string]bool) (known []string, all bool) {
	there := map[string]bool{}
	for member := range doc {
		there[metadata.CanonicalMember(member)] = true
	}
	for member := range unknown {
		there[metadata.CanonicalMember(member)] = true
	}
	for _, member := range names {
		name, _ := metadata.SplitTag(member)
		_, parameter := metadata.Lookup(name)
		switch {
		case there[metadata.CanonicalMember(member)]: // the letter case of a tag has no meaning (RFC 7591 §2.2)
			known = append(known, member)
		case parameter:
			known = append(known, name) // without its tag, which names nothing here
		}
	}
	all = len(known) == len(names)
	slices.Sort(known)
	return slices.Compact(known), all
}
