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
	for form, pattern := range map[string][2]string{"a group": {"^(?:", ")$"}, "a prefix": {"regexp=(", ")"}, "bars alone": {"", ""}} {
		joined := func(v any) any {
			var all []string
			for _, uri := range v.([]any) {
				all = append(all, uri.(string))
			}
			return []any{pattern[0] + strings.Join(all, "|") + pattern[1]}
		}
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, ShowOnRead: map[string]any{"redirect_uris": joined}}}, authserver.Settings{})
		doc := metadata.Document{"client_name": "a", "redirect_uris": []any{"https://a.example/cb", "https://b.example/cb"}}
		l.want(l.registerAs(doc))
		if out := l.refresh(); len(out.Problems) != 0 {
			t.Errorf("%s: %s", form, kinds(out.Problems))
		}
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true)) })
		if out := l.refresh(); out.Gone {
			t.Errorf("%s: gone: %s", form, kinds(out.Problems))
		}
		asked := l.op.Of(fakeop.OpAuthorize)
		for _, r := range asked {
			query, _ := url.ParseQuery(r.RawQuery)
			if uri := query.Get("redirect_uri"); uri != "https://a.example/cb" {
				t.Errorf("%s: asked with %q", form, uri)
			}
		}
		if len(asked) == 0 {
			t.Errorf("%s: not asked", form)
		}
	}
}
