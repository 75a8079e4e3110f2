// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// lifecycle drives the decisions as the provider does, against a model of a server, and holds them against an oracle
// that shares no code with them.
type lifecycle struct {
	*rapid.T
	server   *server
	correct  bool
	alphabet []string // the members that this run is about

	config  Document
	accept  []string
	strict  bool
	exists  bool
	state   Document // values of the managed attributes
	private []byte   // the record

	// The oracle's memory: what was asked and shown at the last apply without error.
	agreedAsked, agreedShown Document
	refusedSince             bool // an update that the server took was refused since
}

func TestLifecycleOnAnyServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { run(t, false) })
}

func TestLifecycleOnACorrectServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { run(t, true) })
}

func run(t *rapid.T, correct bool) {
	l := &lifecycle{T: t, correct: correct, alphabet: drawMembers(t, "alphabet", 1, 4), config: Document{}, state: Document{}}
	l.server = drawServer(t, l.alphabet, correct)
	l.configure()
	t.Repeat(map[string]func(*rapid.T){
		"configure": func(t *rapid.T) { l.T = t; l.configure() },
		"edit":      func(t *rapid.T) { l.T = t; l.edit() },
		"plan":      func(t *rapid.T) { l.T = t; l.refresh() },
		"apply":     func(t *rapid.T) { l.T = t; l.apply() },
		"import":    func(t *rapid.T) { l.T = t; l.reimport() },
	})
}

// configure changes one line of the configuration, or what the user accepts.
func (l *lifecycle) configure() {
	member := rapid.SampledFrom(l.alphabet).Draw(l.T, "configured member")
	for other := range l.config { // a user writes a tag in one spelling
		if strings.EqualFold(other, member) {
			delete(l.config, other)
		}
	}
	if rapid.IntRange(0, 3).Draw(l.T, "remove") > 0 {
		name, tag, tagged := strings.Cut(member, "#")
		if tagged && rapid.Bool().Draw(l.T, "upper tag") {
			member = name + "#" + strings.ToUpper(tag)
		}
		l.config[member] = drawValue(l.T, member, "configured "+member)
	}
	l.accept = rapid.SliceOf(rapid.SampledFrom(l.alphabet)).Draw(l.T, "accept")
	l.strict = rapid.IntRange(0, 4).Draw(l.T, "strict") == 0
}

// edit changes one member at the server, behind Terraform's back. What reads hide is left alone: no one could see it.
func (l *lifecycle) edit() {
	if !l.exists {
		return
	}
	pool := append(slices.Clone(l.alphabet), universe[rapid.IntRange(0, len(universe)-1).Draw(l.T, "any")])
	member := rapid.SampledFrom(pool).Draw(l.T, "edited member")
	name := strings.ToLower(member)
	if l.server.hides[name] {
		return
	}
	if value := drawValue(l.T, member, "edited "+member); canonKindOf(member, value) != "" && rapid.Bool().Draw(l.T, "set") {
		l.server.stored[name] = value
	} else {
		delete(l.server.stored, name)
	}
}

func (l *lifecycle) record() reconcile.Record {
	record, err := reconcile.Unmarshal(l.private)
	if err != nil {
		l.Fatal(err)
	}
	return record
}

func (l *lifecycle) save(record reconcile.Record) {
	data, err := record.Marshal()
	if err != nil {
		l.Fatal(err)
	}
	l.private = data
}

