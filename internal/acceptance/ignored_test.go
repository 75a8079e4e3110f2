// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

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
