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
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test's own executable stand in for a CLI: a copy of it called terraform or tofu does what the file
// beside it says. A shell script would do so on Unix only.
func TestMain(m *testing.M) {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	if name == "terraform" || name == "tofu" {
		os.Exit(fakeCLI(os.Args))
	}
	os.Exit(m.Run())
}

func fakeCLI(args []string) int {
	behaviour, err := os.ReadFile(filepath.Join(filepath.Dir(args[0]), "behaviour"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	product, version, _ := strings.Cut(string(behaviour), " ")
	switch strings.Join(args[1:], " ") {
	case "version":
		if product == "broken" {
			fmt.Fprintln(os.Stderr, "no version of me is selected")
			return 1
		}
		fmt.Printf("%s v%s\non %s_%s\n", product, version, runtime.GOOS, runtime.GOARCH)
	case "version -json":
		fmt.Printf("{\n  \"terraform_version\": %q\n}\n\nWarning: something\n", version)
	case "env":
		fmt.Println(strings.Join(os.Environ(), "\n"))
	case "where":
		dir, _ := os.Getwd()
		fmt.Println(dir)
	case "plan -detailed-exitcode":
		fmt.Println("a change")
		return 2
	default:
		fmt.Fprintf(os.Stderr, "unknown command %v\n", args[1:])
		return 64
	}
	return 0
}

// fake makes an executable called name that says what behaviour tells, and returns its path.
func fake(t *testing.T, name, behaviour string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if err := place(self, path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "behaviour"), []byte(behaviour), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindInOrder(t *testing.T) {
	named, onPath := fake(t, "tofu", "OpenTofu 1.12.6"), fake(t, "terraform", "Terraform 1.11.4")
	tofu, built := fake(t, "tofu", "OpenTofu 1.10.0"), fake(t, "tofu", "OpenTofu 1.12.6")
	broken, other := fake(t, "terraform", "broken 1"), fake(t, "terraform", "Pulumi 3.0.0")
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name      string
		variable  string
		path      []string // folders of PATH
		built     string
		want      CLI
		wantError string
	}{
		{name: "the variable wins", variable: named, path: []string{onPath, tofu}, want: CLI{named, OpenTofu, "1.12.6", PathVariable}},
		{name: "terraform before tofu", path: []string{tofu, onPath}, want: CLI{onPath, Terraform, "1.11.4", "PATH"}},
		{name: "tofu where there is no terraform", path: []string{tofu}, want: CLI{tofu, OpenTofu, "1.10.0", "PATH"}},
		{name: "else it is built", built: built, want: CLI{built, OpenTofu, "1.12.6", "built"}},
		{name: "a build fails", wantError: "could not be built: no network; install terraform or tofu, or set TF_ACC_TERRAFORM_PATH"},
		{name: "the variable names nothing", variable: named + "-not", path: []string{onPath}, wantError: "TF_ACC_TERRAFORM_PATH is set to " + named + "-not, which cannot be used"},
		{name: "the variable names a folder", variable: filepath.Dir(named), path: []string{onPath}, wantError: "it is a folder"},
		{name: "the variable names no executable", variable: plain, path: []string{onPath}, wantError: "it is not executable (mode -rw-------)"},
		{name: "what is found does not run", path: []string{broken, tofu}, wantError: "no version of me is selected; set TF_ACC_TERRAFORM_PATH"},
		{name: "what is found is something else", path: []string{other, tofu}, wantError: "neither Terraform nor OpenTofu: `version` says \"Pulumi v3.0.0\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && tt.variable == plain {
				tt.wantError = "plain" // Windows knows no executable bit: running the file fails
			}
			var folders []string
			for _, p := range tt.path {
				folders = append(folders, filepath.Dir(p))
			}
			t.Setenv("PATH", strings.Join(folders, string(os.PathListSeparator)))
			t.Setenv(PathVariable, tt.variable)
			var progress strings.Builder
			builds := 0
			got, err := finder{getenv: os.Getenv, lookPath: exec.LookPath, progress: &progress, build: func(context.Context, io.Writer) (string, error) {
				builds++
				if tt.built == "" {
					return "", errors.New("no network")
				}
				return tt.built, nil
			}}.find(t.Context())
			if tt.wantError != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantError) {
					t.Errorf("error %v, want one with %q", err, tt.wantError)
				}
			} else if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v, found (-want +got):\n%s", err, diff)
			}
			mayBuild := tt.variable == "" && len(tt.path) == 0
			if (builds == 1) != mayBuild || strings.Contains(progress.String(), "cache folder") != mayBuild {
				t.Errorf("built %d times and said %q; building is for where nothing else is there", builds, &progress)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	terraform, onPath := fake(t, "terraform", "Terraform 1.11.4"), fake(t, "tofu", "OpenTofu 1.10.0")
	built, broken := fake(t, "tofu", "OpenTofu 1.12.6"), fake(t, "terraform", "broken 1")
	theTerraform, theTofu := CLI{terraform, Terraform, "1.11.4", "PATH"}, CLI{onPath, OpenTofu, "1.10.0", "PATH"}
	theBuilt := CLI{built, OpenTofu, "1.12.6", "built"}

	tests := []struct {
		word      string
		path      []string
		want      []CLI
		wantError string
		wantSaid  string
	}{
		{word: "", path: []string{terraform, onPath}, want: []CLI{theTerraform}},
		{word: "terraform", path: []string{onPath, terraform}, want: []CLI{theTerraform}},
		{word: "terraform", path: []string{onPath}, wantError: "no terraform on PATH"},
		{word: "terraform", path: []string{broken}, wantError: "no version of me is selected"},
		{word: "tofu", path: []string{terraform, onPath}, want: []CLI{theTofu}},
		{word: "tofu", path: []string{terraform}, want: []CLI{theBuilt}},
		{word: "all", path: []string{terraform, onPath}, want: []CLI{theTerraform, theTofu}},
		{word: "all", path: []string{terraform}, want: []CLI{theTerraform, theBuilt}},
		{word: "all", want: []CLI{theBuilt}, wantSaid: "no terraform on PATH: running without it"},
		{word: "all", path: []string{broken, onPath}, wantError: "no version of me is selected"},
		{word: onPath, path: []string{terraform}, want: []CLI{{onPath, OpenTofu, "1.10.0", "given"}}},
		{word: "opentofu", path: []string{terraform}, wantError: `"opentofu" is none of all, terraform and tofu, nor the path of a CLI`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(filepath.Base(tt.word), len(tt.path)), func(t *testing.T) {
			var folders []string
			for _, p := range tt.path {
				folders = append(folders, filepath.Dir(p))
			}
			t.Setenv("PATH", strings.Join(folders, string(os.PathListSeparator)))
			t.Setenv(PathVariable, "")
			var said strings.Builder
			got, err := finder{getenv: os.Getenv, lookPath: exec.LookPath, progress: &said, build: func(context.Context, io.Writer) (string, error) {
				return built, nil
			}}.choose(t.Context(), tt.word)
			if tt.wantError != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantError) {
					t.Errorf("error %v, want one with %q", err, tt.wantError)
				}
			} else if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v, chose (-want +got):\n%s", err, diff)
			}
			if !strings.Contains(said.String(), tt.wantSaid) {
				t.Errorf("said %q, want %q", &said, tt.wantSaid)
			}
		})
	}
}

