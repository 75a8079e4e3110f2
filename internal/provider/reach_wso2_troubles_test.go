// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// Parameters that only POST takes, several at once, beside ones that the server does not show: an update goes through on each release,
// and again after a drift.
func TestReachWSO2SeveralThatOnlyPOSTTakes(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s)).Another()
		config := shop(release).With(attrs{
			"contacts": []string{"a@example.com"}, "post_logout_redirect_uris": []string{"https://a.example/out"}, "request_uris": []string{"https://a.example/r"},
			"response_types": []string{"code"}, "application_type": "web", "backchannel_logout_uri": "https://a.example/b",
		})
		c.Apply(config)
		c.WantEmpty(config)
		for i := range 3 {
			changed := config.With(attrs{"client_name": fmt.Sprint("shop-", i+2)})
			c.Apply(changed)
			c.WantEmpty(changed)
			s.SetMember(c.Text("client_id"), "client_name", "renamed")
			c.Apply(changed)
			c.WantEmpty(changed)
			if stored, _ := s.Client(c.Text("client_id")); stored.Metadata["client_name"] != fmt.Sprint("shop-", i+2) || stored.Metadata["backchannel_logout_uri"] != "https://a.example/b" {
				t.Errorf("%v", stored.Metadata)
			}
		}
		c.Destroy()
	})
}

// An answer that is lost after the update was carried out: the next run is clean, with the same secret.
func TestReachWSO2LostUpdate(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		for _, hashed := range []bool{false, true} {
			var lose atomic.Bool
			s := p.Start(t, &wso2.Server{Release: release, HashSecrets: hashed, After: func(r *http.Request) {
				if r.Method == http.MethodPut && lose.CompareAndSwap(true, false) {
					panic(http.ErrAbortHandler)
				}
			}})
			c := start(t, settingsAt(p, s).With(attrs{"max_retries": 0})).Another()
			c.Apply(shop(release))
			secret := c.Text("client_secret")
			s.ForgetSecrets()
			changed := shop(release).With(attrs{"client_name": "shop-2"})
			lose.Store(true)
			_ = c.TryApply(changed)
			c.Apply(changed)
			c.WantEmpty(changed)
			if c.Text("client_secret") != secret || len(s.Clients()) != 2 {
				t.Errorf("hashed %t: another secret or client", hashed)
			}
			c.Destroy()
		}
	})
}

// The connection breaks in the middle of each request of a life, before it is carried out; the next try completes it.
func TestReachWSO2BrokenConnections(t *testing.T) {
	t.Parallel()
	eachDistinct(t, func(t *testing.T, release wso2.Release) {
		t.Parallel()
		for n := range 14 {
			var count, at atomic.Int64
			at.Store(int64(n))
			s := place{}.Start(t, &wso2.Server{Release: release, Before: func(*http.Request) {
				if count.Add(1)-1 == at.Load() {
					panic(http.ErrAbortHandler)
				}
			}})
			c := start(t, settingsAt(place{}, s).With(attrs{"max_retries": 0})).Another()
			steady := func(do func() error) {
				t.Helper()
				if do() == nil {
					return
				}
				if err := do(); err != nil {
					t.Fatalf("request %d: %v", n, err)
				}
			}
			steady(func() error { return c.TryApply(shop(release)) })
			steady(func() error { return planError(c, shop(release)) })
			steady(func() error { return c.TryApply(shop(release).With(attrs{"client_name": "shop-2"})) })
			steady(func() error { return planError(c, shop(release).With(attrs{"client_name": "shop-2"})) })
			armed, before := at.Swap(-1), count.Load()
			c.WantEmpty(shop(release).With(attrs{"client_name": "shop-2"}))
			at.Store(armed + count.Load() - before)
			steady(func() error { return c.DestroyUnread() })
			if left := len(s.Clients()); left != 1 {
				t.Errorf("request %d: %d clients\n%s\n%s", n, left, strings.Join(s.Log(), "\n"), c.Rig().Warnings())
			}
		}
	})
}

