// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Of an import by the client_id the provider makes the address itself. Where the token is refused there, it may be the right one, and the way
// that helps is the address that the server gave the client.
func TestImportByTheClientIDWhereTheClientIsElsewhere(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]fakeop.ClientURIForm{"query": fakeop.URIQuery, "endpoint": fakeop.URIEndpoint} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{ClientURI: form}
			maker := newSubject(t, op, nil)
			maker.Apply(secured())
			client := op.Clients()[0]
			r := newSubject(t, op, attrs{"registration_access_tokens": attrs{client.ID: client.Token}})
			err := r.TryImport(&tfprotov6.ImportResourceStateRequest{TypeName: "oidc_dynamic_client", ID: client.ID})
			if err == nil {
				t.Fatal("the address is right")
			}
			containsAll(t, err.Error(), "client_configuration_uri_template gives", "import it by that URI", "terraform import ADDRESS REGISTRATION_CLIENT_URI")
			if form == fakeop.URIEndpoint { // whose address names no client_id
				r.start(attrs{"registration_access_tokens": attrs{"register": client.Token}})
			}
			if err := r.TryImport(&tfprotov6.ImportResourceStateRequest{TypeName: "oidc_dynamic_client", ID: client.URI}); err != nil {
				t.Errorf("as the way has it: %v", err)
			}
		})
	}
}
