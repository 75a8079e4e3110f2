// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// atWSO2 is one client's life there.
type atWSO2 struct {
	t       *testing.T
	s       *wso2.Server
	c       *tftest.Instance
	config  attrs
	scheme  string
	release wso2.Release
}

func (w *atWSO2) registered() map[string]any {
	w.t.Helper()
	found, ok := w.s.Client(w.c.Text("client_id"))
	if !ok {
		w.t.Fatal("the server has no such client")
	}
	return found.Metadata
}

// life takes a client through everything that can happen to it, with a second plan that is empty after each step.
func (w *atWSO2) life() {
	t, c := w.t, w.c
	t.Helper()
	c.Apply(w.config)
	if w := c.Rig().Warnings(); strings.Contains(w, "redirect_uris") {
		t.Errorf("a warning of redirect URIs that are registered as asked:\n%s", w)
	}
	c.WantEmpty(w.config)
	if c.Text("client_secret") == "" || c.Text("registration_access_token") != "" {
		t.Errorf("secret %q, token %q", c.Text("client_secret"), c.Text("registration_access_token"))
	}
	agreed := w.change()
	w.drift(agreed)
	w.imported(agreed)
	w.gone()
	w.authorized()
}

// change renames the client and returns the configuration that then holds. What is not named is sent back, so that the
// server's own values and booleans survive.
func (w *atWSO2) change() attrs {
	t, c, s := w.t, w.c, w.s
	t.Helper()
	id, secret := c.Text("client_id"), c.Text("client_secret")
	defer func() {
		if c.Text("client_id") != id || c.Text("client_secret") != secret {
			t.Error("an update changed id or secret")
		}
	}()
	if w.release < wso2.Release70 {
		changed := w.config.With(attrs{"client_name": "shop-2", "grant_types": []string{"authorization_code", "refresh_token"}})
		c.Apply(changed)
		c.WantEmpty(changed)
		w.wants(map[string]any{"client_name": "shop-2", "grant_types": []any{"authorization_code", "refresh_token"}})
		return changed
	}
	s.SetMember(id, "tls_client_certificate_bound_access_tokens", true)
	s.SetMember(id, "ext_user_token_lifetime", 77)
	changed := w.config.With(attrs{"client_name": "shop-2", "extension_metadata": attrs{"ext_pkce_mandatory": true, "ext_application_display_name": "Shop", "ext_id_token_lifetime": 60}})
	c.Apply(changed)
	c.WantEmpty(changed)
	w.wants(map[string]any{
		"client_name": "shop-2", "ext_application_display_name": "Shop", "ext_pkce_mandatory": true, "require_signed_request_object": true,
		"tls_client_certificate_bound_access_tokens": true, "ext_user_token_lifetime": json.Number("77"), "ext_id_token_lifetime": json.Number("60"),
	})
	// Removal: the server keeps a number, and says so in a warning; the plan stays clean.
	removed := changed.With(attrs{"require_signed_request_object": nil, "extension_metadata": attrs{"ext_pkce_mandatory": true}})
	c.Apply(removed)
	contains(t, c.Rig().Warnings(), "Server keeps removed parameters", "ext_id_token_lifetime: removed")
	c.WantEmpty(removed)
	return removed
}

// sent is a member of the last registration, nil where it was not sent.
func sent(t *testing.T, s *wso2.Server, member string) any {
	t.Helper()
	last, _ := s.Last(fakeop.OpRegister)
	var doc map[string]any
	if err := json.Unmarshal(last.Body, &doc); err != nil {
		t.Fatal(err)
	}
	return doc[member]
}

func (w *atWSO2) wants(want map[string]any) {
	w.t.Helper()
	now := w.registered()
	for member, v := range want {
		if diff := cmp.Diff(v, now[member]); diff != "" {
			w.t.Errorf("%s (-want +registered):\n%s", member, diff)
		}
	}
}

// drift is shown and repaired.
func (w *atWSO2) drift(config attrs) {
	t, c, s := w.t, w.c, w.s
	t.Helper()
	s.SetMember(c.Text("client_id"), "client_name", "renamed")
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.Text("client_name"); got != "renamed" {
		t.Errorf("the drift is not shown: client_name = %q", got)
	}
	c.Apply(config)
	c.WantEmpty(config)
	w.wants(map[string]any{"client_name": "shop-2"})
}

func (w *atWSO2) imported(config attrs) {
	w.t.Helper()
	imported := imported(w.t, w.c.Rig(), w.c.Text("client_id"))
	if imported.Text("client_secret") != w.c.Text("client_secret") || imported.Text("client_name") != "shop-2" {
		w.t.Errorf("imported %q, %q", imported.Text("client_secret"), imported.Text("client_name"))
	}
	imported.Apply(config)
	imported.WantEmpty(config)
}

// gone: deleted behind the back, the server says 401 without a word, and the plan proposes to register it anew. Then the
// destruction, proved at the server.
func (w *atWSO2) gone() {
	t, c, s := w.t, w.c, w.s
	t.Helper()
	s.RemoveClient(c.Text("client_id"))
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatalf("refresh after the deletion: %v", err)
	}
	if !c.State.IsNull() {
		t.Fatal("the client is still in the state")
	}
	c.Private = nil
	c.Apply(w.config)
	c.WantEmpty(w.config)
	c.Destroy()
	if n := len(s.Clients()); n != 1 { // the robot
		t.Errorf("%d clients left", n)
	}
}

// authorized holds each request against the credential that the test gave.
func (w *atWSO2) authorized() {
	scheme := w.scheme
	if scheme == "" {
		scheme = "Basic"
	}
	for _, op := range []fakeop.Operation{fakeop.OpRegister, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete} {
		for _, r := range w.s.Of(op) {
			if r.Method == http.MethodGet && r.AuthScheme == "" && !strings.Contains(strings.TrimPrefix(r.Path, "/"), "/register/") && strings.HasSuffix(r.Path, "/register") {
				continue // asked without the credential, to tell what the endpoint says to anybody
			}
			if r.AuthScheme != scheme {
				w.t.Errorf("%s authorized by %q", r, r.AuthScheme)
			}
		}
	}
}
