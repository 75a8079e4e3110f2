// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A client's token and secret were replaced at the server, the new token was handed in, and the server forbids the operation with it. That the token of before is
// refused is no sign of a client that is gone then, and what is told is the answer to the token that is good.
func TestWhatIsForbiddenWithTheTokenThatWasHandedIn(t *testing.T) {
	t.Parallel()
	all := map[string]fakeop.Faults{"reads": {}}
	for name, answer := range noReads {
		all["no reads, "+name] = without(answer, fakeop.Faults{})
	}
	for reads, f := range all {
		for _, operation := range []string{"read", "update", "destroy"} {
			for _, code := range []string{"", "access_denied", "insufficient_scope"} {
				f := f
				what := fmt.Sprintf("%s, %s, 403 %q", reads, operation, code)
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(machine("a"))
				if out := l.update(machine("b")); out.Failed() {
					t.Fatal(what, out.Problems)
				}
				id := l.state.Handle.ClientID
				handedIn := l.op.ReissueToken(id)
				l.op.ReissueSecret(id)
				forbidden := []fakeop.CallFault{{
					Matches: func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+handedIn },
					Answer:  fakeop.Forbidden(code, ""),
				}}
				f.Updating.Calls, f.Deletion.Calls = forbidden, forbidden
				if reads == "reads" {
					f.Reading.Calls = forbidden
				}
				l.op.SetFaults(f)
				l = l.later(authserver.Settings{RegistrationAccessTokens: map[string]secret.String{id: secret.New(handedIn)}})
				var out outcome.Outcome
				switch operation {
				case "read":
					out = l.operate("read", machine("b"))
				case "update":
					out = l.update(machine("c"))
				default:
					out = l.destroy(authserver.Behaviour{})
				}
				gone := slices.ContainsFunc(out.Problems, func(p outcome.Problem) bool {
					return p.Kind == outcome.Gone || p.Kind == outcome.GoneSincePlan
				})
				if gone || l.state.Record.Gone || l.state.Handle.ClientID == "" {
					t.Errorf("%s: passes for gone: %v", what, out.Problems)
				}
				if operation == "read" && reads != "reads" {
					continue
				}
				if len(out.Problems) == 0 || operation != "read" && !out.Failed() {
					t.Errorf("%s: nothing is told", what)
				}
			}
		}
	}
}