func TestNothingOfTheUsersTakesPart(t *testing.T) {
	for name, value := range map[string]string{
		"TF_CLI_CONFIG_FILE": "/the/users.tfrc", "TF_PLUGIN_CACHE_DIR": "/the/users/cache", "TF_CLI_ARGS": "-no-color", "TF_VAR_x": "1",
		"TF_WORKSPACE": "production", "TF_DATA_DIR": "/the/users/data", "OIDC_ISSUER": "https://production.example",
		"OIDC_INITIAL_ACCESS_TOKEN": "a secret", "TF_LOG": "TRACE", "INTEROP": "1",
		"TF_ACC_TERRAFORM_PATH": "/the/users/terraform", "TF_ACC_PROVIDER_HOST": "registry.example", "TF_ACC_LOG": "DEBUG",
	} {
		t.Setenv(name, value)
	}
	t.Setenv("TF_ACC", "")
	if err := os.Unsetenv("TF_ACC"); err != nil { // make test runs this with it set
		t.Fatal(err)
	}
	cli := CLI{Path: fake(t, "terraform", "Terraform 1.11.4"), Product: Terraform, Version: "1.11.4"}
	s, err := NewSandbox(cli)
	if err != nil {
		t.Fatal(err)
	}
	s.Setenv("OIDC_CLIENT_KEY", "of the test")
	out, err := s.Run(t.Context(), "env")
	if err != nil {
		t.Fatal(err)
	}
	checkEnv(t, strings.Split(strings.TrimSpace(out.Stdout), "\n"), map[string]string{
		"TF_CLI_CONFIG_FILE": filepath.Join(s.top, "cli.tfrc"), "TF_DATA_DIR": filepath.Join(s.top, "data"), "TF_LOG": "TRACE", "TF_ACC_LOG": "DEBUG",
		"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "OIDC_CLIENT_KEY": "of the test",
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.top); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Close: %v, want that nothing is left", err)
	}

	for _, product := range []Product{Terraform, OpenTofu} {
		env, cleanup, err := AcceptanceEnv(os.Environ(), CLI{Path: "/a/cli", Product: product})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "TF_CLI_CONFIG_FILE=") })
		config := strings.TrimPrefix(env[i], "TF_CLI_CONFIG_FILE=")
		if content, err := os.ReadFile(config); err != nil || len(content) != 0 {
			t.Errorf("CLI configuration: %q, %v; want an empty file that exists", content, err)
		}
		want := map[string]string{"TF_ACC": "1", "TF_ACC_TERRAFORM_PATH": "/a/cli", "TF_CLI_CONFIG_FILE": config, "TF_LOG": "TRACE", "TF_ACC_LOG": "DEBUG"}
		if product == OpenTofu {
			want["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
		}
		checkEnv(t, env, want)
		if err := cleanup(); err != nil {
			t.Error(err)
		}
	}
}

