// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package tools builds the programs that development needs (a Terraform CLI, the linter, the docs generator, the
// release tool and others) once into the user's cache folder.
//
// Each is pinned by a Go module of its own in a folder beside this file, whose go.mod has a `tool` directive. Tool
// directives in the provider's own go.mod were rejected: the dependencies of four large programs would take part in the
// selection of the provider's dependencies, and OpenTofu needs a replaced module. `go run package@version` was rejected
// too: it verifies nothing against a committed go.sum, and OpenTofu refuses it.
package tools

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// ModulePath is the path of the provider's module; its go.mod marks the top folder of a checkout.
const ModulePath = "github.com/terraform-oidc/terraform-provider-oidc"

// Tool is a program that this project uses and does not ship.
type Tool struct {
	Name    string // of the executable
	Folder  string // below internal/dev/tools: the module that pins it
	Module  string // the module that the program is in; its version names the program's
	Package string // the main package
	Takes   string // how long a build takes and what it needs, for the line that announces it
	// LDFlags returns linker flags for a version such as "1.12.6", in addition to "-s -w".
	LDFlags func(version string) string
	// PerGo marks a program that works for sources of the Go version it was built with, and none newer.
	PerGo bool
}

// All lists every tool.
func All() []Tool {
	return []Tool{
		{
			Name: "tofu", Folder: "opentofu",
			Module: "github.com/opentofu/opentofu", Package: "github.com/opentofu/opentofu/cmd/tofu",
			Takes: "4 to 10 minutes on two cores and up to 5 GB of disk, once",
			// Without this OpenTofu calls itself a development build, which version constraints then refuse.
			LDFlags: func(string) string { return "-X github.com/opentofu/opentofu/version.dev=no" },
		},
		{
			Name: "golangci-lint", Folder: "golangci-lint",
			Module: "github.com/golangci/golangci-lint/v2", Package: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint",
			Takes:   "3 to 6 minutes on two cores, once",
			LDFlags: func(version string) string { return "-X main.version=" + version },
			PerGo:   true,
		},
		{
			Name: "goreleaser", Folder: "goreleaser",
			Module: "github.com/goreleaser/goreleaser/v2", Package: "github.com/goreleaser/goreleaser/v2",
			Takes:   "5 to 10 minutes on two cores, once",
			LDFlags: func(version string) string { return "-X main.version=" + version },
		},
		{
			Name: "tfplugindocs", Folder: "tfplugindocs",
			Module: "github.com/hashicorp/terraform-plugin-docs", Package: "github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs",
			Takes: "about a minute on two cores, once",
		},
		{
			Name: "deadcode", Folder: "deadcode",
			Module: "golang.org/x/tools", Package: "golang.org/x/tools/cmd/deadcode",
			Takes: "half a minute on two cores, once",
			PerGo: true,
		},
		{
			Name: "govulncheck", Folder: "govulncheck",
			Module: "golang.org/x/vuln", Package: "golang.org/x/vuln/cmd/govulncheck",
			Takes: "half a minute on two cores, once",
			PerGo: true,
		},
		{
			Name: "actionlint", Folder: "actionlint",
			Module: "github.com/rhysd/actionlint", Package: "github.com/rhysd/actionlint/cmd/actionlint",
			Takes: "ten seconds on two cores, once",
		},
		indexdb,
		{
			Name: "cyclonedx-gomod", Folder: "cyclonedx-gomod",
			Module: "github.com/CycloneDX/cyclonedx-gomod", Package: "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod",
			Takes: "about a minute on two cores, once",
		},
	}
}

// Lookup finds a tool by the name of its executable.
func Lookup(name string) (Tool, bool) {
	i := slices.IndexFunc(All(), func(t Tool) bool { return t.Name == name })
	if i < 0 {
		return Tool{}, false
	}
	return All()[i], true
}

// Root returns the top folder of the checkout that the working directory is in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return rootFrom(dir)
}

// rootFrom walks up from dir. A go.mod of another module is passed by: the working directory may be a tools module.
func rootFrom(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		path, err := modulePath(filepath.Join(d, "go.mod"))
		if err != nil {
			return "", err
		}
		if path == ModulePath {
			return d, nil
		}
		if filepath.Dir(d) == d {
			return "", fmt.Errorf("%s is not in a checkout of %s: run this from the repository", dir, ModulePath)
		}
	}
}

// modulePath reads the module line of a go.mod; "" where there is no such file.
func modulePath(file string) (string, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close() // opened for reading
	for s := bufio.NewScanner(f); s.Scan(); {
		if path, ok := strings.CutPrefix(s.Text(), "module "); ok {
			return strings.TrimSpace(path), nil
		}
	}
	return "", nil
}

// CacheDir returns the folder of this project in the user's cache folder. It may not exist yet.
func CacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder for built tools (set HOME or XDG_CACHE_HOME): %w", err)
	}
	return filepath.Join(cache, "terraform-provider-oidc"), nil
}

// Path returns the path of the tool's executable, and builds it first where the cache does not hold its pinned version.
// What goes on is told on progress. Processes that want the same tool at once build it once: the others wait.
func (t Tool) Path(ctx context.Context, progress io.Writer) (string, error) {
	return built(t, progress, t.Name, func(b builder, _ string) (string, error) { return b.path(ctx, t) })
}

