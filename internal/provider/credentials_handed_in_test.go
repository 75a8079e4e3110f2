// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// TestHandedInToken is used where the state's is refused, at the client's own URI only, and kept.
func TestHandedInToken(t *testing.T) {
	for name, c := range map[string]struct {
		faults  fakeop.Faults
		journal bool
	}{
		"":                          {},
		"with a journal":            {journal: true},
		"rotating":                  {faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}},
		"rotating with a journal":   {faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}, journal: true},
		"invalid_token under a 400": {faults: fakeop.Faults{InvalidTokenStatus: 400}},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: c.faults}
			settings := attrs{"refresh": "always"}
			if c.journal {
				settings = settings.With(journalAt(t))
			}
			r := newSubject(t, server, settings)
			r.Apply(app)
			other := newSubject(t, server, settings) // another client of the same server
			other.Apply(service)
			other.Rig().Stop() // or the refusal might be its doing, and would be waited for

			lost := r.Text("registration_access_token")
			token := server.ReissueToken(r.id())
			r.failing(func() error { _, err := r.TryPlan(app); return err })
			server.ResetLog()
			handed := settings.With(attrs{"registration_access_tokens": map[string]any{r.id(): token, "unknown": "token-of-unknown"}})
			r.start(handed)
			if c.journal {
				// A plan that is not applied: what it was handed may not come again.
				r.planned(app)
				r.start(settings)
			}
			r.WantEmpty(app)
			r.holds()
			if !c.journal {
				r.tells("Registration access token replaced")
				r.start(settings)
			}
			r.Apply(renamed)
			r.holds()
			other.start(handed)
			other.WantEmpty(service)
			other.holds()
			for _, request := range server.Requests() {
				if request.Credential == "token-of-unknown" {
					t.Errorf("%s %s got the token of an unknown client", request.Method, request.Path)
				}
				if (request.Credential == token || request.Credential == lost) && request.ClientID != r.id() {
					t.Errorf("%s %s got the token of client %s", request.Method, request.Path, r.id())
				}
			}
		})
	}
}

// TestHandedInTokenAfterAnyRefusal: servers refuse a token with what they like, so that the one that was handed in is tried after each.
func TestHandedInTokenAfterAnyRefusal(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"400":               {Status: 400},
		"400 access_denied": {Status: 400, Body: `{"error":"access_denied"}`},
		"400 anything":      {Status: 400, Body: `{"error":"no_such_thing"}`},
		"403":               fakeop.Forbidden("access_denied", "not now"),
		"404":               fakeop.NotFoundJSON(),
		"409":               {Status: 409},
		"500":               fakeop.InternalError(),
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{}
			settings := attrs{"max_retries": 0}
			r := newSubject(t, server, settings)
			r.Apply(app)
			entry := server.ReissueToken(r.id())
			handed := settings.With(attrs{"registration_access_tokens": map[string]any{r.id(): entry}})
			r.start(handed)
			server.Force(fakeop.OpRead, answer)
			r.WantEmpty(app)
			r.holds()
			r.tells("Registration access token replaced")
			// The setting stays and is older than what the server has by now: it is not tried again.
			r.State = replaced(t, r.State, "registration_access_token", server.ReissueToken(r.id()))
			r.start(handed)
			server.ResetLog()
			server.Force(fakeop.OpRead, answer)
			_, _ = r.TryPlan(app)
			reads := server.Of(fakeop.OpRead) // the token in force goes a second time before one that was refused before
			sent := slices.ContainsFunc(reads, func(read fakeop.Request) bool { return read.Credential == entry })
			if (sent || len(reads) > 2) && name != "400 access_denied" { // which is about the token, so that each is tried
				t.Errorf("%d reads, the one that was handed in is sent: %v", len(reads), sent)
			}
			// Where neither of two makes a difference, the state keeps what it has.
			state := r.Text("registration_access_token")
			r.start(settings.With(attrs{"registration_access_tokens": map[string]any{r.id(): "a-wrong-token"}}))
			server.Force(fakeop.OpRead, answer, answer)
			_, _ = r.TryPlan(app)
			r.start(settings)
			r.WantEmpty(app)
			if got := r.Text("registration_access_token"); got != state {
				t.Errorf("the token became %q", got)
			}
		})
	}
}