// A secret that expires at the next release: the plan knows, a client whose secret has expired is not taken for a missing one.
func TestReachWSO2ExpiredSecret(t *testing.T) {
	t.Parallel()
	var hours atomic.Int64
	s := place{}.Start(t, &wso2.Server{Release: wso2.ReleaseNext, Clock: func() time.Time { return fakeop.Epoch.Add(time.Duration(hours.Load()) * time.Hour) }})
	c := start(t, settingsAt(place{}, s)).Another()
	at := int(fakeop.Epoch.Add(2 * time.Hour).Unix())
	config := shop(wso2.ReleaseNext).With(attrs{"extension_metadata": attrs{"ext_param_client_secret_expires_at": at}})
	c.Apply(config)
	if got := c.Text("client_id"); got == "" {
		t.Fatal("not registered")
	}
	hours.Store(3)
	if err := planError(c, config); err != nil {
		t.Errorf("%v", err)
	}
	s.ForceStatus(fakeop.OpRead, http.StatusUnauthorized)
	_ = c.Refresh(t.Context())
	if c.State.IsNull() {
		t.Fatal("a client with an expired secret is forgotten")
	}
	s.RemoveClient(c.Text("client_id"))
	err := c.Refresh(t.Context())
	t.Logf("deleted with an expired secret: %v, forgotten %t", err, c.State.IsNull())
	if !c.State.IsNull() {
		wants(t, planError(c, config), "on_missing")
	}
}

// Values that the server's own types do not hold, in updates: each refusal is shown, and changes nothing.
func TestReachWSO2RefusedUpdates(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s)).Another()
		c.Apply(shop(release))
		for name, wrong := range map[string]attrs{
			"a name that is not allowed": {"client_name": "my shop"},
			"a grant that is not":        {"grant_types": []string{"wish"}},
			"a broken redirect URI":      {"redirect_uris": []string{"https://a.example/{x}"}},
			"a method that is not":       {"token_endpoint_auth_method": "none"},
			"a logout URI with a part":   {"backchannel_logout_uri": "https://a.example/out#x"},
		} {
			err := c.TryApply(shop(release).With(wrong))
			if err == nil {
				t.Errorf("%s: no error", name)
				continue
			}
			if c.State.IsNull() {
				t.Fatalf("%s: the client is no longer in the state", name)
			}
			c.Apply(shop(release))
			c.WantEmpty(shop(release))
			stored, _ := s.Client(c.Text("client_id"))
			if stored.Metadata["client_name"] != "shop-1" || len(stored.Metadata["grant_types"].([]any)) != 1 || len(s.Clients()) != 2 {
				t.Errorf("%s: %v", name, stored.Metadata)
			}
		}
	})
}

// The provider's own application is deleted, loses its scopes, or gets another secret: no client is forgotten for that.
func TestReachWSO2RobotInTrouble(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		if !p.Robot {
			return
		}
		for name, trouble := range map[string]func(s *wso2.Server){
			"deleted":        func(s *wso2.Server) { s.RemoveClient("robot") },
			"another secret": func(s *wso2.Server) { s.SetSecret("robot", "another") },
			"no grant":       func(s *wso2.Server) { s.SetMember("robot", "grant_types", []string{"refresh_token"}) },
			"no scopes":      func(s *wso2.Server) { s.RemoveClient("robot"); s.AddClient(p.At(), "robot", "word") },
			"view only": func(s *wso2.Server) {
				s.RemoveClient("robot")
				s.AddClient(p.At(), "robot", "word", wso2.Scopes(p.At())[1])
			},
		} {
			s := p.Start(t, &wso2.Server{Release: release})
			c := start(t, settingsAt(p, s)).Another()
			c.Apply(shop(release))
			id := c.Text("client_id")
			trouble(s)
			again := start(t, settingsAt(p, s)).Copied(c)
			err := again.TryApply(shop(release).With(attrs{"client_name": "shop-2"}))
			if err == nil || again.State.IsNull() || again.Text("client_id") != id {
				t.Errorf("%s: %v", name, err)
			}
			if err := again.Resource.Destroy(t.Context()); err == nil {
				t.Errorf("%s: the destroy succeeded", name)
			}
			if _, found := s.Client(id); !found {
				t.Errorf("%s: the client is gone", name)
			}
		}
	})
}

