// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// acceptedIn are the names in each accept_substitutions that an error proposes, as it writes them.
func acceptedIn(t *testing.T, err error) (lists [][]string) {
	t.Helper()
	if err == nil {
		t.Fatal("nothing is refused")
	}
	for _, line := range regexp.MustCompile(`(?m)^ +accept_substitutions = \[(.*)\]$`).FindAllStringSubmatch(err.Error(), -1) {
		var names []string
		for name := range strings.SplitSeq(line[1], ", ") {
			names = append(names, strings.Trim(name, `"`))
		}
		lists = append(lists, names)
	}
	if len(lists) == 0 {
		t.Fatalf("nothing is proposed: %v", err)
	}
	return lists
}

// Each list that an error proposes for accept_substitutions is enough as it is written: with all parameters that were refused, and with their
// language tags, in whichever letters the server writes these.
func TestAcceptedAsTheMessageSays(t *testing.T) {
	t.Parallel()
	other := func(any) any { return "Another" }
	tagged := secured().With(attrs{"strict": true, "localized": attrs{"ja-JP": attrs{"client_name": "アプリ"}}})
	for name, c := range map[string]struct {
		faults fakeop.Faults
		config attrs
		want   []string
	}{
		"a tag":                  {fakeop.Faults{Substitute: map[string]any{"client_name#ja-JP": other}}, tagged, []string{"client_name#ja-JP"}},
		"a tag in other letters": {fakeop.Faults{LowerCaseTags: true, Substitute: map[string]any{"client_name#ja-JP": other, "client_name#ja-jp": other}}, tagged, []string{"client_name#ja-JP"}},
		"several": {fakeop.Faults{Substitute: map[string]any{"client_name": other, "client_name#ja-JP": other}}, tagged.With(attrs{"contacts": []string{"a@example.com"}}),
			[]string{"client_name", "client_name#ja-JP"}},
	} {
		for _, update := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", by an update: ", update), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{}
				if !update {
					op.Faults = c.faults
				}
				r := newSubject(t, op, nil)
				if update {
					r.Apply(secured())
					op.SetFaults(c.faults)
				}
				for _, names := range acceptedIn(t, r.TryApply(c.config)) {
					if slices.Sort(names); !slices.Equal(names, c.want) {
						t.Errorf("%q is proposed, not %q", names, c.want)
					}
					accepting := c.config.With(attrs{"accept_substitutions": names})
					r.Begin()
					if err := r.TryApply(accepting); err != nil {
						t.Fatalf("with what is proposed: %v", err)
					}
					if slices.Contains(r.told(), "warning accept_substitutions: Unknown parameter in accept_substitutions") {
						t.Errorf("told %q", r.told())
					}
					r.WantEmpty(accepting)
				}
			})
		}
	}
}

// Where some names in accept_substitutions name nothing, the others are listed as they are written.
func TestKnownNamesAreListedWithTheirTags(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	config := secured().With(attrs{"localized": attrs{"ja": attrs{"client_name": "アプリ"}}, "accept_substitutions": []string{"client_name#JA", "scope", "scopes"}})
	r.Apply(config)
	if !strings.Contains(r.details(), "client_name#JA, scope.") {
		t.Errorf("told:\n%s", r.details())
	}
}
