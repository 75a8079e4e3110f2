// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The ways to keep the token of a client that a plan's read has replaced, taken as they are written.
func TestFindRotatedWays(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"the block's own token": true, "a token of the provider": false} {
		for _, issued := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, newly issued %v", name, issued), func(t *testing.T) {
				t.Parallel()
				s := &fakeop.Server{}
				client, settings := one(t, s, portal)
				s.SetFaults(fakeop.Faults{RotateTokenOnRead: true})
				block, process := attrs{"registration_client_uri": client.URI}, settings
				sends := block
				says := "This shows the new token, as current_registration_access_token:\n    terraform state pull\n  Before the next plan, set it on the provider"
				if own {
					sends, says = block.With(attrs{"registration_access_token": client.Token}), "Before the next plan, remove the token here where it is not a resource's, and set on the provider the new one"
				} else {
					process = settings.With(attrs{"registration_access_tokens": attrs{client.ID: client.Token}})
				}
				got, err := start(t, process).ReadData("oidc_client", sends)
				wants(t, err, says, fmt.Sprintf("    registration_access_tokens = { %q = ", client.URI))
				token := textOf(got["current_registration_access_token"])
				if issued {
					token = s.ReissueToken(client.ID)
				}
				process = settings.With(attrs{"registration_access_tokens": attrs{client.URI: token}, "token_journal": attrs{"path": filepath.Join(t.TempDir(), "clients.journal")}})
				for range 3 {
					got, err := start(t, process).ReadData("oidc_client", block)
					if wants(t, err, "The token journal has them"); textOf(got["client_name"]) == "" {
						t.Error("not read")
					}
				}
			})
		}
	}
}

// The provider's own credentials alone are used, and are not for the client's server. What is told then is one way, without what is set already.
func TestFindWhereTokensAreUnused(t *testing.T) {
	t.Parallel()
	home := searching(t, func(*http.Request) (int, string) { return 404, `{}` })
	s := &fakeop.Server{}
	client, _ := one(t, s, portal)
	settings := attrs{"registration_endpoint": home, "basic_auth": attrs{"username": "admin", "password": "word"}, "management": "provider_credentials"}
	tokens := attrs{"registration_access_tokens": attrs{client.URI: client.Token}}
	way := []string{"To have the client read with its registration access token, set on the provider:\n    management = \"auto\"", fmt.Sprintf("\n    registration_access_tokens = { %q = ", client.URI)}
	for name, c := range map[string]struct {
		settings, block attrs
		set             bool
	}{
		"no token": {settings, nil, false}, "the block's own": {settings, attrs{"registration_access_token": client.Token}, true}, "the provider's": {settings.With(tokens), nil, true},
	} {
		block := attrs{"registration_client_uri": client.URI}.With(c.block)
		_, err := start(t, c.settings).ReadData("oidc_client", block)
		wants(t, err, way[0])
		if strings.Contains(err.Error(), way[1]) == c.set || strings.Count(err.Error(), "\n- ") != 1 {
			t.Errorf("%s: %v", name, err)
		}
		with := c.settings.With(attrs{"management": "auto"})
		if !c.set {
			with = with.With(tokens)
		}
		if _, err := start(t, with).ReadData("oidc_client", block); err != nil {
			t.Errorf("%s: with the way that is told: %v", name, err)
		}
	}
}

// Where the block's own token is refused and one of the provider's settings is accepted, what is told is about the block, not about a state, which a look has none of.
func TestFindWithAnotherToken(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{}
	client, settings := one(t, s, portal)
	now := s.ReissueToken(client.ID)
	got, err := start(t, settings.With(attrs{"registration_access_tokens": attrs{client.URI: now}})).ReadData("oidc_client", attrs{"registration_client_uri": client.URI, "registration_access_token": client.Token})
	wants(t, err, "Other registration access token used", "configured for this read", "registration_access_tokens of the provider", "Where it is written here, it is of no use any more")
	if strings.Contains(err.Error(), "in the state") || textOf(got["client_name"]) != "portal" || textOf(got["current_registration_access_token"]) != now {
		t.Error(err)
	}
}

