// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"reflect"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client of the machine's own: with the default response types, and with none.
var (
	machineCode = attrs{"grant_types": []string{"client_credentials"}, "response_types": []string{"code"}}
	machineNone = machineCode.With(attrs{"response_types": []string{}})
	machineBare = attrs{"grant_types": []string{"client_credentials"}}
	// One that redirects, with the defaults written out.
	webCode = attrs{"grant_types": []string{"authorization_code"}, "response_types": []string{"code"}, "redirect_uris": []string{"https://app.example/cb"}}
)

// showsCode fills in the default where a registration has none, or an empty list.
var showsCode = map[string]any{"response_types": []any{"code"}}

// No response types are something else than the default ones (RFC 7591 §2): a client that has code may redirect.
func TestNoResponseTypesAreAskedForAndWatched(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{
		"shown": {}, "empty ones not shown": {NullsForUnset: true}, "hidden": {DropOnRead: []string{"response_types"}},
	} {
		for step, pair := range map[string][2]attrs{
			"emptied": {machineCode, machineNone}, "filled": {machineNone, machineCode}, "written out": {machineBare, machineNone}, "left out": {machineNone, machineBare},
		} {
			t.Run(name+", "+step, func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true, Faults: faults}, nil)
				r.Apply(pair[0])
				r.WantEmpty(pair[0])
				before := r.op.CountOf(fakeop.OpUpdate)
				if r.Empty(r.planned(pair[1])) {
					t.Fatal("the plan is empty")
				}
				r.Apply(pair[1])
				if got := r.op.CountOf(fakeop.OpUpdate) - before; got != 1 {
					t.Errorf("%d updates, want 1", got)
				}
				r.WantEmpty(pair[1])
				r.Destroy()
			})
		}
	}
}

func TestDefaultResponseTypesInPlaceOfNoneAreDrift(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true}, nil)
	r.Apply(machineNone)
	r.op.SetMember(r.id(), "response_types", []any{"code"})
	if r.Empty(r.planned(machineNone)) {
		t.Fatal("the plan is empty")
	}
	r.Apply(machineNone)
	r.WantEmpty(machineNone)
	if got, _ := r.registered()["response_types"].([]any); len(got) != 0 {
		t.Errorf("the server has %v", got)
	}
}

// An empty list that a server shows is none, and not its default: who empties the list at the server has taken code away.
func TestAnEmptyListInPlaceOfTheDefaultIsDrift(t *testing.T) {
	t.Parallel()
	for member, config := range map[string]attrs{"response_types": machineCode, "grant_types": webCode} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true}, nil)
			r.Apply(config)
			had := r.registered()[member]
			r.op.SetMember(r.id(), member, []any{})
			if r.Empty(r.planned(config)) {
				t.Fatal("the plan is empty")
			}
			r.Apply(config)
			r.WantEmpty(config)
			if got := r.registered()[member]; !reflect.DeepEqual(got, had) {
				t.Errorf("the server has %v, want %v", got, had)
			}
			r.op.SetMember(r.id(), member, []any{})
			taken := config.With(attrs{member: []string{}})
			r.WantEmpty(taken)
			r.Apply(taken.With(attrs{"client_name": "Robot"}))
			r.WantEmpty(taken.With(attrs{"client_name": "Robot"}))
		})
	}
}

// Who writes out the default of what a server shows as an empty list asks for something new.
func TestTheDefaultIsSentWhereAnEmptyListIsShown(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]attrs{"nobody's": machineBare, "asked for": machineNone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true}, nil)
			r.Apply(before)
			r.op.SetMember(r.id(), "response_types", []any{})
			r.Apply(machineCode)
			if got := r.op.CountOf(fakeop.OpUpdate); got != 1 {
				t.Errorf("%d updates, want 1", got)
			}
			r.WantEmpty(machineCode)
			if got := r.registered()["response_types"]; !reflect.DeepEqual(got, []any{"code"}) {
				t.Errorf("the server has %v", got)
			}
		})
	}
}

