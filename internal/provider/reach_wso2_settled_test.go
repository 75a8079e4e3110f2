// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// One wrong answer to an update or a deletion: the next run completes it, with the same client.
func TestReachWSO2WrongOnce(t *testing.T) {
	t.Parallel()
	eachDistinct(t, func(t *testing.T, release wso2.Release) {
		t.Parallel()
		for _, op := range []fakeop.Operation{fakeop.OpUpdate, fakeop.OpDelete, fakeop.OpRead} {
			for _, status := range []int{200, 202, 204, 301, 400, 401, 403, 404, 405, 409, 410, 415, 429, 500, 501, 502, 503} {
				if op == fakeop.OpDelete && status == http.StatusNoContent {
					continue // an acknowledgement, which nothing tells from a true one
				}
				s := place{}.Start(t, &wso2.Server{Release: release})
				c := start(t, settingsAt(place{}, s).With(attrs{"max_retries": 0})).Another()
				c.Apply(shop(release))
				id, secret := c.Text("client_id"), c.Text("client_secret")
				changed := shop(release).With(attrs{"client_name": "shop-2"})
				s.ForceStatus(op, status)
				if op == fakeop.OpDelete {
					if err := c.DestroyUnread(); err != nil {
						c.Destroy()
					}
				} else {
					_ = c.TryApply(changed)
					if c.State.IsNull() {
						t.Fatalf("%s %d: forgotten", op, status)
					}
					c.Apply(changed)
					c.WantEmpty(changed)
					if c.Text("client_id") != id || c.Text("client_secret") != secret || len(s.Clients()) != 2 {
						t.Errorf("%s %d: another client or secret, %d clients", op, status, len(s.Clients()))
					}
					c.Destroy()
				}
				if n := len(s.Clients()); n != 1 {
					t.Errorf("%s %d: %d clients are left", op, status, n)
				}
			}
		}
	})
}

// Imports and look-ups by the address, and by that of another tenant.
func TestReachWSO2ByAddress(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		pr := start(t, settingsAt(p, s))
		c := pr.Another()
		c.Apply(shop(release))
		id := c.Text("client_id")
		address := s.RegistrationEndpoint(p.At()) + "/" + id
		i := imported(t, pr, address)
		i.Apply(shop(release))
		i.WantEmpty(shop(release))
		shows(t, pr, attrs{"registration_client_uri": address}, map[string]string{"client_id": id})
		elsewhere := s.RegistrationEndpoint(wso2.Tenant) + "/" + id
		if p.Tenant != "" {
			elsewhere = s.RegistrationEndpoint("") + "/" + id
		}
		_, err := pr.ReadData("oidc_client", attrs{"registration_client_uri": elsewhere})
		wants(t, err, "are not sent to another one")
		_, err = pr.ReadData("oidc_client", attrs{"client_id": "nobody"})
		wants(t, err, "401")
		for _, template := range []string{"{registration_endpoint}?client_name={client_name}", s.RegistrationEndpoint(p.At()) + "?client_name={client_name}", s.RegistrationEndpoint(p.At()) + "?client_name=shop-1"} {
			found, err := pr.ReadData("oidc_client", attrs{"client_name": "shop-1", "client_query_template": template})
			if err != nil || textOf(found["client_id"]) != id {
				t.Errorf("%s: %v", template, err)
			}
		}
		_, err = pr.ReadData("oidc_client", attrs{"client_name": "shop-1", "client_query_template": "{registration_endpoint}?name={client_name}"})
		wants(t, err, "400")
	})
}

// refresh = "never" and management = "none" in the middle of a life, and back.
func TestReachWSO2SettingsChange(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s)).Another()
		c.Apply(shop(release))
		id, secret := c.Text("client_id"), c.Text("client_secret")
		for i, settings := range []attrs{{"management": "none"}, {"management": "auto"}, {"refresh": "never"}, {}} {
			other := start(t, settingsAt(p, s).With(settings)).Copied(c)
			if err := planError(other, shop(release)); err != nil {
				t.Errorf("%d: %v", i, err)
			}
			if other.State.IsNull() || other.Text("client_id") != id || other.Text("client_secret") != secret {
				t.Fatalf("%d: the client or its secret is lost", i)
			}
			c.State, c.Private = other.State, other.Private
		}
		c.Apply(shop(release).With(attrs{"client_name": "shop-2"}))
		c.WantEmpty(shop(release).With(attrs{"client_name": "shop-2"}))
		if n := len(s.Clients()); n != 2 {
			t.Errorf("%d clients", n)
		}
		c.Destroy()
	})
}

// A replica that lags: the first read after the registration, and the first after an update, show nothing or the old one.
func TestReachWSO2LaggingReplica(t *testing.T) {
	t.Parallel()
	for _, release := range []wso2.Release{wso2.Release61, wso2.Release73} {
		t.Run(release.String(), func(t *testing.T) {
			t.Parallel()
			var armed atomic.Bool
			var s *wso2.Server
			s = &wso2.Server{Release: release, After: func(r *http.Request) {
				if (r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/register") || r.Method == http.MethodPut) && armed.Load() {
					s.ForceStatus(fakeop.OpRead, 401)
				}
			}}
			place{}.Start(t, s)
			armed.Store(true)
			c := start(t, settingsAt(place{}, s)).Another()
			c.Apply(shop(release))
			id := c.Text("client_id")
			for i := range 3 {
				c.Apply(shop(release).With(attrs{"client_name": fmt.Sprint("shop-", i+2)}))
				if c.Text("client_id") != id || len(s.Clients()) != 2 {
					t.Fatalf("%d clients", len(s.Clients()))
				}
			}
			armed.Store(false)
			c.Apply(shop(release).With(attrs{"client_name": "last"}))
			c.WantEmpty(shop(release).With(attrs{"client_name": "last"}))
			c.Destroy()
		})
	}
}
