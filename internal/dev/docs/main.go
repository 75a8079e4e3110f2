// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command docs writes docs/, or with -out another folder, from the provider's schema, templates/ and examples/ with
// tfplugindocs. Every example must be valid.
//
// It asks no registry: the provider is built from this checkout, and its schema is read through whichever CLI is found.
// The result is the same for each of them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

func main() {
	out := flag.String("out", "docs", "the `folder` to write anew, from the top folder of the checkout")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) (err error) {
	if !filepath.IsLocal(out) {
		return fmt.Errorf("-out %s is not inside the checkout, and what is there would be removed", out)
	}
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
	out = filepath.Join(root, out)
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.CopyFS(out, os.DirFS(generated))
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
