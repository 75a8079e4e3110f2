// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// One pattern of exactly what was asked is no substitution; any other pattern is.
func TestPatternOfWhatWasAsked(t *testing.T) {
	two := []any{"https://a.example/cb?x=1", "https://b.example/cb"}
	for name, test := range map[string]struct {
		asked, got any
		same       bool
	}{
		"a pattern":                {two, []any{`regexp=(https://a.example/cb\?x=1|https://b.example/cb)`}, true},
		"in another order":         {two, []any{`regexp=(https://b.example/cb|https://a.example/cb\?x=1)`}, true},
		"anchored, all escaped":    {two, []any{`^(?:https:\/\/a\.example\/cb\?x=1|https:\/\/b\.example\/cb)$`}, true},
		"without escapes":          {two, []any{`(https://a.example/cb?x=1|https://b.example/cb)`}, true},
		"joined, without a group":  {two, []any{`https://a.example/cb?x=1|https://b.example/cb`}, true},
		"joined, one more":         {two, []any{`https://a.example/cb?x=1|https://b.example/cb|https://c.example`}, false},
		"joined, with a wildcard":  {two, []any{`https://a.example/cb?x=1|https://b.example/.*`}, false},
		"joined, no URI":           {two, []any{`https://a.example/cb?x=1|b.example/cb`}, false},
		"asked twice":              {[]any{"https://a", "https://b", "https://a"}, []any{`regexp=(https://a|https://b|https://a)`}, true},
		"one more":                 {two, []any{`regexp=(https://a.example/cb\?x=1|https://b.example/cb|https://c.example)`}, false},
		"one less":                 {[]any{"https://a", "https://b", "https://c"}, []any{`regexp=(https://a|https://b)`}, false},
		"another":                  {two, []any{`regexp=(https://a.example/cb\?x=1|https://evil.example/cb)`}, false},
		"a wildcard":               {two, []any{`regexp=(https://a.example/cb\?x=1|https://b.example/.*)`}, false},
		"a digit class":            {[]any{"https://a/d", "https://b"}, []any{`regexp=(https://a/\d|https://b)`}, false},
		"a wildcard after it":      {two, []any{`regexp=(https://a.example/cb\?x=1|https://b.example/cb).*`}, false},
		"an empty alternative":     {two, []any{`regexp=(https://a.example/cb\?x=1|https://b.example/cb|)`}, false},
		"beside another value":     {two, []any{`regexp=(https://a.example/cb\?x=1|https://b.example/cb)`, "https://c.example"}, false},
		"of a single value":        {[]any{"https://a.example"}, []any{`regexp=(https://a.example)`}, false},
		"a pattern that was asked": {[]any{"regexp=(https://a|https://b)"}, []any{"regexp=(https://a|https://b)"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			agreement, found := reconcile.Agree(reconcile.Document{"redirect_uris": test.asked}, reconcile.Document{"redirect_uris": test.got})
			if same := len(found) == 0; same != test.same {
				t.Errorf("substitutions: %v", found)
			}
			shown := reconcile.Document{"redirect_uris": test.got}
			if _, drift := observe(agreement, shown); len(drift) != 0 {
				t.Errorf("the same answer again is drift: %v", drift)
			}
			moved := reconcile.Document{"redirect_uris": []any{`regexp=(https://a.example/cb\?x=1|https://moved.example/cb)`}}
			if _, drift := observe(agreement, moved); len(drift) != 1 {
				t.Errorf("another pattern is no drift: %v", drift)
			}
		})
	}
}
