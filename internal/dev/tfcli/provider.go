// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tfcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// Source is the provider's address in a required_providers block.
const Source = "terraform-oidc/oidc"

// DevVersion is the version of a provider that is built for a demo, a test or the user's own Terraform. It is no
// pre-release: a CLI picks one only where the configuration names it exactly.
const DevVersion = "0.1.0"

// Provider is a provider's executable with the address and version under which a CLI shall find it.
type Provider struct {
	Source  string // namespace/type, such as "terraform-oidc/oidc"
	Version string // such as "0.1.0"
	Binary  string // path of the executable
}

// Build builds the provider of the checkout that the working directory is in, for this machine, into the folder dir.
func Build(ctx context.Context, dir, version string) (Provider, error) {
	root, err := tools.Root()
	if err != nil {
		return Provider{}, err
	}
	p := Provider{Source: Source, Version: version}
	p.Binary = filepath.Join(dir, p.executable())
	// No -trimpath: it would compile every dependency a second time, beside what `go test` has in Go's cache.
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-X main.version="+version, "-o", p.Binary, ".")
	cmd.Dir = root
	cmd.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "GOOS=") || strings.HasPrefix(kv, "GOARCH=")
	})
	if out, err := cmd.CombinedOutput(); err != nil {
		return Provider{}, fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	return p, nil
}

// executable is the name that a CLI looks for in a mirror.
func (p Provider) executable() string {
	name := "terraform-provider-" + p.Source[strings.LastIndex(p.Source, "/")+1:] + "_v" + p.Version
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}

// Install puts the executable into a filesystem mirror in its unpacked layout,
// HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/terraform-provider-TYPE_vVERSION, under both products' registry hosts: the folder
// then serves either. It returns the paths of the executables.
func (p Provider) Install(mirror string) ([]string, error) {
	var paths []string
	for _, product := range []Product{Terraform, OpenTofu} {
		path := filepath.Join(mirror, product.RegistryHost(), filepath.FromSlash(p.Source), p.Version, runtime.GOOS+"_"+runtime.GOARCH, p.executable())
		if err := place(p.Binary, path); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// place copies an executable and then renames it: a CLI that runs the file it replaces keeps the old one.
func place(from, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // opened for reading
	out, err := os.CreateTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // gone after the rename
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Chmod(0o755), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// UserPlugins is the folder in which the user's own Terraform and OpenTofu look for providers before they ask a registry,
// unless their CLI configuration says otherwise ("implied local mirror").
func UserPlugins() (string, error) {
	if runtime.GOOS == "windows" {
		dir, err := os.UserConfigDir()
		return filepath.Join(dir, "terraform.d", "plugins"), err
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".terraform.d", "plugins"), err
}