// A server that shows an empty list for what it does not keep is told of once, and goes on to work. With strict, it is refused as all that is not shown.
func TestAServerThatShowsAnEmptyListForTheDefault(t *testing.T) {
	t.Parallel()
	empty := map[string]any{"response_types": []any{}}
	for name, faults := range map[string]fakeop.Faults{
		"hidden":                  {DropOnRead: []string{"response_types"}, EmptyArraysForUnset: true},
		"emptied":                 {Substitute: empty},
		"emptied, and merging":    {Substitute: empty, UpdateMerges: true},
		"emptied, and no updates": {Substitute: empty, UpdateStatus: 405},
		"emptied, and not shown":  {Substitute: empty, DropOnRead: []string{"response_types"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true, Faults: faults}, nil)
			r.Apply(webCode)
			r.wantSays("response_types")
			id := r.id()
			for range 2 {
				r.WantEmpty(webCode)
			}
			other := webCode.With(attrs{"client_name": "Robot"})
			if faults.UpdateStatus != 0 {
				if err := r.TryApply(other); err == nil { // which learns that there are no updates
					t.Fatal("an update was made")
				}
				other = webCode.With(attrs{"application_type": "web"})
			}
			r.Apply(other)
			r.wantQuiet()
			r.WantEmpty(other)
			if r.id() != id {
				t.Error("another client was registered")
			}
			r.Destroy()
		})
	}
	strict := newSubject(t, &fakeop.Server{ResponseTypesAlone: true, Faults: fakeop.Faults{Substitute: empty}}, attrs{"strict": true})
	if err := strict.TryApply(webCode); err == nil {
		t.Error("strict took an empty list for code")
	}
	strict.wantSays("accept_substitutions")
}

// What nobody set is not drift, whatever a server shows for it.
func TestAnEmptyListForWhatIsNotSet(t *testing.T) {
	t.Parallel()
	empty := map[string]any{"response_types": []any{}, "grant_types": []any{}}
	r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true, Faults: fakeop.Faults{Substitute: empty}}, nil)
	bare := attrs{"redirect_uris": webCode["redirect_uris"]}
	for _, config := range []attrs{bare, bare.With(attrs{"client_name": "Robot"}), webCode, bare} {
		r.Apply(config)
		r.WantEmpty(config)
	}
	if got := r.op.CountOf(fakeop.OpRegister); got != 1 {
		t.Errorf("%d registrations, want 1", got)
	}
}

// A server that knows no client without response types goes on to work: it is told once, and nothing is planned for it.
func TestDefaultResponseTypesOfTheServersOwn(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{
		"substituted": {Substitute: showsCode},
		"merging":     {Substitute: showsCode, UpdateMerges: true},
		"hidden":      {Substitute: showsCode, DropOnRead: []string{"response_types"}},
		"read only":   {Substitute: showsCode, DropOnWrite: []string{"response_types"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true, Faults: faults}, nil)
			r.Apply(machineNone)
			r.wantSays("response_types")
			for range 2 {
				r.WantEmpty(machineNone)
			}
			named := machineNone.With(attrs{"client_name": "Robot"})
			r.Apply(named)
			r.wantQuiet()
			r.WantEmpty(named)
			r.Destroy()
		})
	}
}

// Where there are no updates, what stays as it was agreed on registers no other client.
func TestDefaultResponseTypesWithoutUpdates(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true, Faults: fakeop.Faults{Substitute: showsCode, UpdateStatus: 405}}, nil)
	r.Apply(machineNone)
	if err := r.TryApply(machineNone.With(attrs{"client_name": "Robot"})); err == nil {
		t.Fatal("an update was made")
	}
	r.WantEmpty(machineNone)
	written := machineNone.With(attrs{"application_type": "web", "token_endpoint_auth_method": "client_secret_basic"})
	id := r.id()
	r.Apply(written)
	r.WantEmpty(written)
	if r.id() != id {
		t.Error("another client was registered for the defaults written out")
	}
	r.Destroy()
}

