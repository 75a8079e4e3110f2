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
)

// A front end that looks at answers may stop one whose request the server has made, and a proxy may send a request twice, of which the second is refused. Where the server replaces credentials with each update, or with each read, the
// refusals to come are then no deletion.
func TestAnAnswerThatAFrontEndStops(t *testing.T) {
	page := func(status int, text string) fakeop.Answer {
		return fakeop.Answer{Status: status, Processed: true, Body: text, Header: http.Header{"Content-Type": {"text/html"}}}
	}
	for name, stopped := range map[string]fakeop.Answer{
		"403, a page": page(403, "<html>blocked</html>"), "403, nothing": {Status: 403, Processed: true}, "403, an object": {Status: 403, Processed: true, Body: `{"blocked":true}`},
		"413": {Status: 413, Processed: true}, "409": {Status: 409, Processed: true}, "451": {Status: 451, Processed: true}, "418, a text": {Status: 418, Processed: true, Body: "no"},
		"401, a text": page(401, "no"), "410, nothing": {Status: 410, Processed: true}, "400, nothing": {Status: 400, Processed: true}, "422, a text": {Status: 422, Processed: true, Body: "no"},
		"401 of one sent twice": {Status: 401, Processed: true, Body: `{"error":"invalid_token"}`}, "400 of one sent twice": {Status: 400, Processed: true, Body: `{"error":"invalid_token"}`},
		"404 of one sent twice": {Status: 404, Processed: true, Body: `{"error":"not_found"}`}, "410 of one sent twice": {Status: 410, Processed: true},
		"400 of another code, of one sent twice": {Status: 400, Processed: true, Body: `{"error":"invalid_request"}`}, "403 of one sent twice": {Status: 403, Processed: true, Body: `{"error":"access_denied"}`},
		"409 of one sent twice": {Status: 409, Processed: true, Body: `{"error":"conflict","error_description":"it has changed"}`}, "405": {Status: 405, Processed: true},
		"301": {Status: 301, Processed: true, Header: http.Header{"Location": {"/signed-in"}}}, "307": {Status: 307, Processed: true, Header: http.Header{"Location": {"/register/again"}}},
		"308, nowhere": {Status: 308, Processed: true}, "302": {Status: 302, Processed: true, Header: http.Header{"Location": {"/signed-in"}}},
		"404, a page": page(404, "<html>not here</html>"), "401, a page": page(401, "<html>sign in</html>"), "410, a page": page(410, "<html>gone</html>"),
	} {
		for _, of := range []string{"update", "read"} {
			if of == "read" && name != "403, a page" && name != "413" {
				continue
			}
			for i := range 4 {
				journal, first := i%2 == 1, i > 1
				t.Run(fmt.Sprintf("%s, %s, journal %v, of the first update %v", name, of, journal, first), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, journal)
					faults := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
					if of == "read" {
						faults = fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true}
					}
					l := begin(t, &fakeop.Server{Faults: faults}, s)
					l.registerAs(machine("a"))
					if !first {
						l.update(machine("b"))
					}
					call := fakeop.CallFault{From: 1, Times: 1, Answer: stopped}
					if of == "update" {
						l.op.SetFaults(withCall(faults, fakeop.OpUpdate, call))
					} else {
						l.op.SetFaults(withCall(faults, fakeop.OpRead, call))
					}
					id := l.state.Handle.ClientID
					said := l.update(machine("c")).Problems
					for range 2 {
						l = l.restarted(s)
						out := l.update(machine("d"))
						said = append(said, out.Problems...)
						if _, lives := l.op.Client(id); !lives || out.Gone || l.state.Record.Gone {
							t.Fatalf("a live client is forgotten: %s", kinds(said))
						}
						l = l.restarted(s)
						out = l.refresh()
						said = append(said, out.Problems...)
						if out.Gone || l.state.Record.Gone {
							t.Fatalf("a live client is forgotten: %s", kinds(said))
						}
					}
				})
			}
		}
	}
}

// What a server says itself leaves nothing open: a code, also in the header alone, a refusal of what was sent, and a text by which it says that nothing is there.
// Neither an update that was refused so nor a deletion that looks so hides that the client is gone. Where a front end, or a second sending of a request that was made,
// is as good a reading of an update's refusal, the user is asked, and the way that is told leads out.
func TestARefusalOfTheServersOwn(t *testing.T) {
	text, challenge := http.Header{"Content-Type": {"text/plain"}}, http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}
	refusals := map[string]fakeop.Answer{
		"400, nothing": {Status: 400}, "400, a message": {Status: 400, Body: `{"message":"no such client"}`}, "400, a text": {Status: 400, Body: "no such client", Header: text},
		"400, a code in the header": {Status: 400, Header: challenge}, "403, a code in the header": {Status: 403, Header: challenge}, "400, a form": {Status: 400, Body: "error=invalid_token"},
		"401, a text": {Status: 401, Body: "Unauthorized", Header: text}, "404, a text": {Status: 404, Body: "404 page not found", Header: text},
		"409, a message": {Status: 409, Body: `{"message":"that name is taken"}`}, "422, a message": {Status: 422, Body: `{"message":"that is no URL"}`},
	}
	updates, reads := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, fakeop.Faults{RotateTokenOnRead: true}
	noReads := without(fakeop.Answer{Status: 405}, fakeop.Faults{RotateSecretOnUpdate: true})
	all := []string{"400, nothing", "400, a message", "400, a text", "400, a code in the header", "403, a code in the header", "400, a form"}
	for what, c := range map[string]refusedThenGone{
		"an update that was refused":         {faults: updates, journal: true},
		"the same, and not seen since":       {faults: updates, journal: true, unseen: true, only: []string{"400, nothing", "400, a text"}},
		"the same, where reads replace":      {faults: reads, only: []string{"400, nothing", "400, a message", "409, a message", "422, a message"}},
		"the same, where there are no reads": {faults: noReads},
		"the deletion":                       {faults: reads, journal: true, deletion: true, only: all, withReads: true},
		"the deletion, no reads":             {faults: noReads, journal: true, deletion: true, only: []string{"401, a text", "404, a text", "400, a code in the header", "403, a code in the header"}},
	} {
		c.asks = map[string][]string{
			"an update that was refused":         {"400, a code in the header", "403, a code in the header", "400, a form", "401, a text", "404, a text"},
			"the same, and not seen since":       {"400, nothing", "400, a text"},
			"the same, where reads replace":      {"400, nothing"},
			"the same, where there are no reads": {"400, nothing", "400, a text"},
		}[what]
		for name, refusal := range refusals {
			if c.only != nil && !slices.Contains(c.only, name) {
				continue
			}
			t.Run(what+", "+name, func(t *testing.T) {
				t.Parallel()
				c.run(t, refusal, slices.Contains(c.asks, name))
			})
		}
	}
}