// TestHandedInTokenOfAClientThatIsNotRead is saved all the same, and once: it may come from a variable that is set only this time.
func TestHandedInTokenOfAClientThatIsNotRead(t *testing.T) {
	for name, test := range map[string]struct {
		faults   fakeop.Faults
		settings attrs
		during   func(*fakeop.Server)
	}{
		"never":        {settings: attrs{"refresh": "never"}},
		"reads rotate": {faults: fakeop.Faults{RotateSecretOnRead: true}},
		"no answer": {during: func(s *fakeop.Server) {
			s.EditFaults(func(f *fakeop.Faults) {
				f.CutOff = map[fakeop.Operation]fakeop.Cut{fakeop.OpRead: fakeop.CutConnection}
			})
		}},
	} {
		for _, journal := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", journal ", journal), func(t *testing.T) {
				server := &fakeop.Server{Faults: test.faults}
				settings := attrs{"max_retries": 0, "on_missing": "keep"}.With(test.settings)
				if journal {
					settings = settings.With(journalAt(t))
				}
				r := newSubject(t, server, settings)
				r.Apply(app)
				token := server.ReissueToken(r.id())
				handed := settings.With(attrs{"registration_access_tokens": map[string]any{r.id(): token}})
				r.start(handed)
				if test.during != nil {
					test.during(server)
				}
				r.Begin()
				if err := r.Reread(); err != nil {
					t.Fatal(err)
				}
				containsAll(t, r.tells("Registration access token not tried yet"), r.id())
				containsNone(t, r.details(), token)
				server.EditFaults(func(f *fakeop.Faults) { f.CutOff = nil })
				r.Begin()
				if test.during == nil {
					if err := r.Reread(); err != nil {
						t.Fatal(err)
					}
					r.tellsNot("Registration access token not tried yet")
				}
				r.start(settings)
				r.Apply(renamed)
				if got := r.Text("registration_access_token"); got != server.CurrentToken(r.id()) {
					t.Errorf("the state has token %q, in force is %q", got, server.CurrentToken(r.id()))
				}
			})
		}
	}
}

// TestWrongHandedInToken saves nothing, and the advice names the client.
func TestWrongHandedInToken(t *testing.T) {
	server := &fakeop.Server{}
	r := newSubject(t, server, nil)
	r.Apply(app)
	token := server.ReissueToken(r.id())
	r.start(attrs{"registration_access_tokens": map[string]any{r.id(): "a-wrong-token"}})
	said := r.failing(func() error { _, err := r.TryPlan(app); return err })
	const tried = "The token in registration_access_tokens of the provider was tried, too, and the server did not accept it."
	containsAll(t, said, r.id(), tried, "token endpoint")
	containsNone(t, said, token, "a-wrong-token", server.CurrentSecret(r.id()))
	r.start(nil)
	said = r.failing(func() error { _, err := r.TryPlan(app); return err })
	containsNone(t, said, tried)

	// Not proven wrong either: its request got no answer. The state's token is kept.
	state := r.Text("registration_access_token")
	r.start(nil)
	p, err := r.PlanOnly(renamed) // as with -refresh=false
	if err != nil {
		t.Fatal(err)
	}
	server.Force(fakeop.OpRead, fakeop.Answer{Status: 401}, fakeop.Answer{Cut: fakeop.CutConnection}, fakeop.Answer{Cut: fakeop.CutConnection})
	r.start(attrs{"max_retries": 0, "registration_access_tokens": map[string]any{r.id(): "another-token"}})
	r.failing(func() error { return r.Resource.Apply(t.Context(), p) })
	if got := r.Text("registration_access_token"); got != state {
		t.Errorf("the state's token is %q", got)
	}
}

// A token that a plan accepted is in no state yet: whoever takes it out of the configuration then is refused again, so that the plan has to say so.
func TestHandedInTokenIsSavedByAnApplyAlone(t *testing.T) {
	server := &fakeop.Server{}
	r := newSubject(t, server, nil)
	r.Apply(app)
	handed := attrs{"registration_access_tokens": map[string]any{r.id(): server.ReissueToken(r.id())}}
	state, private := r.State, r.Private
	r.start(handed)
	r.WantEmpty(app)
	r.tells("Registration access token replaced")
	containsAll(t, r.details(), "An apply saves the accepted one in the state, a plan does not. Until an apply, leave it where it is set.")
	r.State, r.Private = state, private // as after a plan
	r.start(nil)
	r.failing(func() error { _, err := r.TryPlan(app); return err })
	r.start(handed)
	r.Apply(app)
	r.start(nil)
	r.WantEmpty(app)
	r.holds()
}

