// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// TestClientCredentials registers with an access token that is fetched in each of the three ways.
func TestClientCredentials(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	jwks, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	onlyServer(t, "oidc-provider-9-client-credentials", func(t *testing.T, s Server) {
		server := *s.(*appServer)
		server.env = machineEnv(jwks)
		i := start(t, &server)
		for _, c := range []struct{ method, lines string }{
			{"basic", fmt.Sprintf("client_secret = %q", machineSecret)},
			{"post", fmt.Sprintf("method = \"client_secret_post\"\n  client_secret = %q", machineSecret)},
			{"jwt", fmt.Sprintf("method = \"private_key_jwt\"\n  key_id = \"1\"\n  private_key = <<-PEM\n%sPEM", encodePEM("PRIVATE KEY", pkcs8))},
		} {
			t.Run(c.method, func(t *testing.T) {
				own := *i
				own.ProviderConfig = machineCredentials(c.method, c.lines)
				w := newWorkspace(t, &own)
				w.finder = fmt.Sprintf("issuer = %q", i.Issuer)
				w.configure(t, application(i))
				w.apply(t)
				h := w.handle(t)
				if ok, err := i.Exists(t.Context(), h); err != nil || !ok {
					t.Errorf("the server's word on the client: %t, %v", ok, err)
				}
				w.run(t, 0, "destroy", "-auto-approve", "-json")
				if ok, err := i.Exists(t.Context(), h); err != nil || ok {
					t.Errorf("the server's word on the client after its destruction: %t, %v", ok, err)
				}
			})
		}
	})
}

// TestOneModule applies the module of examples/ to three servers. What differs is the provider's configuration alone.
func TestOneModule(t *testing.T) {
	for _, name := range []string{"oidc-provider-9", "glewlwyd", "wso2"} {
		onlyServer(t, name, func(t *testing.T, s Server) {
			i := start(t, s)
			w := newWorkspace(t, i)
			w.finder = fmt.Sprintf("issuer = %q", i.Issuer)
			w.configure(t, nil)
			if err := w.CopyDir("../../examples/modules/client", "client"); err != nil {
				t.Fatal(err)
			}
			if err := w.Write("module.tf", module); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Run(t.Context(), "init", "-no-color"); err != nil {
				t.Fatal(err)
			}
			w.apply(t)
			h := w.handle(t)
			if ok, err := i.Exists(t.Context(), h); err != nil || !ok {
				t.Errorf("the server's word on the client: %t, %v", ok, err)
			}
			w.wantEmptyPlan(t)
			w.run(t, 0, "destroy", "-auto-approve", "-json")
			if ok, err := i.Exists(t.Context(), h); err != nil || ok {
				t.Errorf("the server's word on the client after its destruction: %t, %v", ok, err)
			}
		})
	}
}

const module = `
module "web" {
  source = "./client"

  name          = "web"
  uri           = "https://app.example.com/"
  contacts      = ["ops@example.com"]
  redirect_uris = ["https://app.example.com/callback"]
  grant_types   = ["authorization_code", "refresh_token"]
}
`

// onlyServer runs do on one server, if it is selected.
func onlyServer(t *testing.T, name string, do func(t *testing.T, s Server)) {
	t.Helper()
	if selected := os.Getenv("INTEROP_SERVERS"); selected != "" && !Matches(selected, name) {
		t.Logf("%s is not selected", name)
		return
	}
	withServers(t, func(s Server) bool { return s.Name() == name }, do)
}
