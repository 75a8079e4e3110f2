// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// secretless is a client without its secret in the state, and the secret handed to another resource by an ephemeral one. Terraform
// has no write-only attribute at hand but ours: whoever registers with that initial access token shows that the secret arrived.
const secretless = `resource "oidc_dynamic_client" "c" {
  client_name         = "App"
  redirect_uris       = ["https://app.example.com/cb"]
  store_client_secret = false
}

ephemeral "oidc_client_secret" "c" {
  client_id                 = oidc_dynamic_client.c.client_id
  registration_client_uri   = oidc_dynamic_client.c.registration_client_uri
  registration_access_token = oidc_dynamic_client.c.registration_access_token
}

resource "oidc_dynamic_client" "user" {
  client_name           = "User"
  redirect_uris         = ["https://user.example.com/cb"]
  registration_endpoint = %q
  initial_access_token  = ephemeral.oidc_client_secret.c.client_secret
}`

// TestEphemeralSecret fetches a secret that no state has, on servers that show it on a read.
func TestEphemeralSecret(t *testing.T) {
	for name, c := range map[string]struct {
		faults  fakeop.Faults
		journal bool
		more    string // of the provider's settings
		refused string
		at      string // "once": the same apply registers the client
	}{
		"shown":                  {},
		"token rotates, journal": {faults: fakeop.Faults{RotateTokenOnRead: true}, journal: true},
		"all rotates, journal":   {faults: rotatesEach, journal: true},
		"token rotates":          {faults: fakeop.Faults{RotateTokenOnRead: true}, refused: "Client secret not fetched, because reads rotate credentials"},
		"token rotates, at once": {faults: fakeop.Faults{RotateTokenOnRead: true}, refused: "Client secret not fetched, because reads rotate credentials", at: "once"},
		"hidden":                 {faults: fakeop.Faults{OmitSecretOnRead: true}, refused: "Server does not show the client secret"},
		"hashed":                 {faults: fakeop.Faults{HashedSecretOnRead: true}, refused: "Server does not show the client secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, other := &fakeop.Server{Faults: c.faults}, &fakeop.Server{Seed: "other"}
			x := newTerminal(t)
			server.Start(t)
			other.Start(t)
			provider := settings(t, server, c.journal) + c.more
			if c.at == "" {
				x.Configure(provider, fmt.Sprintf(one, "App", "store_client_secret = false"))
				x.Apply()
			}
			x.Configure(provider, fmt.Sprintf(secretless, other.RegistrationEndpoint()))
			server.ResetLog()
			out, code := x.Try(tftest.TerminalApply...)
			secret := ""
			if client := server.Clients()[0]; true {
				secret = client.Secret
			}
			if c.refused != "" {
				if code == 0 {
					t.Fatalf("the apply succeeded:\n%s", out)
				}
				containsAll(t, oneLine(out), c.refused)
				if name == "token rotates" {
					if n := server.CountOf(fakeop.OpRead); n != 0 {
						t.Errorf("%d reads cost the client its token", n)
					}
				}
				containsNone(t, out, secret)
				if client := server.Clients()[0]; c.at == "once" && !x.Keeps(clientType, "c", "registration_access_token", client.Token) {
					t.Error("the token in the state is not in force")
				}
				return
			}
			if code != 0 {
				t.Fatalf("the apply failed:\n%s", out)
			}
			used, _ := other.Last(fakeop.OpRegister)
			shown := false
			for _, request := range server.Of(fakeop.OpRead) {
				shown = shown || containsText(request.Answer, used.Credential)
			}
			if used.Credential == "" || !shown {
				t.Errorf("the other resource got %q, which the server never showed", used.Credential)
			}
			if a := x.resources()["c"]; a["client_secret"] != nil {
				t.Errorf("the state has the secret %v", a["client_secret"])
			}
			x.spills(used.Credential, secret)
			x.Apply()
			x.Must("destroy", "-auto-approve", "-no-color")
			if n := len(server.Clients()) + len(other.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// unreadClient is what begins with a server that fails at each read, with the configuration for a client there whose secret goes to another one.
func unreadClient(t *testing.T) (x *terminal, server, other *fakeop.Server, provider, config string) {
	t.Helper()
	unread := fakeop.Faults{}
	unread.Reading.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusInternalServerError})
	server, other, x = &fakeop.Server{Faults: unread}, &fakeop.Server{Seed: "other"}, newTerminal(t)
	server.Start(t)
	other.Start(t)
	return x, server, other, settings(t, server, false) + "max_retries = 0\n", fmt.Sprintf(secretless, other.RegistrationEndpoint())
}

// A client that the apply registered, and could not read, is read by nothing whose result is saved nowhere. The ways of that message, each as it is written: to apply the
// client alone, or to read it all the same.
func TestSecretOfAnUnreadClient(t *testing.T) {
	for name, faults := range map[string]fakeop.Faults{"reads rotate nothing": {}, "reads rotate the token": {RotateTokenOnRead: true}} {
		for _, way := range []string{"terraform apply -target=ADDRESS", "terraform apply", `refresh = "always"`} {
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				x, server, other, provider, config := unreadClient(t)
				x.Configure(provider, config)
				out, code := x.Try(tftest.TerminalApply...)
				if code == 0 {
					t.Fatalf("the apply succeeded:\n%s", out)
				}
				containsAll(t, oneLine(out), "Client secret not fetched, because what reads do is not known", "terraform apply -target=ADDRESS", `refresh = "always"`, `token_journal = { path = "clients.journal" }`)
				server.SetFaults(faults)
				rotates := faults.RotateTokenOnRead
				switch way {
				case "terraform apply -target=ADDRESS":
					x.Must(with(tftest.TerminalApply, "-target="+clientType+".c")...)
				case `refresh = "always"`:
					provider += `refresh = "always"` + "\n" + `token_journal = { path = "clients.journal" }` + "\n"
					x.Configure(provider, config)
					rotates = false // the journal keeps the tokens
				}
				out, code = x.Try(tftest.TerminalApply...)
				if rotates {
					containsAll(t, oneLine(out), "Client secret not fetched, because reads rotate credentials")
					x.Configure(provider+`token_journal = { path = "clients.journal" }`+"\n", config)
					out, code = x.Try(tftest.TerminalApply...)
				}
				if code != 0 {
					t.Fatalf("the apply failed:\n%s", out)
				}
				if used, _ := other.Last(fakeop.OpRegister); used.Credential != server.Clients()[0].Secret {
					t.Error("the secret did not arrive")
				}
				x.Must("destroy", "-auto-approve", "-no-color")
				if n := len(server.Clients()) + len(other.Clients()); n != 0 {
					t.Errorf("%d clients are left", n)
				}
			})
		}
	}
}

