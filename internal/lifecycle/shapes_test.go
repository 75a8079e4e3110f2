// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What an answer looks like, which times it tells, and what becomes of a journal or a state: none of it costs a client.

// An answer in a form that is none, or of another document, neither makes a live client gone nor deletes it by the word.
func TestAnswersOfOddShapes(t *testing.T) {
	for name, body := range map[string]string{
		"an array": `[]`, "an array of one": `[{"client_id":"x"}]`, "null": `null`, "a nested client": `{"client":{"client_id":"x","client_secret":"y"}}`, "two documents": `{} {}`, "a number": `1`,
		"a marker and nothing": "\ufeff", "another id by case": `{"client_id":"CLIENT-1"}`, "twice the id": `{"client_id":"client-1","client_id":"other"}`, "an id of blanks": `{"client_id":"  "}`,
		"an id that is null": `{"client_id":null,"client_name":"a","redirect_uris":["https://a.example/cb"]}`, "UTF-16": "\xff\xfe{\x00}\x00", "half": `{"client_id":"client-1","redirect_uris":["https://a`,
	} {
		for _, operation := range []string{"read", "update", "delete"} {
			l := begin(t, &fakeop.Server{ClientID: func(int) string { return "client-1" }}, authserver.Settings{})
			l.register()
			odd := fakeop.Always(fakeop.Answer{Status: 200, Body: body})
			l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: odd}, Updating: fakeop.UpdatingFaults{Calls: odd}, Deletion: fakeop.DeletionFaults{Calls: odd}})
			var out outcome.Outcome
			switch operation {
			case "read":
				out = l.refresh()
			case "update":
				out = l.rename("b")
			default:
				out = lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
			}
			if out.Gone {
				t.Errorf("%s, %s: a live client is forgotten: %v", operation, name, out.Problems)
			}
			l.op.SetFaults(fakeop.Faults{})
			l.want(l.refresh())
		}
	}
}

// A registration that is answered in such a form is not known, which is told, and nothing is registered again by itself.
func TestARegistrationOfAnOddShape(t *testing.T) {
	for name, body := range map[string]string{"a nested client": `{"client":{"client_id":"x"}}`, "an array": `[{"client_id":"x"}]`, "empty": `{}`, "half": `{"client_id":"x","redirect`, "nothing": ""} {
		settings := withJournal(t)
		l := begin(t, &fakeop.Server{}, settings)
		l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: 201, Processed: true, Body: body})
		out := l.registerAs(web("a"))
		if !out.Has(outcome.NotRegistered) || !out.Problems[0].MaybeProcessed || l.op.Registrations() != 1 {
			t.Errorf("%s: %d registrations, %v", name, l.op.Registrations(), out.Problems)
		}
		l = l.restarted(settings)
		if out := l.registerAs(web("a")); !out.Has(outcome.LeftBehind) {
			t.Errorf("%s: nothing tells that a client may have been left behind: %v", name, out.Problems)
		}
	}
}

// A secret that expires in the past, or at a time that is none, is no evidence of anything.
func TestTimesAtWhichSecretsExpire(t *testing.T) {
	for name, at := range map[string]any{
		"a lifetime": 3600, "yesterday": fakeop.Epoch.Unix() - 86400, "one": 1, "milliseconds": (fakeop.Epoch.Unix() - 5) * 1000, "as a string": fmt.Sprint(fakeop.Epoch.Unix() - 5), "a date": "2020-01-01T00:00:00Z",
	} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		shown := fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) { doc["client_secret_expires_at"] = at }})
		refused := fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
		l.op.SetFaults(fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: shown}, Reading: fakeop.ReadingFaults{Calls: shown}})
		l.registerAs(machine("a"))
		l.op.RevokeToken(l.state.Handle.ClientID)
		l.op.SetFaults(fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{Calls: refused}}) // as of a secret that has expired
		if out := l.refresh(); out.Gone {
			t.Errorf("%s: a live client is forgotten: %v", name, out.Problems)
		}
	}
}

// An address that a registration names in an odd form is used or told of, and no credential goes anywhere else.
func TestAddressesOfOddForms(t *testing.T) {
	for name, form := range map[string]fakeop.Showing{
		"relative": fakeop.Relative(), "with a slash": func(uri string) any { return uri + "/" }, "with a fragment": func(uri string) any { return uri + "#client" },
		"with a query": func(uri string) any { return uri + "?key=value" }, "with user information": func(uri string) any { return strings.Replace(uri, "://", "://user:word@", 1) },
		"blanks": func(uri string) any { return "  " + uri + "\n" }, "a number": func(string) any { return json.Number("7") }, "another port": fakeop.AtOrigin("http://127.0.0.1:1"), "another scheme": fakeop.AtOrigin("ftp://127.0.0.1"),
	} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Shows: fakeop.Shows{URI: form}}}}, authserver.Settings{})
		out := l.registerAs(web("a"))
		if l.state.Handle.ClientID == "" || l.state.Handle.ClientSecret.IsEmpty() || l.state.Handle.RegistrationAccessToken.IsEmpty() {
			t.Errorf("%s: not all is kept: %v", name, out.Problems)
		}
		for range 2 {
			if out := l.refresh(); out.Gone {
				t.Errorf("%s: a live client is forgotten: %v", name, out.Problems)
			}
		}
		if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Gone && len(l.op.Clients()) > 0 && !out.Has(outcome.DeleteUnmanaged) && !out.Has(outcome.DeleteUnsupported) {
			t.Errorf("%s: said to be deleted, and lives: %v", name, out.Problems)
		}
	}
}

