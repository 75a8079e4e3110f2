// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// What an administrator has set of an attribute that is ignored stands beside what no attribute has: an update of something else is not held
// to it, and leaves both as they are.
func TestIgnoredValuesOfAnAdministrator(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]map[string]any{
		"keys elsewhere":    {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example.com/jwks"},
		"subject elsewhere": {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			const ignored = "lifecycle { ignore_changes = [token_endpoint_auth_method] }"
			x, provider := applied(t, server, ignored)
			id, _ := x.resources()["c"]["client_id"].(string)
			for member, value := range set {
				server.SetMember(id, member, value)
			}
			x.Quiet()
			x.Configure(provider, fmt.Sprintf(one, "App", "client_uri = \"https://app.example.com\"\n  "+ignored))
			x.Apply()
			client := server.Clients()[0]
			if client.Metadata["client_uri"] == nil {
				t.Error("client_uri is not set")
			}
			for member, value := range set {
				if got := client.Metadata[member]; fmt.Sprint(got) != fmt.Sprint(value) {
					t.Errorf("%s is %v, an administrator had set %v", member, got, value)
				}
			}
			x.Quiet()
		})
	}
}

// What the server has dropped by itself and the configuration does not manage, by ignore_changes or because its line is removed, leaves
// nothing to do: an update would send nothing. Nor is it news when the server has it again.
func TestMemberThatTheServerDropped(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]string{
		"ignored":          "contacts = [\"a@example.com\"]\n  extension_metadata = { ext_a = \"x\" }\n  lifecycle { ignore_changes = [contacts, extension_metadata] }",
		"all ignored":      "contacts = [\"a@example.com\"]\n  extension_metadata = { ext_a = \"x\" }\n  lifecycle { ignore_changes = all }",
		"ignored, another": "contacts = [\"b@example.com\"]\n  extension_metadata = { ext_a = \"y\" }\n  lifecycle { ignore_changes = [contacts, extension_metadata] }",
		"line removed":     "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Extensions: []string{"ext_a"}}
			x, provider := applied(t, server, "contacts = [\"a@example.com\"]\n  extension_metadata = { ext_a = \"x\" }")
			id, _ := x.resources()["c"]["client_id"].(string)
			server.UnsetMember(id, "contacts")
			server.UnsetMember(id, "ext_a")
			x.Configure(provider, fmt.Sprintf(one, "App", after))
			x.Quiet()
			x.Apply()
			x.Quiet()
			server.SetMember(id, "contacts", []any{"c@example.com"})
			server.SetMember(id, "ext_a", "z")
			x.Quiet()
			sends(t, server, "")
		})
	}
}
