// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The provider's own credential manages, the registration endpoint says to nobody whether it takes it, and the answer to a deletion is lost at a server that refuses a client that is
// gone with 401. The deletion is known to be made in a run that is shown another client by the same credential, and in no other one.
func TestALostDeletionByAGoodCredentialEndsWhereAnotherClientIsShown(t *testing.T) {
	const admin = "credential-of-the-provider"
	for _, tt := range []struct {
		name              string
		made, other, gone bool
		only              string // what refuses the live client
	}{
		{name: "made, and another one is shown", made: true, other: true, gone: true},
		{name: "made, and no other one", made: true},
		{name: "not made, and a gateway refuses all", other: true, only: "/register/"},
		{name: "not made, and a gateway refuses all, the addresses below otherwise", other: true, only: "clients"},
	} {
		for _, operation := range []string{"read", "delete"} {
			t.Run(fmt.Sprint(tt.name, ", ", operation), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{InitialAccessTokens: map[string]int{admin: 0}, Management: fakeop.ManagementByCredential}
				op.Start(t)
				s := authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint(), InitialAccessToken: secret.New(admin), Management: authserver.ManagementProvider, Journal: withJournal(t).Journal}
				l := startAs(t, op, s)
				l.registerAs(web("other"))
				other := l.state
				l.registerAs(web("a"))
				path := "/register/" + l.state.Handle.ClientID
				runs := 0
				next := func() {
					runs++
					state := l.state
					l.server.Close()
					l = startAs(t, op, s)
					_ = l.server.Sleep(t.Context(), time.Duration(runs)*time.Minute)
					l.state, l.state.Record.WrittenAt = state, 0
				}
				refused := fakeop.CallFault{Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}, Matches: func(r *http.Request) bool {
					return tt.only == "/register/" && strings.HasPrefix(r.URL.Path, tt.only) || tt.only == "clients" && strings.Count(r.URL.Path, "/") == 2 || tt.made && r.URL.Path == path
				}}
				lost := fakeop.Dropped()
				if tt.made {
					lost = fakeop.Lost()
				}
				op.EditFaults(func(f *fakeop.Faults) {
					f.Deletion.Calls, f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: lost}, {From: 2, Answer: refused.Answer}}, []fakeop.CallFault{refused}
				})
				next()
				if tt.made {
					beside := &life{t: t, op: op, server: l.server, state: other}
					beside.refresh()
				}
				if out := l.operate("delete", nil); out.Gone {
					t.Fatalf("in the run of the deletion: %s", kinds(out.Problems))
				}
				next()
				if tt.other {
					beside := &life{t: t, op: op, server: l.server, state: other}
					if out := beside.refresh(); tt.made && len(out.Problems) > 0 {
						t.Fatalf("the case is not met: %s", kinds(out.Problems))
					}
				}
				out := l.operate(operation, nil)
				if out.Gone != tt.gone {
					t.Errorf("gone %v: %s", out.Gone, kinds(out.Problems))
				}
				for _, p := range out.Problems {
					if tt.gone && strings.Contains(p.Evidence, "does not tell") {
						t.Errorf("it is gone, and nothing tells: %s", p.Evidence)
					}
				}
			})
		}
	}
}
