// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// noRoute are answers of a gateway that has just started and has not loaded its routes, whatever it is asked for.
var noRoute = map[string]fakeop.Answer{
	"404 code": {Status: 404, Body: `{"error":"not_found"}`}, "404 document": {Status: 404, Body: `{"message":"no Route matched with those values"}`},
	"404 framework": {Status: 404, Body: `{"status":404,"error":"Not Found"}`}, "401 invalid_token": {Status: 401, Body: `{"error":"invalid_token"}`},
	"401 document": {Status: 401, Body: `{"message":"Unauthorized"}`}, "400 invalid_token": {Status: 400, Body: `{"error":"invalid_token"}`},
	"401 page": {Status: 401, Body: "<html><title>401</title></html>", MediaType: "text/html"}, "410": {Status: 410, Body: `{"error":"gone"}`},
}

// aboutNothing are servers, and clients, of which no endpoint tells whether they exist.
var aboutNothing = map[string]struct {
	settings func(op *fakeop.Server) authserver.Settings
	faults   fakeop.Faults
	asked    metadata.Document
}{
	"a registration endpoint alone": {settings: func(op *fakeop.Server) authserver.Settings {
		return authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint()}
	}, asked: web("a")},
	"a client with a key":         {settings: byIssuer, faults: fakeop.Faults{}, asked: withKey(machine("a"))},
	"endpoints that tell nothing": {settings: byIssuer, faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}, asked: web("a")},
}

func byIssuer(op *fakeop.Server) authserver.Settings { return authserver.Settings{Issuer: op.Issuer()} }

func withKey(doc metadata.Document) metadata.Document {
	doc["token_endpoint_auth_method"], doc["jwks_uri"] = "private_key_jwt", "https://a.example/keys"
	return doc
}

