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

// The token that is handed in for a client is another client's, which the server forbids there, and the client is gone. The message names the entry. Once that is taken
// out, the client is known to be gone: a plan registers another one, or names the apply that does, and a destroy ends. Where the token was stored meanwhile, since it
// might have been set for one run only, the next message names what decides it.
func TestAnothersTokenIsTakenOut(t *testing.T) {
	for _, from := range []string{"registration_access_tokens on the provider", "the environment variable " + tokensVariable} {
		for _, stored := range []bool{false, true} {
			for _, of := range []string{"plan", "update", "destroy", "update without reads", "destroy without reads"} {
				t.Run(fmt.Sprintf("%s, stored %v, %s", from, stored, of), func(t *testing.T) {
					operation, noReads := strings.CutSuffix(of, " without reads")
					faults := fakeop.Faults{OtherClientStatus: http.StatusForbidden}
					if noReads {
						faults.Reading.Calls = fakeop.Always(fakeop.NotAllowed("PUT, DELETE"))
					}
					r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
					r.Apply(app)
					id, settings := r.id(), attrs{}
					token := anothersToken(r)
					r.op.RemoveClient(id)
					if from == "registration_access_tokens on the provider" {
						settings = attrs{"registration_access_tokens": attrs{id: token}}
					} else {
						t.Setenv(tokensVariable, fmt.Sprintf(`{%q:%q}`, id, token))
					}
					run := map[string]func() error{
						"plan":    func() error { _, err := r.TryPlan(app); return err },
						"update":  func() error { return r.TryApply(app.With(attrs{"client_name": "App 2"})) },
						"destroy": func() error { return r.Resource.Destroy(t.Context()) },
					}[operation]
					state, private := r.State, r.Private
					r.start(settings)
					containsAll(t, r.failing(run), `- If that token is another client's, remove the entry "`+id+`" from `+from+". Then the answer to the client's own token counts.")
					if !stored {
						r.State, r.Private = state, private
					}
					t.Setenv(tokensVariable, "")
					r.start(nil)
					err := run()
					if err != nil && (stored || noReads) { // without reads, a secret that is refused may have been replaced
						containsAll(t, err.Error(), `on_missing = "recreate"`)
						r.start(attrs{"on_missing": "recreate"})
						err = run()
					}
					if err != nil && operation == "update" && noReads { // no plan reads, so that the update finds it
						containsAll(t, err.Error(), "terraform apply")
						err = run()
					}
					if err != nil {
						t.Errorf("without the entry: %v", err)
					}
					if operation == "update" && r.id() == id {
						t.Error("no other client is registered")
					}
				})
			}
		}
	}
}
