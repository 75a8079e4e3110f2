// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
)

// forDocs makes what `providers schema -json` printed into what tfplugindocs reads, alike for every CLI:
//   - The provider's key is its short name. A CLI writes its own default registry's host into it.
//   - What only some CLIs write (identities, list resources, actions, state stores) is left out: the docs would depend on
//     who generated them. Pages and examples of those are written in templates/.
func forDocs(printed []byte) ([]byte, error) {
	var all struct {
		FormatVersion string                                `json:"format_version"`
		Providers     map[string]map[string]json.RawMessage `json:"provider_schemas"`
	}
	if err := json.Unmarshal(printed, &all); err != nil {
		return nil, fmt.Errorf("reading the provider's schema: %w", err)
	}
	if len(all.Providers) != 1 {
		return nil, fmt.Errorf("the CLI printed the schemas of %d providers, want one", len(all.Providers))
	}
	for key, schema := range all.Providers {
		for _, name := range []string{"resource_identity_schemas", "list_resource_schemas", "action_schemas", "state_store_schemas"} {
			delete(schema, name)
		}
		delete(all.Providers, key)
		all.Providers["oidc"] = schema
		break
	}
	return json.Marshal(all)
}
