// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// What the server's metadata does not list is said at plan, on the attribute, with the list and what it holds; strict makes an error
// of it. A missing list means its default (OpenID Connect Discovery 1.0 §3).
func TestReachSupportAtPlan(t *testing.T) {
	missing := map[string]any{"grant_types_supported": nil, "token_endpoint_auth_methods_supported": nil}
	for name, test := range map[string]struct {
		members map[string]any
		config  attrs
		want    []string // nil: no warning
	}{
		"algorithm": {map[string]any{"id_token_signing_alg_values_supported": []any{"RS256", "PS256"}}, attrs{"id_token_signed_response_alg": "ES256"},
			[]string{`AttributeName("id_token_signed_response_alg")`, "id_token_signing_alg_values_supported", `"RS256"`, `"PS256"`}},
		"listed": {map[string]any{"id_token_signing_alg_values_supported": []any{"RS256", "ES256"}}, attrs{"id_token_signed_response_alg": "ES256"}, nil},
		"one of a list": {map[string]any{"grant_types_supported": []any{"authorization_code"}}, attrs{"grant_types": []string{"authorization_code", "refresh_token"}},
			[]string{`AttributeName("grant_types").ElementKeyInt(1)`, "grant_types_supported", `"authorization_code"`}},
		"response type in another order": {map[string]any{"response_types_supported": []any{"id_token code"}}, attrs{"response_types": []string{"code id_token"}, "grant_types": []string{"authorization_code", "implicit"}}, nil},
		"method by default":              {missing, attrs{"token_endpoint_auth_method": "client_secret_basic"}, nil},
		"method beside the default":      {missing, attrs{"token_endpoint_auth_method": "client_secret_post"}, []string{`AttributeName("token_endpoint_auth_method")`, "no token_endpoint_auth_methods_supported", `"client_secret_basic"`}},
		"grant by default":               {missing, attrs{"grant_types": []string{"authorization_code"}}, nil},
		"grant beside the default":       {missing, attrs{"grant_types": []string{"authorization_code", "refresh_token"}}, []string{"no grant_types_supported", `"authorization_code", "implicit"`}},
		"list without default":           {map[string]any{"id_token_encryption_alg_values_supported": nil, "userinfo_signing_alg_values_supported": nil}, attrs{"userinfo_signed_response_alg": "ES512"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakeop.Server{Supported: map[string][]string{}, Faults: fakeop.Faults{MetadataMembers: test.members}}
			s.Start(t)
			config := web.With(test.config)
			p := start(t, attrs{"issuer": s.Issuer()})
			if _, err := p.Another().PlanOnly(config); err != nil {
				t.Fatal(err)
			}
			strict := start(t, attrs{"issuer": s.Issuer(), "strict": true})
			_, err := strict.Another().PlanOnly(config)
			if test.want == nil {
				p.WantNoWarnings()
				if err != nil {
					t.Errorf("strict: %v", err)
				}
				return
			}
			contains(t, p.Warnings(), test.want...)
			wants(t, err, "Not supported by the server", "strict")
			if found := diagnosticsOf(err); len(found) != 1 || !strings.Contains(found[0].Attribute.String(), test.want[0]) && strings.HasPrefix(test.want[0], "Attr") {
				t.Errorf("the error is on %v", found)
			}
			own := start(t, attrs{"issuer": s.Issuer(), "strict": true})
			if _, err := own.Another().PlanOnly(config.With(attrs{"strict": false})); err != nil {
				t.Errorf("the resource's own strict = false: %v", err)
			}
		})
	}
}