// With refresh = "never" no apply reads such a client of itself, so that to apply it alone is in vain. The ways of the message, each as it is written.
func TestSecretOfAClientThatIsNeverRead(t *testing.T) {
	const never = "refresh = \"never\"\n"
	for _, on := range []string{"resource", "provider"} {
		for _, way := range []string{"terraform apply -target=ADDRESS", `refresh = "always"`} {
			t.Run(on+", "+way, func(t *testing.T) {
				t.Parallel()
				x, server, other, provider, config := unreadClient(t)
				unreadConfig, unreadProvider := config, provider
				if on == "resource" {
					unreadConfig = strings.Replace(config, "{\n", "{\n"+never, 1)
				} else {
					unreadProvider += never
				}
				x.Configure(unreadProvider, unreadConfig)
				refused := func(when string) {
					t.Helper()
					out, code := x.Try(tftest.TerminalApply...)
					if code == 0 {
						t.Fatalf("%s: the apply succeeded:\n%s", when, out)
					}
					containsAll(t, oneLine(out), "Client secret not fetched, because what reads do is not known", `Remove refresh = "never" from the resource and the provider`, way)
				}
				refused("at once")
				server.SetFaults(fakeop.Faults{})
				refused("later")
				x.Try(with(tftest.TerminalApply, "-target="+clientType+".c")...)
				refused("after an apply of the client alone")
				if way == `refresh = "always"` {
					x.Configure(provider+way+"\n"+`token_journal = { path = "clients.journal" }`+"\n", unreadConfig)
				} else {
					x.Configure(provider, config)
					x.Must(with(tftest.TerminalApply, "-target="+clientType+".c")...)
					x.Configure(unreadProvider, unreadConfig)
				}
				x.Must(tftest.TerminalApply...)
				if used, _ := other.Last(fakeop.OpRegister); used.Credential != server.Clients()[0].Secret {
					t.Error("the secret did not arrive")
				}
			})
		}
	}
}