// Of two clients of a name, each way that is told finds one.
func TestFindOneOfSeveral(t *testing.T) {
	t.Parallel()
	const first, second = `{"client_id":"1","client_name":"shop"}`, `{"client_id":"2","client_name":"shop"}`
	endpoint := searching(t, func(r *http.Request) (int, string) {
		switch {
		case r.URL.Path == "/register/1", r.URL.Query().Get("owner") == "team-a":
			return 200, first
		case r.URL.Path == "/register/2":
			return 200, second
		}
		return 200, "[" + first + "," + second + "]"
	})
	p := start(t, attrs{"registration_endpoint": endpoint, "basic_auth": attrs{"username": "admin", "password": "word"}, "management": "provider_credentials"})
	_, err := p.ReadData("oidc_client", attrs{"client_name": "shop"})
	wants(t, err, "2 clients", `client_id = "CLIENT_ID"`, "{registration_endpoint}?client_name={client_name}&PARAMETER=VALUE")
	shows(t, p, attrs{"client_id": "2"}, map[string]string{"client_id": "2", "client_name": "shop"})
	shows(t, p, attrs{"client_name": "shop", "client_query_template": "{registration_endpoint}?client_name={client_name}&owner=team-a"}, map[string]string{"client_id": "1"})
}

// A search that is refused because it had no credential names no wrong one, and the credential that it lacks helps. One that is refused with a credential is
// told as before.
func TestASearchWithoutACredentialIsTold(t *testing.T) {
	t.Parallel()
	endpoint := searching(t, func(r *http.Request) (int, string) {
		if r.Header.Get("Authorization") != "Bearer right-token" {
			return 401, `{"error": "invalid_token"}`
		}
		if r.URL.Path == "/register/1" {
			return 200, `{"client_id": "1", "client_name": "shop"}`
		}
		return 200, `[{"client_id": "1", "client_name": "shop"}]`
	})
	settings := attrs{"registration_endpoint": endpoint}
	_, err := start(t, settings).ReadData("oidc_client", attrs{"client_name": "shop"})
	wants(t, err, "without a credential: the provider has none for this server", "initial_access_token = var.initial_access_token")
	if strings.Contains(err.Error(), "do not accept") {
		t.Error(err)
	}
	_, err = start(t, settings.With(attrs{"initial_access_token": "wrong-token"})).ReadData("oidc_client", attrs{"client_name": "shop"})
	wants(t, err, "a credential that they do not accept")
	if strings.Contains(err.Error(), "without a credential") {
		t.Error(err)
	}
	shows(t, start(t, settings.With(attrs{"initial_access_token": "right-token", "management": "provider_credentials"})), attrs{"client_name": "shop"}, map[string]string{"client_id": "1"})
}

// The same of an ephemeral resource, which shows nobody the token that its read brought.
func TestSecretFetchedWithATokenThatIsUsedUp(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"the block's own token": true, "a token of the provider": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			client, settings := one(t, s, secured())
			s.SetFaults(fakeop.Faults{RotateTokenOnRead: true})
			open := func(token string, own bool, more attrs) string {
				given, with := attrs{"client_id": client.ID, "registration_client_uri": client.URI}, settings.With(more)
				if own {
					given["registration_access_token"] = token
				} else {
					with = with.With(attrs{"registration_access_tokens": attrs{client.ID: token}})
				}
				answer, err := start(t, with).Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
					TypeName: "oidc_client_secret", Config: configured(t, schemas(t).EphemeralResourceSchemas["oidc_client_secret"], given),
				})
				if err != nil {
					t.Fatal(err)
				}
				return details(answer.Diagnostics)
			}
			said := open(s.CurrentToken(client.ID), own, nil)
			containsAll(t, said, "is used up", `    registration_access_tokens = { "`+client.ID+"\" = var.registration_access_token }\n    token_journal = { path = ")
			if strings.Contains(said, "remove the token here") != own {
				t.Error(said)
			}
			token, journaled := s.ReissueToken(client.ID), attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "clients.journal")}}
			for range 3 {
				if said := open(token, false, journaled); said != "" {
					t.Errorf("with the way that is told: %s", said)
				}
			}
		})
	}
}
