// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

func TestExampleFolders(t *testing.T) {
	got, err := exampleFolders(os.DirFS(folder(t, map[string]string{
		"complete/main.tf": "terraform {\n  required_providers {}\n}", "complete/other.tf": "", "resources/x/resource.tf": "resource", "resources/x/import.sh": "",
		"modules/m/main.tf": "", "modules/m/versions.tf": "terraform { required_providers {} }", "README.md": "",
	})))
	want := map[string]bool{"complete": true, "resources/x": false, "modules/m": true}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

// passed is the last line of `terraform test` and of `tofu test`.
var passed = regexp.MustCompile(`Success! (\d+) passed, 0 failed\.`)

// TestAccExamples runs the examples' own tests as their readers would: `test` in each folder that has a *.tftest.hcl. The
// examples of a real server get one on loopback.
func TestAccExamples(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1")
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	cli, err := tfcli.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	provider, err := tfcli.Build(t.Context(), t.TempDir(), tfcli.DevVersion)
	if err != nil {
		t.Fatal(err)
	}
	// How many runs each folder has: a file that the CLI passes by would pass, too.
	tested := map[string]int{"modules/client": 2, "wso2": 9, "complete": 2}
	err = filepath.WalkDir(filepath.Join(root, "examples"), func(path string, _ os.DirEntry, err error) error {
		folder, _ := filepath.Rel(filepath.Join(root, "examples"), filepath.Dir(path))
		if strings.HasSuffix(path, ".tftest.hcl") && tested[filepath.ToSlash(folder)] == 0 {
			t.Errorf("nothing runs %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, runs := range tested {
		t.Run(folder, func(t *testing.T) {
			const token = "an-initial-access-token"
			server := &fakeop.Server{TLS: true, Clock: time.Now, InitialAccessTokens: map[string]int{token: 0}}
			origin, err := server.Serve()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			box, err := tfcli.NewSandbox(cli, provider)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = box.Close() })
			if err := box.CopyDir(filepath.Join(root, "examples"), "examples"); err != nil {
				t.Fatal(err)
			}
			if err := box.Write("ca.pem", string(server.CACertificate())); err != nil {
				t.Fatal(err)
			}
			box.Setenv("OIDC_CA_CERTIFICATE_FILE", filepath.Join(box.Dir, "ca.pem"))
			if folder == "complete" {
				box.Setenv("TF_VAR_account", "joe@"+origin[len("https://"):])
				box.Setenv("OIDC_INITIAL_ACCESS_TOKEN", token)
			}
			chdir := "-chdir=" + filepath.Join("examples", filepath.FromSlash(folder))
			if _, err := box.Run(t.Context(), chdir, "init", "-backend=false", "-no-color"); err != nil {
				t.Fatal(err)
			}
			said, err := box.Run(t.Context(), chdir, "test", "-no-color")
			if err != nil {
				t.Fatal(err)
			}
			if m := passed.FindStringSubmatch(said.Stdout); m == nil || m[1] != strconv.Itoa(runs) {
				t.Errorf("want %d runs that pass:\n%s%s", runs, said.Stdout, said.Stderr)
			}
			want := 0
			if folder == "complete" {
				want = 2
			}
			if registered, left := server.Registrations(), len(server.Clients()); registered != want || left != 0 {
				t.Errorf("%d clients were registered and %d are left, want %d and none", registered, left, want)
			}
		})
	}
}