// refusedThenGone is a server at which a client is deleted behind the back.
type refusedThenGone struct {
	faults    fakeop.Faults
	journal   bool
	only      []string // nil for all
	asks      []string // those after which the user is asked
	deletion  bool     // looks so, and not an update before it
	withReads bool
	unseen    bool // no read shows the client between the update and its end, with the token and the secret that are known
}

func (c refusedThenGone) run(t *testing.T, refusal fakeop.Answer, asks bool) {
	t.Helper()
	s := authserver.Settings{}
	if c.journal {
		s = withJournal(t)
	}
	l := begin(t, &fakeop.Server{Faults: c.faults}, s)
	l.registerAs(machine("a"))
	l.update(machine("b"))
	l.update(machine("c"))
	refuses := withCall(c.faults, fakeop.OpUpdate, fakeop.Always(refusal)[0])
	if c.withReads {
		refuses = withCall(refuses, fakeop.OpRead, fakeop.Always(refusal)[0])
	}
	if !c.deletion {
		l = l.later(s)
		l.op.SetFaults(refuses)
		l.update(machine("d"))
		l.op.SetFaults(c.faults)
		l = l.later(s)
		var out outcome.Outcome
		if !c.unseen {
			out = l.refresh()
		}
		if out.Gone || l.state.Record.Gone {
			t.Fatalf("a live client is forgotten: %s", kinds(out.Problems))
		}
	}
	l.op.RemoveClient(l.state.Handle.ClientID)
	if c.deletion {
		l.op.SetFaults(refuses)
	}
	l = l.later(s)
	out := l.refresh()
	said := out.Problems
	if !out.Gone {
		l = l.later(s)
		said = append(said, l.update(machine("e")).Problems...)
	}
	if seen := out.Gone || l.state.Record.Gone; seen == asks {
		t.Errorf("a client that is gone is found out: %v: %s", seen, kinds(said))
	}
	if !asks {
		return
	}
	l = l.later(s)
	_ = lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: recreate()}, l.save)
	if missing := lifecycle.DecideMissing(l.server, l.state, recreate()); !missing.Recreate {
		t.Errorf("the way does not lead out: %+v", missing)
	}
}

// A server takes an update in its second form only, and that one is made and sent again on the way: the first refusal, which is about the form, hides no other.
func TestAnAnswerToALaterFormThatIsRefused(t *testing.T) {
	habits := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, UpdateNeedsSecret: true}
	for name, answer := range map[string]fakeop.Answer{
		"401": {Status: 401, Processed: true, Body: `{"error":"invalid_token"}`}, "404": {Status: 404, Processed: true, Body: `{"error":"not_found"}`},
		"403": {Status: 403, Processed: true, Body: `{"error":"access_denied"}`}, "400": {Status: 400, Processed: true, Body: `{"error":"invalid_request"}`},
	} {
		for _, journal := range []bool{false, true} {
			s := settingsWith(t, journal)
			l := begin(t, &fakeop.Server{Faults: habits}, s)
			l.registerAs(machine("a"))
			l.op.SetFaults(withCall(habits, fakeop.OpUpdate, fakeop.CallFault{From: 2, Times: 1, Answer: answer}))
			said := l.update(machine("b")).Problems
			for range 2 {
				l = l.later(s)
				out := l.refresh()
				if said = append(said, out.Problems...); out.Gone || l.state.Record.Gone {
					t.Errorf("%s, journal %v: a live client is forgotten: %s", name, journal, kinds(said))
				}
				l = l.later(s)
				if out = l.operate("delete", nil); out.Gone {
					t.Errorf("%s, journal %v: said to be deleted, and lives: %s", name, journal, kinds(out.Problems))
				}
			}
		}
	}
}

// A server without updates, which says so as one that has no such client, hides no later deletion: the read after it shows the client.
func TestADeletionWhereThereAreNoUpdates(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{"404": fakeop.NotFoundJSON(), "404, a text": {Status: 404, Body: "404 page not found", MediaType: "text/plain"}, "405": {Status: 405}} {
		for _, journal := range []bool{false, true} {
			s := settingsWith(t, journal)
			f := fakeop.Faults{}
			f.Updating.Calls = fakeop.Always(answer)
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(machine("a"))
			l.want(l.update(machine("b")), outcome.UpdateUnsupported)
			l.op.RemoveClient(l.state.Handle.ClientID)
			l = l.later(s)
			if out := l.refresh(); !out.Gone {
				t.Errorf("%s, journal %v: the client is gone, which is not found out: %s", name, journal, kinds(out.Problems))
			}
		}
	}
}
