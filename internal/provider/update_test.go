// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// refusals answers that many updates with 400, each with a description of its own.
func refusals(n int, code string, description func(int) string) []fakeop.Answer {
	var all []fakeop.Answer
	for i := range n {
		body, _ := json.Marshal(map[string]string{"error": code, "error_description": description(i + 1)})
		all = append(all, fakeop.Answer{Status: http.StatusBadRequest, Body: string(body)})
	}
	return all
}

func forbidden(answers []fakeop.Answer) []fakeop.Answer {
	for i := range answers {
		answers[i].Status = http.StatusForbidden
	}
	return answers
}

// A refusal may be about the form, so plainer ones follow; but never more than there are, and the first refusal is what is told.
func TestRefusedUpdate(t *testing.T) {
	t.Parallel()
	forms := len(reconcile.Forms())
	for name, test := range map[string]struct {
		answers     []fakeop.Answer
		puts        int
		says, hides string
	}{
		"each form refused in another way": {
			refusals(20, "invalid_client_metadata", func(n int) string { return fmt.Sprintf("refusal number %d", n) }), forms, "refusal number 1", "refusal number 2",
		},
		"certainly about a value": {
			refusals(20, "invalid_client_metadata", func(int) string { return "client_name is taken" }), 2, "client_name is taken", "",
		},
		"about a redirect URI": {
			refusals(20, "invalid_redirect_uri", func(int) string { return "host not allowed" }), 2, "host not allowed", "",
		},
		"403 for another reason each time": {
			forbidden(refusals(20, "request_forbidden", func(n int) string { return fmt.Sprintf("refusal number %d", n) })), forms, "refusal number 1", "refusal number 2",
		},
		"403 for who asks": {
			forbidden(refusals(20, "access_denied", func(int) string { return "not yours" })), 1, "not yours", "",
		},
		"the server fails": {
			[]fakeop.Answer{{Status: http.StatusInternalServerError}, {Status: http.StatusInternalServerError}}, 1, "500", "",
		},
		"the token is refused, with and without the secret": {
			[]fakeop.Answer{{Status: http.StatusUnauthorized}, {Status: http.StatusUnauthorized}}, 2, "401", "",
		},
		"no updates": {
			[]fakeop.Answer{{Status: http.StatusMethodNotAllowed}, {Status: http.StatusMethodNotAllowed}}, 1, "405", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The server has members of its own and an empty one, so that all the forms differ.
			r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{AddMembers: map[string]any{"x_own": "a", "software_id": "s"}, NullsForUnset: true}}, nil)
			before := secured()
			r.Apply(before)
			r.op.Force(fakeop.OpUpdate, test.answers...)
			after := before.With(attrs{"client_name": "App 2", "redirect_uris": []string{"https://new.example.com/"}})
			err := r.TryApply(after)
			if err == nil || !strings.Contains(err.Error(), test.says) || test.hides != "" && strings.Contains(err.Error(), test.hides) {
				t.Errorf("the error is %v; want %q and not %q", err, test.says, test.hides)
			}
			if n := r.op.CountOf(fakeop.OpUpdate); n != test.puts {
				t.Errorf("%d updates were sent, want %d", n, test.puts)
			}
			if r.Text("client_name") != "App" {
				t.Errorf("client_name in the state is %q after a refused update", r.Text("client_name"))
			}
			if got, want := r.ManagedChanges(r.Plan(after)), []string{"client_name", "redirect_uris"}; !slices.Equal(got, want) {
				t.Errorf("the next plan changes %v, want %v", got, want)
			}
			r.WantEmpty(before)
		})
	}
}

// Credentials that come with a refusal are in force, and saved beside the error.
func TestRefusalWithNewCredentials(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{CredentialsBesideErrors: true, RotateTokenOnUpdate: true, UpdateRefuses: map[string]int{"client_uri": 400}}}, nil)
	before := secured()
	r.Apply(before)
	after := before.With(attrs{"client_uri": "https://app.example.com"})
	if err := r.TryApply(after); err == nil {
		t.Fatal("the update succeeds")
	}
	if token := r.op.CurrentToken(r.id()); !tftest.InPrivate(r.Private, "registration_access_token", token) {
		t.Errorf("the token in the state is %q, in force is %q, which is not in private state either", r.Text("registration_access_token"), token)
	}
	if got := r.ManagedChanges(r.Plan(after)); !slices.Equal(got, []string{"client_uri"}) {
		t.Errorf("the next plan changes %v", got)
	}
	r.op.EditFaults(func(f *fakeop.Faults) { f.UpdateRefuses = nil })
	r.Apply(after)
	r.WantEmpty(after)
	if got := r.Text("registration_access_token"); got != r.op.CurrentToken(r.id()) {
		t.Errorf("the token in the state is %q, in force is %q", got, r.op.CurrentToken(r.id()))
	}
}

