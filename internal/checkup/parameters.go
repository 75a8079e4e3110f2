// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// How many registrations are sent at most, refused ones included: for one sheet, and for all.
const (
	mostTries    = 24
	mostTriesAll = 80
)

var (
	// errNoMore ends the registrations: what is registered could not be deregistered, or none is accepted any more.
	errNoMore = errors.New("no more clients are registered")
	errTries  = errors.New("the server refused too many documents without saying what it refuses")
)

// parameters registers a client for each sheet, to see what becomes of its members.
func (r *run) parameters(ctx context.Context) {
	var err error
	if r.samples.keys, err = throwAwayKeys(); err != nil {
		r.interrupted(err)
		return
	}
	sheets, left := r.samples.sheets()
	for member, reason := range r.refused {
		r.report.Parameters = append(r.report.Parameters, Parameter{Name: member, Outcome: Refused, Asked: r.samples.value(member), Note: r.scrub(reason)})
	}
	for i, s := range sheets {
		t := &trial{run: r, sheet: s}
		members := slices.DeleteFunc(slices.Clone(s.members), func(name string) bool { return r.refused[name] != "" || r.samples.value(name) == nil })
		err := t.try(ctx, members)
		for member, p := range t.found {
			p.Name, p.Security = member, security(member)
			r.report.Parameters = append(r.report.Parameters, p)
		}
		for _, member := range s.members {
			if _, ok := t.found[member]; !ok && r.refused[member] == "" {
				left[member] = t.reason(err, member)
			}
		}
		if errors.Is(err, errNoMore) || ctx.Err() != nil {
			for _, later := range sheets[i+1:] {
				for _, member := range later.members {
					left[member] = t.reason(err, member)
				}
			}
			break
		}
	}
	for member, reason := range left {
		r.report.Parameters = append(r.report.Parameters, Parameter{Name: member, Outcome: Untried, Security: security(member), Note: reason})
	}
	r.report.sortParameters()
}

// firstParameters notes what became of the members of the first document, by the answer to its registration, and why the other
// parameters were not tried.
func (r *run) firstParameters(reason string) {
	_, substitutions := reconcile.Agree(r.first.subject.Document, r.first.first)
	for _, p := range metadata.All() {
		found := Parameter{Outcome: Untried, Note: reason}
		if asked, ok := r.first.subject.Document[p.Name]; ok {
			found = result(p.Name, r.first.first, substitutions)
			found.Asked, found.Registered = redact.Value(asked), redact.Value(found.Registered)
		} else if text, isRefused := r.refused[p.Name]; isRefused {
			found = Parameter{Outcome: Refused, Asked: r.samples.value(p.Name), Note: r.scrub(text)}
		}
		found.Name, found.Security = p.Name, p.Security
		r.report.Parameters = append(r.report.Parameters, found)
	}
}

func (r *Report) sortParameters() {
	order := map[string]int{}
	for i, p := range metadata.All() {
		order[p.Name] = i
	}
	slices.SortStableFunc(r.Parameters, func(a, b Parameter) int {
		nameA, _ := metadata.SplitTag(a.Name)
		nameB, _ := metadata.SplitTag(b.Name)
		if order[nameA] != order[nameB] {
			return order[nameA] - order[nameB]
		}
		return len(a.Name) - len(b.Name)
	})
}

func security(member string) bool {
	name, _ := metadata.SplitTag(member)
	p, ok := metadata.Lookup(name)
	return ok && p.Security
}

// trial registers the members of one sheet: all at once, and after a refusal without what it names or in halves.
type trial struct {
	*run
	sheet sheet
	tries int
	found map[string]Parameter
}

// reason says why a member has no outcome.
func (t *trial) reason(err error, member string) string {
	switch {
	case t.samples.value(member) == nil:
		return "there is no value that the server offers"
	case err != nil:
		return t.scrub(err.Error())
	}
	return "it was left out after a refusal"
}

func (t *trial) note(member string, p Parameter) {
	if t.found == nil {
		t.found = map[string]Parameter{}
	}
	if p.Asked = t.samples.value(member); member == "jwks" {
		p.Asked, p.Registered = nil, nil // long, and of no use to a reader
	}
	p.Asked, p.Registered = redact.Value(p.Asked), redact.Value(p.Registered)
	t.found[member] = p
}

func (t *trial) try(ctx context.Context, members []string) error {
	members = t.complete(members)
	if len(members) == 0 {
		return nil
	}
	t.tries, t.run.tries = t.tries+1, t.run.tries+1
	if t.tries > mostTries || t.run.tries > mostTriesAll {
		return errTries
	}
	document := t.samples.document(t.sheet.base, append(companions(members), members...))
	shown, substitutions, refusal, err := t.registered(ctx, document)
	switch {
	case err != nil:
		return err
	case refusal == nil:
		for _, member := range members {
			t.note(member, result(member, shown, substitutions))
		}
		return nil
	}
	named, again := map[string]string{}, false
	for _, f := range refusal.Findings() {
		if slices.Contains(members, f.Member) {
			named[f.Member] = f.Text
		}
		if _, needed := t.samples.basics()[f.Member]; !needed && t.sheet.base[f.Member] != nil {
			delete(t.sheet.base, f.Member)
			again = true
		}
	}
	if len(named) > 0 || again {
		for member, text := range named {
			t.note(member, Parameter{Outcome: Refused, Note: t.scrub(text)})
		}
		return t.try(ctx, slices.DeleteFunc(slices.Clone(members), func(name string) bool { return named[name] != "" }))
	}
	if rest, refused, err := t.withoutMethod(ctx, members); refused || err != nil {
		return errors.Join(err, t.try(ctx, rest))
	}
	if len(members) == 1 {
		t.note(members[0], Parameter{Outcome: Refused, Note: t.scrub(refusal.Description)})
		return nil
	}
	half := len(members) / 2
	if err := t.try(ctx, members[:half]); err != nil {
		return err
	}
	return t.try(ctx, members[half:])
}

