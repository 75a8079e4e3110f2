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

// TestADisabledClientIsKept disables a client, as after an incident. Its token is refused then as one of a client that does not exist, and so is its
// secret: what the authorization endpoint says to a user is all that tells. The client stays in the state, and goes on once it is enabled, with the
// token that the administrator may have given out in the meantime.
func TestADisabledClientIsKept(t *testing.T) {
	sittings(t, eachProduct, func(can Capabilities) bool { return can.Read }, func(t *testing.T, s Server, x *sitting) {
		if x.instance.Enable == nil || x.instance.NewToken == nil {
			t.Logf("an administrator of %s disables no client", s.Title())
			return
		}
		config := x.resource("disabled", `on_missing = "recreate"`)
		x.Configure(x.block(), config)
		x.Must(tftest.TerminalApply...)
		h := x.state()
		for _, reissued := range []bool{false, true} {
			more := ""
			if err := x.instance.Enable(t.Context(), h, false); err != nil {
				t.Fatal(err)
			}
			if reissued {
				token, err := x.instance.NewToken(t.Context(), h)
				if err != nil {
					t.Fatal(err)
				}
				more = fmt.Sprintf("registration_access_tokens = { %q = %q }", h.ClientID, token)
			}
			said, code := x.Try(tftest.TerminalApply...)
			if held := x.states(); code == 0 || len(held) != 1 || held[0].ClientID != h.ClientID || len(x.clients()) != 1 || !strings.Contains(strings.Join(strings.Fields(said), " "), "have the server's administrator enable it") {
				t.Fatalf("the state has %v, and the server %v:\n%s", held, x.clients(), said)
			}
			if err := x.instance.Enable(t.Context(), h, true); err != nil {
				t.Fatal(err)
			}
			x.Configure(x.block(more), config)
			x.Must(tftest.TerminalApply...)
			if now := x.state(); now.ClientID != h.ClientID {
				t.Errorf("the client is %s, and was %s", now.ClientID, h.ClientID)
			}
		}
		x.Must(tftest.TerminalDestroy...)
		if all := x.clients(); len(all) > 0 {
			t.Errorf("the destruction left %v", all)
		}
	})
}
