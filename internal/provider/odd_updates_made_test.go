// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

func lowered(v any) any {
	s, _ := v.(string)
	return strings.ToLower(s)
}

// An update that is answered without the client is compared with what a read shows, as it is with an answer that shows the client: a server may register
// another value than was asked for (RFC 7591 §3.2.1), with such an answer, too.
func TestUpdateWithoutAClientInItsAnswerThatRegistersOtherValues(t *testing.T) {
	t.Parallel()
	alg := attrs{"id_token_signed_response_alg": "ES256"}
	for name, test := range map[string]struct {
		faults          fakeop.Faults
		before, changed attrs
		says            []string
	}{
		"a value in another spelling": {
			fakeop.Faults{Substitute: map[string]any{"client_name": lowered}}, nil, attrs{"client_name": "App 2"}, []string{"warning client_name: Server registered other values"},
		},
		"one of two values": {
			fakeop.Faults{Immutable: []string{"client_uri"}}, attrs{"client_uri": "https://a.example/1"}, attrs{"client_name": "App 2", "client_uri": "https://a.example/2"},
			[]string{"warning client_uri: Server registered other values"},
		},
		"a removed parameter that the server keeps": {
			fakeop.Faults{Immutable: []string{"client_uri"}}, attrs{"client_uri": "https://a.example/1"}, attrs{"client_name": "App 2", "client_uri": nil},
			[]string{"warning client_uri: Server keeps removed parameters"},
		},
		"a parameter that it shows to nobody": {
			fakeop.Faults{Drop: []string{"client_uri"}}, nil, attrs{"client_name": "App 2", "client_uri": "https://a.example/2"}, []string{"warning client_uri: Server does not show some parameters"},
		},
		"another security parameter": {
			fakeop.Faults{Substitute: map[string]any{"id_token_signed_response_alg": "HS256"}}, alg.With(attrs{"accept_substitutions": []string{"id_token_signed_response_alg"}}), attrs{"client_name": "App 2"}, nil,
		},
	} {
		for kind, a := range oddUpdateAnswers() {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				s := &fakeop.Server{Faults: test.faults, ClientID: func(int) string { return "ID" }}
				a.Processed = true
				s.Faults.Updating.Calls = fakeop.Always(a)
				r := newSubject(t, s, nil)
				before := app.With(test.before)
				changed := before.With(test.changed)
				r.Apply(before)
				r.WantEmpty(before)
				r.Apply(changed)
				if got := r.told(); !slices.Equal(got, test.says) {
					t.Errorf("diagnostics %q, want %q", got, test.says)
				}
				r.WantEmpty(changed)
				r.wantQuiet()
				if n := s.CountOf(fakeop.OpUpdate); n != 1 {
					t.Errorf("%d updates were sent", n)
				}
			})
		}
	}
}

// What the security of the client depends on is refused there as anywhere, with the way to accept it.
func TestUpdateWithoutAClientInItsAnswerThatWeakensTheClient(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"id_token_signed_response_alg": "HS256"}}}
	s.Faults.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 204, Processed: true})
	r := newSubject(t, s, nil)
	r.Apply(app)
	changed := app.With(attrs{"client_name": "App 2", "id_token_signed_response_alg": "ES256"})
	if err := r.TryApply(changed); err == nil {
		t.Fatal("the apply succeeds")
	}
	if got, want := r.told(), []string{"error id_token_signed_response_alg: Server registered other values"}; !slices.Equal(got, want) {
		t.Errorf("diagnostics %q, want %q", got, want)
	}
	accepting := changed.With(attrs{"accept_substitutions": []string{"id_token_signed_response_alg"}})
	r.Apply(accepting)
	r.WantEmpty(accepting)
	r.wantQuiet()
}

