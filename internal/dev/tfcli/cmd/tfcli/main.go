// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command tfcli finds the Terraform CLI that the tests use, and runs things with it:
//
//	tfcli                              prints its path
//	tfcli version                      prints product, version, path and how it was found
//	tfcli exec [-cli WORD] [-record FILE] COMMAND ...
//	                                   runs a command with the environment of acceptance tests
//	tfcli install [VERSION]            builds the provider to where the user's own Terraform finds it
//
// WORD is all, terraform, tofu or a path; with all, the command runs once with each CLI, also after one that failed. FILE
// gets the CLIs' products and versions once the command succeeded with each. Progress goes to stderr.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tfcli:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout io.Writer) (code int, err error) {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	switch {
	case verb == "install" && len(args) <= 1:
		return code1(install(ctx, append(args, tfcli.DevVersion)[0], stdout))
	case verb == "exec":
		flags := flag.NewFlagSet("exec", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		word, record := flags.String("cli", "", ""), flags.String("record", "", "")
		if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
			return 2, errors.Join(err, errUsage)
		}
		return execute(ctx, *word, *record, flags.Args())
	case (verb == "" || verb == "version") && len(args) == 0:
		cli, err := tfcli.Find(ctx)
		if err != nil {
			return 1, err
		}
		line := cli.Path
		if verb == "version" {
			line = cli.String()
		}
		return code1(fmt.Fprintln(stdout, line))
	}
	return 2, errUsage
}

var errUsage = errors.New("usage: tfcli [version | exec [-cli WORD] [-record FILE] COMMAND ... | install [VERSION]]")

func code1(_ int, err error) (int, error) {
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// execute runs a command with each CLI that the word stands for, and returns the first exit code that is not 0.
func execute(ctx context.Context, word, record string, args []string) (code int, err error) {
	clis, err := tfcli.Choose(ctx, word)
	if err != nil {
		return 1, err
	}
	for _, cli := range clis {
		c, err := executeWith(ctx, cli, args)
		if err != nil {
			return 1, err
		}
		if code == 0 {
			code = c
		}
	}
	if code == 0 && record != "" {
		return code1(0, tfcli.Record(record, clis))
	}
	return code, nil
}

func executeWith(ctx context.Context, cli tfcli.CLI, args []string) (int, error) {
	env, cleanup, err := tfcli.AcceptanceEnv(os.Environ(), cli)
	if err != nil {
		return 1, err
	}
	defer cleanup() //nolint:errcheck // an empty temporary file
	fmt.Fprintln(os.Stderr, "Running with", cli)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return code1(0, err)
}

func install(ctx context.Context, version string, stdout io.Writer) (int, error) {
	dir, err := os.MkdirTemp("", "oidc-install-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	provider, err := tfcli.Build(ctx, dir, strings.TrimPrefix(version, "v"))
	if err != nil {
		return 1, err
	}
	plugins, err := tfcli.UserPlugins()
	if err != nil {
		return 1, err
	}
	paths, err := provider.Install(plugins)
	for _, path := range paths {
		_, _ = fmt.Fprintln(stdout, "Installed", path)
	}
	return 0, err
}