// The metadata's registration endpoint is not there, or is another one: what is set by hand is asked, and nothing else.
func TestReachWSO2EndpointByHandOnly(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release, OldRegistrationEndpoint: true})
		c := start(t, settingsAt(p, s)).Another()
		c.Apply(shop(release))
		c.WantEmpty(shop(release))
		c.Apply(shop(release).With(attrs{"client_name": "shop-2"}))
		i := imported(t, c.Rig(), c.Text("client_id"))
		i.Apply(shop(release).With(attrs{"client_name": "shop-2"}))
		c.Destroy()
		for _, line := range s.Log() {
			if strings.Contains(line, "/v1.0/") {
				t.Error(line)
			}
		}
	})
}

// Two providers at two tenants of one server, in one process each: neither sees, takes or deletes the other's client of the same name.
func TestReachWSO2SameNameInTwoTenants(t *testing.T) {
	t.Parallel()
	for _, release := range wso2.Releases() {
		t.Run(release.String(), func(t *testing.T) {
			s := place{Tenant: wso2.Tenant}.Start(t, &wso2.Server{Release: release})
			a, b := start(t, settingsAt(place{}, s)).Another(), start(t, settingsAt(place{Tenant: wso2.Tenant}, s)).Another()
			a.Apply(shop(release))
			b.Apply(shop(release))
			a.WantEmpty(shop(release))
			b.WantEmpty(shop(release))
			_, err := a.Rig().ReadData("oidc_client", attrs{"client_id": b.Text("client_id")})
			wants(t, err, "401")
			found, err := a.Rig().ReadData("oidc_client", attrs{"client_name": "shop-1"})
			if err != nil || textOf(found["client_id"]) != a.Text("client_id") {
				t.Errorf("%v", err)
			}
			a.Destroy()
			b.WantEmpty(shop(release))
			b.Destroy()
			if n := len(s.Clients()); n != 1 {
				t.Errorf("%d clients", n)
			}
		})
	}
}

// A destroy of a client that is gone already ends without an error where that is known, on each release and with each credential.
func TestReachWSO2DestroyOfAGoneClient(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		for _, hashed := range []bool{false, true} {
			s := p.Start(t, &wso2.Server{Release: release, HashSecrets: hashed})
			c := start(t, settingsAt(p, s)).Another()
			c.Apply(shop(release))
			s.ForgetSecrets()
			s.RemoveClient(c.Text("client_id"))
			c.Destroy()
		}
	})
}

// One wrong answer to the read right after a registration does not cost the client its management: it is changed in place and deleted.
func TestReachWSO2WrongReadBack(t *testing.T) {
	t.Parallel()
	for _, release := range []wso2.Release{wso2.Release511, wso2.Release73} {
		for _, status := range []int{500, 503, 401, 403, 404, 405, 200} {
			t.Run(fmt.Sprint(release, " ", status), func(t *testing.T) {
				t.Parallel()
				s := place{}.Start(t, &wso2.Server{Release: release})
				c := start(t, settingsAt(place{}, s).With(attrs{"max_retries": 0})).Another()
				s.ForceStatus(fakeop.OpRead, status)
				c.Apply(shop(release))
				id := c.Text("client_id")
				c.Apply(shop(release).With(attrs{"client_name": "shop-2"}))
				c.WantEmpty(shop(release).With(attrs{"client_name": "shop-2"}))
				if c.Text("client_id") != id || len(s.Clients()) != 2 {
					t.Errorf("%d clients", len(s.Clients()))
				}
				c.Destroy()
				if n := len(s.Clients()); n != 1 {
					t.Errorf("%d clients are left", n)
				}
			})
		}
	}
}
