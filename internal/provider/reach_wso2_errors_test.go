// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// Until 6.1 WebFinger is protected: the credential goes there once it asks. What the metadata then names is no registration
// endpoint, so that those releases need it by hand.
func TestReachWSO2ProtectedWebFinger(t *testing.T) {
	t.Parallel()
	s := place{}.Start(t, &wso2.Server{Release: wso2.Release61})
	p := start(t, isAdmin.With(attrs{"webfinger_resource": "acct:admin@" + strings.TrimPrefix(s.URL(), "http://"), "allow_insecure_http": true}))
	wants(t, p.Another().TryApply(shop(s.Release)), "404")
	if last, ok := s.Last(fakeop.OpWebFinger); !ok || last.AuthScheme != "Basic" || last.Status != 200 {
		t.Errorf("%+v", last)
	}
	if n := len(s.Clients()); n != 1 {
		t.Errorf("%d clients", n)
	}
}

// What the server refuses is told, with the trace id that its administrator can look for.
func TestReachWSO2Errors(t *testing.T) {
	t.Parallel()
	s := &wso2.Server{Users: map[string]string{"joe": "word"}, Tenants: []string{wso2.Tenant}}
	// A registration of two redirect URIs ends with another one, as if somebody else were quicker.
	s.After = func(r *http.Request) {
		if all := s.Clients(); r.Method == http.MethodPost && len(all) > 0 && len(all[len(all)-1].Metadata["redirect_uris"].([]any)) == 2 {
			s.SetMember(all[len(all)-1].ID, "redirect_uris", []string{"https://a.example/1", "https://evil.example/2"})
		}
	}
	s.Start(t)
	good := attrs{"client_name": "shop-1", "redirect_uris": []string{"https://a.example/cb"}}
	start(t, isAdmin.With(attrs{"issuer": s.Issuer("")})).Another().Apply(good)
	for name, test := range map[string]struct {
		settings attrs
		config   attrs
		want     []string
	}{
		"name with a space": {attrs{}, good.With(attrs{"client_name": "My shop"}), []string{"invalid_client_metadata", "Client Name is not adhering to the regex", "trace"}},
		"name taken":        {attrs{}, good, []string{"already exist in the system"}},
		"wrong password":    {attrs{"basic_auth": attrs{"username": "admin", "password": "guess-4711"}}, good.With(attrs{"client_name": "x"}), []string{": 401 ", "basic_auth"}},
		"not permitted":     {attrs{"basic_auth": attrs{"username": "joe", "password": "word"}}, good.With(attrs{"client_name": "x"}), []string{": 403 ", "the credential lacks a scope"}},
		"wrong tenant":      {attrs{"issuer": s.Issuer(wso2.Tenant)}, good.With(attrs{"client_name": "x"}), []string{": 401 "}},
		"older WebFinger":   {attrs{"issuer": s.URL() + "/oauth2/oidcdiscovery"}, good, []string{"another issuer", "expected_issuer"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := start(t, isAdmin.With(attrs{"issuer": s.Issuer("")}).With(test.settings)).Another().TryApply(test.config)
			wants(t, err, test.want...)
			if err != nil && strings.Contains(err.Error(), "guess-4711") {
				t.Errorf("the password is told: %v", err)
			}
		})
	}
	t.Run("other redirect URIs", func(t *testing.T) {
		before := len(s.Clients())
		err := start(t, isAdmin.With(attrs{"issuer": s.Issuer("")})).Another().TryApply(good.With(attrs{"client_name": "x", "redirect_uris": []string{"https://a.example/1", "https://a.example/2"}}))
		wants(t, err, "Server registered other values", "redirect_uris: the server left out redirect_uris[1] and registered [\"https://evil.example/2\"]", `accept_substitutions = ["redirect_uris"]`, "The client was deregistered again")
		if n := len(s.Clients()); n != before {
			t.Errorf("%d clients were left behind", n-before)
		}
	})
	t.Run("wrong password at a later plan", func(t *testing.T) {
		c := start(t, isAdmin.With(attrs{"issuer": s.Issuer("")})).Another()
		c.Apply(good.With(attrs{"client_name": "kept"}))
		for name, settings := range map[string]attrs{
			"issuer": {"issuer": s.Issuer("")}, "endpoint": {"registration_endpoint": s.RegistrationEndpoint("")},
		} {
			wrong := start(t, isAdmin.With(settings).With(attrs{"basic_auth": attrs{"username": "admin", "password": "guess-4711"}})).Copied(c)
			wants(t, planError(wrong, good.With(attrs{"client_name": "kept"})), ": 401 ", "Correct the provider's own credentials")
			if wrong.State.IsNull() {
				t.Errorf("%s: a wrong password made the client vanish", name)
			}
			wants(t, wrong.Resource.Destroy(t.Context()), ": 401 ")
		}
		if _, found := s.Client(c.Text("client_id")); !found {
			t.Error("the client is gone")
		}
	})
	t.Run("rollback fails", func(t *testing.T) {
		s.ForceStatus(fakeop.OpDelete, 500)
		c := start(t, isAdmin.With(attrs{"issuer": s.Issuer("")})).Another()
		wants(t, c.TryApply(good.With(attrs{"client_name": "tainted", "redirect_uris": []string{"https://a.example/1", "https://a.example/2"}})), "could not be deregistered", "tainted")
		id := c.Text("client_id")
		c.Private = nil // what Terraform hands to the deletion of a tainted object
		c.Destroy()
		if _, found := s.Client(id); found || id == "" {
			t.Errorf("the client %q was left behind", id)
		}
	})
	t.Run("server fails", func(t *testing.T) {
		s.ForceStatus(fakeop.OpRegister, 500)
		wants(t, start(t, isAdmin.With(attrs{"issuer": s.Issuer("")})).Another().TryApply(good.With(attrs{"client_name": "x"})), ": 500 ")
	})
}

// The guide's notes on parameters: what is accepted and never shown, what is no part of the API, and the two that an update ties.
func TestReachWSO2Parameters(t *testing.T) {
	t.Parallel()
	s := wso2.Server{}
	s.Start(t)
	p := start(t, isAdmin.With(attrs{"issuer": s.Issuer("")}))
	c := p.Another()
	config := attrs{
		"client_name": "shop-1", "redirect_uris": []string{"https://a.example/cb"}, "contacts": []string{"a@example.com"}, "scope": "openid",
		"require_pushed_authorization_requests": true, "require_signed_request_object": true,
	}
	c.Apply(config)
	contains(t, p.Warnings(), "Server does not show some parameters", "contacts: asked for", "scope: asked for")
	c.WantEmpty(config)
	c.Apply(config.With(attrs{"client_name": "shop-2"}))
	c.WantEmpty(config.With(attrs{"client_name": "shop-2"}))
	wants(t, c.TryApply(config.With(attrs{"client_name": "shop-2", "require_signed_request_object": false})), "Server registered other values", "require_pushed_authorization_requests: asked for")
}