// checkEnv compares the TF_ and OIDC_ variables of an environment, and looks for those that must pass.
func checkEnv(t *testing.T, env []string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "OIDC_") {
			got[name] = value
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	for _, kv := range []string{"CHECKPOINT_DISABLE=1", "INTEROP=1"} {
		if !slices.Contains(env, kv) {
			t.Errorf("%s is missing", kv)
		}
	}
}

func TestSandboxRuns(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "built")
	if err := os.WriteFile(binary, []byte("a provider"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := NewSandbox(CLI{Path: fake(t, "tofu", "OpenTofu 1.12.6"), Product: OpenTofu}, Provider{Source: Source, Version: "1.2.3", Binary: binary})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })

	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		path := filepath.Join(s.top, "mirror", host, "terraform-oidc", "oidc", "1.2.3", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-oidc_v1.2.3")
		if runtime.GOOS == "windows" {
			path += ".exe"
		}
		if content, err := os.ReadFile(path); err != nil || string(content) != "a provider" {
			t.Errorf("mirror: %q, %v", content, err)
		}
		if err := checkExecutable(path); err != nil {
			t.Errorf("mirror: %v", err)
		}
	}
	if err := s.Write("sub/main.tf", "# text"); err != nil {
		t.Fatal(err)
	}
	if err := s.CopyDir(filepath.Join(s.Dir, "sub"), "copy"); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(filepath.Join(s.Dir, "copy", "main.tf")); err != nil || string(content) != "# text" {
		t.Errorf("copied: %q, %v", content, err)
	}
	if r, err := s.Run(t.Context(), "where"); err != nil || strings.TrimSpace(r.Stdout) != s.Dir {
		t.Errorf("ran in %q, %v; want %s", r.Stdout, err, s.Dir)
	}
	if r, err := s.Run(t.Context(), "plan", "-detailed-exitcode"); r.Code != 2 || err == nil {
		t.Errorf("code %d, error %v; want 2 and an error", r.Code, err)
	}
	if r, err := s.Run(t.Context(), "nonsense"); r.Code != 64 || err == nil || !strings.Contains(err.Error(), "unknown command [nonsense]") {
		t.Errorf("code %d, error %v; want 64 and what the CLI said", r.Code, err)
	}
}
