// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// sittings runs do at each server, or each product, that tells its clients and manages them as can says.
func sittings(t *testing.T, each func(*testing.T, func(*Instance) string, func(*testing.T, Server, *Instance)), can func(Capabilities) bool, do func(t *testing.T, s Server, x *sitting)) {
	t.Helper()
	lacks := func(i *Instance) string {
		if i.Clients == nil || !can(i.Can) {
			return "does not tell its clients, or cannot do with them what this test is about"
		}
		return ""
	}
	each(t, lacks, func(t *testing.T, s Server, i *Instance) { do(t, s, newSitting(t, i)) })
}

// stays wants the client in the state and at the server.
func (x *sitting) stays(h Handle, said string) {
	x.t.Helper()
	if now := x.states(); len(now) != 1 || now[0].ClientID != h.ClientID {
		x.t.Fatalf("the state has %v for %s:\n%s", now, h.ClientID, said)
	}
	if all := x.clients(); !slices.Equal(all, []string{h.ClientID}) {
		x.t.Fatalf("the server has %v for %s:\n%s", all, h.ClientID, said)
	}
}

// replaced makes the token of a handle outdated, by an update of somebody who has it.
func (x *sitting) replaced(t *testing.T, h Handle) {
	t.Helper()
	body := metadataOf(x.read(h))
	body["client_id"] = h.ClientID
	if a := call(t, http.MethodPut, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), body); a.Status != http.StatusOK {
		t.Fatalf("a bystander's update: %d %s", a.Status, a.Body)
	}
	if a := x.read(h); a.Status < 400 {
		t.Fatalf("the token before the update gets %d %s", a.Status, a.Body)
	}
}