// A journal that is lost, emptied or cut off between two runs makes no client gone: what only it knew is told as missing.
func TestAJournalThatIsLost(t *testing.T) {
	for what, lose := range map[string]func(string) error{
		"removed": os.Remove, "emptied": func(path string) error { return os.Truncate(path, 0) },
		"of an earlier day": func(path string) error {
			kept, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			lines := strings.SplitAfter(string(kept), "\n")
			return os.WriteFile(path, []byte(strings.Join(lines[:min(2, len(lines))], "")), 0o600)
		},
	} {
		for kind, doc := range both {
			settings := withJournal(t)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}}, settings)
			l.registerAs(doc("a"))
			saved := l.state
			l.update(doc("b")) // whose state nobody saves
			l.server.Close()
			if err := lose(settings.Journal.Path); err != nil {
				t.Fatal(err)
			}
			l = start(t, l.op, settings)
			l.state = saved
			// Of a machine's client nothing but the journal tells that its secret was replaced, too: two faults.
			if out := l.refresh(); out.Gone && kind == "web" {
				t.Errorf("%s, %s: a live client is forgotten: %v", what, kind, out.Problems)
			}
		}
	}
}

// An initial access token that is good for one client is spent by a registration whose answer is lost. The next one is refused, and tells of both.
func TestATokenForOneRegistrationThatIsSpent(t *testing.T) {
	settings := withJournal(t)
	settings.InitialAccessToken = secret.New("once")
	l := begin(t, &fakeop.Server{InitialAccessTokens: map[string]int{"once": 1}}, settings)
	l.op.Force(fakeop.OpRegister, fakeop.Lost())
	l.registerAs(web("a"))
	l = l.restarted(settings)
	out := l.registerAs(web("a"))
	if !out.Has(outcome.LeftBehind) || !out.Has(outcome.NotRegistered) || l.op.Registrations() != 1 {
		t.Errorf("%d registrations: %v", l.op.Registrations(), out.Problems)
	}
}

// Two aliases of the provider work on one server with a journal each. What one replaces is to the other a token that is outdated, and no more.
func TestTwoJournalsAtOneServer(t *testing.T) {
	for kind, doc := range both {
		f := fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}
		one, two := withJournal(t), withJournal(t)
		l := begin(t, &fakeop.Server{Faults: f}, one)
		l.registerAs(doc("a"))
		other := start(t, l.op, two)
		other.state = l.state
		for i := range 3 {
			if out := other.update(doc(fmt.Sprint(i))); out.Gone || other.state.Record.Gone {
				t.Errorf("%s: the second forgets the client: %v", kind, out.Problems)
			}
			if out := l.refresh(); out.Gone {
				t.Errorf("%s: the first forgets the client: %v", kind, out.Problems)
			}
			l.state = other.state // the state is one
			l = l.restarted(one)
		}
	}
}

// The answers of a token endpoint to a client that it does not let in differ from server to server. With none of them does a token that
// was revoked make a live client gone.
func TestRefusalsOfTokenEndpoints(t *testing.T) {
	for name, refusal := range map[string]fakeop.Answer{
		"400": {Status: 400, Body: `{"error":"invalid_client"}`}, "403": {Status: 403, Body: `{"error":"access_denied"}`}, "400 unauthorized_client": {Status: 400, Body: `{"error":"unauthorized_client"}`},
		"challenge alone": {Status: 401, Header: http.Header{"Www-Authenticate": {`Basic realm="x", error="invalid_client"`}}}, "a page": {Status: 401, MediaType: "text/html", Body: "<html><body>Who are you?</body></html>"},
		"404": {Status: 404, Body: `{"error":"not_found"}`}, "200": {Status: 200, Body: `{"error":"invalid_client"}`}, "423": {Status: 423, Body: `{"error":"locked"}`},
	} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.register()
		l.op.RevokeToken(l.state.Handle.ClientID)
		l.op.SetFaults(fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(refusal)}})
		if out := l.refresh(); out.Gone {
			t.Errorf("%s: a live client is forgotten: %v", name, out.Problems)
		}
	}
}