// What is said of a wrong token names it, whatever its refusal leads to: the ways begin with handing in a token, and whoever did so has to know that it did not help.
func TestWrongHandedInTokenIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		server      *fakeop.Server
		environment bool
		happens     func(*fakeop.Server, string)
		fails       bool
	}{
		"gone":      {server: &fakeop.Server{}, happens: (*fakeop.Server).RemoveClient},
		"gone, 404": {server: &fakeop.Server{Faults: fakeop.Faults{GoneStatus: 404}}, happens: (*fakeop.Server).RemoveClient},
		"refused with 403": {server: &fakeop.Server{}, fails: true, happens: func(s *fakeop.Server, _ string) {
			s.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 403}) })
		}},
		"not shown": {server: &fakeop.Server{}, happens: func(s *fakeop.Server, _ string) {
			s.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 404}) })
		}},
		"undecided":          {server: &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, fails: true, happens: func(s *fakeop.Server, id string) { s.RevokeToken(id) }},
		"of the environment": {server: &fakeop.Server{}, environment: true, fails: true, happens: func(s *fakeop.Server, id string) { s.RevokeToken(id) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSubject(t, c.server, nil)
			r.Apply(app)
			c.happens(c.server, r.id())
			place, settings := "in registration_access_tokens of the provider", attrs{"registration_access_tokens": map[string]any{r.id(): "a-wrong-token"}}
			if c.environment {
				t.Setenv(tokensVariable, `{"`+r.id()+`":"a-wrong-token"}`)
				place, settings = "in the environment variable "+tokensVariable, nil
			}
			r.start(settings)
			var said string
			if plan := func() error { _, err := r.TryPlan(app); return err }; c.fails {
				said = r.failing(plan)
			} else if err := plan(); err != nil {
				t.Fatal(err)
			} else {
				said = r.details()
			}
			containsAll(t, said, "The token "+place+" was tried, too, and the server did not accept it.")
		})
	}
}

// A token that the user handed in and an update was made with is none that the server changed, and nothing says so.
func TestHandedInTokenIsNoChangeOfTheServers(t *testing.T) {
	t.Parallel()
	const warning = "warning: Server changed credentials unexpectedly"
	for _, refresh := range []string{"never", "auto"} {
		for _, read := range []bool{true, false} {
			t.Run(fmt.Sprint(refresh, ", planned with a read: ", read), func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{}
				settings := attrs{"refresh": refresh}
				r := newSubject(t, server, settings)
				r.Apply(app)
				r.Apply(renamed) // from here on an update is planned with the credentials as known
				r.start(settings.With(attrs{"registration_access_tokens": map[string]any{r.id(): server.ReissueToken(r.id())}}))
				plan := r.PlanOnly
				if read {
					plan = r.TryPlan
				}
				p, err := plan(app)
				if err != nil {
					t.Fatal(err)
				}
				if err := r.ApplyPlan(p); err != nil {
					t.Fatal(err)
				}
				if told := r.told(); slices.Contains(told, warning) || !slices.ContainsFunc(told, func(line string) bool { return strings.Contains(line, "Registration access token ") }) {
					t.Errorf("told %q", told)
				}
				r.start(settings)
				r.Apply(renamed)
				r.holds()
			})
		}
	}
}

// TestOnlyTheHandedInTokenIsTried for a client of which the state has no token. The message speaks of no other one, and to take the entry out brings back the
// provider's own credentials.
func TestOnlyTheHandedInTokenIsTried(t *testing.T) {
	for name, faults := range map[string]fakeop.Faults{"it lives": {}, "nothing tells": silentWitnesses} {
		for _, more := range []attrs{{}, journalAt(t)} {
			t.Run(fmt.Sprintf("%s, journal %v", name, len(more) > 0), func(t *testing.T) {
				server := &fakeop.Server{Management: fakeop.ManagementNoToken, AdminToken: adminToken, Faults: faults}
				settings := more.With(attrs{"initial_access_token": adminToken})
				r := newSubject(t, server, settings)
				r.Apply(app)
				if r.Text("registration_access_token") != "" {
					t.Fatal("the state has a token")
				}
				handed := settings.With(attrs{"registration_access_tokens": map[string]any{r.id(): "a-wrong-token-0123"}})
				r.start(handed)
				said := r.failing(func() error { _, err := r.TryPlan(app); return err })
				containsAll(t, said, "The state has none, so that no other one was tried.", "another client's",
					"- If the server takes the provider's own credentials for this client, which go after a token that is handed in, remove the client's entry from registration_access_tokens on the provider.")
				containsNone(t, said, "in the state.", "tried, too", "Its token is outdated")
				r.start(settings)
				r.WantEmpty(app)
				r.Apply(renamed)
				// Where the provider is to use no credentials of its own, the entry is in nobody's way.
				r.start(handed.With(attrs{"management": "registration_access_token"}))
				containsNone(t, r.failing(func() error { _, err := r.TryPlan(app); return err }), "remove the client's entry")
			})
		}
	}
}
