// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// A server that moves its endpoints under the same issuer is asked where its metadata says that they are now, also where the provider is
// configured for another server by now. What its metadata names at another origin is not asked: the client's secret would go there.
func TestEndpointsThatMoved(t *testing.T) {
	stranger := &fakeop.Server{Seed: "stranger"}
	stranger.Start(t)
	another := &fakeop.Server{Seed: "another"}
	another.Start(t)
	for kind, doc := range map[string]metadata.Document{"web": web("a"), "machine": machine("a")} {
		for _, lives := range []bool{true, false} {
			for _, elsewhere := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, lives %v, configured elsewhere %v", kind, lives, elsewhere), func(t *testing.T) {
					l := begin(t, &fakeop.Server{}, authserver.Settings{})
					old := fakeop.Faults{MetadataMembers: map[string]any{"token_endpoint": l.op.Issuer() + "/v1/token", "authorization_endpoint": l.op.Issuer() + "/v1/authorize"}}
					l.op.SetFaults(old)
					l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc}, l.save))
					var now fakeop.Faults
					if lives {
						now.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true))
					} else {
						l.op.RemoveClient(l.state.Handle.ClientID)
					}
					l.op.SetFaults(now)
					settings := authserver.Settings{}
					if elsewhere {
						settings.Issuer = another.Issuer()
					}
					l = l.restarted(settings)
					out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save)
					if out.Gone == lives {
						t.Errorf("gone: %v, %v", out.Gone, out.Problems)
					}
				})
			}
		}
	}
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	l.op.SetFaults(fakeop.Faults{
		MetadataMembers: map[string]any{"token_endpoint": stranger.TokenEndpoint(), "authorization_endpoint": stranger.AuthorizationEndpoint()},
		Reading:         fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Unauthorized(true))},
	})
	l = l.restarted(authserver.Settings{})
	if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); out.Gone {
		t.Errorf("a live client is forgotten: %v", out.Problems)
	}
	if n := len(stranger.Requests()); n != 0 {
		t.Errorf("another server got %d requests", n)
	}
}

// What stands before a server may acknowledge every deletion and refuse every read. A deletion that was made is refused when it is sent
// again; a client that a witness knows, or of which only a page says that it is deleted, is not said to be deleted without that. A server
// whose token endpoint goes on to know a deleted client for a while still deletes it.
func TestADeletionThatAFrontAcknowledges(t *testing.T) {
	ok := fakeop.Answer{Status: 200, Body: `{"status":"ok"}`}
	for name, c := range map[string]struct {
		front  fakeop.Answer
		silent bool // the endpoints do not tell
		gone   bool
	}{
		"JSON":                 {front: ok},
		"nothing":              {front: fakeop.Answer{Status: 202}},
		"page":                 {front: fakeop.Welcome()},
		"page, silent":         {front: fakeop.Welcome(), silent: true},
		"server with 200":      {front: fakeop.Answer{}, gone: true},
		"server, silent":       {front: fakeop.Answer{}, silent: true, gone: true},
		"server with a page":   {front: fakeop.Answer{Status: 200, MediaType: "text/html", Body: "<!DOCTYPE html><title>Deleted</title>", Processed: true}, gone: true},
		"the same, and silent": {front: fakeop.Answer{Status: 200, MediaType: "text/html", Body: "<!DOCTYPE html><title>Deleted</title>", Processed: true}, silent: true, gone: true},
	} {
		for _, journaled := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, journal %v", name, journaled), func(t *testing.T) {
				settings := authserver.Settings{}
				if journaled {
					settings = withJournal(t)
				}
				l := begin(t, &fakeop.Server{}, settings)
				l.register()
				f := fakeop.Faults{DeleteStatus: 200, TokenChecksGrantFirst: c.silent, AuthorizeErrorPage: c.silent}
				switch {
				case c.front.Processed:
					f.Deletion.Calls = []fakeop.CallFault{{Times: 1, Answer: c.front}}
				case !c.gone:
					f.Deletion.Calls, f.Reading.Calls = fakeop.Always(c.front), fakeop.Always(fakeop.Unauthorized(true))
				}
				l.op.SetFaults(f)
				out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
				if lives := len(l.op.Clients()) == 1; out.Gone != c.gone || out.Gone == lives {
					t.Errorf("said to be deleted: %v, lives: %v; %v", out.Gone, lives, out.Problems)
				}
				if !c.gone { // the front is gone, and a deletion is one
					l.op.SetFaults(fakeop.Faults{})
					if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(l.op.Clients()) != 0 {
						t.Errorf("afterwards: %v", out.Problems)
					}
				}
			})
		}
	}
}
