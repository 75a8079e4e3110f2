// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// terminal is a person's: a CLI in a working folder, with the provider's executable as a process of its own.
type terminal struct {
	t     *testing.T
	s     *tfcli.Sandbox
	group atomic.Int64 // process group of the command that is to be killed
}

// executable builds the provider once, with the moments at which a test can kill it (see failpoint). It returns the folder.
var executable = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "oidc-provider-")
	if err != nil {
		return "", err
	}
	built = dir
	name := filepath.Join(dir, "terraform-provider-oidc")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.Command("go", "build", "-tags", "failpoint", "-o", name, "../..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	return dir, nil
})

// built is the folder to remove at the end.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// newTerminal needs a CLI, as all acceptance tests do, and runs where they do.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: set TF_ACC=1, or run make test")
	}
	dir, err := executable()
	if err != nil {
		t.Fatal(err)
	}
	cli, err := foundCLI()
	if err != nil {
		t.Fatal(err)
	}
	s, err := tfcli.NewSandbox(cli)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	x := &terminal{t: t, s: s}
	// Overrides need no init, which would be most of the time that these tests take.
	var overrides strings.Builder
	for _, product := range []tfcli.Product{tfcli.Terraform, tfcli.OpenTofu} {
		fmt.Fprintf(&overrides, "    %q = %q\n", product.RegistryHost()+"/"+tfcli.Source, filepath.ToSlash(dir))
	}
	rc := filepath.Join(t.TempDir(), "cli.tfrc")
	content := "disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n" + overrides.String() + "  }\n}\n"
	if err := os.WriteFile(rc, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Setenv("TF_CLI_CONFIG_FILE", rc)
	return x
}

var foundCLI = sync.OnceValues(func() (tfcli.CLI, error) { return tfcli.Find(context.Background()) })

const required = `terraform {
  required_providers {
    oidc = { source = "` + tfcli.Source + `" }
  }
}
`

// write replaces the configuration.
func (x *terminal) write(provider, resources string) {
	x.t.Helper()
	if err := x.s.Write("main.tf", required+"\nprovider \"oidc\" {\n"+provider+"\n}\n\n"+resources+"\n"); err != nil {
		x.t.Fatal(err)
	}
}

// said is a command's whole output.
func said(r tfcli.Result) string { return r.Stdout + r.Stderr }

// run runs a command that must succeed.
func (x *terminal) run(args ...string) string {
	x.t.Helper()
	r, err := x.s.Run(x.t.Context(), args...)
	if err != nil {
		x.t.Fatal(err)
	}
	return said(r)
}

// try runs a command and returns its exit code.
func (x *terminal) try(args ...string) (string, int) {
	x.t.Helper()
	r, err := x.s.Run(x.t.Context(), args...)
	if err != nil && r.Code < 0 {
		x.t.Fatal(err)
	}
	return said(r), r.Code
}

var apply = []string{"apply", "-auto-approve", "-no-color"}

// apply applies the configuration.
func (x *terminal) apply() string { x.t.Helper(); return x.run(apply...) }

// quiet wants a plan without changes.
func (x *terminal) quiet() string {
	x.t.Helper()
	out, code := x.try("plan", "-no-color", "-detailed-exitcode")
	if code != 0 {
		x.t.Errorf("the plan's exit code is %d\n%s", code, out)
	}
	return out
}

// resources gives the attributes of all clients in the state, by address.
func (x *terminal) resources() map[string]map[string]any {
	x.t.Helper()
	content, err := os.ReadFile(filepath.Join(x.s.Dir, "terraform.tfstate"))
	if os.IsNotExist(err) || err == nil && len(content) == 0 {
		return nil // OpenTofu makes the file when it begins and fills it when it saves
	}
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct{ Attributes map[string]any }
		}
	}
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil {
		x.t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			if r.Type == clientType {
				out[r.Name] = i.Attributes
			}
		}
	}
	return out
}

// holds wants that the state's clients are the server's, each with the credentials in force.
func (x *terminal) holds(server *fakeop.Server) {
	x.t.Helper()
	inState := x.resources()
	if n := len(server.Clients()); n != len(inState) {
		x.t.Errorf("%d clients at the server, %d in the state", n, len(inState))
	}
	for name, attributes := range inState {
		id, _ := attributes["client_id"].(string)
		client, ok := server.Client(id)
		if !ok {
			x.t.Errorf("%s: the server has no client %q", name, id)
			continue
		}
		for attribute, want := range map[string]string{"registration_access_token": client.Token, "client_secret": client.Secret, "registration_client_uri": client.URI} {
			if attributes[attribute] != want {
				x.t.Errorf("%s: %s is %v, in force is %s", name, attribute, attributes[attribute], want)
			}
		}
	}
}
