// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// refusedKinds is how many of the kinds of clients a server does not register, by the first word of its name, and what is said of it.
var refusedKinds = map[string]struct {
	count int
	said  string
}{
	"authlib":  {2, "grant_types is refused"},
	"django":   {1, "The client was deregistered again"}, // it would authenticate by HTTP Basic
	"glewlwyd": {2, "redirect_uris is mandatory"},
	"nanoidp":  {2, "at least one redirect_uri is required"},
}

// TestDeletedClientsOfEachKind deletes clients behind the back that lack what the lifecycle's client has: a redirect URI, by which the
// authorization endpoint tells of a client, or a secret, by which the token endpoint does. The plan creates each of them anew.
func TestDeletedClientsOfEachKind(t *testing.T) {
	sittings(t, eachProduct, func(can Capabilities) bool { return can.Read && can.Delete }, func(t *testing.T, s Server, x *sitting) {
		machine := func(name, method string) string {
			return fmt.Sprintf("resource \"oidc_dynamic_client\" %q {\n  client_name = %q\n  token_endpoint_auth_method = %q\n"+
				"  grant_types = [\"client_credentials\"]\n  response_types = []\n}\n", name, name, method)
		}
		x.Configure(x.block(), x.resource("public", "token_endpoint_auth_method = \"none\"", "grant_types = [\"authorization_code\"]", "response_types = [\"code\"]")+
			machine("basic", "client_secret_basic")+machine("post", "client_secret_post"))
		said, code := x.Try(tftest.TerminalApply...)
		product, _, _ := strings.Cut(s.Name(), "-")
		refused, clients := refusedKinds[product], x.states()
		if len(clients) != 3-refused.count || (code == 0) != (refused.count == 0) || !strings.Contains(said, refused.said) {
			t.Fatalf("%d clients are registered, want %d:\n%s", len(clients), 3-refused.count, said)
		}
		for _, h := range clients {
			if err := x.instance.DeleteBehind(t.Context(), h); err != nil {
				t.Fatal(err)
			}
		}
		if out := x.Must("plan", "-no-color"); !strings.Contains(out, "Plan: 3 to add, 0 to change, 0 to destroy") {
			t.Errorf("the clients that are gone are not created anew:\n%s", out)
		}
		x.Must(tftest.TerminalDestroy...)
		if all := x.clients(); len(all) > 0 {
			t.Errorf("the destruction left %v", all)
		}
	})
}