// ofClients are the addresses of the server's management of clients.
func ofClients(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/register") }

// afterwards is the same client in the hands of a later process with exactly these settings.
func (l *life) afterwards(settings authserver.Settings) *life {
	l.t.Helper()
	l.server.Close()
	next := startAs(l.t, l.op, settings)
	next.state = l.state
	next.state.Record.WrittenAt = 0
	return next
}

// A gateway that restarts cuts a deletion, which the server never sees, and has no routes for a while, for any of the server's addresses or for those of clients alone:
// what it answers then is no word of the server's, in that run and in the next one. Once the server is back, the way that is told works: the deletion is made.
func TestADeletionThatARestartingGatewayCutsIsNone(t *testing.T) {
	for of, server := range aboutNothing {
		for name, answer := range noRoute {
			for i := range 8 {
				journal, all, again := i%2 == 1, i/2%2 == 1, i/4 == 1
				if again && name != "404 code" && name != "401 invalid_token" {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, journal %v, every address %v, sent again %v", of, name, journal, all, again), func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{Faults: server.faults}
					l, settings := registeredAt(t, op, server.settings, server.asked, journal, again)
					for run := range 2 {
						cut := fakeop.CallFault{Times: 1, Answer: fakeop.Dropped(), Matches: func(r *http.Request) bool { return r.Method == http.MethodDelete }}
						unrouted := fakeop.CallFault{From: 2, Answer: answer}
						if !all {
							unrouted.Matches = ofClients
						}
						l = l.afterwards(settings)
						op.EditFaults(func(f *fakeop.Faults) { f.Front = []fakeop.CallFault{cut, unrouted} })
						l.staysIn("deletion", run, lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
						l = l.afterwards(settings)
						l.staysIn("refresh", run, l.refresh())
					}
					op.EditFaults(func(f *fakeop.Faults) { f.Front = nil })
					l = l.afterwards(settings)
					if out := l.operate("delete", nil); out.Failed() || len(op.Clients()) != 0 {
						t.Errorf("afterwards: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// What cuts the deletion may look at tokens before it has its routes, as a gateway does that has lost the server it asks about them: for whatever it is
// asked for, or where it guards clients alone, which the server may answer for otherwise at each other address. Or it has a route for the registration endpoint alone, and nothing where clients are: so does a server that goes on to
// register and manages no more.
func TestADeletionThatIsCutBeforeOddAnswersIsNone(t *testing.T) {
	bearer := func(r *http.Request) bool { return r.Header.Get("Authorization") != "" }
	nothing := func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/register/") }
	for name, front := range map[string][]fakeop.CallFault{
		"a gateway that refuses any token": {
			{From: 2, Matches: bearer, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}},
			{From: 1, Matches: func(r *http.Request) bool { return !bearer(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"unauthorized"}`}},
		},
		"a gateway that refuses any token at the addresses of clients and of registrations": {
			{From: 2, Matches: func(r *http.Request) bool { return bearer(r) && ofClients(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}},
		},
		"a gateway that lets nobody pass there": {
			{From: 2, Matches: func(r *http.Request) bool { return bearer(r) && ofClients(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}},
			{From: 1, Matches: func(r *http.Request) bool { return !bearer(r) && ofClients(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"unauthorized"}`}},
		},
		"a gateway that refuses any token at the addresses of clients alone": {
			{From: 2, Matches: func(r *http.Request) bool { return bearer(r) && nothing(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}},
		},
		"a gateway that refuses in another way at the registration endpoint": {
			{From: 2, Matches: func(r *http.Request) bool { return bearer(r) && nothing(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}},
			{From: 1, Matches: ofClients, Answer: fakeop.Answer{Status: 401, Body: `{"error":"unauthorized"}`}},
		},
		"a gateway that refuses otherwise from the second time on": {
			{Times: 1, Matches: func(r *http.Request) bool { return r.Method == http.MethodGet && nothing(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}},
			{From: 2, Answer: fakeop.Answer{Status: 400, Body: `{"error":"access_denied"}`}},
		},
		"a gateway that refuses in three ways": {
			{Times: 1, Matches: func(r *http.Request) bool { return r.Method == http.MethodGet && nothing(r) }, Answer: fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`}},
			{Times: 1, Matches: func(r *http.Request) bool {
				return r.Method == http.MethodGet && strings.Count(r.URL.Path, "/") == 2 && nothing(r)
			}, Answer: fakeop.Answer{Status: 400, Body: `{"error":"access_denied"}`}},
			{From: 2, Answer: fakeop.Answer{Status: 401, Body: `{"error":"no_session"}`}},
		},
		"no management, in a code":     {{From: 2, Matches: nothing, Answer: fakeop.Answer{Status: 404, Body: `{"error":"not_found"}`}}},
		"no management, in a document": {{From: 2, Matches: nothing, Answer: fakeop.Answer{Status: 404, Body: `{"status":404}`}}},
		"no management any more":       {{From: 2, Matches: nothing, Answer: fakeop.Answer{Status: 410, Body: `{"error":"gone"}`}}},
	} {
		for of, server := range aboutNothing {
			t.Run(name+", "+of, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: server.faults}
				op.Start(t)
				settings := server.settings(op)
				l := startAs(t, op, settings)
				l.registerAs(server.asked)
				l = l.afterwards(settings)
				cut := fakeop.CallFault{Times: 1, Answer: fakeop.Dropped(), Matches: func(r *http.Request) bool { return r.Method == http.MethodDelete }}
				op.EditFaults(func(f *fakeop.Faults) { f.Front = append([]fakeop.CallFault{cut}, front...) })
				l.staysIn("deletion", 0, lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
				l = l.afterwards(settings)
				l.staysIn("refresh", 0, l.refresh())
				op.EditFaults(func(f *fakeop.Faults) { f.Front = nil })
				l = l.afterwards(settings)
				if out := l.operate("delete", nil); out.Failed() || len(op.Clients()) != 0 {
					t.Errorf("afterwards: %s", kinds(out.Problems))
				}
			})
		}
	}
}

// staysIn fails where a client that lives is not kept.
func (l *life) staysIn(what string, run int, out outcome.Outcome) {
	l.t.Helper()
	if _, lives := l.op.Client(l.state.Handle.ClientID); !lives {
		l.t.Fatalf("%s, run %d: the case is not met, the client is gone", what, run)
	}
	if out.Gone || l.state.Record.Gone {
		l.t.Fatalf("%s, run %d: a live client is forgotten: %s", what, run, kinds(out.Problems))
	}
}

// Servers that answer 401 for a client that is gone, and more than that: otherwiseAgain refuses a token in another way from the second time on, and byQuery has
// its clients at the registration endpoint, with a query.
const (
	otherwiseAgain = -1
	byQuery        = -2
)

// A deletion is made, and its answer is lost: the server refuses the token of a client that is gone, or has nothing at its address, and answers otherwise where it is asked
// for something else. Then it is known to be deleted, in that run or, where that one ended, in the next one.
func TestADeletionWhoseAnswerIsLostIsFoundToBeMade(t *testing.T) {
	for of, server := range aboutNothing {
		for _, status := range []int{0, 404, 410, otherwiseAgain, byQuery} {
			for i := range 4 {
				killed, again := i%2 == 1, i/2 == 1
				t.Run(fmt.Sprintf("%s, %d, killed %v, sent again %v", of, status, killed, again), func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{Faults: server.faults}
					switch status {
					case byQuery:
						op.ClientURI = fakeop.URIQuery
					case otherwiseAgain:
						op.Faults.InvalidTokenStatus, op.Faults.Credentials = 400, fakeop.CredentialFaults{GoodRefusals: 1, InvalidTokenCode: "access_denied"}
					default:
						op.Faults.GoneStatus = status
					}
					op.Start(t)
					settings := server.settings(op)
					settings.Journal = withJournal(t).Journal
					if again {
						settings.Transport.MaxRetries = 1
					}
					l := startAs(t, op, settings)
					l.registerAs(server.asked)
					l = l.afterwards(settings)
					op.EditFaults(func(f *fakeop.Faults) {
						f.Deletion.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Lost()}}
						if killed {
							f.Deletion.Calls = append(f.Deletion.Calls, fakeop.CallFault{Times: 1, Down: true})
						}
					})
					out := l.operate("delete", nil)
					if killed {
						if err := op.AcceptConnections(); err != nil {
							t.Fatal(err)
						}
						l = l.afterwards(settings)
						out = l.refresh()
					}
					if len(op.Clients()) != 0 {
						t.Fatal("the case is not met: it is not deleted")
					}
					if !out.Gone {
						t.Errorf("it is not known to be deleted: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// A server looks at the token before the address, so that it refuses a client that is gone as a gateway would that has lost the server it asks about tokens. Where an
// endpoint tells that it does not know the client, that is known to be deleted. Where none does, nothing tells the two, and it stays open until the user has decided.
func TestADeletionWhoseAnswerIsLostAtAServerThatLooksAtTokensFirst(t *testing.T) {
	type kind struct {
		settings func(op *fakeop.Server) authserver.Settings
		faults   fakeop.Faults
		asked    metadata.Document
		told     bool
	}
	servers := map[string]kind{"that tells": {byIssuer, fakeop.Faults{}, web("a"), true}, "that tells of a machine": {byIssuer, fakeop.Faults{}, machine("a"), true}}
	for of, s := range aboutNothing {
		servers[of] = kind{s.settings, s.faults, s.asked, false}
	}
	for of, server := range servers {
		for i := range 4 {
			again, journal := i%2 == 1, i/2 == 1
			t.Run(fmt.Sprintf("%s, sent again %v, journal %v", of, again, journal), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: server.faults}
				op.Faults.Credentials.BeforeRoutes = true
				l, settings := registeredAt(t, op, server.settings, server.asked, journal, again)
				l = l.afterwards(settings)
				op.EditFaults(func(f *fakeop.Faults) { f.Deletion.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Lost()}} })
				out := l.operate("delete", nil)
				if len(op.Clients()) != 0 {
					t.Fatal("the case is not met: it is not deleted")
				}
				if out.Gone != server.told {
					t.Fatalf("known to be deleted %v, want %v: %s", out.Gone, server.told, kinds(out.Problems))
				}
				if server.told {
					return
				}
				for run, again := range []string{"read", "delete", "read"} {
					l = l.afterwards(settings)
					if out = l.operate(again, nil); out.Gone {
						t.Errorf("run %d: taken as gone without a word of anybody", run)
					}
					if again == "delete" && !slices.Contains(out.Problems[len(out.Problems)-1].Ways, reconcile.WayOnMissingRecreate) {
						t.Errorf("run %d: the way out is not named: %v", run, out.Problems[len(out.Problems)-1].Ways)
					}
				}
				if !l.state.Record.Missing || l.state.Record.Gone {
					t.Errorf("no plan may take it as gone, or each does: missing %v, gone %v", l.state.Record.Missing, l.state.Record.Gone)
				}
				l = l.afterwards(settings)
				recreate := authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate}
				if out = lifecycle.Deregister(t.Context(), l.server, l.state, recreate, l.save); !out.Gone || out.Failed() {
					t.Errorf("a destroy keeps it, whatever the user says: %s", kinds(out.Problems))
				}
			})
		}
	}
}

// registeredAt has a client at a server, with a journal or without, and requests that are sent again or not.
func registeredAt(t *testing.T, op *fakeop.Server, by func(*fakeop.Server) authserver.Settings, asked metadata.Document, journal, again bool) (*life, authserver.Settings) {
	t.Helper()
	op.Start(t)
	settings := by(op)
	if journal {
		settings.Journal = withJournal(t).Journal
	}
	if again {
		settings.Transport.MaxRetries = 1
	}
	l := startAs(t, op, settings)
	l.registerAs(asked)
	return l, settings
}
