// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// sent gives the methods of the requests since the last call, discovery as "discovery".
func (r *subject) sent() []string {
	var methods []string
	for _, q := range r.op.Requests() {
		if q.Operation == fakeop.OpMetadata {
			methods = append(methods, "discovery")
			continue
		}
		methods = append(methods, q.Method)
	}
	r.op.ResetLog()
	return methods
}

func (r *subject) wantSent(step string, want ...string) {
	r.t.Helper()
	if got := r.sent(); !slices.Equal(got, want) {
		r.t.Errorf("%s sends %v, want %v", step, got, want)
	}
}

func TestRequestsOfEachOperation(t *testing.T) {
	t.Parallel()
	config := secured()
	r := newSubject(t, &fakeop.Server{}, nil)
	p := r.Plan(config)
	r.wantSent("the first plan", "discovery")
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	r.wantSent("a create", "POST", "GET")
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	r.wantSent("a refresh", "GET")
	r.WantEmpty(config)
	r.wantSent("an empty plan", "GET")

	config = config.With(attrs{"client_name": "App 2"})
	p = r.Plan(config)
	r.wantSent("a plan", "GET")
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	r.wantSent("an update", "GET", "PUT", "GET")

	// What the server has already needs no PUT: a member comes under management with the value that it has.
	r.op.SetMember(r.id(), "logo_uri", "https://app.example.com/logo.png")
	config = config.With(attrs{"logo_uri": "https://app.example.com/logo.png"})
	p = r.Plan(config)
	r.sent()
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	r.wantSent("an update that changes nothing at the server", "GET")
	r.WantEmpty(config)
	r.sent()

	// A setting of the provider's own needs no request at all.
	config = config.With(attrs{"refresh": "always", "strict": true})
	p, err := r.PlanOnly(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	r.wantSent("a change of settings")
	r.WantEmpty(config)
	r.sent()

	if err := r.Resource.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.wantSent("a destroy", "GET", "DELETE")
}

// A fresh process finds the endpoint in the state: no discovery is needed to manage a client by its own URI.
func TestNoDiscoveryToManage(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(secured())
	if err := r.configure(nil); err != nil {
		t.Fatal(err)
	}
	r.sent()
	r.WantEmpty(secured())
	r.wantSent("a plan in a fresh process", "GET")
	r.Destroy()
	r.wantSent("a destroy in a fresh process", "GET", "GET", "DELETE") // the refresh, and the look before the deletion
}

// Every registration and update is JSON, asks for JSON, names the program, and holds what RFC 7591 §3.1 and RFC 7592 §2.2 let it.
func TestBodiesAndHeaders(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{AddMembers: map[string]any{"x_tenant": "a"}}}, attrs{"initial_access_token": "iat"})
	config := secured()
	r.Apply(config)
	id := r.id()
	config = config.With(attrs{"client_name": "App 2", "token_endpoint_auth_method": nil})
	r.Apply(config)

	register, _ := r.op.Last(fakeop.OpRegister)
	update, _ := r.op.Last(fakeop.OpUpdate)
	for _, q := range []fakeop.Request{register, update} {
		if got := q.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type %q", q.Method, got)
		}
		if got := q.Header.Get("Accept"); got != "application/json" {
			t.Errorf("%s: Accept %q", q.Method, got)
		}
		if got := q.Header.Get("User-Agent"); !strings.HasPrefix(got, "terraform-provider-oidc/test") {
			t.Errorf("%s: User-Agent %q", q.Method, got)
		}
	}
	if register.AuthScheme != "Bearer" || register.Credential != "iat" {
		t.Errorf("the registration is authorized by %s %s", register.AuthScheme, register.Credential)
	}
	if update.AuthScheme != "Bearer" || update.Credential != r.op.CurrentToken(id) {
		t.Errorf("the update is authorized by %s %s", update.AuthScheme, update.Credential)
	}
	wantBody(t, register.Body, map[string]any{
		"redirect_uris": []any{"https://app.example.com/a"}, "client_name": "App", "token_endpoint_auth_method": "client_secret_post",
		"id_token_signed_response_alg": "ES256", "tls_client_certificate_bound_access_tokens": true,
	})
	// The server's own members go back, what was removed does not, nor does what the server assigns.
	wantBody(t, update.Body, map[string]any{
		"client_id": id, "redirect_uris": []any{"https://app.example.com/a"}, "client_name": "App 2",
		"id_token_signed_response_alg": "ES256", "tls_client_certificate_bound_access_tokens": true,
		"x_tenant": "a", "application_type": "web", "grant_types": []any{"authorization_code"}, "response_types": []any{"code"},
	})
}

