// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

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

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Terminal is a person's: a CLI in a working folder, with the provider's executable as a process of its own.
type Terminal struct {
	*tfcli.Sandbox
	tb      TerminalTB
	backend string     // lines of the terraform block
	remote  *HTTPState // nil for a local state
}

// TerminalTB is what a Terminal needs of a testing.TB.
type TerminalTB interface {
	TB
	Context() context.Context
	TempDir() string
	Skip(args ...any)
}

// executable builds the provider once, with the moments at which a test can stop it (failpoint.At). It returns the folder.
var executable = sync.OnceValues(func() (string, error) {
	root, err := tools.Root()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "terraform-provider-oidc-")
	if err != nil {
		return "", err
	}
	built = dir
	name := filepath.Join(dir, executableName())
	cmd := exec.Command("go", "build", "-tags", "failpoint", "-o", name, ".") //nolint:gosec // the name is ours, and a build ends by itself
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	return dir, nil
})

func executableName() string {
	if runtime.GOOS == "windows" {
		return "terraform-provider-oidc.exe"
	}
	return "terraform-provider-oidc"
}

// built is the folder that RemoveExecutable removes.
var built string

// RemoveExecutable removes the provider that the terminals of this process ran. It belongs into TestMain, after the tests.
func RemoveExecutable() {
	if built != "" {
		_ = os.RemoveAll(built)
	}
}

var foundCLI = sync.OnceValues(func() (tfcli.CLI, error) { return tfcli.Find(context.Background()) })

// NewTerminal needs a CLI, as all acceptance tests do, and runs where they do.
func NewTerminal(tb TerminalTB) *Terminal {
	tb.Helper()
	if os.Getenv("TF_ACC") == "" {
		tb.Skip("an acceptance test: set TF_ACC=1, or run make test")
	}
	dir, err := executable()
	if err != nil {
		tb.Fatalf("%v", err)
	}
	cli, err := foundCLI()
	if err != nil {
		tb.Fatalf("%v", err)
	}
	s, err := tfcli.NewSandbox(cli)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("%v", err)
		}
	})
	// Overrides need no init, which would be most of the time that these tests take.
	var overrides strings.Builder
	for _, product := range []tfcli.Product{tfcli.Terraform, tfcli.OpenTofu} {
		fmt.Fprintf(&overrides, "    %q = %q\n", product.RegistryHost()+"/"+tfcli.Source, filepath.ToSlash(dir))
	}
	rc := filepath.Join(tb.TempDir(), "cli.tfrc")
	content := "disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n" + overrides.String() + "  }\n}\n"
	if err := os.WriteFile(rc, []byte(content), 0o600); err != nil {
		tb.Fatalf("%v", err)
	}
	s.Setenv("TF_CLI_CONFIG_FILE", rc)
	return &Terminal{Sandbox: s, tb: tb}
}

// Configure replaces the configuration.
func (x *Terminal) Configure(provider, resources string) {
	x.tb.Helper()
	x.ConfigureBlocks(fmt.Sprintf("provider \"oidc\" {\n%s\n}\n\n%s\n", provider, resources))
}

// ConfigureBlocks replaces the configuration; the provider's block is among the blocks.
func (x *Terminal) ConfigureBlocks(blocks string) { x.tb.Helper(); x.file(blocks) }

// Executable is a run of the provider's executable by a person, in the environment of the commands.
func (x *Terminal) Executable(args ...string) *exec.Cmd {
	x.tb.Helper()
	dir, err := executable()
	if err != nil {
		x.tb.Fatalf("%v", err)
	}
	cmd := x.Command(x.tb.Context(), args...)
	cmd.Path = filepath.Join(dir, executableName())
	cmd.Args[0] = cmd.Path
	return cmd
}

func (x *Terminal) file(rest string) {
	x.tb.Helper()
	head := fmt.Sprintf("terraform {\n  required_providers {\n    oidc = { source = %q }\n  }\n%s}\n\n", tfcli.Source, x.backend)
	if rest == "" {
		head = fmt.Sprintf("terraform {\n%s}\n", x.backend) // an init that asks for no provider
	}
	if err := x.Write("main.tf", head+rest); err != nil {
		x.tb.Fatalf("%v", err)
	}
}

