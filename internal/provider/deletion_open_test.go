// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The answer to a deletion is lost, and from then on a client's address is refused as every other one there is. That is no word of the server's on the client: the message of
// that destroy and of each later run names what decides it, and the destroy that is written there ends it.
func TestADeletionThatStaysOpenIsTheUsersToDecide(t *testing.T) {
	t.Parallel()
	everywhere := func(r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, "/register") && r.Method != http.MethodDelete
	}
	for name, beside := range map[string]fakeop.CallFault{
		"every address": {Answer: fakeop.Unauthorized(false), Matches: everywhere, After: fakeop.OpDelete},
		"tokens first":  {},
	} {
		for _, journal := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, journal %v", name, journal), func(t *testing.T) {
				t.Parallel()
				settings := attrs{"max_retries": 0}
				if journal {
					settings = settings.With(journalAt(t))
				}
				r := newSubject(t, &fakeop.Server{}, settings)
				r.Apply(secured())
				r.op.EditFaults(func(f *fakeop.Faults) {
					*f = silentWitnesses
					f.Deletion.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Lost()}}
					if f.Credentials.BeforeRoutes = beside.Matches == nil; beside.Matches != nil {
						f.Front = []fakeop.CallFault{beside}
					}
				})
				destroy := func() error { return r.Resource.Destroy(t.Context()) }
				const way = "- If the client was deleted, a destroy takes it as gone with this on the provider:\n    on_missing = \"recreate\""
				containsAll(t, r.failing(destroy), way, "no answer at another address shows that it is the server that answers")
				if len(r.op.Clients()) != 0 {
					t.Fatal("the case is not met: it is not deleted")
				}
				for range 2 {
					r.start(settings)
					said := r.failing(destroy)
					if containsAll(t, said, way); journal { // without one, the next run does not know of the deletion
						containsAll(t, said, "no answer at another address shows that it is the server that answers")
					}
				}
				r.start(settings)
				containsAll(t, r.failing(func() error { _, err := r.TryPlan(secured()); return err }), `on_missing = "recreate"`)
				r.start(settings.With(attrs{"on_missing": "recreate"}))
				if err := destroy(); err != nil {
					t.Errorf("the way out does not work: %v", err)
				}
			})
		}
	}
}
