// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// echoes are answers that hold a credential of the request, wherever a diagnostic takes words from.
var echoes = map[string]func(secret string) fakeop.Answer{
	"description": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"Authorization: Bearer ` + s + ` body {\"client_secret\":\"` + s + `\"}"}`}
	},
	"code": func(s string) fakeop.Answer { return fakeop.Answer{Status: 400, Body: `{"error":"` + s + `"}`} },
	"member": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 400, Body: `{"detail":[{"loc":["body","` + s + `"],"msg":"` + s + `"}]}`}
	},
	"page": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 500, MediaType: "text/html", Body: "<title>Bearer " + s + "</title>"}
	},
	"text": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 403, MediaType: "text/plain", Body: "no " + s}
	},
	"challenge": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 401, Header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token", error_description="` + s + `"`}}}
	},
	"redirect": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 302, Header: http.Header{"Location": {"https://x.example/" + s + "?t=" + s + "#" + s}}}
	},
	"redirect with a password": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 302, Header: http.Header{"Location": {"https://user:" + s + "@x.example/"}}}
	},
	"request id": func(s string) fakeop.Answer {
		return fakeop.Answer{Status: 500, Header: http.Header{"X-Request-Id": {s}}}
	},
}

// A server that repeats a request's credential in its refusal does not get it into a diagnostic.
func TestEchoedCredentialsAreNotTold(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const initial = "initial-4711-abcdef"
			r := newSubject(t, &fakeop.Server{}, attrs{"initial_access_token": initial, "max_retries": 0})
			r.op.Force(fakeop.OpRegister, echo(initial))
			if err := r.TryApply(secured()); err == nil {
				t.Fatal("the client is registered")
			}
			containsNone(t, r.details(), initial)

			for _, of := range []string{"registration_access_token", "client_secret"} {
				r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
				r.Apply(secured())
				credential := r.Text(of)
				everywhere := fakeop.Faults{}
				everywhere.Reading.Calls, everywhere.Updating.Calls, everywhere.Deletion.Calls =
					fakeop.Always(echo(credential)), fakeop.Always(echo(credential)), fakeop.Always(echo(credential))
				r.op.SetFaults(everywhere)
				_, err := r.TryPlan(secured())
				told := r.details()
				if err != nil {
					told += err.Error()
				}
				if err := r.TryApply(secured().With(attrs{"client_name": "App 2", "refresh": "never"})); err != nil {
					told += err.Error()
				}
				told += r.details()
				if err := r.Resource.Destroy(t.Context()); err != nil {
					told += err.Error()
				}
				if !strings.Contains(told, "Server said:") {
					t.Errorf("nothing is told of the server's answers: the test shows nothing")
				}
				containsNone(t, told+r.details(), credential)
			}
		})
	}
}

// Nor does one that the server wrapped, interspersed with what nobody sees, escaped or cut off.
func TestEchoedPiecesAreNotTold(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	r.Apply(secured())
	for _, of := range []string{"registration_access_token", "client_secret"} {
		credential := r.Text(of)
		half := len(credential) / 2
		in := func(mark string) string { return credential[:half] + mark + credential[half:] }
		for name, shown := range map[string]string{
			"wrapped": in("\n"), "NBSP": in("\u00a0"), "right to left": in("\u202e"), "soft hyphen": in("\u00ad"), "byte order": in("\ufeff"), "control": in("\x07"),
			"zero width": strings.Join(strings.Split(credential, ""), "\u200b"), "cut": credential[:len(credential)-1],
			"percent": strings.ReplaceAll(credential, credential[half:half+1], fmt.Sprintf("%%%X", credential[half])),
			"entity":  strings.ReplaceAll(credential, credential[half:half+1], fmt.Sprintf("&#%d;", credential[half])),
			"escape":  strings.ReplaceAll(credential, credential[half:half+1], fmt.Sprintf(`\u%04x`, credential[half])),
		} {
			body, err := json.Marshal(map[string]string{"error": "invalid_request", "error_description": "what " + shown + " is"})
			if err != nil {
				t.Fatal(err)
			}
			r.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 400, Body: string(body)})}})
			r.Begin()
			_, err = r.TryPlan(secured())
			told := r.details()
			if err != nil {
				told += err.Error()
			}
			if !strings.Contains(told, "what [redacted]") {
				t.Errorf("%s, %s: %s", of, name, told)
			}
			containsNone(t, strings.NewReplacer(" ", "", "\n", "", "\u200b", "", `\u200b`, "").Replace(told), credential[half+1:])
		}
	}
}