func wantBody(t *testing.T, body []byte, want map[string]any) {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// What nobody manages is the server's own: an update of something else leaves it alone.
func TestUnmanagedMembersSurvive(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{
		"correct":              {},
		"every member needed":  {UpdateNeedsEveryMember: true, UpdateNeedsSecret: true},
		"merging":              {UpdateMerges: true, UpdateResetsBooleans: true},
		"odd shapes":           {ArrayWhereString: []string{"software_id"}, ReorderArrays: true, NullsForUnset: true},
		"refuses its own read": {UpdateRefusesOwnRead: true, AddMembers: map[string]any{"x_own": "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: faults, Extensions: []string{"x_team"}}, nil)
			config := secured()
			r.Apply(config)
			behind := map[string]any{
				"software_id": "abc", "contacts": []any{"admin@example.com"}, "default_max_age": json.Number("60"), "require_auth_time": true,
				"client_name#de": "Anwendung",
			}
			// A server that refuses what it showed itself gets only what the table knows back, in its kind's shape.
			plainer := faults.UpdateRefusesOwnRead || faults.ArrayWhereString != nil
			if !plainer {
				behind["x_team"] = map[string]any{"a": []any{json.Number("1"), "1", nil}}
			}
			for member, v := range behind {
				r.op.SetMember(r.id(), member, v)
			}
			r.WantEmpty(config)
			r.Apply(config.With(attrs{"client_name": "App 2"}))
			now := r.registered()
			for member, want := range behind {
				if diff := cmp.Diff(want, now[member]); diff != "" {
					t.Errorf("%s after an update of another member (-want +got):\n%s", member, diff)
				}
			}
			if told := strings.Contains(r.details(), "leaves out x_own"); told != faults.UpdateRefusesOwnRead {
				t.Errorf("what is not sent back is told: %v; diagnostics %q", told, r.told())
			}
			if now["client_name"] != "App 2" {
				t.Errorf("client_name is %v", now["client_name"])
			}
			var shown map[string]any
			if err := json.Unmarshal([]byte(r.Text("registered_metadata")), &shown); err != nil || shown["software_id"] == nil {
				t.Errorf("registered_metadata is %s", r.Text("registered_metadata"))
			}
		})
	}
}

// A rate limit in the middle of a create never sends a registration twice that may have been processed.
func TestRegistrationIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*fakeop.Server)
		posts   int
		fails   bool
	}{
		"429":                     {func(s *fakeop.Server) { s.ForceStatus(fakeop.OpRegister, http.StatusTooManyRequests) }, 2, false},
		"503 without Retry-After": {func(s *fakeop.Server) { s.ForceStatus(fakeop.OpRegister, http.StatusServiceUnavailable) }, 1, true},
		"503 with Retry-After":    {func(s *fakeop.Server) { s.Force(fakeop.OpRegister, fakeop.Unavailable(time.Second)) }, 1, true},
		"502":                     {func(s *fakeop.Server) { s.ForceStatus(fakeop.OpRegister, http.StatusBadGateway) }, 1, true},
		"answer lost": {func(s *fakeop.Server) {
			s.Force(fakeop.OpRegister, fakeop.Answer{Processed: true, Cut: fakeop.CutConnection})
		}, 1, true},
		"answer cut in the middle": {func(s *fakeop.Server) {
			s.Force(fakeop.OpRegister, fakeop.Answer{Processed: true, Cut: fakeop.CutBody})
		}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			test.prepare(s)
			r := newSubject(t, s, nil)
			err := r.TryApply(secured())
			if (err != nil) != test.fails {
				t.Errorf("the apply says %v", err)
			}
			if n := s.CountOf(fakeop.OpRegister); n != test.posts {
				t.Errorf("%d registrations were sent, want %d", n, test.posts)
			}
			if lost := strings.HasPrefix(name, "answer"); lost {
				r.wantSays("may have registered the client all the same", "does not send a registration twice", "Then apply again.")
			}
			if test.fails && !r.State.Equal(tftypes.NewValue(r.Type(), nil)) {
				t.Error("there is a state without an answer")
			}
		})
	}
}
