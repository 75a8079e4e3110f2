// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// What dynamic registration promises at this server, each promise held by a test: on release 7.3, from the address that a
// person knows to the deletion.
func TestReachWSO2Statements(t *testing.T) {
	programmer := func(t *testing.T) (*wso2.Server, *process) {
		t.Helper()
		s := place{}.start(t, &wso2.Server{Release: wso2.Release73})
		return s, start(t, isAdmin.and(set{
			"webfinger_resource": "acct:admin@" + strings.TrimPrefix(s.URL(), "http://"), "allow_insecure_http": true,
		}))
	}
	config := shop(wso2.Release73).and(set{"subject_type": "pairwise", "jwks_uri": "https://a.example/jwks"})
	t.Run("a client discovers the registration endpoint by WebFinger", func(t *testing.T) {
		s, p := programmer(t)
		p.client().apply(config)
		found, _ := s.Last(fakeop.OpWebFinger)
		document, _ := s.Last(fakeop.OpMetadata)
		posted, _ := s.Last(fakeop.OpRegister)
		if found.Status != 200 || !strings.Contains(string(document.Answer), s.RegistrationEndpoint("")) || s.URL()+posted.Path != s.RegistrationEndpoint("") {
			t.Errorf("%s\n%s\n%s", found, document.Answer, posted)
		}
	})
	t.Run("it posts the metadata that it chose", func(t *testing.T) {
		s, p := programmer(t)
		p.client().apply(config)
		for member, want := range map[string]any{
			"client_name": "shop-1", "redirect_uris": []any{"https://a.example/cb"}, "grant_types": []any{"authorization_code"},
			"subject_type": "pairwise", "jwks_uri": "https://a.example/jwks", "ext_pkce_mandatory": true,
		} {
			if diff := cmp.Diff(want, sent(t, s, member)); diff != "" {
				t.Errorf("%s (-want +sent):\n%s", member, diff)
			}
		}
	})
	t.Run("it gets a unique client identifier and a secret", func(t *testing.T) {
		s, p := programmer(t)
		a, b := p.client(), p.client()
		a.apply(config)
		b.apply(config.and(set{"client_name": "other"}))
		if a.Text("client_id") == "" || a.Text("client_id") == b.Text("client_id") {
			t.Errorf("identifiers %q and %q", a.Text("client_id"), b.Text("client_id"))
		}
		if stored, _ := s.Client(a.Text("client_id")); stored.Secret == "" || stored.Secret != a.Text("client_secret") {
			t.Error("the secret is not the server's")
		}
	})
	t.Run("the metadata is associated with the identifier", func(t *testing.T) {
		s, p := programmer(t)
		c := p.client()
		c.apply(config)
		stored, found := s.Client(c.Text("client_id"))
		if !found || stored.Metadata["client_name"] != "shop-1" || stored.Metadata["subject_type"] != "pairwise" {
			t.Errorf("%+v", stored)
		}
		if imported := p.imported(c.Text("client_id")); imported.Text("client_name") != "shop-1" || imported.Text("jwks_uri") != "https://a.example/jwks" {
			t.Errorf("by the identifier: %s", imported.State)
		}
	})
	t.Run("a client registers itself", func(t *testing.T) {
		s := place{}.start(t, &wso2.Server{Release: wso2.Release73, OpenRegistration: true})
		c := start(t, set{"issuer": s.Issuer(""), "management": "none"}).client()
		c.apply(config)
		posted, _ := s.Last(fakeop.OpRegister)
		if _, found := s.Client(c.Text("client_id")); !found || posted.AuthScheme != "" || c.Text("client_secret") == "" {
			t.Errorf("found %t, authorized by %q", found, posted.AuthScheme)
		}
	})
	t.Run("a programmer registers a client", func(t *testing.T) {
		s, p := programmer(t)
		p.client().apply(config)
		if posted, _ := s.Last(fakeop.OpRegister); posted.AuthScheme != "Basic" || posted.Status != 201 {
			t.Errorf("%s by %q", posted, posted.AuthScheme)
		}
	})
	t.Run("a registered client is read, updated and deleted", func(t *testing.T) {
		s, p := programmer(t)
		c := p.client()
		c.apply(config)
		id := c.Text("client_id")
		s.SetMember(id, "client_name", "renamed")
		if err := c.Refresh(t.Context()); err != nil || c.Text("client_name") != "renamed" {
			t.Errorf("read %q, %v", c.Text("client_name"), err)
		}
		c.apply(config.and(set{"client_name": "shop-2"}))
		if stored, _ := s.Client(id); stored.Metadata["client_name"] != "shop-2" {
			t.Errorf("updated: %v", stored.Metadata["client_name"])
		}
		c.empty(config.and(set{"client_name": "shop-2"}))
		c.destroy()
		if _, found := s.Client(id); found {
			t.Error("the client is still there")
		}
		for op, want := range map[fakeop.Operation]int{fakeop.OpUpdate: 200, fakeop.OpDelete: 204} {
			if last, _ := s.Last(op); last.Status != want {
				t.Errorf("%s", last)
			}
		}
	})
}
