// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// These need a CLI with processes of its own: for its parallelism, and for an environment that is read once in a process.

// sandboxes makes folders in which the CLI runs with the provider as built from this checkout.
func sandboxes(t *testing.T) func(t *testing.T, files map[string]string) *tfcli.Sandbox {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1")
	}
	cli, err := tfcli.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	built, err := tfcli.Build(t.Context(), t.TempDir(), tfcli.DevVersion)
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, files map[string]string) *tfcli.Sandbox {
		t.Helper()
		s, err := tfcli.NewSandbox(cli, built)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		files["versions.tf"] = "terraform {\n  required_providers {\n    oidc = {\n      source = \"" + tfcli.Source + "\"\n    }\n  }\n}\n"
		for name, content := range files {
			if err := s.Write(name, content); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
}

func run(t *testing.T, s *tfcli.Sandbox, args ...string) tfcli.Result {
	t.Helper()
	r, err := s.Run(t.Context(), append(args, "-no-color")...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The clock is real, since the provider is a process of its own; Retry-After counts in whole seconds.
func TestManyClients(t *testing.T) {
	t.Parallel()
	sandbox := sandboxes(t)
	const clients, atOnce, pause = 100, 5, 3 * time.Second
	s := fakeop.Server{RegistrationScope: "register", Clock: time.Now, RateLimit: fakeop.RateLimit{Nth: 10, RetryAfter: pause, Hold: true}}
	s.Start(t)
	s.AddClient("robot", "word", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
	box := sandbox(t, map[string]string{"main.tf": fmt.Sprintf(`
provider "oidc" {
  issuer                  = %q
  client_credentials      = { client_id = "robot", client_secret = "word" }
  max_concurrent_requests = %d
}
resource "oidc_dynamic_client" "c" {
  count         = %d
  client_name   = "app-${count.index}"
  redirect_uris = ["https://app-${count.index}.example.com/cb"]
}`, s.Issuer(), atOnce, clients)})
	run(t, box, "init")
	run(t, box, "plan", "-out=p")
	if diff := cmp.Diff([]int{1, 0}, []int{s.CountOf(fakeop.OpMetadata), s.CountOf(fakeop.OpToken)}); diff != "" {
		t.Errorf("discoveries and tokens of the plan (-want +got):\n%s", diff)
	}
	s.ResetLog()
	run(t, box, "apply", "-parallelism=30", "p")
	if diff := cmp.Diff([]int{1, 1}, []int{s.CountOf(fakeop.OpMetadata), s.CountOf(fakeop.OpToken)}); diff != "" {
		t.Errorf("discoveries and tokens of the apply (-want +got):\n%s", diff)
	}
	if n := s.Connections(); n > atOnce {
		t.Errorf("%d connections", n)
	}
	if n := s.MaxInFlight(); n > atOnce {
		t.Errorf("%d requests at once", n)
	}
	if n := len(s.Clients()) - 1; n != clients {
		t.Errorf("%d clients", n)
	}
	obeyed(t, s.Requests(), atOnce, pause)

	if r := run(t, box, "plan", "-detailed-exitcode"); r.Code != 0 {
		t.Errorf("the plan afterwards is not empty:\n%s", r.Stdout)
	}
	s.ResetLog()
	run(t, box, "destroy", "-auto-approve", "-parallelism=30")
	if n := len(s.Clients()) - 1; n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// obeyed holds the log to the pause that the first 429 asked for: no request arrives during it, but for those that were on their
// way when it was sent.
func obeyed(t *testing.T, log []fakeop.Request, atOnce int, pause time.Duration) {
	t.Helper()
	first := slices.IndexFunc(log, func(r fakeop.Request) bool { return r.Status == 429 })
	if first < 0 {
		t.Fatal("nothing was refused")
	}
	began := log[first].Time
	var during, refused int
	for _, r := range log[first+1:] {
		since := r.Time.Sub(began)
		if since < pause {
			during++
		}
		if since > time.Second && since < pause {
			t.Errorf("%s arrived %s into the pause of %s", r, since, pause)
		}
	}
	for _, r := range log {
		if r.Status == 429 {
			refused++
		}
	}
	if during >= atOnce || refused > atOnce {
		t.Errorf("%d requests during the pause, %d refused, with %d at once", during, refused, atOnce)
	}
	if last := log[len(log)-1].Time.Sub(began); last < pause {
		t.Errorf("all was over %s after the refusal", last)
	}
}

// The environment's proxy is read once in a process, so that a process of its own is needed to see it used.
func TestProxyOfTheEnvironment(t *testing.T) {
	t.Parallel()
	sandbox := sandboxes(t)
	s, issuer, proxy, url := fakeop.BehindProxy(t)
	box := sandbox(t, map[string]string{"main.tf": fmt.Sprintf(`
provider "oidc" {
  issuer              = %q
  ca_certificate_file = "ca.pem"
}
resource "oidc_dynamic_client" "c" {
  redirect_uris = ["https://app.example.com/cb"]
}`, issuer), "ca.pem": string(s.CACertificate())})
	run(t, box, "init")
	box.Setenv("HTTPS_PROXY", url)
	run(t, box, "apply", "-auto-approve")
	run(t, box, "destroy", "-auto-approve")
	seen := proxy.Log()
	if len(seen) == 0 || !strings.HasPrefix(seen[0], "CONNECT "+strings.TrimPrefix(issuer, "https://")) {
		t.Errorf("the proxy saw %q", seen)
	}
	if s.CountOf(fakeop.OpDelete) != 1 {
		t.Errorf("the server saw %q", s.Log())
	}
}

// Two servers in one apply, each by an alias of the provider: each alias is a process with its own credentials and caches.
func TestAliases(t *testing.T) {
	t.Parallel()
	sandbox := sandboxes(t)
	a := fakeop.Server{Seed: "a", BasicUser: "ua", BasicPassword: "pa"}
	a.Start(t)
	b := fakeop.Server{Seed: "b", TLS: true, InitialAccessTokens: map[string]int{"iat": 0}}
	b.Start(t)
	box := sandbox(t, map[string]string{"ca.pem": string(b.CACertificate()), "main.tf": fmt.Sprintf(`
provider "oidc" {
  issuer     = %q
  basic_auth = { username = "ua", password = "pa" }
}
provider "oidc" {
  alias                = "b"
  issuer               = %q
  ca_certificate_file  = "ca.pem"
  initial_access_token = "iat"
}
resource "oidc_dynamic_client" "a" {
  count         = 5
  redirect_uris = ["https://a.example.com/cb"]
}
resource "oidc_dynamic_client" "b" {
  provider      = oidc.b
  count         = 5
  redirect_uris = ["https://b.example.com/cb"]
}`, a.Issuer(), b.Issuer())})
	run(t, box, "init")
	run(t, box, "apply", "-auto-approve")
	run(t, box, "plan", "-detailed-exitcode")
	for s, scheme := range map[*fakeop.Server]string{&a: "Basic", &b: "Bearer"} {
		if diff := cmp.Diff([]string{scheme}, s.Schemes(fakeop.OpRegister)); diff != "" || len(s.Clients()) != 5 {
			t.Errorf("%s: %d clients, authorized by (-want +got):\n%s", s.URL(), len(s.Clients()), diff)
		}
	}
	run(t, box, "destroy", "-auto-approve")
	if n := len(a.Clients()) + len(b.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// One module, unchanged, on servers that have little in common: all that differs is in the provider's configuration.
func TestModuleOfEachServer(t *testing.T) {
	sandbox := sandboxes(t)
	var op, closed fakeop.Server
	op.Start(t)
	closed = fakeop.Server{Seed: "closed", TLS: true, IssuerPath: "/tenant", RegistrationScope: "register", Faults: fakeop.Faults{RotateTokenOnUpdate: true, NullsForUnset: true}}
	closed.Start(t)
	closed.AddClient("robot", "word", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
	var is wso2.Server
	is.Start(t)
	const main = `
module "shop" {
  source        = "./client"
  name          = %q
  redirect_uris = ["https://shop.example.com/callback"]
  grant_types   = ["authorization_code", "refresh_token"]
}
output "client_id" { value = module.shop.client_id }
`
	for name, test := range map[string]struct {
		provider string
		left     func() int
		names    func() []any
	}{
		"open": {`provider "oidc" { issuer = "` + op.Issuer() + `" }`, func() int { return len(op.Clients()) }, func() []any { return []any{op.Clients()[0].Metadata["client_name"]} }},
		"closed, private CA": {`provider "oidc" {
  issuer              = "` + closed.Issuer() + `"
  ca_certificate_file = "ca.pem"
  client_credentials  = { client_id = "robot", client_secret = "word", scopes = ["register"] }
}`, func() int { return len(closed.Clients()) - 1 }, func() []any { return []any{closed.Clients()[1].Metadata["client_name"]} }},
		"WSO2": {`provider "oidc" {
  issuer     = "` + is.Issuer("") + `"
  basic_auth = { username = "admin", password = "admin" }
  management = "provider_credentials"
}`, func() int { return len(is.Clients()) }, func() []any { return []any{is.Clients()[0].Metadata["client_name"]} }},
	} {
		t.Run(name, func(t *testing.T) {
			box := sandbox(t, map[string]string{"main.tf": fmt.Sprintf(main, "shop"), "provider.tf": test.provider, "ca.pem": string(closed.CACertificate())})
			if err := box.CopyDir(filepath.Join("..", "..", "examples", "modules", "client"), "client"); err != nil {
				t.Fatal(err)
			}
			run(t, box, "init")
			run(t, box, "apply", "-auto-approve")
			run(t, box, "plan", "-detailed-exitcode")
			if err := box.Write("main.tf", fmt.Sprintf(main, "shop-2")); err != nil {
				t.Fatal(err)
			}
			run(t, box, "apply", "-auto-approve")
			run(t, box, "plan", "-detailed-exitcode")
			if diff := cmp.Diff([]any{"shop-2"}, test.names()); diff != "" {
				t.Errorf("registered (-want +got):\n%s", diff)
			}
			run(t, box, "destroy", "-auto-approve")
			if n := test.left(); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}
