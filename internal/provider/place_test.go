// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// The resource's own server replaces the provider's, and gets none of the provider's credentials.
func TestServerOfTheResource(t *testing.T) {
	t.Parallel()
	home := &fakeop.Server{Seed: "home", InitialAccessTokens: map[string]int{"home-token": 0}}
	for name, where := range map[string]func(*fakeop.Server) attrs{
		"issuer":                func(s *fakeop.Server) attrs { return attrs{"issuer": s.Issuer()} },
		"registration_endpoint": func(s *fakeop.Server) attrs { return attrs{"registration_endpoint": s.RegistrationEndpoint()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := &fakeop.Server{Seed: "home", InitialAccessTokens: home.InitialAccessTokens}
			home.Start(t)
			away := &fakeop.Server{Seed: "away", IssuerPath: "/away"}
			away.Start(t)
			r := newSubject(t, home, attrs{"issuer": home.Issuer(), "initial_access_token": "home-token", "headers": attrs{"X-Api-Key": "key"}})
			config := secured().With(where(away))
			r.Apply(config)
			if len(away.Clients()) != 1 || len(home.Clients()) != 0 {
				t.Fatalf("%d clients away, %d at home", len(away.Clients()), len(home.Clients()))
			}
			r.WantEmpty(config)
			r.Apply(config.With(attrs{"client_name": "App 2"}))
			for _, q := range away.Requests() {
				if q.Credential == "home-token" || q.Header.Get("X-Api-Key") != "" || q.Operation == fakeop.OpRegister && q.AuthScheme != "" {
					t.Errorf("%s %s got the credentials of another server", q.Method, q.Path)
				}
			}

			// Back home is another client, by replacement, with the provider's credentials.
			config = secured().With(attrs{"client_name": "App 2"})
			p := r.Plan(config)
			if !p.Replaces {
				t.Error("another server is no replacement")
			}
			r.Apply(config)
			if len(away.Clients()) != 0 || len(home.Clients()) != 1 {
				t.Errorf("%d clients away, %d at home", len(away.Clients()), len(home.Clients()))
			}
			if q, _ := home.Last(fakeop.OpRegister); q.Credential != "home-token" || q.Header.Get("X-Api-Key") != "key" {
				t.Error("at home, the provider's credentials are missing")
			}
			// To name the same server on the resource, too, changes nothing at the server.
			same := config.With(attrs{"issuer": home.Issuer()})
			if p := r.Plan(same); r.anew(p) {
				t.Errorf("the same server by another attribute is a replacement")
			}
			r.Apply(same)
			r.WantEmpty(same)
			r.Destroy()
			if len(home.Clients()) != 0 {
				t.Error("the client is left")
			}
		})
	}
}

// A tenant of the same origin is another server, for which the same credentials are good.
func TestTenantOfTheSameOrigin(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{IssuerPath: "/a", Tenants: []string{"/b"}, InitialAccessTokens: map[string]int{"token": 0}}
	r := newSubject(t, s, attrs{"initial_access_token": "token"})
	r.Apply(secured())
	config := secured().With(attrs{"issuer": s.TenantIssuer("/b"), "initial_access_token": "token"}) // the provider's is for its own tenant
	if p := r.Plan(config); !p.Replaces {
		t.Error("another tenant is no replacement")
	}
	r.Apply(config)
	if all := s.Clients(); len(all) != 1 || all[0].Issuer != s.TenantIssuer("/b") {
		t.Errorf("the server has %v", all)
	}
	r.WantEmpty(config)
}

// An issuer that is known only after apply may turn out another server.
func TestNewClientWhoseIssuerIsNotKnownYet(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{}
	r := newSubject(t, s, attrs{"issuer": nil})
	late := secured().With(attrs{"issuer": tftest.Unknown{}})
	now := secured().With(attrs{"issuer": s.Issuer()})
	p, err := r.PlanAgain(late, now)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Requests()); n > 1 {
		t.Errorf("requests before the issuer is known: %v", s.Log())
	}
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	r.WantEmpty(now)
	r.Destroy()
}

