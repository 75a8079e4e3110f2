// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// kept wants a plan that ends in an error, and a client that is still in the state and at the server.
func kept(t *testing.T, s *wso2.Server, c *tftest.Instance, config attrs, words ...string) {
	t.Helper()
	wants(t, planError(c, config), words...)
	if c.State.IsNull() {
		t.Fatal("the client is no longer in the state")
	}
	if _, found := s.Client(c.Text("client_id")); !found {
		t.Error("the client is no longer at the server")
	}
}

// A refused credential is never taken for a missing client, on any release and with either credential.
func TestReachWSO2RefusedCredentials(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release, Users: map[string]string{"joe": "word"}, Administrators: map[string]string{"other": "word"}})
		right := settingsAt(p, s)
		c := start(t, right).Another()
		c.Apply(shop(release))
		as := func(change attrs) *tftest.Instance { return start(t, right.With(change)).Copied(c) }
		robot := func(scopes ...string) attrs {
			return attrs{"client_credentials": attrs{"client_id": "robot", "client_secret": "word", "scopes": scopes}}
		}
		if p.Robot {
			t.Run("revoked token", func(t *testing.T) {
				s.RevokeTokens()
				before := len(s.Of(fakeop.OpToken))
				if err := planError(c, shop(release)); err != nil {
					t.Fatalf("a new token would have been accepted: %v", err)
				}
				if asked := len(s.Of(fakeop.OpToken)) - before; asked != 1 {
					t.Errorf("%d tokens were asked for, want one new one", asked)
				}
				c.WantEmpty(shop(release))
			})
			t.Run("wrong secret", func(t *testing.T) {
				kept(t, s, as(attrs{"client_credentials": attrs{"client_id": "robot", "client_secret": "guess"}}), shop(release), "invalid_client")
			})
			t.Run("token that has expired", func(t *testing.T) {
				kept(t, s, as(attrs{"client_credentials": nil, "initial_access_token": "of-yesterday"}), shop(release), "401")
			})
			t.Run("missing scope", func(t *testing.T) { kept(t, s, as(robot(wso2.Scopes(p.At())[0])), shop(release), "403") })
			return
		}
		t.Run("wrong password", func(t *testing.T) {
			kept(t, s, as(attrs{"basic_auth": attrs{"username": "admin" + p.Suffix(), "password": "guess"}}), shop(release), "401")
		})
		t.Run("missing permission", func(t *testing.T) {
			kept(t, s, as(attrs{"basic_auth": attrs{"username": "joe" + p.Suffix(), "password": "word"}}), shop(release), "403")
		})
		t.Run("missing role", func(t *testing.T) {
			other := attrs{"basic_auth": attrs{"username": "other" + p.Suffix(), "password": "word"}}
			kept(t, s, as(other), shop(release), "403")
			s.GrantRole(c.Text("client_id"), "other")
			as(other).WantEmpty(shop(release))
		})
	})
}

// A server that stores secrets as hashes shows the hash once its cache is empty. The true secret stays in the state through
// refreshes and updates.
func TestReachWSO2HashedSecrets(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release, HashSecrets: true})
		c := start(t, settingsAt(p, s)).Another()
		config := shop(release)
		c.Apply(config)
		c.WantEmpty(config)
		secret := c.Text("client_secret")
		keeps := func(when string) {
			t.Helper()
			if got := c.Text("client_secret"); got != secret {
				t.Errorf("%s the secret is another", when)
			}
		}
		s.ForgetSecrets()
		c.WantEmpty(config)
		keeps("after a refresh")
		changed := config.With(attrs{"client_name": "shop-2"})
		c.Apply(changed)
		c.WantEmpty(changed)
		keeps("after an update")
		if stored, _ := s.Client(c.Text("client_id")); stored.Secret != secret {
			t.Error("the state does not have the true secret")
		}
		s.RemoveClient(c.Text("client_id"))
		if err := c.Refresh(t.Context()); err != nil || !c.State.IsNull() {
			t.Errorf("after the deletion: %v", err)
		}
	})
}

// One pattern of exactly the redirect URIs that were asked is no substitution: nothing is to be accepted.
func TestReachWSO2RedirectPattern(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s)).Another()
		config := shop(release).With(attrs{"redirect_uris": []string{"https://a.example/cb", "https://b.example/cb?x=1"}})
		c.Apply(config)
		c.WantEmpty(config)
		changed := config.With(attrs{"redirect_uris": []string{"https://a.example/cb", "https://b.example/cb?x=1", "https://c.example/cb"}})
		c.Apply(changed)
		c.WantEmpty(changed)
		s.SetMember(c.Text("client_id"), "redirect_uris", []string{"https://evil.example/cb", "https://b.example/cb?x=1"})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		plan, err := c.PlanOnly(changed)
		if err != nil {
			t.Fatal(err)
		}
		if c.Empty(plan) {
			t.Error("a changed pattern is no drift")
		}
		c.Destroy()
	})
}
