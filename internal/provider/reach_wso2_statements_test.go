// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// What dynamic registration promises at this server, each promise held by a test on every release, from the address that a
// person knows to the deletion.
func TestReachWSO2Statements(t *testing.T) {
	t.Parallel()
	for _, release := range wso2.Releases() {
		t.Run(release.String(), func(t *testing.T) { statementsOf(t, release) })
	}
}

// statement is a server of one release, the settings of somebody who may register there and a document that it takes.
type statement struct {
	release wso2.Release
	config  attrs
	openID  map[string]any // what config has of OpenID Connect, as it is sent
}

// programmer starts a server and the provider of an administrator who knows an account only. Before 7.0 the metadata that
// WebFinger leads to names an endpoint that does not exist, so the addresses are given by hand.
func (o statement) programmer(t *testing.T) (*wso2.Server, *tftest.Rig) {
	t.Helper()
	s := place{}.Start(t, &wso2.Server{Release: o.release})
	if o.release < wso2.Release70 {
		return s, start(t, settingsAt(place{}, s))
	}
	return s, start(t, account(s))
}

// account finds the server by WebFinger.
func account(s *wso2.Server) attrs {
	return isAdmin.With(attrs{"webfinger_resource": "acct:admin@" + strings.TrimPrefix(s.URL(), "http://"), "allow_insecure_http": true})
}

func statementsOf(t *testing.T, release wso2.Release) {
	t.Helper()
	o := statement{release: release, config: shop(release)}
	if release >= wso2.Release70 {
		o.openID = map[string]any{"subject_type": "pairwise", "jwks_uri": "https://a.example/jwks"}
		o.config = o.config.With(attrs{"subject_type": "pairwise", "jwks_uri": "https://a.example/jwks"})
	}
	programmer, config := o.programmer, o.config
	t.Run("a client discovers the registration endpoint by WebFinger", func(t *testing.T) {
		s := place{}.Start(t, &wso2.Server{Release: release})
		c := start(t, account(s)).Another()
		if release < wso2.Release70 {
			// What is discovered there is no registration endpoint: the error says what to set.
			err := c.TryApply(config)
			wants(t, err, "registration_endpoint")
			if n := len(s.Clients()); n != 1 { // the robot
				t.Errorf("%d clients", n)
			}
			return
		}
		c.Apply(config)
		found, _ := s.Last(fakeop.OpWebFinger)
		document, _ := s.Last(fakeop.OpMetadata)
		posted, _ := s.Last(fakeop.OpRegister)
		named := strings.Contains(string(document.Answer), `"`+s.RegistrationEndpoint("")+`"`)
		if found.Status != 200 || document.Status != 200 || !named || s.URL()+posted.Path != s.RegistrationEndpoint("") {
			t.Errorf("%s\n%s\n%s", found, document.Answer, posted)
		}
	})
	t.Run("it posts the metadata that it chose", func(t *testing.T) {
		s, p := programmer(t)
		p.Another().Apply(config)
		chosen := map[string]any{"client_name": "shop-1", "redirect_uris": []any{"https://a.example/cb"}, "grant_types": []any{"authorization_code"}}
		maps.Copy(chosen, o.openID)
		if release >= wso2.Release70 {
			chosen["ext_pkce_mandatory"] = true
		}
		for member, want := range chosen {
			if diff := cmp.Diff(want, sent(t, s, member)); diff != "" {
				t.Errorf("%s (-want +sent):\n%s", member, diff)
			}
		}
	})
	t.Run("it gets a unique client identifier and a secret", func(t *testing.T) {
		s, p := programmer(t)
		a, b := p.Another(), p.Another()
		a.Apply(config)
		b.Apply(config.With(attrs{"client_name": "other"}))
		if a.Text("client_id") == "" || a.Text("client_id") == b.Text("client_id") {
			t.Errorf("identifiers %q and %q", a.Text("client_id"), b.Text("client_id"))
		}
		if stored, _ := s.Client(a.Text("client_id")); stored.Secret == "" || stored.Secret != a.Text("client_secret") {
			t.Error("the secret is not the server's")
		}
	})
	t.Run("the metadata is associated with the identifier", func(t *testing.T) {
		s, p := programmer(t)
		c := p.Another()
		c.Apply(config)
		stored, found := s.Client(c.Text("client_id"))
		if !found || stored.Metadata["client_name"] != "shop-1" {
			t.Errorf("%+v", stored)
		}
		imported := imported(t, p, c.Text("client_id"))
		for member, want := range o.openID {
			if stored.Metadata[member] != want || imported.Text(member) != want {
				t.Errorf("%s: registered %v, imported %q, want %v", member, stored.Metadata[member], imported.Text(member), want)
			}
		}
		if imported.Text("client_name") != "shop-1" {
			t.Errorf("by the identifier: %s", imported.State)
		}
	})
	t.Run("a client registers itself", func(t *testing.T) {
		// Up to 7.0 no registration is open: the client's side registers with a token that it was given.
		open := release >= wso2.Release71
		s := place{}.Start(t, &wso2.Server{Release: release, OpenRegistration: open})
		settings, scheme := attrs{"issuer": s.Issuer(""), "registration_endpoint": s.RegistrationEndpoint(""), "management": "none"}, ""
		if !open {
			scheme = "Bearer"
			settings = settings.With(attrs{"client_credentials": attrs{"client_id": "robot", "client_secret": "word", "scopes": wso2.Scopes("")[:1]}})
		}
		c := start(t, settings).Another()
		c.Apply(config)
		posted, _ := s.Last(fakeop.OpRegister)
		if _, found := s.Client(c.Text("client_id")); !found || posted.AuthScheme != scheme || c.Text("client_secret") == "" {
			t.Errorf("found %t, authorized by %q", found, posted.AuthScheme)
		}
	})
	t.Run("a programmer registers a client", func(t *testing.T) {
		s, p := programmer(t)
		p.Another().Apply(config)
		if posted, _ := s.Last(fakeop.OpRegister); posted.AuthScheme != "Basic" || posted.Status != 201 {
			t.Errorf("%s by %q", posted, posted.AuthScheme)
		}
	})
	t.Run("a registered client is read, updated and deleted", func(t *testing.T) {
		s, p := programmer(t)
		c := p.Another()
		c.Apply(config)
		id := c.Text("client_id")
		s.SetMember(id, "client_name", "renamed")
		if err := c.Refresh(t.Context()); err != nil || c.Text("client_name") != "renamed" {
			t.Errorf("read %q, %v", c.Text("client_name"), err)
		}
		c.Apply(config.With(attrs{"client_name": "shop-2"}))
		if stored, _ := s.Client(id); stored.Metadata["client_name"] != "shop-2" {
			t.Errorf("updated: %v", stored.Metadata["client_name"])
		}
		c.WantEmpty(config.With(attrs{"client_name": "shop-2"}))
		c.Destroy()
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
