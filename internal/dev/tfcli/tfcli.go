// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package tfcli finds the Terraform or OpenTofu command line, and runs it with a provider built from this checkout in an
// environment of its own: neither the user's CLI configuration nor the plugin cache nor the provider's OIDC_ variables
// take part or are changed. The acceptance tests, the demo, the benchmarks and the docs use it.
package tfcli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// Product tells the two command lines apart. They run the same providers, but name another default registry.
type Product string

// The products, as they call themselves.
const (
	Terraform Product = "Terraform"
	OpenTofu  Product = "OpenTofu"
)

// RegistryHost is the host that a provider source without one, such as "terraform-oidc/oidc", stands for.
func (p Product) RegistryHost() string {
	if p == OpenTofu {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// CLI is a command line that was found and that runs.
type CLI struct {
	Path    string  // absolute
	Product Product // by its own word
	Version string  // such as "1.11.4"
	Found   string  // how: a variable's name, "PATH" or "built"
}

// String is one line for people.
func (c CLI) String() string {
	return fmt.Sprintf("%s %s, %s (%s)", c.Product, c.Version, c.Path, c.Found)
}

// PathVariable names the environment variable that decides which CLI is used; terraform-plugin-testing reads it too.
const PathVariable = "TF_ACC_TERRAFORM_PATH"

// hostVariable tells terraform-plugin-testing under which registry's host a CLI looks for the provider.
const hostVariable = "TF_ACC_PROVIDER_HOST"

// Find returns the CLI to use: the one that TF_ACC_TERRAFORM_PATH names, else terraform, else tofu on PATH, else OpenTofu
// built from the Go module proxy into the user's cache folder, once. A build tells on stderr what it does.
//
// A CLI that was found but does not run is an error, not a reason to go on with the next: what is tested must never
// depend on which of several half-working installations answered.
func Find(ctx context.Context) (CLI, error) { return newFinder().find(ctx) }

func newFinder() finder {
	return finder{
		getenv:   os.Getenv,
		lookPath: exec.LookPath,
		progress: os.Stderr,
		build: func(ctx context.Context, progress io.Writer) (string, error) {
			tofu, _ := tools.Lookup("tofu")
			return tofu.Path(ctx, progress)
		},
	}
}

type finder struct {
	getenv   func(string) string
	lookPath func(string) (string, error)
	build    func(ctx context.Context, progress io.Writer) (string, error)
	progress io.Writer
}

func (f finder) find(ctx context.Context) (CLI, error) {
	if path := f.getenv(PathVariable); path != "" {
		if err := checkExecutable(path); err != nil {
			return CLI{}, fmt.Errorf("%s is set to %s, which cannot be used: %w", PathVariable, path, err)
		}
		return identify(ctx, path, PathVariable)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if cli, ok, err := f.onPath(ctx, name); ok || err != nil {
			return cli, err
		}
	}
	_, _ = fmt.Fprintf(f.progress, "Neither %s is set, nor is terraform or tofu on PATH: using OpenTofu from the cache folder\n", PathVariable)
	return f.built(ctx)
}

// onPath looks for a CLI by its name; ok is false where there is none.
func (f finder) onPath(ctx context.Context, name string) (cli CLI, ok bool, err error) {
	path, err := f.lookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		return CLI{}, false, nil
	}
	if err != nil { // exec.ErrDot among them: a CLI in the working directory is not one that the user chose
		return CLI{}, false, fmt.Errorf("looking for %s on PATH: %w; set %s to the CLI to use", name, err, PathVariable)
	}
	cli, err = identify(ctx, path, "PATH")
	return cli, err == nil, err
}

func (f finder) built(ctx context.Context) (CLI, error) {
	path, err := f.build(ctx, f.progress)
	if err != nil {
		return CLI{}, fmt.Errorf("no Terraform CLI was found and OpenTofu could not be built: %w; install terraform or tofu, or set %s to one", err, PathVariable)
	}
	return identify(ctx, path, "built")
}

func checkExecutable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a folder; the path of the executable itself is needed")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o111 == 0:
		return fmt.Errorf("it is not executable (mode %s)", info.Mode().Perm())
	}
	return nil
}

// identify asks a CLI who it is. The JSON names the version in a form meant for programs but not the product, which only
// the first line of the plain text does.
func identify(ctx context.Context, path, found string) (CLI, error) {
	cli := CLI{Path: path, Found: found}
	plain, err := ask(ctx, path, "version")
	if err != nil {
		return CLI{}, err
	}
	first, _, _ := strings.Cut(string(plain), "\n")
	product, _, _ := strings.Cut(first, " ")
	switch cli.Product = Product(product); cli.Product {
	case Terraform, OpenTofu:
	default:
		return CLI{}, fmt.Errorf("%s is neither Terraform nor OpenTofu: `version` says %q; set %s to the CLI to use", path, first, PathVariable)
	}
	out, err := ask(ctx, path, "version", "-json")
	if err != nil {
		return CLI{}, err
	}
	var said struct {
		Version string `json:"terraform_version"` // OpenTofu kept the name
	}
	// A decoder, for the CLI may print a warning behind the document.
	if err := json.NewDecoder(strings.NewReader(string(out))).Decode(&said); err != nil || said.Version == "" {
		return CLI{}, fmt.Errorf("%s: `version -json` says %q, which holds no version", path, out)
	}
	cli.Version = said.Version
	return cli, nil
}

func ask(ctx context.Context, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(cleanEnv(os.Environ()), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	cmd.Dir = os.TempDir() // not the checkout: `version` looks at the providers of the working directory
	out, err := cmd.Output()
	if err != nil {
		var said string
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			said = ": " + strings.TrimSpace(string(exit.Stderr))
		}
		return nil, fmt.Errorf("%s %s: %w%s; set %s to the CLI to use", path, strings.Join(args, " "), err, said, PathVariable)
	}
	return out, nil
}

// cleanEnv leaves out what would change what a CLI or the provider does: every TF_ and OIDC_ variable but those for logs
// and the options of terraform-plugin-testing. Which CLI and which host the latter uses is not an option here.
func cleanEnv(env []string) []string {
	var clean []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		name = strings.ToUpper(name) // Windows does not tell the cases apart
		harmless := strings.HasPrefix(name, "TF_LOG") ||
			strings.HasPrefix(name, "TF_ACC_") && name != PathVariable && name != hostVariable
		if harmless || !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "OIDC_") {
			clean = append(clean, kv)
		}
	}
	return clean
}
