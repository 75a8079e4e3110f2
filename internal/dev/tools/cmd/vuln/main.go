// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command vuln runs govulncheck with the pinned vulnerability database:
//
//	go run ./internal/dev/tools/cmd/vuln ./...
//
// It fails on a vulnerability that the code has a call path to. The standard library is judged by the Go that runs this:
// GOTOOLCHAIN chooses it.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "vuln:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string) (int, error) {
	database, err := tools.VulnDB(ctx, os.Stderr)
	if err != nil {
		return 1, err
	}
	tool, _ := tools.Lookup("govulncheck")
	program, err := tool.Path(ctx, os.Stderr)
	if err != nil {
		return 1, err
	}
	db := url.URL{Scheme: "file", Path: filepath.ToSlash(database)}
	cmd := exec.CommandContext(ctx, program, append([]string{"-db", db.String()}, args...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
