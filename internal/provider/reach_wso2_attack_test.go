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

// A status without a word on any request of a client's life, as a gateway in front of the server sends it, never removes the
// client from the state, and the next run without it ends in a clean plan.
func TestReachWSO2WordlessAnswers(t *testing.T) {
	t.Parallel()
	for _, release := range []wso2.Release{wso2.Release511, wso2.Release70, wso2.Release73, wso2.ReleaseNext} {
		for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusServiceUnavailable} {
			t.Run(release.String()+" "+http.StatusText(status), func(t *testing.T) {
				s := place{}.Start(t, &wso2.Server{Release: release})
				c := start(t, settingsAt(place{}, s).With(attrs{"max_retries": 0})).Another()
				c.Apply(shop(release))
				id, secret := c.Text("client_id"), c.Text("client_secret")
				s.ForceStatus(fakeop.OpRead, status)
				_ = planError(c, shop(release)) // an error or a warning, as the evidence is
				if c.State.IsNull() || c.Text("client_id") != id || c.Text("client_secret") != secret {
					t.Fatal("the client or its secret is no longer in the state")
				}
				c.WantEmpty(shop(release))
				s.ForceStatus(fakeop.OpUpdate, status)
				changed := shop(release).With(attrs{"client_name": "shop-2"})
				_ = c.TryApply(changed)
				if c.State.IsNull() || c.Text("client_id") != id {
					t.Fatal("a refused update removed the client from the state")
				}
				c.Apply(changed)
				c.WantEmpty(changed)
				if n := len(s.Clients()); n != 2 { // the robot
					t.Errorf("%d clients, want the one that was registered", n)
				}
				if got, _ := s.Client(id); got.Metadata["client_name"] != "shop-2" || c.Text("client_secret") != secret {
					t.Errorf("registered as %v", got.Metadata["client_name"])
				}
			})
		}
	}
}

// A name that another application of the tenant has, in an update: the error has the server's words, and the client stays
// as it was.
func TestReachWSO2TakenNameInAnUpdate(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		at := start(t, settingsAt(p, s))
		at.Another().Apply(shop(release).With(attrs{"client_name": "taken"}))
		c := at.Another()
		c.Apply(shop(release))
		id := c.Text("client_id")
		wants(t, c.TryApply(shop(release).With(attrs{"client_name": "taken"})), "already exist in the system")
		if c.State.IsNull() || c.Text("client_id") != id {
			t.Fatal("the client is no longer in the state")
		}
		c.WantEmpty(shop(release))
	})
}

// Where the server demands a software statement, its refusal is shown, nothing is registered, and one that is signed by a
// key that the server does not know is refused the same way.
func TestReachWSO2SoftwareStatement(t *testing.T) {
	t.Parallel()
	for _, release := range wso2.Releases() {
		if release < wso2.Release71 {
			continue
		}
		t.Run(release.String(), func(t *testing.T) {
			s := place{}.Start(t, &wso2.Server{Release: release, MandateStatement: true})
			c := start(t, settingsAt(place{}, s)).Another()
			wants(t, c.TryApply(shop(release)), "invalid_software_statement")
			if n := len(s.Clients()); n != 1 { // the robot
				t.Fatalf("%d clients", n)
			}
			statement := strings.Join([]string{"eyJhbGciOiJFUzI1NiJ9", "eyJzb2Z0d2FyZV9pZCI6ImEifQ", strings.Repeat("A", 86)}, ".")
			config := shop(release).With(attrs{"software_statement": statement})
			c.Apply(config)
			c.WantEmpty(config)
			c.Apply(config.With(attrs{"client_name": "shop-2"}))
			c.WantEmpty(config.With(attrs{"client_name": "shop-2"}))
			c.Destroy()
			if n := len(s.Clients()); n != 1 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}