// A server that is not known at plan replaces no client that there is: Terraform deletes before the value is known, and the server that it
// then names may be the client's own. Where it is another one, the apply touches neither the client nor that server.
func TestIssuerThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, after           func(s *fakeop.Server) attrs // of the resource; the attributes of after are unknown at plan
		settings                func(s *fakeop.Server) attrs // of the provider at plan and at apply, where they are not the issuer alone
		moves, known, byReplace bool
	}{
		"issuer, the same":                            {before: own("issuer", "/a"), after: own("issuer", "/a")},
		"issuer, another":                             {before: own("issuer", "/a"), after: own("issuer", "/b"), moves: true},
		"issuer, another in each plan":                {before: own("issuer", "/a"), after: own("issuer", "/b"), moves: true, byReplace: true},
		"issuer, and the provider's was meant before": {before: own("", ""), after: own("issuer", "/a")},
		"registration_endpoint, the same":             {before: own("registration_endpoint", "/a"), after: own("registration_endpoint", "/a")},
		"registration_endpoint, another":              {before: own("issuer", "/a"), after: own("registration_endpoint", "/b"), moves: true},
		"the issuer's registration_endpoint":          {before: own("issuer", "/a"), after: own("registration_endpoint", "/a")},
		"the provider's issuer, the same": {
			before: own("", ""), after: own("issuer", "/a"), settings: func(*fakeop.Server) attrs { return attrs{"issuer": tftest.Unknown{}} }, known: true,
		},
		"the provider's issuer, another": {
			before: own("", ""), after: own("issuer", "/b"), settings: func(*fakeop.Server) attrs { return attrs{"issuer": tftest.Unknown{}} }, known: true, moves: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{IssuerPath: "/a", Tenants: []string{"/b"}}
			s.Start(t)
			r := newRig(t, s)
			settings := attrs{"issuer": s.Issuer()}
			begin := func(settings attrs) func() error { return func() error { return r.Start(settings) } }
			one := func(config attrs) map[string]attrs { return map[string]attrs{theClient: config} }
			apply := func(first, then attrs, atPlan attrs) error {
				if err := r.Start(atPlan); err != nil {
					t.Fatal(err)
				}
				return r.ApplyLater(one(first), begin(settings), one(then))
			}
			before := secured().With(test.before(s))
			if err := apply(before, before, settings); err != nil {
				t.Fatal(err)
			}
			id, then := r.Text(theClient, "client_id"), secured().With(test.after(s))
			first, atPlan := then, settings
			if test.settings != nil {
				atPlan = test.settings(s)
			}
			if !test.known {
				first = maps.Clone(then)
				for attribute := range test.after(s) {
					first[attribute] = tftest.Unknown{}
				}
			}
			err := apply(first, then, atPlan)
			if test.moves {
				if err == nil || !strings.Contains(err.Error(), "Client is to move to another server") {
					t.Errorf("the apply says %v", err)
				}
			} else if err != nil {
				t.Errorf("the apply fails: %v", err)
			}
			if all := s.Clients(); len(all) != 1 || all[0].ID != id || r.Text(theClient, "client_id") != id {
				t.Errorf("the server has %v, and was to keep %s", all, id)
			}
			// The ways: a plan that knows the value, or -replace, which is planned as that of a tainted object is.
			next := then
			if test.byReplace {
				r.Instance(theClient).Tainted, next = true, first
			}
			if err := apply(next, then, settings); err != nil {
				t.Errorf("the next apply fails: %v", err)
			}
			if all := s.Clients(); len(all) != 1 || (all[0].ID != id) != test.moves {
				t.Errorf("after the next apply the server has %v", all)
			}
			if empty, err := r.Plan(one(then)); err != nil || !empty {
				t.Errorf("left to do (%v)", err)
			}
			for _, breach := range r.Broken() {
				t.Error(breach)
			}
		})
	}
}

// own has a tenant of a server as the resource's own; no attribute is for none.
func own(attribute, tenant string) func(*fakeop.Server) attrs {
	return func(s *fakeop.Server) attrs {
		switch attribute {
		case "issuer":
			return attrs{"issuer": s.TenantIssuer(tenant)}
		case "registration_endpoint":
			return attrs{"registration_endpoint": s.TenantIssuer(tenant) + "/register"}
		}
		return attrs{}
	}
}

// A plan knows that nothing can be registered, unless a value is still to come.
func TestPlanWithoutAServer(t *testing.T) {
	t.Parallel()
	for _, settings := range []attrs{{"issuer": nil}, {"issuer": nil, "webfinger_resource": ""}, {"issuer": nil, "expected_issuer": "https://as.example.com"}} {
		r := newSubject(t, &fakeop.Server{}, settings)
		if _, err := r.TryPlan(secured()); err == nil || !strings.Contains(err.Error(), "No authorization server") {
			t.Errorf("%v: the plan says %v", settings, err)
		}
		r.Plan(secured().With(attrs{"issuer": tftest.Unknown{}}))
		r.Plan(secured().With(attrs{"registration_endpoint": tftest.Unknown{}}))
	}
	newSubject(t, &fakeop.Server{}, attrs{"issuer": tftest.Unknown{}}).Plan(secured())
}

func TestNoServerAtAll(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, attrs{"issuer": nil})
	if err := r.TryApply(secured()); err == nil || !strings.Contains(err.Error(), "OIDC_ISSUER") {
		t.Errorf("the apply says %v", err)
	}
	if got := r.told(); !slices.Equal(got, []string{"error: No authorization server"}) {
		t.Errorf("diagnostics %q", got)
	}
}

// A provider whose own settings are not known yet plans without a request.
func TestProviderThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	for _, unknown := range []attrs{
		{"issuer": tftest.Unknown{}}, {"registration_endpoint": tftest.Unknown{}}, {"webfinger_resource": tftest.Unknown{}}, {"ca_certificate": tftest.Unknown{}},
		{"initial_access_token": tftest.Unknown{}, "issuer": tftest.Unknown{}}, {"registration_access_tokens": tftest.Unknown{}, "issuer": tftest.Unknown{}},
		{"max_retries": tftest.Unknown{}, "issuer": tftest.Unknown{}}, {"allow_insecure_http": tftest.Unknown{}}, {"headers": tftest.Unknown{}},
	} {
		r := newSubject(t, &fakeop.Server{}, unknown)
		r.Plan(secured())
		if log := r.op.Log(); len(log) != 0 {
			t.Errorf("%v: requests were sent: %v", unknown, log)
		}
		if err := r.configure(nil); err != nil { // as in the apply
			t.Fatal(err)
		}
		r.Apply(secured())
		r.WantEmpty(secured())
	}
}
