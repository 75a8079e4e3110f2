// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command demo shows what the provider does: it builds it, starts an authorization server on a free loopback port, and
// drives the real Terraform or OpenTofu through the life of two clients. Every step says what it shows and fails when it
// shows something else. Nothing is left behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nThe demo did not show what it should:", err)
		os.Exit(1)
	}
}

// initialAccessToken is what registration needs at the demo's server.
const initialAccessToken = "demo-initial-access-token"

func run(ctx context.Context, out io.Writer) (err error) {
	start := time.Now()
	root, err := tools.Root()
	if err != nil {
		return err
	}
	cli, err := tfcli.Find(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "Building the provider, for %s\n", cli)
	tmp, err := os.MkdirTemp("", "oidc-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	provider, err := tfcli.Build(ctx, tmp, tfcli.DevVersion)
	if err != nil {
		return err
	}
	box, err := tfcli.NewSandbox(cli, provider)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	if err := box.CopyDir(filepath.Join(root, "examples"), "examples"); err != nil {
		return err
	}

	server := &fakeop.Server{TLS: true, Clock: time.Now, InitialAccessTokens: map[string]int{initialAccessToken: 0}}
	if _, err := server.Serve(); err != nil {
		return err
	}
	defer server.Close()
	if err := box.Write("ca.pem", string(server.CACertificate())); err != nil {
		return err
	}
	d := newDemo(server, out)
	box.Setenv("TF_VAR_account", d.account)
	box.Setenv("OIDC_CA_CERTIFICATE_FILE", filepath.Join(box.Dir, "ca.pem"))
	box.Setenv("OIDC_INITIAL_ACCESS_TOKEN", initialAccessToken)
	d.cli = func(ctx context.Context, args ...string) (tfcli.Result, error) {
		return box.Run(ctx, append([]string{"-chdir=" + filepath.Join("examples", "complete")}, args...)...)
	}
	if err := d.steps(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "All shown in %s. The server is stopped, its data and the working folder are removed.\n", time.Since(start).Round(time.Second))
	return nil
}