// withoutMethod finds out, once, whether it is the sheet's authentication method that the server refuses. It returns the members that
// are to be tried without it then.
func (t *trial) withoutMethod(ctx context.Context, members []string) (rest []string, refused bool, err error) {
	about := t.sheet.method
	if about == "" {
		return nil, false, nil
	}
	t.sheet.method = ""
	t.tries, t.run.tries = t.tries+1, t.run.tries+1
	_, _, refusal, err := t.registered(ctx, t.samples.document(t.sheet.base, nil))
	if err != nil || refusal == nil {
		return nil, false, err
	}
	t.note(about, Parameter{Outcome: Refused, Note: t.scrub(fmt.Sprintf("%v as the method: %s", t.sheet.base["token_endpoint_auth_method"], refusal.Description))})
	delete(t.sheet.base, "token_endpoint_auth_method")
	return slices.DeleteFunc(slices.Clone(members), func(name string) bool { return name == about }), true, nil
}

// complete leaves out members whose companion was refused: alone they mean nothing.
func (t *trial) complete(members []string) []string {
	return slices.DeleteFunc(slices.Clone(members), func(name string) bool {
		p, ok := metadata.Lookup(name)
		refused := ok && p.Needs != "" && t.found[p.Needs].Outcome == Refused
		if refused {
			t.note(name, Parameter{Outcome: Untried, Note: p.Needs + " is refused"})
		}
		return refused
	})
}

// companions are the parameters without which one of the members is an error.
func companions(members []string) (needed []string) {
	for _, name := range members {
		if p, ok := metadata.Lookup(name); ok && p.Needs != "" && !slices.Contains(members, p.Needs) {
			needed = append(needed, p.Needs)
		}
	}
	return needed
}

// registered registers and deregisters one client. Its error ends the trial.
func (t *trial) registered(ctx context.Context, document map[string]any) (metadata.Document, []reconcile.Substitution, *dcr.Error, error) {
	if ctx.Err() != nil {
		return nil, nil, nil, ctx.Err()
	}
	t.Progress("registering a client to see what becomes of its " + t.sheet.name)
	e, save := t.ledger.enter()
	out := lifecycle.Register(ctx, t.server, lifecycle.Registration{Asked: document, Behaviour: t.behaviour}, save)
	if e.state.Handle.ClientID == "" {
		return nil, nil, t.refusal(out), t.fatal(out)
	}
	if t.report.InitialAccessToken == "" && !t.Settings.InitialAccessToken.IsEmpty() {
		t.report.InitialAccessToken = "reusable"
	}
	var substitutions []reconcile.Substitution
	for _, p := range out.Problems {
		if p.Kind == outcome.Substituted {
			substitutions = append(substitutions, p.Substitution)
		}
	}
	t.ledger.deregister(ctx, e, t.behaviour)
	if !e.gone {
		return e.state.Registered, substitutions, nil, fmt.Errorf("%w: client %s could not be deregistered", errNoMore, e.state.Handle.ClientID)
	}
	return e.state.Registered, substitutions, nil, nil
}

// refusal is the server's refusal of a registration, nil for another failure.
func (t *trial) refusal(out outcome.Outcome) *dcr.Error {
	for _, p := range out.Problems {
		var de *dcr.Error
		if p.Kind == outcome.NotRegistered && errors.As(p.Err, &de) && de.RefusesMetadata() && !de.MaybeProcessed {
			return de
		}
	}
	return nil
}

// fatal is a failure that another document would meet as well.
func (t *trial) fatal(out outcome.Outcome) error {
	if t.refusal(out) != nil {
		return nil
	}
	for _, p := range out.Problems {
		if p.MaybeProcessed {
			t.ledger.lost++
		}
		var de *dcr.Error
		if errors.As(p.Err, &de) && (de.Unauthorized() || de.Forbidden()) {
			if !t.Settings.InitialAccessToken.IsEmpty() && t.report.InitialAccessToken == "" {
				t.report.InitialAccessToken = "single use"
				return fmt.Errorf("%w: the initial access token registered one client and no second one", errNoMore)
			}
			return fmt.Errorf("%w: %w", errNoMore, p.Err)
		}
		if p.Err != nil {
			return fmt.Errorf("%w: %w", errNoMore, p.Err)
		}
	}
	return errNoMore
}

// result is what became of a member of a registration, whose metadata the server shows as shown.
func result(member string, shown metadata.Document, substitutions []reconcile.Substitution) Parameter {
	for _, s := range substitutions {
		if metadata.CanonicalMember(s.Member) != metadata.CanonicalMember(member) {
			continue
		}
		kinds := map[reconcile.SubstitutionKind]Outcome{
			reconcile.NotShown: NotShown, reconcile.Hidden: Hidden, reconcile.Changed: Substituted, reconcile.Extended: Extended,
		}
		return Parameter{Outcome: kinds[s.Kind], Registered: s.Got}
	}
	if metadata.Absent(shown[metadata.CanonicalMember(member)]) && metadata.Absent(shown[member]) {
		return Parameter{Outcome: Kept, Note: "the default, which the server does not show"}
	}
	return Parameter{Outcome: Kept}
}
