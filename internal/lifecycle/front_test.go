// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// fronts are what stands before a server and answers in its place, all requests alike: a gateway whose own login broke, an ingress
// that has lost its backend, a page for maintenance.
var fronts = map[string]fakeop.Answer{
	"401 page":           {Status: 401, MediaType: "text/html", Body: "<title>401 Authorization Required</title>"},
	"401 message":        {Status: 401, Body: `{"message":"Unauthorized"}`},
	"401 invalid_client": {Status: 401, Body: `{"error":"invalid_client","error_description":"no client certificate"}`},
	"401 invalid_token":  {Status: 401, Body: `{"error":"invalid_token"}`},
	"400 invalid_client": {Status: 400, Body: `{"error":"invalid_client"}`},
	"403 page":           {Status: 403, MediaType: "text/html", Body: "<title>403 Forbidden</title>"},
	"404 page":           fakeop.NotFoundPage(),
	"404 JSON":           fakeop.NotFoundJSON(),
	"404 invalid_client": {Status: 404, Body: `{"error":"invalid_client"}`},
	"410":                fakeop.GonePage(),
	"503 page":           {Status: 503, MediaType: "text/html", Body: "<title>Maintenance</title>"},
	"200 page":           fakeop.Welcome(),
	"login":              fakeop.LoginPage(),
}

func behind(front fakeop.Answer, metadata bool) fakeop.Faults {
	all := fakeop.Always(front)
	f := fakeop.Faults{
		Registration: fakeop.RegistrationFaults{Calls: all}, Reading: fakeop.ReadingFaults{Calls: all}, Updating: fakeop.UpdatingFaults{Calls: all},
		Deletion: fakeop.DeletionFaults{Calls: all}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: all}, AuthorizationEndpoint: fakeop.AuthorizationEndpointFaults{Calls: all},
	}
	if metadata {
		f.Discovery.Calls = all
	}
	return f
}

// A server of one library refuses alike at its token endpoint and at the URI of a client that is gone. Its authorization endpoint answers
// in a way of its own, so that nothing that answers for all of it stands before it.
func TestAServerMayRefuseAlikeAtTwoEndpoints(t *testing.T) {
	const body = `{"error":"invalid_client","error_description":"The client does not exist on this server."}`
	refusal := func(status int) fakeop.Answer { return fakeop.Answer{Status: status, Body: body} }
	withToken := func(r *http.Request) bool { return r.Header.Get("Authorization") != "" }
	for name, c := range map[string]struct {
		authorization fakeop.Answer
		reading       fakeop.CallFault
		gone          bool
	}{
		"its own authorization endpoint":     {refusal(400), fakeop.CallFault{Answer: refusal(401)}, true},
		"its own answer to who has no token": {fakeop.LoginPage(), fakeop.CallFault{Answer: refusal(401), Matches: withToken}, true},
		"alike, and a login for all":         {fakeop.LoginPage(), fakeop.CallFault{Answer: refusal(401)}, false},
		"all alike":                          {refusal(401), fakeop.CallFault{Answer: refusal(401)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			l.op.RemoveClient(l.state.Handle.ClientID)
			l.op.SetFaults(fakeop.Faults{
				Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{c.reading}}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(refusal(401))},
				AuthorizationEndpoint: fakeop.AuthorizationEndpointFaults{Calls: fakeop.Always(c.authorization)},
			})
			if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); out.Gone != c.gone {
				t.Errorf("gone: %t, want %t: %v", out.Gone, c.gone, out.Problems)
			}
		})
	}
}

