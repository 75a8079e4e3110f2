// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Without a token and without credentials of the provider's that would do, the message says which of them is not there, and each way that it
// names works.
func TestFindWithoutAnyCredential(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{AdminToken: "admin"}
	client, settings := one(t, s, portal)
	named := attrs{"registration_client_uri": client.URI}
	byToken := settings.With(attrs{"management": "registration_access_token", "initial_access_token": "admin"})
	shown := map[string]string{"client_name": "portal"}
	const here, provided, auto = "registration_access_token = var.registration_access_token", "initial_access_token = var.initial_access_token", `management = "auto"`

	for name, c := range map[string]struct {
		settings, then attrs
		says, way      string
	}{
		"none at all":                {settings, settings.With(attrs{"initial_access_token": "admin"}), "the provider has no credentials of its own", provided},
		"none by management":         {byToken, byToken.With(attrs{"management": "auto"}), `with management = "registration_access_token"`, auto},
		"none at all, a list":        {settings, settings.With(attrs{"registration_access_tokens": attrs{client.ID: s.CurrentToken(client.ID)}}), "the provider has no credentials of its own", here},
		"none by management, a list": {byToken, byToken.With(attrs{"registration_access_tokens": attrs{client.ID: s.CurrentToken(client.ID)}}), "No registration access token of it is set", here},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := start(t, c.settings).ReadData("oidc_client", named)
			wants(t, err, "No credential to read the client with", c.says, c.way, here)
			for _, wrong := range []string{"the state", "provider's server only"} {
				if strings.Contains(err.Error(), wrong) {
					t.Errorf("it says %q:\n%v", wrong, err)
				}
			}
			shows(t, start(t, c.then), named, shown)
			shows(t, start(t, c.settings), named.With(attrs{"registration_access_token": s.CurrentToken(client.ID)}), shown)
		})
	}
}