// TestBothCredentialsReplaced replaces token and secret behind the back, which looks to the client's own credentials as a deletion does.
// No second client is registered, and the way out that the message names brings the first one back.
func TestBothCredentialsReplaced(t *testing.T) {
	sittings(t, eachProduct, func(can Capabilities) bool { return can == everything }, func(t *testing.T, s Server, x *sitting) {
		i, rotates := x.instance, knownFacts[s.Name()].facts.UpdateToken == "new"
		if i.NewSecret == nil || i.NewToken == nil || !rotates {
			t.Logf("nothing at %s ends a token or a secret", s.Title())
			return
		}
		x.Configure(x.block(), x.resource("App"))
		x.Apply()
		h := x.state()
		secret, err := i.NewSecret(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		x.replaced(t, h)
		for _, args := range [][]string{{"plan", "-no-color"}, tftest.TerminalApply, tftest.TerminalApply} {
			out, code := x.Try(args...)
			if code == 0 {
				t.Errorf("%s succeeds:\n%s", args[0], out)
			}
			x.says(out, h.ClientID, "registration_access_tokens")
			x.stays(h, out)
		}
		token, err := i.NewToken(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		x.Configure(x.block(fmt.Sprintf("registration_access_tokens = { %q = %q }", h.ClientID, token)), x.resource("App"))
		x.Apply()
		x.Configure(x.block(), x.resource("App"))
		x.Apply()
		x.Quiet()
		x.works("App")
		now := x.state()
		if shown := x.read(now).text("client_secret"); shown != "" && (shown != secret || now.ClientSecret != secret) {
			t.Errorf("the server shows the new secret: %t; the state has it: %t", shown == secret, now.ClientSecret == secret)
		}
		x.Must(tftest.TerminalDestroy...)
	})
}

// TestPublicClientGetsASecret makes a public client a confidential one, and has the secret that the server issues for it.
func TestPublicClientGetsASecret(t *testing.T) {
	sittings(t, eachWith, func(can Capabilities) bool { return can == everything }, func(t *testing.T, s Server, x *sitting) {
		method := func(m string) string {
			return fmt.Sprintf("token_endpoint_auth_method = %q\n  grant_types = [\"authorization_code\"]\n  response_types = [\"code\"]", m)
		}
		x.Configure(x.block(), x.resource("App", method("none")))
		x.Apply()
		x.Quiet()
		before := x.state()
		x.Configure(x.block(), x.resource("App", method("client_secret_basic")))
		out, code := x.Try(tftest.TerminalApply...)
		now := x.state()
		if now.ClientID != before.ClientID {
			t.Errorf("the update made %s of %s:\n%s", now.ClientID, before.ClientID, out)
		}
		a := x.read(now)
		switch {
		case a.text("token_endpoint_auth_method") == "none":
			// The server keeps it public: that is said. What is not shown, or as a list, is asked at the token endpoint below.
			x.says(out, `token_endpoint_auth_method: asked for "client_secret_basic"`)
		case code != 0:
			t.Errorf("the client is confidential, and the apply failed:\n%s", out)
		case now.ClientSecret == "":
			x.says(out, "client secret", now.ClientID)
		default:
			if got := evidence(t, x.instance, now, now.ClientSecret, "/callback"); got != knownFacts[s.Name()].facts.TokenAlive {
				t.Errorf("the secret in the state gets %q from the token endpoint, want %q", got, knownFacts[s.Name()].facts.TokenAlive)
			}
		}
		if code == 0 {
			x.Quiet()
		}
		t.Logf("%s: %s, a secret in the state: %t, exit code %d", s.Title(), a.text("token_endpoint_auth_method"), now.ClientSecret != "", code)
		x.Must(tftest.TerminalDestroy...)
		if all := x.clients(); len(all) > 0 {
			t.Errorf("the destruction left %v", all)
		}
	})
}

// TestImports imports a client by its URI and by its client_id, into a configuration that is written by hand and into one that the CLI
// generates: nothing is registered, and the plan after it is empty. What the one that is written by hand does not name is changed in place,
// so that the server must have an update.
func TestImports(t *testing.T) {
	sittings(t, eachWith, func(can Capabilities) bool { return can == everything }, func(t *testing.T, s Server, x *sitting) {
		x.Configure(x.block(), x.resource("App"))
		x.Apply()
		h := x.state()
		template := strings.Replace(h.RegistrationClientURI, h.ClientID, "{client_id}", 1)
		if h.RegistrationClientURI == "" || !strings.Contains(template, "{client_id}") {
			t.Fatalf("the client's URI is %q", h.RegistrationClientURI)
		}
		for _, c := range []struct {
			id        string
			generated bool
		}{{h.RegistrationClientURI, false}, {h.ClientID, false}, {h.RegistrationClientURI, true}, {h.ClientID, true}} {
			block := x.block(
				fmt.Sprintf("client_configuration_uri_template = %q", template),
				fmt.Sprintf("registration_access_tokens = { %q = %q }", h.ClientID, x.state().RegistrationAccessToken), // an update may rotate it
			)
			x.Must("state", "rm", "oidc_dynamic_client.c")
			into := fmt.Sprintf("import {\n  to = oidc_dynamic_client.c\n  id = %q\n}\n", c.id)
			want := "1 imported, 0 added, 0 changed, 0 destroyed"
			if c.generated {
				x.Configure(block, into)
				x.Must("plan", "-no-color", "-generate-config-out=generated.tf")
			} else {
				x.Configure(block, into+x.resource("App"))
				// What the server shows and the configuration does not name is taken out in place.
				want = "1 imported, 0 added, [01] changed, 0 destroyed"
			}
			if out := x.Apply(); !regexp.MustCompile(want).MatchString(line(out)) {
				t.Errorf("imported by %s, generated %t: it does not say %s:\n%s", c.id, c.generated, want, out)
			}
			x.Quiet()
			x.works("App")
			if now := x.state(); now.ClientID != h.ClientID || now.RegistrationClientURI != h.RegistrationClientURI {
				t.Errorf("imported by %s, generated %t: %s at %s", c.id, c.generated, now.ClientID, now.RegistrationClientURI)
			}
			if c.generated {
				if err := os.Remove(filepath.Join(x.Dir, "generated.tf")); err != nil {
					t.Fatal(err)
				}
			}
		}
		x.works("App")
		x.Configure(x.block(), x.resource("App"))
		x.Must(tftest.TerminalDestroy...)
		if all := x.clients(); len(all) > 0 {
			t.Errorf("the destruction left %v", all)
		}
	})
}