// refresh is Terraform's refresh and plan: it returns what the server shows, the new state and whether a change is
// planned. It holds the drift against the oracle.
func (l *lifecycle) refresh() (shown, values Document, planned bool) {
	if !l.exists {
		return nil, Document{}, true
	}
	shown = l.server.read()
	agreed := l.record().Agreed
	values, drift := observe(agreed, shown)

	drifted := make(map[string]bool)
	for _, d := range drift {
		drifted[d] = true
	}
	if !l.refusedSince { // after a refused update the oracle does not know what the server holds
		for member, asked := range l.agreedAsked {
			now, then := of(shown, member), of(l.agreedShown, member)
			same := canon(member, now) == canon(member, asked)
			if list, chosen := asked.([]any); chosen && len(list) == 0 && canonKindOf(member, now) != "" {
				same = false // no list is asked for, and the default one is shown in its place
			}
			// An empty list is shown in place of the default one: one that was asked for, or was there before.
			emptied := emptyForDefault(member, now)
			if emptied && canonKindOf(member, asked) != "" {
				same = false
			}
			if !same && canonKindOf(member, then) == "" {
				same = canonKindOf(member, now) == "" && (!emptied || emptyForDefault(member, then))
			} else if !same {
				same = canon(member, now) == canon(member, then) && !emptied
			}
			if drifted[member] == same {
				l.Errorf("%s: asked %v, shown then %v, now %v: drift is %t", member, asked, then, now, drifted[member])
			}
			if !same && (canon(member, values[member]) != canon(member, now) || emptied != emptyForDefault(member, values[member])) {
				l.Errorf("%s: the server shows %v, state %v", member, now, values[member])
			}
			if _, array := values[member].([]any); array && isText(member) {
				l.Errorf("%s: state has an array: %v", member, values[member])
			}
			if !same && cmp.Equal(values[member], asked) {
				l.Errorf("%s: drift that no plan shows: %v", member, values[member])
			}
		}
		if len(agreed) != len(l.agreedAsked) {
			l.Errorf("agreed on %d members, asked were %d", len(agreed), len(l.agreedAsked))
		}
	}
	for member := range values {
		if _, managed := agreed[member]; !managed {
			l.Errorf("%s is in state and not managed", member)
		}
	}
	planned = !cmp.Equal(values, l.config) || len(reconcile.Unsettled(agreed, l.config, shown)) > 0
	for member, value := range l.config { // no one edits what reads hide, so an empty plan must mean that it is as configured
		name := strings.ToLower(member)
		if now := l.server.stored[name]; !planned && l.server.hides[name] && !l.server.substitutes(member, value) && canon(member, now) != canon(member, value) {
			l.Errorf("%s: the plan is empty, configured is %v, the server has %v", member, value, now)
		}
	}
	l.state = values
	return shown, values, planned
}

// emptyForDefault reports whether a value is an empty list of a parameter whose default is not empty.
func emptyForDefault(member string, v any) bool {
	list, shown := v.([]any)
	return shown && len(list) == 0 && canon(member, nil) != ""
}

func (l *lifecycle) apply() {
	shown, _, planned := l.refresh()
	if !planned {
		return
	}
	if !l.exists {
		l.create()
		return
	}
	record := l.record()
	u := reconcile.Update{ClientID: "c", ClientSecret: secret.New("secret"), Asked: clone(l.config), Removed: reconcile.Removed(record.Agreed, l.config), Registered: shown}
	if !reconcile.Satisfied(record.Agreed, u.Asked, shown) {
		form, taken := l.send(record.Form, u)
		if !taken {
			return // an error; state as refreshed
		}
		record.Form = form
		l.holdLosses(form, u)
	}
	after := l.server.read()
	agreement, substitutions := reconcile.Agree(u.Asked, after)
	refused, warned := reconcile.Judge(append(substitutions, reconcile.Kept(u.Removed, shown, after)...), l.accept, l.strict)
	l.judged(refused, warned)
	if len(refused) > 0 {
		record.Agreed = reconcile.AfterRefusal(record.Agreed, u.Asked, after, nil, false)
		l.save(record)
		l.refusedSince = true
		return
	}
	record.Agreed = agreement
	l.save(record)
	var dropped []string // by the oracle, not by Removed
	for member, asked := range l.agreedAsked {
		if canonKindOf(member, asked) == "" && l.server.hides[strings.ToLower(member)] {
			continue // nothing was sent, and the server's own value, which no read shows, is nobody's to remove
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(l.config)), func(c string) bool { return strings.EqualFold(c, member) }) {
			dropped = append(dropped, member)
		}
	}
	l.settled(u.Asked, after)
	for _, member := range dropped {
		if now := l.server.stored[strings.ToLower(member)]; canon(member, now) != canon(member, nil) && !l.server.merges && !l.server.resets {
			l.Errorf("%s was removed and the server still has %v", member, now)
		}
	}
}

func (l *lifecycle) create() {
	asked := clone(l.config)
	l.server.register(l.T, reconcile.CreateBody(asked))
	after := l.server.read()
	agreement, substitutions := reconcile.Agree(asked, after)
	refused, warned := reconcile.Judge(substitutions, l.accept, l.strict)
	l.judged(refused, warned)
	if len(refused) > 0 {
		l.server.stored = nil // rolled back
		return
	}
	l.exists = true
	l.save(reconcile.Record{Agreed: agreement})
	l.settled(asked, after)
}