// Where the read after the answer shows all as it was, the update may not have been made, or have been to no effect. The user decides, by the way that the error names.
func TestUpdateWithoutAClientInItsAnswerThatChangesNothing(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]fakeop.Answer{
		"204": {Status: 204}, "200": {Status: 200}, "202": {Status: 202}, "an empty object": {Status: 200, Body: `{}`}, "a status": {Status: 200, Body: `{"status":"ok"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{Faults: fakeop.Faults{Immutable: []string{"client_uri", "id_token_signed_response_alg"}}}
			a.Processed = true
			s.Faults.Updating.Calls = fakeop.Always(a)
			r := newSubject(t, s, nil)
			r.Apply(app.With(attrs{"client_uri": "https://a.example/1", "id_token_signed_response_alg": "RS256"}))
			changed := app.With(attrs{"client_uri": "https://a.example/2", "id_token_signed_response_alg": "ES256"})
			before := r.State
			err := r.TryApply(changed)
			if err == nil {
				t.Fatal("the apply succeeds")
			}
			if !r.State.Equal(before) {
				t.Error("an update of which nothing is seen changed the state")
			}
			containsAll(t, err.Error(), "client_uri, id_token_signed_response_alg", `accept_substitutions = ["client_uri", "id_token_signed_response_alg"]`)
			r.Apply(changed.With(attrs{"accept_substitutions": []string{"client_uri", "id_token_signed_response_alg"}}))
			r.wantSays("Server registered other values")
			r.WantEmpty(changed.With(attrs{"accept_substitutions": []string{"client_uri", "id_token_signed_response_alg"}}))
			r.wantQuiet()
		})
	}
	for name, a := range map[string]fakeop.Answer{
		"an error": {Status: 200, Body: `{"error":"invalid_request","error_description":"client_uri is wrong"}`}, "a page": fakeop.Welcome(), "a message": {Status: 200, Body: `{"status":"error","msg":"client_uri is wrong"}`},
		"a status": {Status: 200, Body: `{"status":"error"}`}, "a status in capitals": {Status: 202, Body: `{"Status":"FAILED"}`}, "true": {Status: 200, Body: `{"error":true}`}, "a number": {Status: 200, Body: `{"error":{"id":17}}`},
		"a list": {Status: 200, Body: `{"errors":[{"id":17}]}`}, "no success": {Status: 200, Body: `{"success":false}`}, "a status code": {Status: 200, Body: `{"status":400}`},
	} {
		t.Run(name+", which nobody accepts", func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			r.Apply(app.With(attrs{"client_uri": "https://a.example/1"}))
			r.op.SetFaults(fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(a)}})
			if err := r.TryApply(app.With(attrs{"client_uri": "https://a.example/2", "contacts": []string{"a@example.com"}, "accept_substitutions": []string{"client_uri", "contacts"}})); err == nil {
				t.Error("the apply succeeds")
			}
		})
	}
}

// A replica may answer the read that has not seen the update. It has a second to catch up.
func TestUpdateWithoutAClientInItsAnswerBeforeAReplicaThatLags(t *testing.T) {
	t.Parallel()
	for kind, a := range oddUpdateAnswers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{ClientID: func(int) string { return "ID" }}
			a.Processed = true
			s.Faults.Updating.Calls = fakeop.Always(a)
			s.Faults.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Times: 1, Answer: fakeop.Answer{Stale: true}}}
			r := newSubject(t, s, nil)
			r.Apply(app)
			r.Apply(renamed)
			r.wantQuiet()
			r.WantEmpty(renamed)
		})
	}
}

// And where it was not made, it is sent again.
func TestUpdateWithoutAClientInItsAnswerThatIsSentAgain(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(app)
	r.op.Force(fakeop.OpUpdate, fakeop.Answer{Status: 204})
	err := r.TryApply(renamed)
	if err == nil {
		t.Fatal("an update that was not made succeeds")
	}
	containsAll(t, err.Error(), "terraform apply", "client_name")
	r.Apply(renamed)
	r.wantQuiet()
	r.WantEmpty(renamed)
	if got := r.registered()["client_name"]; got != "App 2" {
		t.Errorf("client_name is registered as %v", got)
	}
}
