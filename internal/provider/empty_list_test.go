// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client of the machine's own: with the default response types, and with none.
var (
	machineCode = attrs{"grant_types": []string{"client_credentials"}, "response_types": []string{"code"}}
	machineNone = machineCode.With(attrs{"response_types": []string{}})
	machineBare = attrs{"grant_types": []string{"client_credentials"}}
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
