// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// facts are what one server did in a registration's life. The provider has no branch on a vendor's name, but
// its general rules were made for these behaviours: a server that changes one is noticed here first.
type facts = checkup.Facts

// document is sent to every server, less what it refuses.
func document(i *Instance) map[string]any {
	at := i.Redirect
	return taken(i, map[string]any{
		"redirect_uris":  []any{at + "/b", at + "/a", at + "/b"},
		"client_name":    "Interop",
		"client_name#ja": "相互運用",
		"contacts":       []any{"b@example.com", "a@example.com"},
		"grant_types":    []any{"refresh_token", "authorization_code"},
		"response_types": []any{"code"},
		"x_unknown":      "a member that no registry knows",
	})
}

// taken adds to a document what every client of the tests has, and takes out what the server refuses outright.
func taken(i *Instance, doc map[string]any) map[string]any {
	at := i.Redirect
	maps.Copy(doc, map[string]any{
		"client_uri":                   at + "/",
		"logo_uri":                     at + "/logo.png",
		"tos_uri":                      at + "/tos",
		"policy_uri":                   at + "/policy",
		"token_endpoint_auth_method":   "client_secret_basic",
		"scope":                        "profile email",
		"application_type":             "web",
		"id_token_signed_response_alg": "RS256",
		"default_max_age":              3600,
		"require_auth_time":            true,
		"software_id":                  "interop",
		"software_version":             "1",
	})
	for _, name := range i.Refused {
		delete(doc, name)
	}
	return doc
}

// measure takes a client through a whole life and notes what the server did, as the command check does for a user's own server. It
// fails only where it cannot go on.
func measure(t *testing.T, i *Instance, doc map[string]any) facts {
	t.Helper()
	ctx := t.Context()
	authority, err := testAuthority()
	if err != nil {
		t.Fatal(err)
	}
	wire, err := transport.New(transport.Options{CACertificates: authority.bundle()})
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	subject := checkup.Subject{
		Issuer: i.Issuer, RegistrationEndpoint: i.RegistrationEndpoint, TokenEndpoint: i.TokenEndpoint, AuthorizationEndpoint: i.AuthorizationEndpoint,
		WebFingerResource: i.WebFingerResource, Authorization: authorization(i.Authorization), Document: doc, Redirect: i.Redirect + "/a", Provoke: true,
	}
	if i.Authorization != "" {
		// What authorizes a registration may manage the client, where the server gives it no token. Confirm finds out.
		subject.Credential, subject.URI = subject.Authorization, func(id string) string { return i.RegistrationEndpoint + "/" + url.PathEscape(id) }
	}
	m := checkup.NewMeasurement(wire.Do, subject)
	var known checkup.Handle
	m.Keep = func(h checkup.Handle) { known = h }
	if err := errors.Join(m.Publish(ctx), m.Register(ctx), m.Confirm(ctx)); err != nil {
		t.Fatalf("registration: %v", err)
	}
	said := func(when string, want bool) {
		t.Helper()
		h := Handle{
			ClientID: known.ClientID, ClientSecret: known.ClientSecret.Reveal(), RegistrationAccessToken: known.RegistrationAccessToken.Reveal(),
			RegistrationClientURI: known.RegistrationClientURI,
		}
		if ok, err := i.Exists(ctx, h); err != nil || ok != want {
			t.Errorf("the server's own word on a client %s: %t, %v", when, ok, err)
		}
	}
	said("that is registered", true)
	if m.Managed() {
		for _, step := range []func(context.Context) error{m.Manage, m.Witness, m.End} {
			if err := step(ctx); err != nil {
				t.Fatal(err)
			}
		}
		said("after the DELETE", !i.Can.Delete)
	}
	return m.Facts
}

// authorization is the credential of an Authorization header.
func authorization(header string) transport.Authorizer {
	if token, ok := strings.CutPrefix(header, "Bearer "); ok {
		return transport.Bearer(secret.New(token))
	}
	if user, password, ok := basicAuth(header); ok {
		return transport.Basic(user, secret.New(password))
	}
	return transport.NoAuth()
}

func basicAuth(header string) (user, password string, ok bool) {
	return (&http.Request{Header: http.Header{"Authorization": {header}}}).BasicAuth()
}

// evidence asks the token endpoint as the client, with a code that cannot be one, for a redirect URI that it has.
func evidence(t *testing.T, i *Instance, h Handle, secret, path string) string {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {i.Redirect + path}}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(h.ClientID)+":"+url.QueryEscape(secret)))
	a := send(t, http.MethodPost, i.TokenEndpoint, basic, "application/x-www-form-urlencoded", form.Encode())
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.text("error")))
}

func became(a answer, member, was string) string {
	switch is := a.text(member); is {
	case "":
		return "absent"
	case was:
		return "same"
	default:
		return "new"
	}
}

// can is what the answers of the client configuration endpoint say of the server.
func can(f facts) Capabilities {
	read, update, remove := f.Can()
	return Capabilities{Read: read, Update: update, Delete: remove}
}

func TestFacts(t *testing.T) {
	eachServer(t, func(t *testing.T, s Server) {
		known, ok := knownFacts[s.Name()]
		if !ok {
			t.Fatalf("no facts are known of %s", s.Name())
		}
		i := start(t, s)
		got := measure(t, i, document(i))
		if diff := cmp.Diff(known.facts, got); diff != "" {
			t.Errorf("%s %s does not do what was measured before (-known +now):\n%s", s.Title(), s.Version(), diff)
		}
		if got.Read != 0 {
			if can := can(got); can != i.Can {
				t.Errorf("the server can %+v, and is declared to %+v", can, i.Can)
			}
		}
		t.Run("the command check agrees", func(t *testing.T) { agrees(t, i, known.facts) })
		if known.more != nil {
			known.more(t, i)
		}
	})
}
