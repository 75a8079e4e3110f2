// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// The ways out that messages name are listed in one file, each with a message that names it. Package provider holds that list against the
// tests that take each way.
func TestWaysAreListed(t *testing.T) {
	named := map[string]string{}
	note := func(where string, ways []Fix) {
		for _, f := range ways {
			text := f.Text
			for _, b := range f.Next {
				text += " " + b.Where
			}
			if at, known := named[text]; !known || where < at {
				named[text] = where
			}
		}
	}
	for _, text := range constants(t, "../outcome/problem.go", "Kind") {
		kinds := maps.Clone(variants())
		kinds["as it is"] = func(*outcome.Problem) {}
		for _, change := range kinds {
			p := exampleProblem(outcome.Kind(text))
			change(&p)
			p.Ways = nil // each of them is in the golden file of diagnostics
			note(text, Of(p).Fix)
		}
	}
	for _, e := range slices.AppendSeq(slices.Collect(maps.Values(refusals())), maps.Values(moreRefusals())) {
		_, ways := causeOf(e)
		note(e.Error(), ways)
	}
	for i := range enumeration(t, "../transport/errors.go", "BadURL") {
		for _, o := range []dcr.Operation{dcr.Register, dcr.Read} {
			_, ways := causeOf(&dcr.Error{Operation: o, Err: &transport.Error{Kind: transport.Kind(i + 1), Until: exampleUntil}})
			note("no answer", ways)
		}
	}
	for _, failed := range tokenErrors() {
		_, ways := causeOf(noAccessToken(dcr.Read, failed))
		note("no access token", ways)
	}
	var b strings.Builder
	for _, text := range slices.Sorted(maps.Keys(named)) {
		fmt.Fprintf(&b, "%s\t%s\n", text, named[text])
	}
	golden.Holds(t, "testdata/ways.txt", b.String())
}
