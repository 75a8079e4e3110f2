// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// The tenant's own host instead of the path: the addresses that are set are those of one host, the metadata names the other. The
// life of a client is the same, and what was deleted is found to be.
func TestReachWSO2TenantByHost(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		byHost := func(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }
		settings := settingsAt(p, s)
		settings["registration_endpoint"] = byHost(s.RegistrationEndpoint(p.At()))
		for name, more := range map[string]attrs{
			"issuer of the path": {},
			"issuer of the host": {"issuer": byHost(s.Issuer(p.At())), "expected_issuer": s.Issuer(p.At())},
		} {
			t.Run(name, func(t *testing.T) {
				c := start(t, settings.With(more)).Another()
				c.Apply(shop(release))
				c.WantEmpty(shop(release))
				changed := shop(release).With(attrs{"client_name": "shop-2"})
				c.Apply(changed)
				c.WantEmpty(changed)
				i := imported(t, c.Rig(), c.Text("client_id"))
				i.Apply(changed)
				i.WantEmpty(changed)
				s.RemoveClient(c.Text("client_id"))
				if err := c.Refresh(t.Context()); err != nil || !c.State.IsNull() {
					t.Fatalf("after the deletion: %v", err)
				}
				c.Private = nil
				c.Apply(shop(release))
				c.Destroy()
				if n := len(s.Clients()); n != 1 {
					t.Errorf("%d clients", n)
				}
			})
		}
		t.Run("from path to host and back", func(t *testing.T) {
			c := start(t, settingsAt(p, s)).Another()
			c.Apply(shop(release))
			id := c.Text("client_id")
			host := start(t, settings).Copied(c)
			err := planError(host, shop(release))
			if host.State.IsNull() || host.Text("client_id") != id {
				t.Fatalf("the client is no longer in the state: %v", err)
			}
			c.WantEmpty(shop(release))
			c.Destroy()
		})
	})
}

// Private state that is lost, as after a deletion of a tainted client or in an old state: the life goes on with what the attributes
// have, deletion behind the back included.
func TestReachWSO2WithoutPrivateState(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		for _, hashed := range []bool{false, true} {
			s := p.Start(t, &wso2.Server{Release: release, HashSecrets: hashed})
			c := start(t, settingsAt(p, s)).Another()
			c.Apply(shop(release))
			secret := c.Text("client_secret")
			s.ForgetSecrets()
			c.Private = nil
			c.Apply(shop(release))
			c.Private = nil
			c.Apply(shop(release).With(attrs{"client_name": "shop-2"}))
			if c.Text("client_secret") != secret {
				t.Errorf("hashed %t: another secret", hashed)
			}
			// Nothing then tells at which server it was registered: the question stays open, until the user answers it.
			c.Private = nil
			s.RemoveClient(c.Text("client_id"))
			wants(t, c.TryApply(shop(release)), "on_missing")
			if c.State.IsNull() {
				t.Fatalf("hashed %t: the client is forgotten", hashed)
			}
			c.Apply(shop(release).With(attrs{"on_missing": "recreate"}))
			c.Destroy()
		}
	})
}

// Whatever the token endpoint answers without a word, a wordless 401 of a live client does not make it forgotten.
func TestReachWSO2TokenEndpointAway(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		if p.Robot {
			return // it needs the endpoint for its own token
		}
		for _, status := range []int{500, 503, 404, 403, 401, 200, 400} {
			s := p.Start(t, &wso2.Server{Release: release})
			c := start(t, settingsAt(p, s).With(attrs{"max_retries": 0})).Another()
			c.Apply(shop(release))
			s.ForceStatus(fakeop.OpRead, 401) // the client is there
			for range 12 {
				s.ForceStatus(fakeop.OpToken, status)
			}
			_ = c.Refresh(t.Context())
			if c.State.IsNull() {
				t.Errorf("%d: a live client is forgotten\n%s\n%s", status, strings.Join(s.Log(), "\n"), c.Rig().Warnings())
			}
		}
	})
}

// A public client has no use of its secret, and is told to be gone all the same.
func TestReachWSO2PublicClient(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		if release < wso2.Release70 {
			return
		}
		for _, hashed := range []bool{false, true} {
			s := p.Start(t, &wso2.Server{Release: release, HashSecrets: hashed})
			c := start(t, settingsAt(p, s)).Another()
			config := shop(release).With(attrs{"extension_metadata": attrs{"ext_public_client": true}})
			c.Apply(config)
			s.ForgetSecrets()
			c.WantEmpty(config)
			// A wordless 401 of a live one is no deletion.
			s.ForceStatus(fakeop.OpRead, 401)
			_ = c.Refresh(t.Context())
			if c.State.IsNull() {
				t.Fatal("a live public client is forgotten")
			}
			c.Apply(config.With(attrs{"client_name": "shop-2"}))
			c.WantEmpty(config.With(attrs{"client_name": "shop-2"}))
			s.RemoveClient(c.Text("client_id"))
			if err := c.Refresh(t.Context()); err != nil || !c.State.IsNull() {
				t.Errorf("hashed %t: %v", hashed, err)
			}
		}
	})
}

