// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// passing is what a way says that waits for a failure to pass.
func passing(way string) bool {
	return strings.Contains(way, "Run it again") || strings.Contains(way, "Try again later") || strings.Contains(way, "Then try again")
}

// wantWaysOut takes each way that the error of an operation names, of a client in a trouble that does not pass, and has the operation go on.
func wantWaysOut(t *testing.T, begin func(t *testing.T) (*subject, attrs), config attrs, run func(r *subject) error, want ...string) {
	t.Helper()
	r, _ := begin(t)
	err := run(r)
	if err == nil {
		t.Fatal("there is no trouble")
	}
	containsAll(t, err.Error(), want...)
	ways := waysIn(err.Error())
	for i := range ways {
		r, settings := begin(t)
		if err = run(r); err == nil {
			t.Fatal("the trouble is gone by itself")
		}
		way := waysIn(err.Error())[i]
		if passing(way) || strings.Contains(way, "-replace=ADDRESS") {
			continue
		}
		take(t, r, settings, way)
		if r.State.IsNull() {
			saysThatAnotherIsRegistered(t, r, config, way)
		}
		if err := run(r); err != nil {
			t.Errorf("the way out does not work:\n%s\n%v", way, err)
		}
	}
}

// failingForEver are servers that answer with their own 500 for ever for a client that was deleted there.
var failingForEver = map[string]fakeop.Answer{
	"with its code": {Status: 500, Body: `{"error":"server_error","error_description":"Client not found"}`}, "a page": {Status: 500, Body: "<title>Error</title>", MediaType: "text/html"},
}

// failsForEver has a client that was deleted at such a server.
func failsForEver(t *testing.T, answer fakeop.Answer, config attrs) *subject {
	t.Helper()
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	r.Apply(config)
	r.op.RemoveClient(r.id())
	r.op.EditFaults(func(f *fakeop.Faults) {
		f.Reading.Calls, f.Updating.Calls, f.Deletion.Calls = fakeop.Always(answer), fakeop.Always(answer), fakeop.Always(answer)
	})
	return r
}

// givesUp is the link to what the guide says of such a server.
var givesUp = regexp.MustCompile(`https://registry\.terraform\.io/providers/terraform-oidc/oidc/latest/docs/guides/(\w+)#([\w-]+)`)

// Nothing tells such a server from one in an outage, in which nobody is sent to give a client up. The error of a plan, an update and a destroy leads to
// the guide's part that does, and each way there goes on without the server.
func TestTheGuideSaysWhatGivesAClientUp(t *testing.T) {
	t.Parallel()
	taken := map[string]func(r *subject) error{
		`management = "none"`:        func(r *subject) error { return r.configure(attrs{"max_retries": 0, "management": "none"}) },
		"terraform state rm ADDRESS": func(r *subject) error { r.Drop(); return nil },
	}
	for name, answer := range failingForEver {
		for operation, run := range stopped {
			t.Run(name+", "+operation, func(t *testing.T) {
				t.Parallel()
				config := secured()
				if operation == "update" {
					config = config.With(attrs{"refresh": "never"})
				}
				begin := func(t *testing.T) (*subject, attrs) {
					return failsForEver(t, answer, config), attrs{"max_retries": 0}
				}
				r, _ := begin(t)
				said := fmt.Sprint(run(r))
				containsNone(t, said, `management = "none"`, "terraform state rm")
				wantWaysOut(t, begin, config, run, "500")
				if operation == "plan" {
					containsAll(t, said, `refresh = "never"`)
				}
				link := givesUp.FindStringSubmatch(said)
				if link == nil {
					t.Fatalf("nothing leads to the guide:\n%s", said)
				}
				for way, take := range taken {
					containsAll(t, guidePart(t, link[1], link[2]), "`"+way+"`")
					r, _ := begin(t)
					if err := take(r); err != nil {
						t.Fatal(err)
					}
					if err := run(r); err != nil {
						t.Errorf("the way out does not work: %s\n%v", way, err)
					}
				}
			})
		}
		t.Run(name+", registered again", func(t *testing.T) {
			t.Parallel()
			r := failsForEver(t, answer, secured())
			containsAll(t, fmt.Sprint(r.failing(func() error { _, err := r.TryPlan(secured()); return err })), givesUp.FindString(fmt.Sprint(r.TryDestroy())))
			r.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil }) // which the next client's own address has not
			next := newSubject(t, r.op, attrs{"max_retries": 0})
			next.Apply(secured())
			next.WantEmpty(secured())
		})
	}
}

// guidePart is the part of a guide below the heading that an address names.
func guidePart(t *testing.T, guide, anchor string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/guides/" + guide + ".md") // #nosec G304 -- a file of the repository
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "\n## ") {
		if title, rest, _ := strings.Cut(part, "\n"); strings.ReplaceAll(strings.ToLower(title), " ", "-") == anchor {
			return rest
		}
	}
	t.Fatalf("%s has no part %s", guide, anchor)
	return ""
}

// forbidsChanges is a server that has no updates and no deletions, and says so with advice beside it, as it may of a policy.
func forbidsChanges(f *fakeop.Faults) {
	answer := fakeop.Answer{Status: http.StatusForbidden, Body: `{"error":"operation_not_supported","message":"Client metadata updates and self-deregistration are not supported. Contact an administrator to rotate keys (PUT /agents/{client_id}/jwks) or deregister (DELETE /agents/{client_id})."}`}
	f.Updating.Calls, f.Deletion.Calls = fakeop.Always(answer), fakeop.Always(answer)
}

// Its refusal stays open: the errors of an update and of a destroy say what it said and name ways that work there.
func TestOperationsNotSupportedWithAdviceHaveWaysOut(t *testing.T) {
	t.Parallel()
	changed := secured().With(attrs{"client_name": "App 2"})
	begin := func(t *testing.T) (*subject, attrs) {
		r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
		r.Apply(secured())
		r.op.EditFaults(forbidsChanges)
		return r, attrs{"max_retries": 0}
	}
	t.Run("destroy", func(t *testing.T) {
		t.Parallel()
		r, _ := begin(t)
		containsNone(t, fmt.Sprint(r.TryDestroy()), "registration_access_tokens") // the one that there is has just shown the client, and the server has no deletions for any
		wantWaysOut(t, begin, secured(), stopped["destroy"], "operation_not_supported", "self-deregistration are not supported", `management = "none"`, "terraform state rm ADDRESS")
	})
	t.Run("update", func(t *testing.T) {
		t.Parallel()
		wantWaysOut(t, begin, changed, func(r *subject) error {
			if r.State.IsNull() {
				return nil
			}
			return r.TryApply(changed)
		}, "operation_not_supported", "updates and self-deregistration are not supported", `management = "none"`, "terraform apply -replace=ADDRESS", "If the replacement fails because the server deletes no clients (DELETE)")
	})
	t.Run("replacement", func(t *testing.T) {
		t.Parallel()
		r, _ := begin(t)
		containsAll(t, fmt.Sprint(r.TryApply(changed)), "terraform apply -replace=ADDRESS", `management = "none"`)
		r.replacedUnmanaged(changed)
	})
}
