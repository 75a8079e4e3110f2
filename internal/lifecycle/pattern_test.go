// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// A server that keeps several redirection URIs as one pattern shows that. The authorization endpoint is asked with one that the client has: a pattern it refuses before it
// looks at the client, for one that exists as for one that does not.
func TestTheAuthorizationEndpointIsAskedWithAURI(t *testing.T) {
	for form, test := range map[string]struct {
		shown func(all []string) []any
		asked []any
		want  string
	}{
		"a group":                      {func(all []string) []any { return []any{"^(?:" + strings.Join(all, "|") + ")$"} }, []any{"https://a.example/cb", "https://b.example/cb"}, "https://a.example/cb"},
		"a prefix":                     {func(all []string) []any { return []any{"regexp=(" + strings.Join(all, "|") + ")"} }, []any{"https://a.example/cb", "https://b.example/cb"}, "https://a.example/cb"},
		"bars alone":                   {func(all []string) []any { return []any{strings.Join(all, "|")} }, []any{"https://a.example/cb", "https://b.example/cb"}, "https://a.example/cb"},
		"brackets in a URI":            {func(all []string) []any { return []any{all[0]} }, []any{"https://a.example/cb(1)"}, "https://a.example/cb(1)"},
		"a URI beside a pattern":       {func([]string) []any { return []any{"^https://c.example/.*$", "https://b.example/cb"} }, []any{"https://d.example/cb"}, "https://b.example/cb"},
		"the beginning of another one": {func([]string) []any { return []any{"^https://d.example/cb2$"} }, []any{"https://d.example/cb"}, ""},
		"another pattern":              {func([]string) []any { return []any{"^https://c.example/.*$"} }, []any{"https://d.example/cb"}, ""},
	} {
		joined := func(v any) any {
			var all []string
			for _, uri := range v.([]any) {
				all = append(all, uri.(string))
			}
			return test.shown(all)
		}
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, ShowOnRead: map[string]any{"redirect_uris": joined}}}, authserver.Settings{})
		doc := metadata.Document{"client_name": "a", "redirect_uris": test.asked}
		l.registerAs(doc)
		if out := l.refresh(); out.Failed() {
			t.Errorf("%s: %s", form, kinds(out.Problems))
		}
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true)) })
		l.op.EditFaults(func(f *fakeop.Faults) { f.TokenChecksGrantFirst, f.TokenEndpoint.Calls = false, knowsNobody })
		before := len(l.op.Of(fakeop.OpAuthorize))
		if out := l.refresh(); out.Gone {
			t.Errorf("%s: gone: %s, %s", form, kinds(out.Problems), out.Problems[0].Evidence)
		}
		asked := l.op.Of(fakeop.OpAuthorize)[before:]
		for _, r := range asked {
			query, _ := url.ParseQuery(r.RawQuery)
			if uri := query.Get("redirect_uri"); uri != test.want {
				t.Errorf("%s: asked with %q", form, uri)
			}
		}
		if (len(asked) == 0) != (test.want == "") {
			t.Errorf("%s: asked %d times", form, len(asked))
		}
	}
}
