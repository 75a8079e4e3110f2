// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// emptyValues are values that say nothing, by a name of each: empty lists, zeroes, defaults, of attributes, of variants in a language and of
// a vendor's members.
func emptyValues() map[string]attrs {
	out := map[string]attrs{
		"localized {}": {"localized": attrs{}}, "localized ja {}": {"localized": attrs{"ja": attrs{}}}, "localized ja null": {"localized": attrs{"ja": nil}},
		"members {}": {"extension_metadata": attrs{}}, "member null": {"extension_metadata": attrs{"x_a": nil}},
		"member []": {"extension_metadata": attrs{"x_a": []any{}}}, "member text": {"extension_metadata": attrs{"x_a": ""}}, "member {}": {"extension_metadata": attrs{"x_a": attrs{}}},
		"member false": {"extension_metadata": attrs{"x_a": false}}, "member 0": {"extension_metadata": attrs{"x_a": 0}},
		"timeouts": {"timeouts": attrs{}}, "rotate_secret_when": {"rotate_secret_when": attrs{}}, "accept_substitutions": {"accept_substitutions": []string{}},
	}
	for _, p := range metadata.All() {
		if p.Default != nil {
			out[p.Name+" default"] = attrs{p.Name: p.Default}
		}
		switch p.Kind {
		case metadata.StringList:
			if p.Name != "redirect_uris" { // which the grant needs
				out[p.Name+" []"] = attrs{p.Name: []string{}}
			}
			if p.Localizable {
				out[p.Name+" [] localized"] = attrs{"localized": attrs{"ja": attrs{p.Name: []string{}}}}
			}
		case metadata.Boolean:
			out[p.Name+" false"] = attrs{p.Name: false}
		case metadata.Integer:
			out[p.Name+" 0"] = attrs{p.Name: 0}
		case metadata.JSONObject:
			out[p.Name+" {}"] = attrs{p.Name: "{}"}
		case metadata.JWKSet, metadata.String, metadata.Scope, metadata.URI:
		}
	}
	return out
}

// A value that says nothing new is given to a client that is there: what the plan shows of it, the apply settles.
func TestValueThatSaysNothing(t *testing.T) {
	t.Parallel()
	for server, op := range map[string]func() *fakeop.Server{
		"correct":       func() *fakeop.Server { return &fakeop.Server{} },
		"nulls":         func() *fakeop.Server { return &fakeop.Server{Faults: fakeop.Faults{NullsForUnset: true}} },
		"merges":        func() *fakeop.Server { return &fakeop.Server{Faults: fakeop.Faults{UpdateMerges: true}} },
		"no reads":      func() *fakeop.Server { return &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405}} },
		"no management": func() *fakeop.Server { return &fakeop.Server{Management: fakeop.ManagementOff} },
		"empties": func() *fakeop.Server {
			return &fakeop.Server{Faults: fakeop.Faults{EmptyArraysForUnset: true, EmptyStringsForUnset: true, FalseForUnset: true, EmptyObjectForJWKS: true}}
		},
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			for name, value := range emptyValues() {
				t.Run(name, func(t *testing.T) {
					op := op()
					op.Extensions, op.ResponseTypesAlone = []string{"x_a"}, true // no response types are asked for, and must be taken
					w := newWrittenLater(t, op, nil)
					w.process(nil)
					w.apply(theApp(nil))
					config := theApp(value)
					w.process(nil)
					if err := w.Apply(map[string]attrs{theClient: config}); err != nil {
						t.Fatal(err)
					}
					w.settled(config, nil)
				})
			}
		})
	}
}

// The same by an import, whose agreement is made of what the server showed.
func TestMemberThatSaysNothingAfterAnImport(t *testing.T) {
	t.Parallel()
	for name, value := range emptyValues() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Extensions: []string{"x_a"}, ResponseTypesAlone: true}
			id, uri, token := registeredBefore(t, op, theApp(nil))
			w := &writtenLater{Rig: newRig(t, op), t: t, settings: attrs{"issuer": op.Issuer(), "max_retries": 0, "registration_access_tokens": attrs{id: token}}}
			w.process(nil)
			if err := w.Import(theClient, uri); err != nil {
				t.Fatal(err)
			}
			config := theApp(value)
			w.process(nil)
			if err := w.Apply(map[string]attrs{theClient: config}); err != nil {
				t.Fatal(fmt.Errorf("%s: %w", name, err))
			}
			w.settled(config, nil)
		})
	}
}
