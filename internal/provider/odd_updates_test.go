// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server that was moved redirects reads to where the client is now. Updates and deletions go there, too, with whichever status it
// redirects: no other client takes this one's place.
func TestRedirectedReadsLeadUpdates(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{ClientID: func(int) string { return "ID" }}
			moved := []fakeop.CallFault{{
				Matches: func(r *http.Request) bool { return r.URL.RawQuery == "" },
				Answer:  fakeop.Answer{Status: status, Header: http.Header{"Location": {"/register/ID?v=2"}}},
			}}
			s.Faults.Reading.Calls, s.Faults.Updating.Calls, s.Faults.Deletion.Calls = moved, moved, moved
			r := newSubject(t, s, nil)
			r.Apply(app)
			r.Apply(renamed)
			r.wantQuiet()
			if got := r.registered()["client_name"]; got != "App 2" {
				t.Errorf("client_name is registered as %v", got)
			}
			r.WantEmpty(renamed)
			r.Destroy()
			r.wantQuiet()
			if n := len(s.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// oddUpdateAnswers are answers that may say that an update was made, and do not show the client.
func oddUpdateAnswers() map[string]fakeop.Answer {
	location := http.Header{"Location": {"/register/ID"}}
	return map[string]fakeop.Answer{
		"204": {Status: 204}, "200": {Status: 200}, "202": {Status: 202}, "an empty object": {Status: 200, Body: `{}`}, "a status": {Status: 200, Body: `{"status":"ok"}`},
		"a page": {Status: 200, MediaType: "text/html", Body: "<html><title>Saved</title></html>"}, "302": {Status: 302, Header: location}, "303": {Status: 303, Header: location},
	}
}

// An update that was answered with success, or with the redirect that follows a form, and without the client, has been made where a read
// shows all that was asked for.
func TestUpdateWithoutAClientInItsAnswer(t *testing.T) {
	t.Parallel()
	for name, a := range oddUpdateAnswers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{ClientID: func(int) string { return "ID" }}
			a.Processed = true
			s.Faults.Updating.Calls = fakeop.Always(a)
			r := newSubject(t, s, nil)
			r.Apply(app)
			r.Apply(renamed)
			r.wantQuiet()
			r.WantEmpty(renamed)
			if p := r.Plan(app); r.anew(p) {
				t.Error("the next change makes another client")
			}
			r.Apply(app)
			if n := s.CountOf(fakeop.OpUpdate); n != 2 {
				t.Errorf("%d updates were sent", n)
			}
		})
		t.Run(name+", not made", func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{ClientID: func(int) string { return "ID" }}
			a.Processed = false
			s.Faults.Updating.Calls = fakeop.Always(a)
			r := newSubject(t, s, nil)
			r.Apply(app)
			before := r.State
			if err := r.TryApply(renamed); err == nil {
				t.Fatal("an update that was not made succeeds")
			}
			if !r.State.Equal(before) {
				t.Error("the update that was not made changed the state")
			}
		})
	}
	t.Run("the token was replaced in it", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204, Processed: true})}}}
		r := newSubject(t, s, nil)
		r.Apply(app)
		err := r.TryApply(renamed)
		if err == nil {
			t.Fatal("the update succeeds though the new token is lost")
		}
		containsAll(t, err.Error(), "The server may have made the update all the same", "registration_access_tokens")
	})
}

// wrongOnce are answers of a proxy, or of a server that restarts, that look as if there were no updates.
func wrongOnce() map[string]fakeop.Answer {
	return map[string]fakeop.Answer{
		"404": fakeop.NotFoundPage(), "405": fakeop.NotAllowed("GET"), "405 that allows it": fakeop.NotAllowed("GET, PUT"), "501": fakeop.NotImplemented(),
		"a login page": fakeop.LoginPage(), "another host": {Status: 302, Header: http.Header{"Location": {"https://login.example/"}}},
	}
}

// A 307 and a 308 ask for the same request at another address: that is no server without updates, and no plan registers another client for it.
func TestAnUpdateThatIsAskedForElsewhereReplacesNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 307, 308} {
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(app)
		id := r.id()
		r.op.SetFaults(fakeop.Faults{Redirect: map[fakeop.Operation]string{fakeop.OpUpdate: "https://leader.example/register/" + id}, RedirectStatus: status})
		for range 2 {
			err := r.TryApply(renamed)
			if err == nil {
				t.Fatal("the update succeeds")
			}
			containsAll(t, err.Error(), "https://leader.example/register/", "client_configuration_uri_template")
			if p := r.Plan(renamed); r.anew(p) {
				t.Fatalf("%d: another client is planned", status)
			}
		}
		r.op.SetFaults(fakeop.Faults{})
		if r.Apply(renamed); r.id() != id || len(r.op.Clients()) != 1 {
			t.Errorf("%d: %v", status, r.op.Clients())
		}
	}
}

// One answer as by a server without updates costs no client its client_id: what was learnt is held against the server once more before
// another client is registered.
func TestOneWrongAnswerToAnUpdateReplacesNothing(t *testing.T) {
	t.Parallel()
	for name, a := range wrongOnce() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			r.Apply(app)
			id := r.id()
			r.op.Force(fakeop.OpUpdate, a)
			if err := r.TryApply(renamed); err == nil {
				t.Fatal("the update succeeds")
			}
			if p := r.Plan(renamed); !r.anew(p) {
				t.Fatal("the plan does not say that the client may be replaced")
			}
			r.Apply(renamed)
			r.wantSays("Client updated, and not replaced", "its client_id stays")
			if r.id() != id || len(r.op.Clients()) != 1 || r.registered()["client_name"] != "App 2" {
				t.Errorf("the state has %s after %s, the server %v", r.id(), id, r.op.Clients())
			}
			r.WantEmpty(renamed)
			if p := r.Plan(app); r.anew(p) {
				t.Error("the next change makes another client")
			}
			r.Apply(app)
			r.wantQuiet()
		})
	}
}

// A refusal of what is sent shows that there are updates: nothing is replaced, and the next plan is an update again.
func TestRefusedUpdateIsNoReplacement(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(app)
	id := r.id()
	r.op.Force(fakeop.OpUpdate, fakeop.NotAllowed("GET"))
	_ = r.TryApply(renamed)
	for range 5 { // each form of the update
		r.op.Force(fakeop.OpUpdate, fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"client_name is taken"}`})
	}
	err := r.TryApply(renamed)
	if err == nil {
		t.Fatal("the refused update succeeds")
	}
	containsAll(t, err.Error(), "Client not updated", "client_name is taken")
	if r.id() != id || len(r.op.Clients()) != 1 {
		t.Errorf("the state has %s after %s, the server %d clients", r.id(), id, len(r.op.Clients()))
	}
	if p := r.Plan(renamed); r.anew(p) {
		t.Error("the next plan makes another client")
	}
}

// Where the old client cannot be read, it is replaced as planned: there is nothing to try the update with.
func TestReplacementOfAClientThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: 405}}, nil)
	config := app.With(attrs{"refresh": "never"})
	r.Apply(config)
	id := r.id()
	changed := config.With(attrs{"client_name": "App 2"})
	_ = r.TryApply(changed)
	r.op.RevokeToken(id)
	r.Apply(changed)
	if r.id() == id || r.registered()["client_name"] != "App 2" {
		t.Errorf("the state has %s after %s", r.id(), id)
	}
	r.wantSays("Client stays at the server")
}