// What answers for all of a server alike is one fault, however many endpoints it answers for: nobody testifies on a client. A client is
// not forgotten by it, in a process that has found the server before and in one that has not, nor where a deletion was sent just before.
func TestNothingIsProvedByAFrontThatAnswersForAll(t *testing.T) {
	for name, front := range fronts {
		for _, how := range []struct{ journal, metadata bool }{{false, true}, {true, true}, {false, false}, {true, false}} {
			t.Run(fmt.Sprintf("%s, journal %v, metadata too %v", name, how.journal, how.metadata), func(t *testing.T) {
				t.Parallel()
				settings := authserver.Settings{}
				if how.journal {
					settings.Journal = &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}
				}
				l := begin(t, &fakeop.Server{}, settings)
				l.register()
				id := l.state.Handle.ClientID
				alive := func(what string, out outcome.Outcome) {
					t.Helper()
					if _, lives := l.op.Client(id); out.Gone && lives {
						t.Errorf("%s: the client is forgotten: %v", what, out.Problems)
					}
				}
				l.op.SetFaults(behind(front, how.metadata))
				alive("read", lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save))
				again := l.restarted(settings)
				alive("read by a new process", lifecycle.Read(t.Context(), again.server, lifecycle.Refresh{State: again.state}, again.save))
				alive("deletion", lifecycle.Deregister(t.Context(), again.server, again.state, authserver.Behaviour{}, again.save))
				// The server dies under a deletion, and the front is what is left.
				lost := behind(front, how.metadata)
				lost.Deletion.Calls = fakeop.Always(fakeop.Dropped())
				l.op.SetFaults(lost)
				last := again.restarted(settings)
				alive("deletion that is cut", lifecycle.Deregister(t.Context(), last.server, last.state, authserver.Behaviour{}, last.save))
				alive("read after it", lifecycle.Read(t.Context(), last.server, lifecycle.Refresh{State: last.state}, last.save))
				l.op.SetFaults(fakeop.Faults{})
				out := lifecycle.Read(t.Context(), last.server, lifecycle.Refresh{State: last.state}, last.save)
				if out.Gone || out.Failed() || undecided(out) {
					t.Errorf("the client is not read again: %v", out.Problems)
				}
			})
		}
	}
}

// A client that was registered with a client certificate has the token endpoint of mutual TLS in its record (RFC 8705 §5). The server is
// itself all the same for a configuration that has none any more.
func TestAServerIsItselfWithAnAliasToo(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	alias := l.op.TokenEndpoint() + "?alias=mtls"
	l.op.SetFaults(fakeop.Faults{MetadataMembers: map[string]any{"mtls_endpoint_aliases": map[string]any{"token_endpoint": alias}}})
	l.state.Record.Home.TokenEndpoint = alias
	l.op.RemoveClient(l.state.Handle.ClientID)
	if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); !out.Gone {
		t.Errorf("a client that is gone is not known to be: %v", out.Problems)
	}
}

// A front may take the Authorization header away, or put its own in its place. Then the client's own URI refuses its token, and the token endpoint its
// secret as that of a client that does not exist: two refusals by the server itself, and one fault.
func TestNothingIsProvedByAFrontThatTakesCredentialsAway(t *testing.T) {
	for front, change := range map[string]func(*http.Request){
		"takes it away":         func(r *http.Request) { r.Header.Del("Authorization") },
		"puts in a user":        func(r *http.Request) { r.Header.Set("Authorization", "Basic Zm9vOmJhcg==") },
		"puts in its own token": func(r *http.Request) { r.Header.Set("Authorization", "Bearer a-token-of-the-front") },
	} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
			for _, operation := range []string{"read", "update", "delete", "adopt"} {
				settings := withJournal(t)
				l := begin(t, &fakeop.Server{}, settings)
				save := l.save
				if operation == "adopt" {
					save = func(authserver.Snapshot) {} // killed
				}
				lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a")}, save)
				l = l.restarted(settings)
				l.op.SetHooks(change, nil)
				var out outcome.Outcome
				if operation == "adopt" {
					l.registerAs(doc("a"))
				} else {
					out = l.operate(operation, doc("b"))
				}
				if n := l.op.Registrations(); out.Gone || l.state.Record.Gone || n != 1 {
					t.Errorf("%s, %s, %s: %d registrations, gone %v: %v", front, kind, operation, n, out.Gone, kinds(out.Problems))
				}
			}
		}
	}
}

