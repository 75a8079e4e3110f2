// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tools

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestEveryToolIsPinned holds the list against the modules beside it: the version is read, the package is a tool there.
func TestEveryToolIsPinned(t *testing.T) {
	for _, tool := range All() {
		t.Run(tool.Name, func(t *testing.T) {
			b := builder{source: tool.Folder}
			version, err := b.version(t.Context(), tool)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(version, ".") != 2 || strings.HasPrefix(version, "v") {
				t.Errorf("version %q is not of the form 1.2.3", version)
			}
			mod, err := os.ReadFile(filepath.Join(tool.Folder, "go.mod"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(mod), "\ntool "+tool.Package+"\n") {
				t.Errorf("no tool directive for %s", tool.Package)
			}
		})
	}
	if _, ok := Lookup("tofu"); !ok {
		t.Error("Lookup does not find tofu")
	}
	if _, ok := Lookup("make"); ok {
		t.Error("Lookup finds what is not listed")
	}
}

func TestRoot(t *testing.T) {
	top := t.TempDir()
	deep := filepath.Join(top, "internal", "tools", "x")
	if err := os.MkdirAll(deep, 0o750); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(top, "go.mod"), "// a comment\nmodule "+ModulePath+"\n")
	write(t, filepath.Join(deep, "go.mod"), "module "+ModulePath+"/internal/dev/tools/x\n")
	if got, err := rootFrom(deep); err != nil || got != top {
		t.Errorf("rootFrom(%s) = %q, %v; want %s", deep, got, err, top)
	}
	if _, err := rootFrom(t.TempDir()); err == nil || !strings.Contains(err.Error(), "repository") {
		t.Errorf("outside a checkout: error %v, want one that says where to run this", err)
	}
}

func TestProxyOnly(t *testing.T) {
	for list, want := range map[string]string{
		"https://proxy.golang.org,direct":    "https://proxy.golang.org",
		"https://a,https://b|direct":         "https://a,https://b",
		"https://proxy.corp":                 "https://proxy.corp",
		"direct":                             "direct",
		"off":                                "off",
		"file:///srv/modules,direct":         "file:///srv/modules",
		"https://proxy.corp/direct":          "https://proxy.corp/direct",
		"https://a.example,https://b.direct": "https://a.example,https://b.direct",
	} {
		if got := proxyOnly(list); got != want {
			t.Errorf("proxyOnly(%q) = %q, want %q", list, got, want)
		}
	}
}

// fixture is a tools module whose tool is a local module, so that a build needs no network.
func fixture(t *testing.T, source string) (builder, Tool, *lines) {
	t.Helper()
	dir, progress := t.TempDir(), &lines{}
	write(t, filepath.Join(dir, "hello", "go.mod"), "module example.com/hello\n\ngo 1.26.0\n")
	write(t, filepath.Join(dir, "hello", "main.go"), source)
	write(t, filepath.Join(dir, "tools", "go.mod"),
		"module example.com/tools\n\ngo 1.26.0\n\nreplace example.com/hello => ../hello\n\ntool example.com/hello\n\nrequire example.com/hello v1.2.3\n")
	b := builder{source: filepath.Join(dir, "tools"), bin: filepath.Join(dir, "cache", "bin"), progress: progress, every: time.Hour}
	return b, Tool{
		Name: "hello", Module: "example.com/hello", Package: "example.com/hello", Takes: "a moment",
		LDFlags: func(version string) string { return "-X main.version=" + version },
	}, progress
}

const prints = "package main\n\nvar version string\n\nfunc main() { print(version) }\n"

func TestBuildOnce(t *testing.T) {
	b, tool, progress := fixture(t, prints)
	var wg sync.WaitGroup
	paths, errs := make([]string, 3), make([]error, 3)
	for i := range paths {
		wg.Go(func() { paths[i], errs[i] = b.path(t.Context(), tool) })
	}
	wg.Wait()
	for i := range paths {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if paths[i] != paths[0] {
			t.Errorf("two paths of one tool: %s and %s", paths[0], paths[i])
		}
	}
	if got, want := strings.TrimSuffix(filepath.Base(paths[0]), ".exe"), "hello-1.2.3"; got != want {
		t.Errorf("executable %s, want %s", got, want)
	}
	out, err := exec.CommandContext(t.Context(), paths[0]).CombinedOutput()
	if err != nil || string(out) != "1.2.3" {
		t.Errorf("the built tool printed %q, %v; want its version by the linker flag", out, err)
	}
	said := progress.String()
	if n := strings.Count(said, "Building hello 1.2.3 from the Go module proxy"); n != 1 {
		t.Errorf("built %d times, want once:\n%s", n, said)
	}
	for _, want := range []string{"a moment", "Built hello 1.2.3 in "} {
		if !strings.Contains(said, want) {
			t.Errorf("progress lacks %q:\n%s", want, said)
		}
	}
	left, _ := filepath.Glob(filepath.Join(b.bin, "*.tmp"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBuildTellsThatItGoesOn(t *testing.T) {
	b, tool, progress := fixture(t, prints)
	b.every = time.Millisecond
	tool.PerGo = true
	path, err := b.path(t.Context(), tool)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(path, "hello-1.2.3-"+runtime.Version()) {
		t.Errorf("path %s does not name the Go version", path)
	}
	if !strings.Contains(progress.String(), "Still building hello, ") {
		t.Errorf("no line during the build:\n%s", progress)
	}
}

func TestBuildFails(t *testing.T) {
	b, tool, _ := fixture(t, "package main\n\nfunc main() { undefined() }\n")
	_, err := b.path(t.Context(), tool)
	if err == nil || !strings.Contains(err.Error(), "undefined: undefined") {
		t.Errorf("error %v, want the compiler's words", err)
	}
	if files, _ := filepath.Glob(filepath.Join(b.bin, "hello-1.2.3*")); len(files) != 1 {
		t.Errorf("after a failed build %v is there, want the lock file alone", files)
	}

	tool.Module = "example.com/other"
	if _, err = b.path(t.Context(), tool); err == nil || !strings.Contains(err.Error(), "does not require example.com/other") {
		t.Errorf("a tool that is not required: error %v", err)
	}
}

func TestBuildIsCanceled(t *testing.T) {
	b, tool, _ := fixture(t, prints)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.path(ctx, tool); err == nil {
		t.Error("no error from a canceled build")
	}
}

// What is in the cache is used without a build and without a request: the tool of this fixture could not be built.
func TestVulnDBIsKept(t *testing.T) {
	source, cache := t.TempDir(), t.TempDir()
	write(t, filepath.Join(source, "go.mod"), "module example.com/tools\n\ngo 1.26.0\n\nrequire "+indexdb.Module+" v0.0.0-20990101000000-000000000000\n")
	want := filepath.Join(cache, "vulndb-0.0.0-20990101000000-000000000000")
	if err := os.Mkdir(want, 0o750); err != nil {
		t.Fatal(err)
	}
	progress := &lines{}
	b := builder{source: source, bin: filepath.Join(cache, "bin"), progress: progress, every: time.Hour}
	if got, err := b.vulnDB(t.Context(), cache); got != want || err != nil || progress.String() != "" {
		t.Errorf("%q, %v, said %q; want %s and no word", got, err, progress, want)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lines is a writer for several goroutines.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
