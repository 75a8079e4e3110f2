// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"crypto/sha3"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// storedForms are what servers show in the place of a credential, and variants that no list of them has.
var storedForms = map[string]func(string) any{
	"a SHA-3 digest": func(s string) any { sum := sha3.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) },
	"PBKDF2": func(s string) any {
		return "pbkdf2_sha256$870000$salt$" + base64.StdEncoding.EncodeToString([]byte(s[:9]))
	},
	"encrypted, with a label": func(s string) any { return "enc:v1:" + base64.StdEncoding.EncodeToString([]byte(strings.ToUpper(s))) },
	"a JWE":                   func(string) any { return "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..aXY.Y2lwaGVydGV4dA.dGFn" },
	"cut with an ellipsis":    func(s string) any { return s[:6] + "…" },
	"cut with dots":           func(s string) any { return s[:4] + "..." + s[len(s)-2:] },
	"a word":                  func(string) any { return "[versteckt]" },
	"blanks around it":        func(s string) any { return " " + s + " " },
	"upper case":              func(s string) any { return strings.ToUpper(s) },
	"reversed words":          func(string) any { return "not shown after creation" },
	"an object":               func(s string) any { return map[string]any{"algorithm": "argon2id", "hash": s[:5]} },
	"a list":                  func(s string) any { return []any{s[:5]} },
	"a number":                func(string) any { return 12345678 },
	"a reference":             func(string) any { return "vault://clients/1/secret#2" },
}

// Whatever form of a credential a read or an update shows, the credential that works stays in the state, or beside it, and the client
// can be changed and deregistered with it.
func TestFormsOfCredentials(t *testing.T) {
	for name, form := range storedForms {
		for _, member := range []string{"client_secret", "registration_access_token"} {
			t.Run(member+", "+name, func(t *testing.T) {
				l := begin(t, &fakeop.Server{}, authserver.Settings{})
				l.register()
				client, _ := l.op.Client(l.state.Handle.ClientID)
				shown := map[string]any{
					"client_id": client.ID, "client_secret": client.Secret, "registration_access_token": client.Token, "registration_client_uri": client.URI,
				}
				for m, v := range client.Metadata {
					shown[m] = v
				}
				shown[member] = form(shown[member].(string))
				body, err := json.Marshal(shown)
				if err != nil {
					t.Fatal(err)
				}
				answer := fakeop.Answer{Status: http.StatusOK, Body: string(body)}
				holds := func(after string) {
					t.Helper()
					client, _ := l.op.Client(l.state.Handle.ClientID)
					if got := l.state.Handle.ClientSecret.Reveal(); got != client.Secret {
						t.Errorf("after %s the secret is %q, in force is %q", after, got, client.Secret)
					}
					if got := l.state.Handle.RegistrationAccessToken.Reveal(); got != client.Token {
						t.Errorf("after %s the token is %q, in force is %q", after, got, client.Token)
					}
				}
				l.op.Force(fakeop.OpRead, answer)
				if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAuto}}, l.save); out.Failed() {
					t.Fatal(&out.Problems[0])
				}
				holds("a refresh")
				l.op.Force(fakeop.OpUpdate, fakeop.Answer{Processed: true, Status: http.StatusOK, Body: string(body)})
				change := lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true, MayChange: reconcile.Changeable{Secret: true, Token: true, URI: true}}
				if out := lifecycle.Update(t.Context(), l.server, change, l.save); out.Failed() {
					t.Fatal(&out.Problems[0])
				}
				holds("an update")
				if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Failed() || len(l.op.Clients()) > 0 {
					t.Errorf("the client cannot be deregistered: %v", out.Problems)
				}
			})
		}
	}
}

// Whatever address an update names, requests go on to one that shows the client, and none to another server.
func TestAddressesThatAnUpdateNames(t *testing.T) {
	other := &fakeop.Server{}
	other.Start(t)
	for name, form := range map[string]func(uri, id string) string{
		"the id doubled":   func(uri, id string) string { return uri + "/" + id },
		"a trailing slash": func(uri, _ string) string { return uri + "/" },
		"another scheme":   func(uri, _ string) string { return strings.Replace(uri, "http://", "ftp://", 1) },
		"another server":   func(_, id string) string { return other.RegistrationEndpoint() + "/" + id },
		"another host":     func(uri, _ string) string { return strings.Replace(uri, "127.0.0.1", "internal.invalid", 1) },
		"userinfo":         func(uri, _ string) string { return strings.Replace(uri, "http://", "http://user:word@", 1) },
		"a fragment":       func(uri, _ string) string { return uri + "#client" },
		"relative":         func(_, id string) string { return "clients/" + id },
		"no address":       func(string, string) string { return "n/a" },
		"an empty path":    strings.TrimSuffix,
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			client, _ := l.op.Client(l.state.Handle.ClientID)
			body, err := json.Marshal(map[string]any{
				"client_id": client.ID, "client_secret": client.Secret, "registration_access_token": client.Token,
				"registration_client_uri": form(client.URI, client.ID), "client_name": "b", "redirect_uris": []string{"https://a.example/cb"},
			})
			if err != nil {
				t.Fatal(err)
			}
			l.op.Force(fakeop.OpUpdate, fakeop.Answer{Processed: true, Status: http.StatusOK, Body: string(body)})
			change := lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true, MayChange: reconcile.Changeable{Secret: true, Token: true, URI: true}}
			if out := lifecycle.Update(t.Context(), l.server, change, l.save); out.Failed() {
				t.Fatal(&out.Problems[0])
			}
			if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); out.Gone || out.Failed() {
				t.Fatalf("the client is not read: %v", out.Problems)
			}
			if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Failed() || len(l.op.Clients()) > 0 {
				t.Errorf("the client cannot be deregistered at %s: %v", l.state.Handle.RegistrationClientURI, out.Problems)
			}
		})
	}
	for _, r := range other.Requests() {
		t.Errorf("the other server got %s %s", r.Method, r.Path)
	}
}
