// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

type Document = reconcile.Document

// decode reads JSON as the protocol client does.
func decode(tb testing.TB, text string) Document {
	tb.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var doc Document
	if err := decoder.Decode(&doc); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return doc
}

func encode(tb testing.TB, v any) string {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func diff(tb testing.TB, what string, want, got any) {
	tb.Helper()
	if d := cmp.Diff(want, got); d != "" {
		tb.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func members(substitutions []reconcile.Substitution) []string {
	var names []string
	for _, s := range substitutions {
		names = append(names, s.Member+" "+s.Kind.String())
	}
	return names
}
