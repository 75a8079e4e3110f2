// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// outages are answers of what stands before a server that is away, to a deletion that was not made.
var outages = map[string]fakeop.Answer{
	"503 page": {Status: 503, Body: "<html><title>503</title></html>", MediaType: "text/html"}, "502 text": {Status: 502, Body: "bad gateway", MediaType: "text/plain"},
	"504 empty": {Status: 504}, "408 text": {Status: 408, Body: "request timeout", MediaType: "text/plain"}, "500 document": {Status: 500, Body: `{"message":"An unexpected error occurred"}`},
}

// notThere are answers of what stands before it to a read.
var notThere = map[string]fakeop.Answer{
	"text": {Status: 404, Body: "default backend - 404", MediaType: "text/plain"}, "page": {Status: 404, Body: "<html><title>404 Not Found</title></html>", MediaType: "text/html"},
	"empty": {Status: 404}, "document": {Status: 404, Body: `{"message":"no Route matched with those values"}`}, "framework's": {Status: 404, Body: `{"status":404,"error":"Not Found"}`},
	"code": {Status: 404, Body: `{"error":"not_found"}`}, "gone": {Status: 410},
	"refused": {Status: 401, Body: `{"message":"Unauthorized"}`},
}

// A deletion fails in an outage, and what stands before the server has nothing at the client's address then: that is one fault, and no deletion, in that run and in the
// next one.
func TestDeletionInAnOutageIsNone(t *testing.T) {
	for outage, fails := range outages {
		for name, read := range notThere {
			for i := range 4 {
				journal, alike := i%2 == 1, i/2 == 1 // alike: the second run has its deletion answered as the read is
				t.Run(fmt.Sprintf("%s, %s, journal %v, alike %v", outage, name, journal, alike), func(t *testing.T) {
					t.Parallel()
					if alike && (name == "code" || name == "refused") {
						return // two answers of a kind, a day apart, which no front end gives that has lost the server
					}
					s := settingsWith(t, journal)
					l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, s)
					l.register()
					l = l.later(s)
					l.refresh()
					for run := range 2 {
						l = l.later(s)
						l.op.EditFaults(func(f *fakeop.Faults) {
							f.Deletion.Calls, f.Reading.Calls = fakeop.Always(fails), fakeop.Always(read)
							if alike && run == 1 {
								f.Deletion.Calls = fakeop.Always(read)
							}
						})
						out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
						if out.Gone {
							t.Fatalf("run %d: a live client is forgotten: %s", run, kinds(out.Problems))
						}
					}
					l.op.EditFaults(func(f *fakeop.Faults) { f.Deletion.Calls, f.Reading.Calls = nil, nil })
					l = l.later(s)
					if out := l.operate("delete", nil); out.Failed() || len(l.op.Clients()) != 0 {
						t.Errorf("afterwards: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}
