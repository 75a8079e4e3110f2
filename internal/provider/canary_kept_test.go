// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server may register for a parameter what was configured for it before, or what another one is configured to be. That is no value of its own
// either, and none is printed.
func TestConfiguredTextsInAnotherPlaceAreNotTold(t *testing.T) {
	t.Parallel()
	page, redirect := "https://www.example.com/"+canaryText, "https://a.example.com/"+canaryText
	returns := func(v any) func(any) any { return func(any) any { return v } }
	for name, test := range map[string]struct {
		first, then attrs // then is what differs in the second apply; there is none without it
		registered  map[string]any
		says        string
	}{
		"a name from before":   {attrs{"client_name": canaryText}, attrs{"client_name": "Another"}, map[string]any{"client_name": canaryText}, "client_name: the server kept the value from before."},
		"a page from before":   {attrs{"client_uri": page}, attrs{"client_uri": "https://b.example.org/"}, map[string]any{"client_uri": page}, "kept the value from before"},
		"and changed a little": {attrs{"client_uri": page}, attrs{"client_uri": "https://b.example.org/"}, map[string]any{"client_uri": page + "/"}, `registered what was there before, with "/" after it`},
		"an element from before": {
			attrs{"contacts": []string{canaryText, "b@example.com"}}, attrs{"contacts": []string{"c@example.com"}}, map[string]any{"contacts": []any{canaryText, "c@example.com"}},
			"contacts: the server registered what was there before, beside what was asked for.",
		},
		"words from before": {attrs{"scope": "openid " + canaryText}, attrs{"scope": "openid email"}, map[string]any{"scope": "openid " + canaryText}, "registered what was there before"},
		"a redirect from before": {
			attrs{"redirect_uris": []string{redirect}}, attrs{"redirect_uris": []string{"https://b.example.com/"}}, map[string]any{"redirect_uris": []any{redirect}},
			"redirect_uris: the server registered what was there before instead.",
		},
		"the name of a language": {
			attrs{"localized": attrs{"ja": attrs{"client_name": canaryText}}, "client_name": "App"}, nil, map[string]any{"client_name": canaryText},
			"client_name: the server registered what client_name#ja has instead.",
		},
		"an element of another list": {
			attrs{"redirect_uris": []string{redirect}, "post_logout_redirect_uris": []string{"https://b.example.com/"}}, nil, map[string]any{"post_logout_redirect_uris": []any{redirect}},
			"post_logout_redirect_uris: the server registered what redirect_uris has instead.",
		},
		"the origin of another": {
			attrs{"redirect_uris": []string{"https://" + canaryText + ".example.com/cb"}, "client_uri": "https://b.example.com/"}, nil, map[string]any{"client_uri": "https://" + canaryText + ".example.com"},
			"registered what redirect_uris has, cut short",
		},
		"another's in a standard word's place": {
			attrs{"client_name": canaryText, "token_endpoint_auth_method": "none", "accept_substitutions": []string{"token_endpoint_auth_method"}}, nil, map[string]any{"token_endpoint_auth_method": canaryText},
			"registered what client_name has instead",
		},
		"words of the standards": {attrs{"scope": "openid profile"}, attrs{"scope": "openid email"}, map[string]any{"scope": "openid profile"}, `asked for "openid email", and the server registered "openid profile"`},
		"one of its own":         {attrs{"client_name": canaryText}, attrs{"client_name": "Another"}, map[string]any{"client_name": "Own"}, `registered "Own" instead`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			substitute := fakeop.Faults{Substitute: map[string]any{}}
			for member, v := range test.registered {
				substitute.Substitute[member] = returns(v)
			}
			op := &fakeop.Server{}
			r := newSubject(t, op, attrs{"max_retries": 0})
			config := secured().With(test.first)
			if test.then != nil {
				r.Apply(config)
				config = config.With(test.then)
			}
			op.SetFaults(substitute)
			_ = r.TryApply(config)
			wantSaysWithoutCanary(t, r, test.says)
		})
	}
}

// What was removed from the configuration, and which the server keeps, is no value of its own later either.
func TestRemovedTextsAreNotToldLater(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{UpdateMerges: true}}
	r := newSubject(t, op, nil)
	r.Apply(secured().With(attrs{"client_name": canaryText}))
	_ = r.TryApply(secured().With(attrs{"client_name": nil}))
	op.SetFaults(fakeop.Faults{Substitute: map[string]any{"client_name": func(any) any { return canaryText }}})
	_ = r.TryApply(secured().With(attrs{"client_name": "Another"}))
	wantSaysWithoutCanary(t, r, "client_name: the server kept the value from before.")
}

func wantSaysWithoutCanary(t *testing.T, r *subject, says string) {
	t.Helper()
	var all strings.Builder
	for _, d := range r.Rig().Told() {
		all.WriteString(d.Summary + "\n" + d.Detail + "\n")
	}
	if strings.Contains(strings.ToLower(all.String()), canaryText) {
		t.Errorf("a value of the configuration is printed:\n%s", all.String())
	}
	if !strings.Contains(all.String(), says) {
		t.Errorf("nothing says %q:\n%s", says, all.String())
	}
}