// What answers in a server's place, at each endpoint in words of its own, has none of the server's metadata. Where that is there, as it was, the
// same answers are the server's.
func TestRefusalsWithoutTheServersMetadata(t *testing.T) {
	metadataCalls := map[string][]fakeop.CallFault{
		"there": nil, "404": fakeop.Always(fakeop.NotFoundPage()), "503": fakeop.Always(fakeop.Answer{Status: 503}), "nobody": fakeop.Always(fakeop.Dropped()),
	}
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for what, calls := range metadataCalls {
			s := settings()
			l := begin(t, &fakeop.Server{}, s)
			l.registerAs(doc("a"))
			f := fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: calls}, AuthorizeErrorPage: true}
			f.Reading.Calls = fakeop.Always(fakeop.NotFoundJSON())
			f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
			l.op.SetFaults(f)
			l = l.later(s)
			if out := l.refresh(); out.Gone != (what == "there") {
				t.Errorf("metadata %s: gone: %v, %v", what, out.Gone, out.Problems)
			}
		}
	})
}

// Many servers refuse alike whoever fails to authenticate, with a wrong credential or without any. Whether the Authorization header arrives there is
// told by the UserInfo endpoint, so that a machine client that is gone is not kept for ever.
func TestTheHeaderArrivesWhereTheUserinfoEndpointSaysSo(t *testing.T) {
	alike := fakeop.Faults{
		Reading:       fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Unauthorized(true))},
		TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})},
	}
	for name, c := range map[string]struct {
		userinfo, lives bool
		change          func(*http.Request)
		gone            bool
	}{
		"it arrives":               {userinfo: true, gone: true},
		"nothing tells":            {},
		"it is taken away":         {userinfo: true, lives: true, change: func(r *http.Request) { r.Header.Del("Authorization") }},
		"another is put in place":  {userinfo: true, lives: true, change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer a-token-of-the-front") }},
		"nothing tells, and lives": {lives: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := authserver.Settings{}
			l := begin(t, &fakeop.Server{}, settings)
			l.registerAs(machine("a"))
			f := alike
			if c.userinfo {
				f.MetadataMembers = map[string]any{"userinfo_endpoint": l.op.Issuer() + "/userinfo"}
			}
			if !c.lives {
				l.op.RemoveClient(l.state.Handle.ClientID)
			}
			l.op.SetFaults(f)
			l.op.SetHooks(c.change, nil)
			l = l.later(settings)
			if out := l.refresh(); out.Gone != c.gone {
				t.Errorf("gone: %t, want %t: %v", out.Gone, c.gone, out.Problems)
			}
		})
	}
}

// One wrong answer of the UserInfo endpoint differs from its other ones, too. It shows nothing of whether the Authorization header arrives.
func TestOneWrongAnswerOfTheUserinfoEndpoint(t *testing.T) {
	right := fakeop.Answer{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Bearer realm="fakeop"`}}}
	for name, wrong := range map[string]fakeop.Answer{
		"403": fakeop.Forbidden("", ""), "404": fakeop.NotFoundPage(), "500": fakeop.InternalError(), "a code": fakeop.Unauthorized(true), "a page": fakeop.Welcome(),
	} {
		for before := range 4 {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.registerAs(machine("a"))
			f := fakeop.Faults{MetadataMembers: map[string]any{"userinfo_endpoint": l.op.Issuer() + "/userinfo"}}
			f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true))
			f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
			l.op.SetFaults(f)
			l.op.Force(fakeop.OpUserinfo, append(slices.Repeat([]fakeop.Answer{right}, before), wrong)...)
			l.op.SetHooks(func(r *http.Request) { r.Header.Del("Authorization") }, nil)
			l = l.later(authserver.Settings{})
			if out := l.refresh(); out.Gone {
				t.Errorf("%s after %d: a live client is forgotten: %v", name, before, out.Problems)
			}
		}
	}
}