// KeepStateAt keeps the state at an HTTP server from now on, with locks.
func (x *Terminal) KeepStateAt(remote *HTTPState) {
	x.tb.Helper()
	x.remote, x.backend = remote, "  backend \"http\" {}\n"
	for name, value := range map[string]string{
		"ADDRESS": remote.URL(), "LOCK_ADDRESS": remote.URL(), "UNLOCK_ADDRESS": remote.URL(), "LOCK_METHOD": "LOCK", "UNLOCK_METHOD": "UNLOCK",
	} {
		x.Setenv("TF_HTTP_"+name, value)
	}
	x.file("")
	x.Must("init", "-no-color")
}

// Must runs a command that must succeed, and returns its output.
func (x *Terminal) Must(args ...string) string {
	x.tb.Helper()
	r, err := x.Run(x.tb.Context(), args...)
	if err != nil {
		x.tb.Fatalf("%v", err)
	}
	return r.Stdout + r.Stderr
}

// Try runs a command and returns its output and its exit code.
func (x *Terminal) Try(args ...string) (string, int) {
	x.tb.Helper()
	r, err := x.Run(x.tb.Context(), args...)
	if err != nil && r.Code < 0 {
		x.tb.Fatalf("%v", err)
	}
	return r.Stdout + r.Stderr, r.Code
}

// TerminalApply and TerminalDestroy are commands that ask nothing.
var (
	TerminalApply   = []string{"apply", "-auto-approve", "-no-color"}
	TerminalDestroy = []string{"destroy", "-auto-approve", "-no-color"}
)

// Apply applies the configuration.
func (x *Terminal) Apply() string { x.tb.Helper(); return x.Must(TerminalApply...) }

// Quiet wants a plan without changes, and returns its output.
func (x *Terminal) Quiet() string {
	x.tb.Helper()
	out, code := x.Try("plan", "-no-color", "-detailed-exitcode")
	if code != 0 {
		x.tb.Errorf("the plan's exit code is %d\n%s", code, out)
	}
	return out
}

// Resources gives the attributes of all resources of a type in the state, by name.
func (x *Terminal) Resources(typeName string) map[string]map[string]any {
	x.tb.Helper()
	out := map[string]map[string]any{}
	for name, i := range x.instances(typeName) {
		out[name] = i.Attributes
	}
	return out
}

// Keeps reports whether the state holds a text of a resource, in a string attribute or in private state.
func (x *Terminal) Keeps(typeName, name, attribute, text string) bool {
	x.tb.Helper()
	i := x.instances(typeName)[name]
	return i.Attributes[attribute] == text || InPrivate(i.Private, attribute, text)
}

// InPrivate looks for a text in private state, a JSON object of base64 values, of which one is a client's packed record:
// as the string of a member, or anywhere where none is named.
func InPrivate(private []byte, member, text string) bool {
	values := map[string][]byte{}
	if text == "" || json.Unmarshal(private, &values) != nil {
		return false
	}
	for _, v := range values {
		if record, err := reconcile.Unpack(v); err == nil {
			if plain, err := record.Marshal(); err == nil {
				v = plain
			}
		}
		if strings.Contains(string(v), `"`+member+`":"`+text+`"`) || member == "" && strings.Contains(string(v), text) {
			return true
		}
	}
	return false
}

// instance is one object of the state.
type instance struct {
	Attributes map[string]any
	Private    []byte // base64 in the file
}

func (x *Terminal) instances(typeName string) map[string]instance {
	x.tb.Helper()
	content, err := x.state()
	if os.IsNotExist(err) || err == nil && len(content) == 0 {
		return nil // OpenTofu makes the file when it begins and fills it when it saves
	}
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []instance
		}
	}
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil {
		x.tb.Fatalf("the state: %v", err)
	}
	out := map[string]instance{}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			if r.Type == typeName {
				out[r.Name] = i
			}
		}
	}
	return out
}

func (x *Terminal) state() ([]byte, error) {
	if x.remote != nil {
		return x.remote.Content(), nil
	}
	return os.ReadFile(filepath.Join(x.Dir, "terraform.tfstate"))
}

// Unlock releases the lock that a killed command left at the HTTP server, as a person does, and reports whether there was one.
// A local state's lock ends with the process.
func (x *Terminal) Unlock() bool {
	x.tb.Helper()
	if x.remote == nil || x.remote.Lock() == "" {
		return false
	}
	x.Must("force-unlock", "-force", x.remote.Lock())
	return true
}