// The way that the warning of a client without response types names (“Set response_types = []”) registers no other client where the server shows none:
// another one would be just as this one.
func TestNoResponseTypesWrittenOutWithoutUpdates(t *testing.T) {
	t.Parallel()
	for name, op := range map[string]*fakeop.Server{
		"no management":     {Management: fakeop.ManagementOff},
		"no updates":        {Faults: fakeop.Faults{UpdateStatus: 405}},
		"nor on reads":      {Faults: fakeop.Faults{UpdateStatus: 405, NullsForUnset: true}},
		"no management, []": {Management: fakeop.ManagementOff, Faults: fakeop.Faults{EmptyArraysForUnset: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, op, nil)
			r.Apply(machineBare)
			r.wantSays("Set response_types = []")
			id := r.id()
			if op.Management != fakeop.ManagementOff {
				if err := r.TryApply(machineBare.With(attrs{"client_name": "Robot"})); err == nil {
					t.Fatal("an update was made")
				}
			}
			r.Apply(machineNone)
			r.WantEmpty(machineNone)
			if got := len(op.Clients()); r.id() != id || got != 1 {
				t.Errorf("another client was registered: the server has %d", got)
			}
			sent := op.CountOf(fakeop.OpUpdate)
			r.Apply(machineBare) // nor does it where it is taken out again: it was never sent
			r.WantEmpty(machineBare)
			if got := len(op.Clients()); r.id() != id || got != 1 {
				t.Errorf("another client was registered for what was never sent: the server has %d", got)
			}
			if got := op.CountOf(fakeop.OpUpdate) - sent; got != 0 {
				t.Errorf("%d updates were sent for what was never sent", got)
			}
		})
	}
}

// What the server has of its own is not sent where it is written out, and asks for no other client where it is taken out again. Where there are updates, one is
// sent for each but none where the server shows what it would be reset to.
func TestWhatTheServerHasOfItsOwnWrittenOutAndTakenOut(t *testing.T) {
	t.Parallel()
	own := machineBare.With(attrs{"application_type": "native"})
	shows := map[string]any{"application_type": "native"}
	for name, tt := range map[string]struct {
		faults fakeop.Faults
		with   attrs
		sent   int
	}{
		"its own, and no updates": {fakeop.Faults{UpdateStatus: 405, Substitute: shows}, own, 0},
		"its own":                 {fakeop.Faults{Substitute: shows}, own, 1},
		"none":                    {fakeop.Faults{EmptyArraysForUnset: true}, machineNone, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: tt.faults}, nil)
			r.Apply(machineBare)
			id := r.id()
			if tt.faults.UpdateStatus != 0 {
				if err := r.TryApply(machineBare.With(attrs{"client_name": "Robot"})); err == nil {
					t.Fatal("an update was made")
				}
			}
			before := r.op.CountOf(fakeop.OpUpdate)
			for range 2 {
				r.Apply(tt.with)
				r.WantEmpty(tt.with)
				r.Apply(machineBare)
				r.WantEmpty(machineBare)
			}
			if got := r.op.CountOf(fakeop.OpUpdate) - before; got != 2*tt.sent {
				t.Errorf("%d updates, want %d", got, 2*tt.sent)
			}
			if got := len(r.op.Clients()); r.id() != id || got != 1 {
				t.Errorf("another client was registered: the server has %d", got)
			}
		})
	}
}

// What the warnings of a client without redirection URIs name works at a server that holds RFC 7591 §2.1 to the letter: there the default grant needs a
// response type with "code", so that no response types alone are refused.
func TestNoAuthorizationEndpointWhereGrantsAndResponseTypesMustFit(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	const way = "set grant_types to the grants that it uses and response_types = []."
	for _, warned := range []attrs{{"client_name": "Robot"}, {"client_name": "Robot", "grant_types": []string{"authorization_code", "client_credentials"}}} {
		if err := r.TryApply(warned); err == nil {
			t.Errorf("%v was registered", warned)
		}
		r.wantSays(way)
	}
	if err := r.TryApply(attrs{"client_name": "Robot", "response_types": []string{}}); err == nil {
		t.Error("no response types were registered for the grant authorization_code")
	}
	r.Apply(machineNone)
	r.wantQuiet()
	r.WantEmpty(machineNone)
}

// With strict a server's default in place of none is refused, and the setting that the error names takes it.
func TestStrictRefusesDefaultResponseTypesInPlaceOfNone(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{ResponseTypesAlone: true, Faults: fakeop.Faults{Substitute: showsCode}}, attrs{"strict": true})
	if err := r.TryApply(machineNone); err == nil {
		t.Fatal("strict took it")
	}
	r.wantSays("accept_substitutions")
	accepted := machineNone.With(attrs{"accept_substitutions": []string{"response_types"}})
	r.Apply(accepted)
	r.WantEmpty(accepted)
	if got := len(r.op.Clients()); got != 1 {
		t.Errorf("the server has %d clients, want 1", got)
	}
}