// send sends the forms in turn until the server takes one.
func (l *lifecycle) send(remembered reconcile.Form, u reconcile.Update) (reconcile.Form, bool) {
	for _, form := range reconcile.Distinct(reconcile.Candidates(remembered, ""), u) {
		body := reconcile.Body(form, u)
		for member, value := range body {
			if (value == nil || value == "") && form != reconcile.FormComplete {
				l.Errorf("form %s sends %s as %v", form, member, value)
			}
		}
		if l.server.update(l.T, body, u.Asked) {
			return form, true
		}
	}
	if !l.server.contradictory(u.Asked) {
		l.Errorf("no form pleases the server")
	}
	return "", false
}

// holdLosses checks that what nobody manages survived the update, or was announced as left out.
func (l *lifecycle) holdLosses(form reconcile.Form, u reconcile.Update) {
	after, left := l.server.read(), reconcile.LeftOut(form, u)
	if l.correct && form != reconcile.FormStandard {
		l.Errorf("a correct server refused the standard form")
	}
	for member, before := range u.Registered {
		if metadata.ServerAssigned(member) || canonKindOf(member, before) == "" || of(l.config, member) != nil || slices.ContainsFunc(u.Removed, func(r string) bool { return strings.EqualFold(r, member) }) {
			continue
		}
		_, managed := l.config[member]
		if managed || l.server.substitutes(member, before) || slices.Contains(left, member) || canon(member, before) == canon(member, of(after, member)) {
			continue
		}
		l.Errorf("form %s: %s is unmanaged, was %v and is %v", form, member, before, of(after, member))
	}
	if l.correct {
		for _, member := range left {
			if p, known := metadata.Lookup(member); !known || !slices.ContainsFunc(p.Excludes, func(other string) bool { return !metadata.Absent(l.config[other]) }) { // what is asked is sent, also a set without keys
				l.Errorf("the standard form leaves out %s", member)
			}
		}
	}
}

func (l *lifecycle) judged(refused, warned []reconcile.Substitution) {
	for _, s := range refused {
		if slices.Contains(l.accept, s.Member) || s.Kind == reconcile.Retained || !l.strict && (!s.Security || s.Kind != reconcile.Changed) {
			l.Errorf("refused: %+v", s)
		}
	}
	if again, _ := reconcile.Judge(warned, l.accept, l.strict); len(again) > 0 {
		l.Errorf("judged twice, refused: %v", again)
	}
}

// settled checks what holds after an apply without error.
func (l *lifecycle) settled(asked, shown Document) {
	l.agreedAsked, l.agreedShown, l.refusedSince = asked, shown, false
	for member, value := range asked {
		if l.server.substitutes(member, value) {
			continue
		}
		if now := l.server.stored[strings.ToLower(member)]; canon(member, now) != canon(member, value) {
			l.Errorf("%s: asked %v, the server has %v", member, value, now)
		}
	}
	if _, values, planned := l.refresh(); planned {
		l.Errorf("the plan after an apply without error is not empty:\n%s", cmp.Diff(values, l.config))
	}
}

// reimport imports the client into a fresh state with the configuration that was generated from it.
func (l *lifecycle) reimport() {
	if !l.exists {
		return
	}
	shown := l.server.read()
	imported, _ := reconcile.Import(shown)
	agreement, substitutions := reconcile.Agree(imported, shown)
	if len(substitutions) > 0 {
		l.Errorf("an import substitutes: %v", substitutions)
	}
	values, drift := observe(agreement, l.server.read())
	if len(drift) > 0 || !cmp.Equal(values, imported) {
		l.Errorf("the plan after an import is not empty: %v\n%s", drift, cmp.Diff(imported, values))
	}
	if !reconcile.Satisfied(agreement, imported, shown) {
		l.Errorf("an imported configuration needs an update")
	}
	for member, value := range l.server.stored {
		_, p := row(member)
		if p == nil || l.server.hides[member] || canon(member, value) == canon(member, nil) {
			continue
		}
		if p.Sensitive { // which a generated configuration has as null
			if there := of(imported, member); there != nil {
				l.Errorf("%s is imported, so that the generated configuration removes it", member)
			}
			continue
		}
		if canon(member, of(imported, member)) != canon(member, value) {
			l.Errorf("%s: the server has %v, imported is %v", member, value, of(imported, member))
		}
	}
}

func isText(member string) bool {
	kind, _ := row(member)
	return kind == metadata.String || kind == metadata.URI || kind == metadata.Scope
}
