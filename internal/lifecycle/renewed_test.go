// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// gateway is another origin of a server, as that of a gateway or a host for mutual TLS.
func gateway(t *testing.T, op *fakeop.Server) string {
	target, _ := url.Parse(op.URL())
	s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	t.Cleanup(s.Close)
	return s.URL
}

// A server may move its endpoints to another origin. What it names is learnt when the client is updated next, so that a deletion is decided
// as before. Where the client was never updated since, its user decides.
func TestEndpointsThatMoveToAnotherOrigin(t *testing.T) {
	for kind, doc := range both {
		for _, moved := range [][]string{{"token_endpoint"}, {"token_endpoint", "authorization_endpoint"}} {
			for _, since := range []string{"read", "updated", "updated without reads", "nothing"} {
				for _, lives := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, %v, %s, lives %v", kind, moved, since, lives), func(t *testing.T) {
						op := &fakeop.Server{}
						var f fakeop.Faults
						if since == "updated without reads" {
							f.ReadStatus = 405
							op.Faults = f
						}
						l := begin(t, op, authserver.Settings{})
						lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a")}, l.save)
						other := gateway(t, op)
						f.MetadataMembers = map[string]any{}
						for _, name := range moved {
							f.MetadataMembers[name] = other + map[string]string{"token_endpoint": "/token", "authorization_endpoint": "/authorize"}[name]
						}
						op.SetFaults(f)
						l = l.later(authserver.Settings{})
						switch since {
						case "read":
							l.want(l.refresh())
						case "updated", "updated without reads":
							l.update(doc("b"))
						}
						learns := strings.HasPrefix(since, "updated")
						if learns && l.state.Record.Home.TokenEndpoint != other+"/token" {
							t.Fatalf("the client is at %+v", l.state.Record.Home)
						}
						id := l.state.Handle.ClientID
						if lives {
							op.RevokeToken(id)
						} else {
							op.RemoveClient(id)
						}
						l = l.later(authserver.Settings{})
						out := l.refresh()
						if since == "updated without reads" { // which a destroy decides, where the user has it so
							if out = lifecycle.Deregister(t.Context(), l.server, l.state, recreate(), l.save); out.Gone == lives {
								t.Errorf("gone: %v, %v", out.Gone, out.Problems)
							}
							return
						}
						if learns && out.Gone == lives || out.Gone && lives {
							t.Errorf("gone: %v, %v", out.Gone, out.Problems)
						}
						if out.Gone {
							return
						}
						plan := lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate})
						if plan.Recreate == lives {
							t.Errorf("another client takes its place: %v, %v", plan.Recreate, plan.Problem)
						}
					})
				}
			}
		}
	}
}

// One document that names another place's endpoints teaches nothing, whenever it is had, and neither do documents of another place.
func TestOneForeignDocumentTeachesNothing(t *testing.T) {
	stranger := &fakeop.Server{Seed: "stranger"}
	stranger.Start(t)
	elsewhere := map[string]any{"token_endpoint": stranger.TokenEndpoint(), "registration_endpoint": stranger.RegistrationEndpoint()}
	for kind, doc := range both {
		for _, call := range []int{1, 2, 0} {
			t.Run(fmt.Sprintf("%s, document %d", kind, call), func(t *testing.T) {
				l := begin(t, &fakeop.Server{}, authserver.Settings{})
				l.registerAs(doc("a"))
				before := l.state.Record.Home
				l = l.later(authserver.Settings{})
				if call == 0 {
					l.op.SetFaults(fakeop.Faults{MetadataMembers: elsewhere})
				} else {
					answer := fakeop.Answer{Status: 200, Body: strings.NewReplacer(l.op.TokenEndpoint(), stranger.TokenEndpoint(), l.op.AuthorizationEndpoint(), stranger.AuthorizationEndpoint()).Replace(l.document())}
					var f fakeop.Faults
					f.Discovery.Calls = []fakeop.CallFault{{From: call, Times: 1, Answer: answer}}
					l.op.SetFaults(f)
				}
				l.want(l.refresh())
				l.update(doc("b"))
				if now := l.state.Record.Home; now != before {
					t.Errorf("the client is at %+v", now)
				}
				if n := len(stranger.Requests()); n != 0 {
					t.Errorf("another server got %d requests", n)
				}
			})
		}
	}
}