// One fetch for all clients and calls of a process; none where only the endpoint is given; one failed search is enough, too.
func TestReachSupportIsFetchedOnce(t *testing.T) {
	alg := web.With(attrs{"id_token_signed_response_alg": "none"})
	for name, test := range map[string]struct {
		settings func(s *fakeop.Server) attrs
		want     int
		warns    bool
	}{
		"issuer":    {func(s *fakeop.Server) attrs { return attrs{"issuer": s.Issuer()} }, 1, true},
		"webfinger": {func(s *fakeop.Server) attrs { return attrs{"webfinger_resource": s.URL()} }, 1, true},
		"endpoint":  {func(s *fakeop.Server) attrs { return attrs{"registration_endpoint": s.RegistrationEndpoint()} }, 0, false},
		"endpoint and issuer": {func(s *fakeop.Server) attrs {
			return attrs{"registration_endpoint": s.RegistrationEndpoint(), "issuer": s.Issuer()}
		}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakeop.Server{Faults: fakeop.Faults{MetadataMembers: map[string]any{"id_token_signing_alg_values_supported": []any{"RS256"}}}}
			s.Start(t)
			p := start(t, test.settings(&s))
			for range 5 {
				c := p.Another()
				if _, err := c.PlanOnly(alg); err != nil {
					t.Fatal(err)
				}
				c.Apply(web)
			}
			if got := s.CountOf(fakeop.OpMetadata); got != test.want {
				t.Errorf("%d fetches of metadata, want %d", got, test.want)
			}
			if got := strings.Contains(p.Warnings(), "id_token_signing_alg_values_supported"); got != test.warns {
				t.Errorf("warnings: %s", p.Warnings())
			}
		})
	}
	t.Run("failing", func(t *testing.T) {
		s := fakeop.Server{Faults: fakeop.Faults{MetadataAt: fakeop.LocationsNone}}
		s.Start(t)
		p := start(t, attrs{"issuer": s.Issuer()})
		for range 5 {
			c := p.Another()
			if _, err := c.PlanOnly(web); err != nil {
				t.Errorf("a server that this apply may bring up fails the plan: %v", err)
			}
		}
		if diff := cmp.Diff([]string{"GET /.well-known/openid-configuration 404", "GET /.well-known/oauth-authorization-server 404"}, s.Log()); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

// Several servers at once: by a provider's configuration for each, and by the resource. What belongs to one stays with it.
func TestReachSeveralServers(t *testing.T) {
	a := fakeop.Server{Seed: "a", BasicUser: "ua", BasicPassword: "pa", Management: fakeop.ManagementByCredential}
	b := fakeop.Server{Seed: "b", BasicUser: "ub", BasicPassword: "pb", Management: fakeop.ManagementByCredential}
	open := fakeop.Server{Seed: "open"}
	for _, s := range []*fakeop.Server{&a, &b, &open} {
		s.Start(t)
	}
	pa := start(t, attrs{"issuer": a.Issuer(), "basic_auth": attrs{"username": "ua", "password": "pa"}, "headers": attrs{"X-API-Key": "ka"}})
	pb := start(t, attrs{"issuer": b.Issuer(), "basic_auth": attrs{"username": "ub", "password": "pb"}})
	ca, cb, own := pa.Another(), pb.Another(), pa.Another()
	ca.Apply(web)
	cb.Apply(web)
	elsewhere := web.With(attrs{"issuer": open.Issuer()})
	own.Apply(elsewhere)
	byEndpoint := pa.Another()
	byEndpoint.Apply(web.With(attrs{"registration_endpoint": open.RegistrationEndpoint()}))
	ca.WantEmpty(web)
	own.WantEmpty(elsewhere)
	for _, r := range open.Requests() {
		if r.AuthScheme == "Basic" || r.Header.Get("X-API-Key") != "" {
			t.Errorf("another server got the provider's credentials: %s", r)
		}
	}
	for _, r := range a.Of(fakeop.OpRegister, fakeop.OpRead) {
		if r.Header.Get("X-API-Key") != "ka" {
			t.Errorf("%s without the header", r)
		}
	}
	// A server that wants credentials refuses the client whose resource names it, for the provider's are another's.
	wants(t, pa.Another().TryApply(web.With(attrs{"issuer": b.Issuer()})), "401")
	for _, r := range b.Requests() {
		if r.Credential != "" && strings.HasPrefix(r.Credential, "dWE6") {
			t.Errorf("%s with a's password", r)
		}
	}
	if n := a.CountOf(fakeop.OpMetadata); n != 1 {
		t.Errorf("%d discoveries of a", n)
	}
	// Another server is another client: the plan replaces.
	plan, err := ca.PlanOnly(elsewhere)
	if err != nil || !plan.Replaces {
		t.Errorf("a new issuer does not replace the client: %v", err)
	}
	// The same server by another name for it on the resource is the same client.
	plan, err = ca.PlanOnly(web.With(attrs{"issuer": a.Issuer()}))
	if err != nil || plan.Replaces {
		t.Errorf("the same issuer on the resource replaces the client: %v", err)
	}
	own.Destroy()
	ca.Destroy()
	cb.Destroy()
}

// The client secret of client_credentials goes to no token endpoint that another issuer names.
func TestReachForeignTokenEndpoint(t *testing.T) {
	home := fakeop.Server{Seed: "home", RegistrationScope: "register"}
	home.Start(t)
	home.AddClient("robot", "word-4711", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
	trap := fakeop.Server{Seed: "trap", Faults: fakeop.Faults{MetadataMembers: map[string]any{"registration_endpoint": home.RegistrationEndpoint()}}}
	trap.Start(t)
	p := start(t, attrs{"issuer": home.Issuer(), "client_credentials": attrs{"client_id": "robot", "client_secret": "word-4711", "scopes": []string{"register"}}})
	p.Another().Apply(web)
	wants(t, p.Another().TryApply(web.With(attrs{"issuer": trap.Issuer()})), "401")
	if n := trap.CountOf(fakeop.OpToken); n != 0 {
		t.Errorf("%d requests to the foreign token endpoint", n)
	}
	// The provider's own issuer, repeated on the resource, is no other server.
	p.Another().Apply(web.With(attrs{"issuer": home.Issuer()}))
}

// A pause that one server asks for holds back nobody else's requests.
func TestReachPausesAreByOrigin(t *testing.T) {
	slow := fakeop.Server{Seed: "slow", RateLimit: fakeop.RateLimit{Nth: 1, Refused: 1000, RetryAfter: 3600e9}}
	slow.Start(t)
	quick := fakeop.Server{Seed: "quick"}
	quick.Start(t)
	p := start(t, attrs{"issuer": slow.Issuer()})
	wants(t, p.Another().TryApply(web), "/register: 429 ")
	before := len(slow.Requests())
	c := p.Another()
	c.Apply(web.With(attrs{"issuer": quick.Issuer()}))
	wants(t, p.Another().TryApply(web), "longer")
	if n := len(slow.Requests()) - before; n != 0 {
		t.Errorf("%d requests during the pause", n)
	}
	c.Destroy()
}