// built has a builder of this module, with the cache of this machine, make something of a tool. what names it in an error.
func built(t Tool, progress io.Writer, what string, build func(b builder, cache string) (string, error)) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	path, err := build(newBuilder(root, cache, t, progress), cache)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	return path, nil
}

type builder struct {
	source   string        // folder of the tools module
	bin      string        // where executables are kept
	progress io.Writer     // lines that tell what goes on
	every    time.Duration // between two lines of a build that is under way
}

func newBuilder(root, cache string, t Tool, progress io.Writer) builder {
	return builder{source: filepath.Join(root, "internal", "dev", "tools", t.Folder), bin: filepath.Join(cache, "bin"), progress: progress, every: 30 * time.Second}
}

func (b builder) path(ctx context.Context, t Tool) (string, error) {
	version, err := b.version(ctx, t)
	if err != nil {
		return "", err
	}
	name := t.Name + "-" + version
	if t.PerGo {
		name += "-" + runtime.Version()
	}
	path := filepath.Join(b.bin, name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	// Without the lock first: what has its name is complete, for it got that name by a rename.
	if isExecutable(path) {
		return path, nil
	}
	if err := os.MkdirAll(b.bin, 0o750); err != nil {
		return "", err
	}
	unlock, err := b.lock(ctx, path)
	if err != nil {
		return "", err
	}
	defer unlock()
	if isExecutable(path) { // another process has built it meanwhile
		return path, nil
	}
	return path, b.build(ctx, t, version, path)
}

// version reads the pinned version, such as "1.12.6", so that it stands in the go.mod and nowhere else.
func (b builder) version(ctx context.Context, t Tool) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "edit", "-json")
	cmd.Dir = b.source
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", filepath.Join(b.source, "go.mod"), withStderr(err))
	}
	var mod struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return "", fmt.Errorf("reading %s: %w", filepath.Join(b.source, "go.mod"), err)
	}
	for _, r := range mod.Require {
		if r.Path == t.Module {
			return strings.TrimPrefix(r.Version, "v"), nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", filepath.Join(b.source, "go.mod"), t.Module)
}

func (b builder) lock(ctx context.Context, path string) (unlock func(), err error) {
	l := flock.New(path + ".lock")
	locked, err := l.TryLock()
	if err == nil && !locked {
		b.say("Waiting for another process that is building %s", filepath.Base(path))
		locked, err = l.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil || !locked {
		return nil, fmt.Errorf("locking %s: %w", l.Path(), err)
	}
	// The lock file stays: removing it would let two processes hold locks on two files of one name.
	return func() { _ = l.Unlock() }, nil
}

func (b builder) build(ctx context.Context, t Tool, version, path string) error {
	tmp := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	defer os.Remove(tmp) // gone after the rename

	ldflags := "-s -w"
	if t.LDFlags != nil {
		ldflags += " " + t.LDFlags(version)
	}
	env, err := buildEnv(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", tmp, t.Package)
	// An interrupt lets go clean up its work folder of gigabytes; it is killed only when it does not end then.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Dir, cmd.Env, cmd.WaitDelay = b.source, env, 10*time.Second
	b.say("Building %s %s from the Go module proxy into %s (%s)", t.Name, version, b.bin, t.Takes)
	start := time.Now()
	out, err := b.runAndTell(cmd, t.Name, start)
	if err != nil {
		return fmt.Errorf("go build %s in %s: %w\n%s", t.Package, b.source, err, out)
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	b.say("Built %s %s in %s", t.Name, version, time.Since(start).Round(time.Second))
	return nil
}

// runAndTell runs cmd and says now and then that it still does: a silent minute looks like a hang.
func (b builder) runAndTell(cmd *exec.Cmd, name string, start time.Time) (output string, err error) {
	type result struct {
		out []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		done <- result{out, err}
	}()
	tick := time.NewTicker(b.every)
	defer tick.Stop()
	for {
		select {
		case r := <-done:
			return strings.TrimSpace(string(r.out)), r.err
		case <-tick.C:
			b.say("Still building %s, %s so far", name, time.Since(start).Round(time.Second))
		}
	}
}

// buildEnv is the environment of a build for this machine, whatever the caller cross-compiles for. Modules come from the
// proxy alone: "direct", Go's fallback to the version control hosts, is taken out.
func buildEnv(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOPROXY").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOPROXY: %w", withStderr(err))
	}
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains([]string{"GOOS", "GOARCH", "GOFLAGS", "GOWORK", "CGO_ENABLED", "GOPROXY"}, name)
	})
	return append(env, "GOWORK=off", "CGO_ENABLED=0", "GOPROXY="+proxyOnly(strings.TrimSpace(string(out)))), nil
}

// proxyOnly takes "direct" out of a GOPROXY list, unless nothing else is in it: then the user chose it.
func proxyOnly(list string) string {
	for _, tail := range []string{",direct", "|direct"} {
		list = strings.TrimSuffix(list, tail)
	}
	return list
}

func (b builder) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format+"\n", args...)
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode().Perm()&0o111 != 0)
}

// withStderr adds what a command said on stderr, which the standard error leaves out of its text.
func withStderr(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}
