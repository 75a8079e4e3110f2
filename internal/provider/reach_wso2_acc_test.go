// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// The example for WSO2 works as it is on every release, with nothing but its variables set: the whole life of its client by
// the CLI, with empty second plans and the destruction proved at the server.
func TestReachAccWSO2Example(t *testing.T) {
	sandbox := sandboxes(t)
	for _, release := range wso2.Releases() {
		for name, p := range places {
			if p.organization != "" && release < wso2.Release70 {
				continue // no organizations there
			}
			between := slices.Contains([]wso2.Release{wso2.Release60, wso2.Release71, wso2.Release72}, release)
			if between && name != "user" {
				continue // the neighbours show the rest
			}
			t.Run(release.String()+", "+name, func(t *testing.T) {
				t.Parallel()
				// On each release both credentials meet a server that stores secrets as hashes and one that does not.
				hashed := p.organization != "" || p.robot != (p.tenant != "")
				s := p.start(t, &wso2.Server{Release: release, TLS: true, Seed: "is", HashSecrets: hashed})
				box := wso2Example(t, sandbox, s, p)
				run(t, box, "init")
				run(t, box, "apply", "-auto-approve")
				s.ForgetSecrets()
				run(t, box, "plan", "-detailed-exitcode")
				run(t, box, "apply", "-auto-approve", "-var", "client_name=shop-2")
				run(t, box, "plan", "-detailed-exitcode", "-var", "client_name=shop-2")
				all := s.Clients()
				if len(all) != 2 || all[1].Metadata["client_name"] != "shop-2" {
					t.Fatalf("registered: %+v", all)
				}
				if got := strings.TrimSpace(run(t, box, "output", "-raw", "client_secret").Stdout); got != all[1].Secret {
					t.Error("the state does not have the true secret")
				}
				want := any(nil)
				if release >= wso2.Release70 {
					want = true
				}
				if diff := cmp.Diff(want, sent(t, s, "ext_pkce_mandatory")); diff != "" {
					t.Errorf("ext_pkce_mandatory (-want +sent):\n%s", diff)
				}
				if name == "user" && !between {
					(&exampleLife{t: t, s: s, p: p, box: box, sandbox: sandbox}).after()
				}
				run(t, box, "destroy", "-auto-approve", "-var", "client_name=shop-2")
				if n := len(s.Clients()); n != 1 { // the robot
					t.Errorf("%d clients are left", n)
				}
			})
		}
	}
}

// wso2Example is a sandbox with the example and its variables.
func wso2Example(t *testing.T, sandbox func(*testing.T, map[string]string) *tfcli.Sandbox, s *wso2.Server, p place) *tfcli.Sandbox {
	t.Helper()
	box := sandbox(t, map[string]string{"ca.pem": string(s.CACertificate()), "terraform.tfvars": exampleVariables(s, p)})
	if err := os.Remove(filepath.Join(box.Dir, "versions.tf")); err != nil {
		t.Fatal(err)
	}
	if err := box.CopyDir(filepath.Join("..", "..", "examples", "wso2"), "."); err != nil {
		t.Fatal(err)
	}
	return box
}

// exampleLife is what happens to the example's client, named shop-2, between its update and its end.
type exampleLife struct {
	t       *testing.T
	s       *wso2.Server
	p       place
	box     *tfcli.Sandbox
	sandbox func(*testing.T, map[string]string) *tfcli.Sandbox
}

const exampleClient = "oidc_dynamic_client.shop"

// id is the client identifier of the one client beside the robot.
func (l *exampleLife) id() string {
	l.t.Helper()
	all := l.s.Clients()
	if len(all) != 2 {
		l.t.Fatalf("registered: %+v", all)
	}
	return all[1].ID
}

// command runs one with the client's name and wants an exit code.
func (l *exampleLife) command(code int, args ...string) string {
	l.t.Helper()
	said, err := l.box.Run(l.t.Context(), append(args, "-no-color", "-var", "client_name=shop-2")...)
	if said.Code != code {
		l.t.Fatalf("%v ends with %d, want %d: %v\n%s%s", args, said.Code, code, err, said.Stdout, said.Stderr)
	}
	return said.Stdout + said.Stderr
}

func (l *exampleLife) after() {
	l.t.Helper()
	id := l.id()
	// Drift is in the plan, and an apply repairs it.
	l.s.SetMember(id, "client_name", "renamed")
	contains(l.t, l.command(2, "plan", "-detailed-exitcode"), `"renamed" -> "shop-2"`)
	l.command(0, "apply", "-auto-approve")
	l.command(0, "plan", "-detailed-exitcode")
	if got, _ := l.s.Client(id); got.Metadata["client_name"] != "shop-2" {
		l.t.Errorf("after the repair the name is %v", got.Metadata["client_name"])
	}
	// With a wrong password nothing is planned, and nothing is forgotten.
	contains(l.t, l.command(1, "apply", "-auto-approve", "-var", "password=guess"), "401")
	l.command(0, "plan", "-detailed-exitcode")
	// An import into the configuration that the client was made with.
	run(l.t, l.box, "state", "rm", exampleClient)
	run(l.t, l.box, "import", "-var", "client_name=shop-2", exampleClient, id)
	l.command(0, "apply", "-auto-approve")
	l.command(0, "plan", "-detailed-exitcode")
	if l.id() != id {
		l.t.Error("the import registered another client")
	}
	l.generated(id)
	// That has deleted the client behind the back of the first configuration, which registers it anew.
	contains(l.t, l.command(2, "plan", "-detailed-exitcode"), exampleClient+" will be created")
	l.command(0, "apply", "-auto-approve")
	l.command(0, "plan", "-detailed-exitcode")
	if l.id() == id {
		l.t.Error("the deleted client is back")
	}
}

// generated imports the client elsewhere, with a configuration that the CLI writes, and destroys it from there.
func (l *exampleLife) generated(id string) {
	l.t.Helper()
	box := wso2Example(l.t, l.sandbox, l.s, l.p)
	main, err := os.ReadFile(filepath.Join(box.Dir, "main.tf"))
	if err != nil {
		l.t.Fatal(err)
	}
	settings, _, _ := strings.Cut(string(main), "resource \"oidc_dynamic_client\"")
	if err := box.Write("main.tf", settings+fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", exampleClient, id)); err != nil {
		l.t.Fatal(err)
	}
	run(l.t, box, "init")
	run(l.t, box, "plan", "-generate-config-out=generated.tf")
	contains(l.t, run(l.t, box, "apply", "-auto-approve").Stdout, "1 imported, 0 added", "0 destroyed")
	run(l.t, box, "plan", "-detailed-exitcode")
	run(l.t, box, "destroy", "-auto-approve")
	if _, found := l.s.Client(id); found {
		l.t.Error("the imported client was not deleted")
	}
}

func exampleVariables(s *wso2.Server, p place) string {
	release := s.Release.String()
	if s.Release == wso2.ReleaseNext {
		release = "asgardeo"
	}
	lines := fmt.Sprintf("server = %q\nrelease = %q\nca_certificate_file = \"ca.pem\"\ntenant = %q\norganization = %q\n", s.URL(), release, p.tenant, p.organization)
	if p.robot {
		return lines + "client_id = \"robot\"\nclient_secret = \"word\"\n"
	}
	user := "admin"
	if p.tenant != "" {
		user += "@" + p.tenant
	}
	return lines + fmt.Sprintf("username = %q\npassword = \"admin\"\n", user)
}
