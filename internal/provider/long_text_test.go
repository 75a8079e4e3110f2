// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Whatever a server sends, and net/http quotes of it, a message is of a length that is read, and keeps its ways.
func TestLongTextsAreBounded(t *testing.T) {
	t.Parallel()
	const length = 100_000
	long := strings.Repeat("a", length)
	always := func(a fakeop.Answer) fakeop.Faults {
		f := fakeop.Faults{}
		f.Registration.Calls, f.Reading.Calls, f.Updating.Calls = fakeop.Always(a), fakeop.Always(a), fakeop.Always(a)
		return f
	}
	for name, f := range map[string]fakeop.Faults{
		"malformed header":      always(fakeop.Answer{Status: 400, Header: http.Header{"X-Bad": {strings.Repeat("looong ", length/7) + "\x1b[31m"}}}),
		"registration endpoint": {MetadataMembers: map[string]any{"registration_endpoint": "http://x.example.com/" + long}},
		"endpoint of no URL":    {MetadataMembers: map[string]any{"registration_endpoint": long}},
		"issuer":                {MetadataMembers: map[string]any{"issuer": "https://x.example.com/" + long}},
		"redirect":              always(fakeop.Answer{Status: 302, Header: http.Header{"Location": {"https://x.example.com/" + long}}}),
		"code":                  always(fakeop.Answer{Status: 400, Body: `{"error":"` + long + `","error_description":"` + long + `"}`}),
		"page":                  always(fakeop.Answer{Status: 500, MediaType: "text/html", Body: "<title>" + long + "</title>"}),
		"challenge":             always(fakeop.Answer{Status: 401, Header: http.Header{"Www-Authenticate": {`Bearer error="` + long + `"`}}}),
		"name and value":        {AddMembers: map[string]any{long: long}, Substitute: map[string]any{"client_name": long, "redirect_uris": []any{"https://x.example.com/" + long}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			r := newSubject(t, s, attrs{"max_retries": 0})
			r.Apply(secured())
			s.SetFaults(f)
			r.start(attrs{"max_retries": 0})
			told := 0
			for _, step := range []func(){
				func() { _, _ = r.TryPlan(secured()) },
				func() { _ = r.TryApply(secured().With(attrs{"client_name": "App 2", "refresh": "never"})) },
				func() { _ = r.Rig().Another().TryApply(secured()) },
			} {
				r.Begin()
				step()
				for _, d := range append(r.Said(), r.Rig().Told()...) {
					told++
					if n := len(d.Summary) + len(d.Detail); n > length/4 {
						t.Errorf("%d bytes: %.200s", n, d.Detail)
					}
				}
			}
			if told == 0 {
				t.Error("nothing is told: the test shows nothing")
			}
		})
	}
}
