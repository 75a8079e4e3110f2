// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Terraform writes what is sensitive as null into a configuration that it generates. So an import leaves a software statement to the server, as it
// does members that no configuration names: no plan removes it, and an update sends it back. A configuration that has the same one is as good.
func TestAnImportLeavesTheSoftwareStatementToTheServer(t *testing.T) {
	t.Parallel()
	const statement = "e30.e30.c2ln"
	imported := func(t *testing.T, f fakeop.Faults) *subject {
		op := &fakeop.Server{}
		id, uri, token := registeredBefore(t, op, secured())
		op.SetMember(id, "software_statement", statement)
		op.SetFaults(f)
		r := newSubject(t, op, attrs{"registration_access_tokens": attrs{id: token}})
		if err := r.tryImport(uri); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, f := range map[string]fakeop.Faults{"with updates": {}, "without updates": {UpdateStatus: 405}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := imported(t, f)
			id := r.id()
			r.WantEmpty(secured())
			same := secured().With(attrs{"software_statement": statement})
			r.Apply(same)
			r.WantEmpty(same)
			if stored, _ := r.op.Client(id); r.id() != id || stored.Metadata["software_statement"] != statement {
				t.Errorf("client %s is now %s: %v", id, r.id(), stored.Metadata)
			}
		})
	}
	t.Run("updated without one", func(t *testing.T) {
		t.Parallel()
		r := imported(t, fakeop.Faults{})
		r.Apply(secured().With(attrs{"client_name": "App 2"}))
		if stored, _ := r.op.Client(r.id()); stored.Metadata["software_statement"] != statement {
			t.Errorf("the statement is gone: %v", stored.Metadata)
		}
	})
}

// A number that no attribute can hold is drift as any other value: it shows as not set, and the next apply sends what is configured. A server that always
// registers such a number is left with it.
func TestANumberOfMoreThan64BitsIsDrift(t *testing.T) {
	t.Parallel()
	config := secured().With(attrs{"default_max_age": 60})
	t.Run("set by an administrator", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(config)
		r.op.SetMember(r.id(), "default_max_age", json.Number("1e30"))
		for range 2 {
			if r.Empty(r.planned(config)) {
				t.Fatal("the plan is empty")
			}
		}
		r.Begin()
		if err := r.Reread(); err != nil {
			t.Fatal(err)
		}
		r.Apply(config)
		r.WantEmpty(config)
		r.wantQuiet()
		if got := r.registered()["default_max_age"]; jsonText(got) != "60" {
			t.Errorf("the server has %v", got)
		}
		r.Destroy()
	})
	t.Run("told", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(config)
		r.op.SetMember(r.id(), "default_max_age", json.Number("1e30"))
		r.planned(config)
		r.wantSays("default_max_age: a whole number of at most 64 bits is needed", "default_max_age is shown as not set")
	})
	t.Run("the server's own", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"default_max_age": json.Number("1e30")}}}, nil)
		r.Apply(config)
		for range 2 {
			r.WantEmpty(config)
		}
	})
	t.Run("ignored", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(config)
		r.op.SetMember(r.id(), "default_max_age", json.Number("1e30"))
		r.planned(secured())
		r.WantEmpty(secured()) // as Terraform has it where changes of an attribute are ignored that is not set
		r.Apply(secured().With(attrs{"client_name": "App 2"}))
		if !slices.ContainsFunc(r.op.Requests(), func(q fakeop.Request) bool {
			return q.Method == http.MethodPut && strings.Contains(string(q.Body), `"default_max_age":1e30`)
		}) {
			t.Error("the update removes what only the server has")
		}
	})
}

func jsonText(v any) string { text, _ := json.Marshal(v); return string(text) }

// A number that a server writes with an exponent costs what its text is long, also where an attribute shows it: written out, it has as many digits.
func TestANumberThatNoAttributeHoldsIsDrift(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"1e100000000", "1e-100000000", "-1e999999999"} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Extensions: []string{"x_limit", "x_mfa"}}, nil)
			config := secured().With(attrs{"extension_metadata": attrs{"x_limit": 5, "x_mfa": true}})
			r.Apply(config)
			r.op.SetMember(r.id(), "x_mfa", false)
			r.op.SetMember(r.id(), "x_limit", json.Number(number))
			r.op.SetMember(r.id(), "client_name", "Drifted")
			r.Begin()
			if err := r.Reread(); err != nil {
				t.Fatal(err)
			}
			r.wantSays("Client metadata not shown", "x_limit: a number is too large or too small for an attribute", "x_limit of extension_metadata is shown as not set")
			containsNone(t, r.details(), number, "The attributes", ", x_limit", "keeps")
			if got := r.Text("client_name"); got != "Drifted" {
				t.Errorf("client_name is %s in the state", got)
			}
			r.op.SetMember(r.id(), "client_name", config["client_name"])
			if r.Empty(r.planned(config)) {
				t.Error("another member that drifted is not shown, on account of the one that no attribute holds")
			}
			r.Apply(config)
			r.WantEmpty(config)
			if got := r.registered()["x_limit"]; jsonText(got) != "5" {
				t.Errorf("the server has %v", got)
			}
		})
	}
}

// One member alone is drift, too, whatever stands beside it; one that nobody configured is the server's.
func TestAMemberThatNoAttributeHoldsIsDriftWhereItIsConfigured(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Extensions: []string{"x_limit", "x_note", "x_other"}}, nil)
	config := secured().With(attrs{"extension_metadata": attrs{"x_limit": 5, "x_note": nil}})
	r.Apply(config)
	r.op.SetMember(r.id(), "x_other", json.Number("1e100000000"))
	r.WantEmpty(config)
	r.op.SetMember(r.id(), "x_limit", json.Number("1e100000000"))
	if r.Empty(r.planned(config)) {
		t.Error("the plan is empty")
	}
	r.Apply(config)
	r.WantEmpty(config)
	if got := r.registered()["x_other"]; jsonText(got) != "1e100000000" {
		t.Errorf("what nobody manages is %v", got)
	}
}
