// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command tool prints the path of a pinned development tool, built first where need be, or runs it:
//
//	go run ./internal/dev/tools/cmd/tool golangci-lint            # prints the path
//	go run ./internal/dev/tools/cmd/tool golangci-lint run ./...  # runs it
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: tool NAME [ARGUMENT ...]; the names are:")
		for _, t := range tools.All() {
			fmt.Fprintln(os.Stderr, "  "+t.Name)
		}
		return 2
	}
	t, ok := tools.Lookup(args[0])
	if !ok {
		fmt.Fprintf(os.Stderr, "tool: no tool is called %q\n", args[0])
		return 2
	}
	path, err := t.Path(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tool:", err)
		return 1
	}
	if len(args) == 1 {
		fmt.Println(path)
		return 0
	}
	cmd := exec.CommandContext(ctx, path, args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tool:", err)
		return 1
	}
	return 0
}
