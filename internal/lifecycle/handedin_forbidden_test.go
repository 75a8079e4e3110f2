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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
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

// The token that is handed in for a client is another client's, which the server forbids there, while the client is gone. The entry is named as a way out, and without it
// the client is found to be gone; where the token was kept meanwhile, that is the user's to decide.
func TestATokenOfAnotherClientIsHandedInForOneThatIsGone(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"read", "update", "delete"} {
		for _, name := range []string{"client_id", "address"} {
			for _, kept := range []bool{false, true} {
				what := fmt.Sprintf("%s, named by %s, kept before %v", operation, name, kept)
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OtherClientStatus: http.StatusForbidden}}, authserver.Settings{})
				l.registerAs(web("a"))
				other := start(t, l.op, authserver.Settings{})
				other.registerAs(web("b"))
				key := l.state.Handle.ClientID
				if name == "address" {
					key = l.state.Handle.RegistrationClientURI
				}
				plain := authserver.Settings{Issuer: l.op.Issuer()}
				settings := plain
				settings.RegistrationAccessTokens = map[string]secret.String{key: other.state.Handle.RegistrationAccessToken}
				l.op.RemoveClient(l.state.Handle.ClientID)
				l = l.afterwards(settings)
				if kept {
					never := lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshNever}}
					lifecycle.Read(t.Context(), l.server, never, l.save)
					l = l.afterwards(settings)
				}
				out := l.operate(operation, web("c"))
				told := out.Problems[len(out.Problems)-1]
				if operation == "read" {
					refused, _ := l.server.LastRefusal(l.state)
					told = refused.Problem()
				}
				if out.Gone || told.EntryTold != key || told.Source != outcome.FromSettings || !slices.Contains(told.Ways, reconcile.WayOtherEntry) {
					t.Errorf("%s: gone %v, told of the entry %q of %v, ways %v: %s", what, out.Gone, told.EntryTold, told.Source, told.Ways, kinds(out.Problems))
				}
				kept = kept || operation == "read" // which keeps it, since it may come from a variable that is set only once
				l = l.afterwards(plain)
				read := l.refresh()
				if read.Gone == kept || kept && (!l.state.Record.Missing || l.state.Record.Gone) {
					t.Errorf("%s: without the entry, gone %v, may be taken as gone %v: %s", what, read.Gone, l.state.Record.Missing, kinds(read.Problems))
				}
				l = l.afterwards(plain)
				if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate}, l.save); !out.Gone {
					t.Errorf("%s: a destroy keeps it: %s", what, kinds(out.Problems))
				}
				if _, lives := l.op.Client(other.state.Handle.ClientID); !lives {
					t.Errorf("%s: the other client is deleted", what)
				}
			}
		}
	}
}

// The token that was handed in is the client's own, and kept; what it is forbidden once is no sign of a client that is gone where it comes from a variable that is set only
// once, although the token and the secret that are known were replaced. It is used as soon as the server takes it.
func TestATokenThatWasHandedInIsForbiddenOnceAndIsNotHandedInAgain(t *testing.T) {
	t.Parallel()
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(machine("a"))
	id := l.state.Handle.ClientID
	handedIn := l.op.ReissueToken(id)
	l.op.ReissueSecret(id)
	forbidden := []fakeop.CallFault{{
		Matches: func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+handedIn }, Answer: fakeop.Forbidden("", ""),
	}}
	l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: forbidden}, Deletion: fakeop.DeletionFaults{Calls: forbidden}})
	plain := authserver.Settings{Issuer: l.op.Issuer()}
	settings := plain
	settings.RegistrationAccessTokens = map[string]secret.String{id: secret.New(handedIn)}
	l = l.afterwards(settings)
	l.refresh()
	for _, operation := range []string{"read", "delete", "read"} {
		l = l.afterwards(plain)
		if out := l.operate(operation, nil); out.Gone || l.state.Record.Gone {
			t.Fatalf("%s: a live client is forgotten: %s", operation, kinds(out.Problems))
		}
	}
	l.op.SetFaults(fakeop.Faults{})
	l = l.afterwards(plain)
	if out := l.refresh(); out.Gone || out.Failed() || l.state.Handle.RegistrationAccessToken.Reveal() != handedIn {
		t.Errorf("afterwards: %s", kinds(out.Problems))
	}
}
