// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command docs writes docs/ from the provider's schema, templates/ and examples/ with tfplugindocs, or with -check tells
// how docs/ differs from what it would write. Either way, every example must be valid.
//
// It asks no registry: the provider is built from this checkout, and its schema is read through whichever CLI is found.
// The result is the same for each of them.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

func main() {
	check := flag.Bool("check", false, "change nothing; fail if docs/ is not what would be written")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *check)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, check bool) (err error) {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "oidc-docs-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()

	cli, err := tfcli.Find(ctx)
	if err != nil {
		return err
	}
	provider, err := tfcli.Build(ctx, tmp, tfcli.DevVersion)
	if err != nil {
		return err
	}
	if err := validateExamples(ctx, cli, provider, filepath.Join(root, "examples")); err != nil {
		return err
	}
	schema, err := providerSchema(ctx, cli, provider)
	if err != nil {
		return err
	}
	generated, err := generate(ctx, root, tmp, schema)
	if err != nil {
		return err
	}
	committed := filepath.Join(root, "docs")
	if !check {
		if err := os.RemoveAll(committed); err != nil {
			return err
		}
		return os.CopyFS(committed, os.DirFS(generated))
	}
	differences, err := compare(committed, generated)
	if err != nil {
		return err
	}
	if len(differences) > 0 {
		return fmt.Errorf("docs/ is not what `make docs` writes:\n  %s", strings.Join(differences, "\n  "))
	}
	return nil
}

// providerSchema returns the schema of the provider of this checkout, as tfplugindocs reads it.
func providerSchema(ctx context.Context, cli tfcli.CLI, provider tfcli.Provider) (_ []byte, err error) {
	sandbox, err := tfcli.NewSandbox(cli, provider)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()
	if err := sandbox.Write("main.tf", required); err != nil {
		return nil, err
	}
	if _, err := sandbox.Run(ctx, "init", "-backend=false", "-no-color"); err != nil {
		return nil, err
	}
	said, err := sandbox.Run(ctx, "providers", "schema", "-json")
	if err != nil {
		return nil, err
	}
	return forDocs([]byte(said.Stdout))
}

// generate runs tfplugindocs on a copy of what it reads, so that a failure leaves docs/ as it is, and returns the folder
// that it wrote.
func generate(ctx context.Context, root, tmp string, schema []byte) (string, error) {
	tool, _ := tools.Lookup("tfplugindocs")
	path, err := tool.Path(ctx, os.Stderr)
	if err != nil {
		return "", err
	}
	dir, file := filepath.Join(tmp, "provider"), filepath.Join(tmp, "schema.json")
	for _, name := range []string{"templates", "examples"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(file, schema, 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, "generate", "--provider-dir", dir, "--provider-name", "terraform-provider-oidc",
		"--rendered-provider-name", "oidc", "--providers-schema", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("tfplugindocs: %w\n%s", err, out)
	}
	return filepath.Join(dir, "docs"), nil
}

// compare names what is missing, what is too much, and the first line that differs of each other file.
func compare(committed, generated string) ([]string, error) {
	have, err := read(committed)
	if err != nil {
		return nil, err
	}
	want, err := read(generated)
	if err != nil {
		return nil, err
	}
	var differences []string
	for name, content := range want {
		got, ok := have[name]
		switch {
		case !ok:
			differences = append(differences, name+" is missing")
		case !bytes.Equal(got, content):
			differences = append(differences, name+firstDifference(string(got), string(content)))
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			differences = append(differences, name+" is not generated: guides are written in templates/guides")
		}
	}
	slices.Sort(differences)
	return differences, nil
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	at := func(lines []string) string {
		if i < len(lines) {
			return fmt.Sprintf("%q", lines[i])
		}
		return "the end of the file"
	}
	return fmt.Sprintf(":%d has %s, want %s", i+1, at(g), at(w))
}

// read returns the files below dir by their names there; none where there is no dir.
func read(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == "." {
			return fs.SkipAll
		}
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		return err
	})
	return files, err
}