// The form that a server took is the first to be tried the next time.
func TestUpdateFormIsRemembered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults fakeop.Faults
		form   reconcile.Form
		first  int
	}{
		"standard":               {fakeop.Faults{}, reconcile.FormStandard, 1},
		"complete":               {fakeop.Faults{UpdateNeedsEveryMember: true, UpdateNeedsSecret: true}, reconcile.FormComplete, 2},
		"known":                  {fakeop.Faults{UpdateRefusesOwnRead: true}, reconcile.FormKnown, 3},
		"configured":             {fakeop.Faults{UpdateRefuses: map[string]int{"software_id": 400}}, reconcile.FormConfigured, 4},
		"configured_with_secret": {fakeop.Faults{UpdateRefuses: map[string]int{"software_id": 400}, UpdateNeedsSecret: true}, reconcile.FormConfiguredWithSecret, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := test.faults
			faults.AddMembers = map[string]any{"x_own": "a"}
			faults.NullsForUnset = true
			r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
			config := secured()
			r.Apply(config)
			r.op.SetMember(r.id(), "software_id", "s")
			r.op.ResetLog()
			for i, want := range []int{test.first, 1, 1} {
				config = config.With(attrs{"client_name": fmt.Sprintf("App %d", i)})
				r.Apply(config)
				if n := r.op.CountOf(fakeop.OpUpdate); n != want {
					t.Errorf("update %d needs %d requests, want %d", i+1, n, want)
				}
				r.WantEmpty(config)
				r.op.ResetLog()
			}

			// Fixed, there is one request, of that form, from the start.
			fixed := secured().With(attrs{"update_form": string(test.form)})
			r = newSubject(t, &fakeop.Server{Faults: faults}, nil)
			r.Apply(fixed)
			r.op.SetMember(r.id(), "software_id", "s")
			r.op.ResetLog()
			r.Apply(fixed.With(attrs{"client_name": "App 2"}))
			if n := r.op.CountOf(fakeop.OpUpdate); n != 1 {
				t.Errorf("with update_form = %q the update needs %d requests", test.form, n)
			}
			q, _ := r.op.Last(fakeop.OpUpdate)
			var body map[string]any
			if err := json.Unmarshal(q.Body, &body); err != nil {
				t.Fatal(err)
			}
			_, secret := body["client_secret"]
			if want := test.form == reconcile.FormComplete || test.form == reconcile.FormConfiguredWithSecret; secret != want {
				t.Errorf("client_secret is in the body: %v, want %v", secret, want)
			}
			for _, member := range []string{"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"} {
				if _, found := body[member]; found {
					t.Errorf("%s is in the body of an update", member)
				}
			}
		})
	}
	t.Run("a fixed form that is refused is the only one", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateNeedsSecret: true}}, attrs{"update_form": "standard"})
		r.Apply(secured())
		if err := r.TryApply(secured().With(attrs{"client_name": "App 2"})); err == nil || !strings.Contains(err.Error(), "must contain the client_secret") {
			t.Errorf("the error is %v", err)
		}
		if n := r.op.CountOf(fakeop.OpUpdate); n != 1 {
			t.Errorf("%d updates were sent", n)
		}
		// The resource has the last word.
		r.Apply(secured().With(attrs{"client_name": "App 2", "update_form": "configured_with_secret"}))
	})
}

// A server that forbids a client_secret, and refuses what it showed itself: the form with the secret is not the end of the search.
func TestForbiddenSecretAmongRefusals(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateRefusesSecret: true, UpdateRefusesOwnRead: true, AddMembers: map[string]any{"x_own": "a"}}}, nil)
	r.Apply(secured())
	config := secured().With(attrs{"client_name": "App 2"})
	r.Apply(config)
	r.WantEmpty(config)
	if n := r.op.CountOf(fakeop.OpUpdate); n != 3 {
		t.Errorf("%d updates were sent, want the standard form, the complete one and the one without the server's own members", n)
	}
}

// A merging server keeps what was removed: told once, and the plan stays clean.
func TestMergingServer(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateMerges: true}}, nil)
	config := secured().With(attrs{"logo_uri": "https://app.example.com/logo.png", "require_auth_time": true, "localized": attrs{"de": attrs{"client_name": "Anwendung"}}})
	r.Apply(config)
	config = secured()
	r.Apply(config)
	if got, want := r.told(), []string{"warning: Server keeps removed parameters"}; !slices.Equal(got, want) {
		t.Errorf("diagnostics %q, want %q", got, want)
	}
	r.wantSays("of 3 parameters", "client_name#de: removed", "logo_uri: removed", "require_auth_time: removed", "the server's own values from now on")
	r.WantEmpty(config)
	r.wantQuiet()
	r.op.SetMember(r.id(), "logo_uri", "https://elsewhere.example.com/")
	r.WantEmpty(config)
	config = config.With(attrs{"client_name": "App 2"})
	r.Apply(config)
	r.wantQuiet()
	r.WantEmpty(config)
	if got := r.registered()["logo_uri"]; got != "https://elsewhere.example.com/" {
		t.Errorf("logo_uri is %v: it is the server's own now", got)
	}
}

// A member that drifted away at the server and then leaves the configuration is null on both sides, and yet leaves the record:
// its return at the server is no drift in something that nobody manages.
func TestRemovalOfWhatIsGoneAlready(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(secured().With(attrs{"logo_uri": "https://app.example.com/logo.png"}))
	r.op.UnsetMember(r.id(), "logo_uri")
	config := secured()
	r.Apply(config)
	r.WantEmpty(config)
	r.op.SetMember(r.id(), "logo_uri", "https://elsewhere.example.com/")
	r.WantEmpty(config)
}
