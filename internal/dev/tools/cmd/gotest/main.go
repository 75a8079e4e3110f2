// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command gotest runs `go test` with the given arguments, shows what it shows, and counts:
//
//	gotest [GO TEST ARGUMENT ...]
//	gotest -sum FILE
//
// Where GOTEST_RESULTS names a file, each result is appended to it. -sum adds up such a file, in which several runs may
// have left the same test, and ends with the line "N passed, N failed"; what was skipped in every run stands before it.
//
// Counting lines of the text output was rejected: a test prints what it likes, and a package that does not compile has
// no line of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout io.Writer) (int, error) {
	results := newResults()
	if file, ok := strings.CutPrefix(strings.Join(args, " "), "-sum "); ok {
		if err := results.load(file); err != nil {
			return 1, err
		}
		if n := results.count(skipped); n > 0 {
			_, _ = fmt.Fprintf(stdout, "%d skipped in every run\n", n)
		}
		_, _ = fmt.Fprintf(stdout, "%d passed, %d failed\n", results.count(passed), results.count(failed))
		return min(results.count(failed), 1), nil
	}

	verbose := slices.Contains(args, "-v")
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	readErr := results.read(pipe, stdout, verbose)
	err = cmd.Wait()
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code, err = max(exit.ExitCode(), 1), nil
	}
	if code != 0 && results.count(failed) == 0 {
		results.set("go test", "", failed) // such as a package pattern that matches nothing
	}
	_, _ = fmt.Fprintln(stdout, results)
	if file := os.Getenv("GOTEST_RESULTS"); file != "" {
		err = errors.Join(err, results.save(file))
	}
	if err = errors.Join(err, readErr); err != nil {
		code = max(code, 1)
	}
	return code, err
}
