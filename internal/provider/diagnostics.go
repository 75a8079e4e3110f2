// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// This is the only file that makes diagnostics. Their words are in package wording, those about configurations and states in the files words_*.go, and those
// about values that do not fit below.

func failure(m wording.Message) diag.Diagnostic {
	return diag.NewErrorDiagnostic(m.Summary, m.Detail())
}

// failureAt is an error on an attribute; an empty path is for none.
func failureAt(at path.Path, m wording.Message) diag.Diagnostic {
	if at.Equal(path.Empty()) {
		return failure(m)
	}
	return diag.NewAttributeErrorDiagnostic(shownAt(at), m.Summary, m.Detail())
}

func warningAt(at path.Path, m wording.Message) diag.Diagnostic {
	if at.Equal(path.Empty()) {
		return diag.NewWarningDiagnostic(m.Summary, m.Detail())
	}
	return diag.NewAttributeWarningDiagnostic(shownAt(at), m.Summary, m.Detail())
}

// shownAt is the part of a path whose line the CLIs show. The name of an attribute within an object they look for among those of the
// whole block: they show the block's first line, or, where the block has an attribute of that name, one that is not meant.
func shownAt(at path.Path) path.Path {
	var shown path.Path
	for i, step := range at.Steps() {
		switch step := step.(type) {
		case path.PathStepAttributeName:
			if i > 0 {
				return shown
			}
			shown = path.Root(string(step))
		case path.PathStepElementKeyString:
			shown = shown.AtMapKey(string(step))
		case path.PathStepElementKeyInt:
			shown = shown.AtListIndex(int(step))
		default:
			return shown
		}
	}
	return shown
}

// problemsOf words the problems of an operation on a client. A server's words may repeat what it was sent, so that the values of its
// extension_metadata, which may be sensitive, are taken out of them.
//
// What another client's error says already is not said in full again.
func problemsOf(s *authserver.Server, problems []outcome.Problem, client ...object) diag.Diagnostics {
	return tellProblems(s, problems, false, client...)
}

// unplacedProblemsOf words those of an import or a deletion. Terraform gives what they say no place in the configuration, and puts together only warnings
// that have one: what another client's warning says already is not said in full again either.
func unplacedProblemsOf(s *authserver.Server, problems []outcome.Problem, client ...object) diag.Diagnostics {
	return tellProblems(s, problems, true, client...)
}

func tellProblems(s *authserver.Server, problems []outcome.Problem, unplaced bool, client ...object) diag.Diagnostics {
	if len(problems) == 0 {
		return nil
	}
	withheld := withheldOf(client...)
	problems = slices.Clone(problems)
	for i := range problems {
		problems[i].Withheld = withheld
		if problems[i].Kind == outcome.Substituted {
			problems[i].Configurations = configurationsOf(client...)
		}
	}
	var diags diag.Diagnostics
	for _, p := range wording.Gather(problems) {
		if !p.Warning || unplaced && len(p.More) == 0 {
			if first, before := s.SaidBefore(wording.Alike(p.Problem, p.More...), wording.About(p.Problem)); before {
				diags.Append(toldBefore(p, first)...)
				continue
			}
		}
		diags.Append(lifecycleProblem(p.Problem, p.More...)...)
	}
	return diags
}

// toldBefore words a problem that was told in full of another client. Of a client that may have been left behind, or changed, each says so.
func toldBefore(all wording.Gathered, first string) diag.Diagnostics {
	p := all.Problem
	at := problemPath(p)
	switch {
	case !p.Warning:
		return diag.Diagnostics{failureAt(at, wording.Again(p, first, all.More...))}
	case p.Kind == outcome.DeleteUnmanaged || p.Kind == outcome.DeleteUnsupported:
		return diag.Diagnostics{warningAt(at, wording.StaysToo(p, first))}
	}
	if m, more := wording.HoldsToo(p, first); more {
		return diag.Diagnostics{warningAt(at, m)}
	}
	return nil
}

// serverProblems words why a plan cannot have a server register a client. One such error fails the plan; of other clients it is a warning,
// which Terraform shows as one.
func serverProblems(s *authserver.Server, problems []outcome.Problem) diag.Diagnostics {
	problems = slices.Clone(problems)
	for i := range problems {
		if _, before := s.SaidBefore(wording.Alike(problems[i]), ""); before {
			problems[i].Warning = true
		}
	}
	return lifecycleProblems(problems)
}