// A client that authenticates by a signed assertion.
func TestReachWSO2PrivateKeyJWT(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		if release < wso2.Release71 {
			return
		}
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s)).Another()
		config := shop(release).With(attrs{
			"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example/jwks",
			"extension_metadata": attrs{"token_endpoint_allow_reuse_pvt_key_jwt": false},
		})
		c.Apply(config)
		c.WantEmpty(config)
		changed := config.With(attrs{"client_name": "shop-2"})
		c.Apply(changed)
		c.WantEmpty(changed)
		stored, _ := s.Client(c.Text("client_id"))
		if stored.Metadata["token_endpoint_auth_method"] != "private_key_jwt" || stored.Metadata["jwks_uri"] != "https://a.example/jwks" {
			t.Errorf("%v", stored.Metadata)
		}
		s.ForceStatus(fakeop.OpRead, 401)
		_ = c.Refresh(t.Context())
		if c.State.IsNull() {
			t.Fatal("a live client is forgotten")
		}
		s.RemoveClient(c.Text("client_id"))
		if err := c.Refresh(t.Context()); err != nil || !c.State.IsNull() {
			t.Errorf("%v", err)
		}
	})
}

// From one method to private_key_jwt and back by updates.
func TestReachWSO2MethodChanges(t *testing.T) {
	t.Parallel()
	for _, release := range wso2.Releases() {
		if release < wso2.Release71 {
			continue
		}
		t.Run(release.String(), func(t *testing.T) {
			s := place{}.Start(t, &wso2.Server{Release: release})
			c := start(t, settingsAt(place{}, s)).Another()
			basic := shop(release).With(attrs{"token_endpoint_auth_method": "client_secret_basic", "extension_metadata": nil})
			signed := shop(release).With(attrs{
				"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example/jwks",
				"extension_metadata": attrs{"token_endpoint_allow_reuse_pvt_key_jwt": false},
			})
			for _, config := range []attrs{basic, signed, basic, signed} {
				if err := c.TryApply(config); err != nil {
					t.Fatalf("%v: %v", config["token_endpoint_auth_method"], err)
				}
				c.WantEmpty(config)
				stored, _ := s.Client(c.Text("client_id"))
				if diff := cmp.Diff(config["token_endpoint_auth_method"], stored.Metadata["token_endpoint_auth_method"]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Many clients of one apply, of which some are refused: the others are there, and the next apply completes them.
func TestReachWSO2SomeRefused(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		pr := start(t, settingsAt(p, s))
		var all []*tftest.Instance
		for i := range 4 {
			if i == 2 {
				s.ForceStatus(fakeop.OpRegister, http.StatusForbidden)
			}
			c := pr.Another()
			err := c.TryApply(shop(release).With(attrs{"client_name": fmt.Sprint("shop-", i)}))
			if (err != nil) != (i == 2) {
				t.Fatalf("%d: %v", i, err)
			}
			all = append(all, c)
		}
		for i, c := range all {
			config := shop(release).With(attrs{"client_name": fmt.Sprint("shop-", i)})
			c.Apply(config)
			c.WantEmpty(config)
		}
		for _, c := range all {
			c.Destroy()
		}
		if n := len(s.Clients()); n != 1 {
			t.Errorf("%d clients", n)
		}
	})
}

// A registration whose answer is lost: the name is taken at the next apply, which says how to take the client over.
func TestReachWSO2LostRegistration(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		var lost atomic.Bool
		s := p.Start(t, &wso2.Server{Release: release, After: func(r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/register") && lost.CompareAndSwap(false, true) {
				panic(http.ErrAbortHandler)
			}
		}})
		c := start(t, settingsAt(p, s)).Another()
		wants(t, c.TryApply(shop(release)), "may have registered")
		if n := len(s.Clients()); n != 2 {
			t.Fatalf("%d clients", n)
		}
		wants(t, c.TryApply(shop(release)), "already exist in the system", "import {")
		i := imported(t, c.Rig(), s.Clients()[1].ID)
		i.Apply(shop(release))
		i.WantEmpty(shop(release))
		i.Destroy()
	})
}

// The client belongs to another administrator: neither read, changed, imported nor deleted, until the role is granted.
func TestReachWSO2OfAnotherAdministrator(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		if p.Robot {
			return
		}
		s := p.Start(t, &wso2.Server{Release: release, Administrators: map[string]string{"other": "word"}})
		c := start(t, settingsAt(p, s)).Another()
		c.Apply(shop(release))
		id := c.Text("client_id")
		pr := start(t, settingsAt(p, s).With(attrs{"basic_auth": attrs{"username": "other" + p.Suffix(), "password": "word"}}))
		o := pr.Copied(c)
		wants(t, o.TryApply(shop(release).With(attrs{"client_name": "shop-2"})), "403")
		wants(t, o.Resource.Destroy(t.Context()), "403")
		if stored, found := s.Client(id); !found || stored.Metadata["client_name"] != "shop-1" {
			t.Fatal("another administrator's client was changed")
		}
		_, err := pr.ReadData("oidc_client", attrs{"client_id": id})
		wants(t, err, "403")
		_, err = pr.ReadData("oidc_client", attrs{"client_name": "shop-1"})
		wants(t, err, "403")
		s.GrantRole(id, "other")
		o = imported(t, pr, id)
		o.Apply(shop(release).With(attrs{"client_name": "shop-2"}))
		o.Destroy()
	})
}