// lifecycleProblems words problems in their order. What a server did with several parameters is one warning.
func lifecycleProblems(problems []outcome.Problem) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, p := range wording.Gather(problems) {
		diags.Append(lifecycleProblem(p.Problem, p.More...)...)
	}
	return diags
}

// lifecycleProblem words a problem, on its attribute where it has one. A refusal that names parameters is told on each of them.
func lifecycleProblem(p outcome.Problem, more ...reconcile.Substitution) diag.Diagnostics {
	m := wording.Of(p, more...)
	diagnostic := failureAt
	if p.Warning {
		diagnostic = warningAt
	}
	if named := refusedMembers(p); len(named) > 0 {
		var diags diag.Diagnostics
		for i, f := range named {
			happened := refusedMember(p, f) + " is refused: " + wording.Without(p, f.Text)
			about := wording.Message{Summary: m.Summary, Happened: happened}
			if i == 0 {
				about = m
				about.Happened = wording.Paragraphs(m.Happened, happened)
			}
			diags.Append(diagnostic(findingPath(p, f), about))
		}
		return diags
	}
	at := path.Empty()
	if len(more) == 0 {
		at = problemPath(p)
	}
	return diag.Diagnostics{diagnostic(at, m)}
}

// problemPath is the attribute that a problem is about, where there is one.
func problemPath(p outcome.Problem) path.Path {
	named := refusedMembers(p)
	switch {
	case len(named) > 0:
		return findingPath(p, named[0])
	case p.Kind == outcome.Substituted:
		return memberPath(p.Substitution.Member)
	case p.Kind == outcome.PlannedReplacement:
		return memberPath(p.Members[0])
	case p.Attribute != "":
		return path.Root(p.Attribute)
	}
	return path.Empty()
}

// refusedMembers is what a server said about single parameters when it refused what was sent.
func refusedMembers(p outcome.Problem) []dcr.MemberFinding {
	var de *dcr.Error
	if p.Kind != outcome.NotRegistered && p.Kind != outcome.NotUpdated || !errors.As(p.Err, &de) {
		return nil
	}
	return de.Findings()
}

// refusedMember is the name of what a finding is about. One that was not sent and that no standard has is a server's word, which may be a value in its place;
// so is a language tag that was not sent.
func refusedMember(p outcome.Problem, f dcr.MemberFinding) string {
	if slices.Contains(p.Sent, f.Member) {
		return f.Member
	}
	name, tag := metadata.SplitTag(f.Member)
	if _, known := metadata.Lookup(name); !known {
		return wording.Without(p, f.Member)
	}
	if tag == "" {
		return f.Member
	}
	return name + "#" + wording.Without(p, tag)
}

// findingPath is the attribute that a finding is about, or its element where it has elements.
func findingPath(p outcome.Problem, f dcr.MemberFinding) path.Path {
	if _, tag := metadata.SplitTag(f.Member); tag != "" && !slices.Contains(p.Sent, f.Member) {
		return path.Root(attrLocalized) // the tag may be a value in its place
	}
	at := memberPath(f.Member)
	name, tag := metadata.SplitTag(f.Member)
	if p, ok := metadata.Lookup(name); ok && tag == "" && f.Index >= 0 && p.Kind == metadata.StringList {
		return at.AtListIndex(f.Index)
	}
	return at
}

// notShownProblem is for a read whose answer has values that their attributes cannot hold. inState reports whether the state has one of a member, which it keeps.
func notShownProblem(clientID string, values []*malformed, inState func(member string) bool) diag.Diagnostic {
	var kept, without, reasons []string
	for _, v := range values {
		reasons = append(reasons, v.Error())
		name := v.attribute()
		if name == attrExtension && v.member != name {
			name = v.member + " of " + name // whose other members show what the server has
		}
		if inState(v.member) || v.member == attrLocalized || v.member == attrExtension {
			kept = append(kept, name)
		} else {
			without = append(without, name)
		}
	}
	var means []string
	switch len(kept) {
	case 0:
	case 1:
		means = append(means, kept[0]+" keeps its earlier value")
	default:
		means = append(means, strings.Join(kept, ", ")+" keep their earlier values")
	}
	switch len(without) {
	case 0:
	case 1:
		means = append(means, without[0]+" is shown as not set")
	default:
		means = append(means, strings.Join(without, ", ")+" are shown as not set")
	}
	return warningAt(path.Empty(), wording.Message{
		Summary: "Client metadata not shown", Happened: "What the server shows of client " + clientID + " does not fit into the attributes: " + strings.Join(reasons, "; ") + ".",
		Means: strings.Join(means, "; ") + "; registered_metadata has what the server shows.",
	})
}

func malformedProblem(err error) diag.Diagnostic {
	var m *malformed
	if errors.As(err, &m) {
		return failureAt(memberPath(m.member), wording.Message{Summary: "Malformed value", Happened: "The value of " + m.member + " cannot be used: " + m.err.Error() + "."})
	}
	var n *notExtension
	if errors.As(err, &n) {
		return failureAt(path.Root(attrExtension), wording.Message{Summary: n.problem.Summary, Happened: n.problem.Detail})
	}
	return failure(wording.Message{
		Summary: "Malformed value", Happened: wording.Sentence(err.Error()), Fix: []wording.Fix{{Way: "report", Text: "This is a defect of the provider. Please report it."}},
	})
}

// memberPath is the attribute that holds a member.
func memberPath(member string) path.Path {
	name, tag := metadata.SplitTag(member)
	if _, ok := metadata.Lookup(name); !ok {
		if whole, empty := strings.CutSuffix(member, "#"); empty {
			if _, ok := metadata.Lookup(whole); ok {
				return path.Root(attrLocalized) // under an empty language tag
			}
		}
		if member == attrLocalized || member == attrExtension {
			return path.Root(member)
		}
		// A dynamic attribute has no steps that diagnostics could name.
		return path.Root(attrExtension)
	}
	switch {
	case tag == "":
		return path.Root(name)
	case !metadata.TagLike(tag):
		return path.Root(attrLocalized) // logs have the path
	}
	return path.Root(attrLocalized).AtMapKey(tag).AtName(name)
}

// metadataProblems words what the standards forbid or advise against. Warnings of one summary are one: of several the CLIs show the words of the
// first, and hide those about the other attributes.
func metadataProblems(problems []metadata.Problem) diag.Diagnostics {
	var gathered []metadata.Problem
	for _, p := range problems {
		at := slices.IndexFunc(gathered, func(q metadata.Problem) bool { return p.Warning && q.Warning && q.Summary == p.Summary })
		if at < 0 {
			gathered = append(gathered, p)
		} else if !strings.Contains(gathered[at].Detail, p.Detail) {
			gathered[at].Detail = wording.Paragraphs(gathered[at].Detail, p.Detail)
		}
	}
	var diags diag.Diagnostics
	for _, p := range gathered {
		diags.Append(metadataProblem(p))
	}
	return diags
}

// metadataPath is the attribute that a problem is about.
func metadataPath(p metadata.Problem) path.Path {
	member := p.Member
	if p.Tag != "" {
		member += "#" + p.Tag
	}
	at := memberPath(member)
	if p.Index >= 0 {
		at = at.AtListIndex(p.Index)
	}
	return at
}

// metadataProblem words what the standards forbid or advise against, on its attribute.
func metadataProblem(p metadata.Problem) diag.Diagnostic {
	at := metadataPath(p)
	m := wording.Message{Summary: p.Summary, Happened: p.Detail}
	if p.Warning {
		return warningAt(at, m)
	}
	return failureAt(at, m)
}

// oddScope words what is wrong with a scope of the provider's own credentials, as of a client's.
func oddScope(at path.Path, scope string) (diags diag.Diagnostics) {
	if strings.TrimSpace(scope) == "" {
		return diag.Diagnostics{failureAt(at, wording.Message{Summary: "Empty scope", Happened: at.String() + " is empty; remove it."})}
	}
	for _, p := range metadata.Check(metadata.Document{"scope": scope}, nil) {
		if p.Member != "scope" {
			continue
		}
		m := wording.Message{Summary: p.Summary, Happened: at.String() + strings.TrimPrefix(p.Detail, "scope")}
		if p.Warning {
			diags.Append(warningAt(at, m))
		} else {
			diags.Append(failureAt(at, m))
		}
	}
	return diags
}
