// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures the provider. At the plugin protocol it runs beside a bare HTTP client that makes the same requests. With
// the CLI it runs beside terraform_data, which is Terraform's own cost, and beside the limit: the same schema on bare
// plugin-go, which makes no request at all. All contenders take turns, because timings on a shared machine are noisy, and
// the median of each counts. `-hold` makes the exit code say whether the goals hold.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	counts := flag.String("clients", "300,1000", "numbers of clients in one state, separated by commas")
	turns := flag.Int("turns", 3, "applies, plans, updates and destroys of each kind; their median counts")
	hold := flag.Bool("hold", false, "exit with 1 where a goal is missed")
	skip := flag.Bool("cli-only", false, "leave out the Go benchmarks")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *skip, *counts, *turns, *hold)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cliOnly bool, counts string, turns int, hold bool) error {
	if !cliOnly {
		if err := goBenchmarks(ctx); err != nil {
			return err
		}
	}
	var sizes []int
	for _, field := range strings.Split(counts, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 2 {
			return fmt.Errorf("-clients: %q is not a number of clients above 1", field)
		}
		sizes = append(sizes, n)
	}
	all, err := measureAll(ctx, sizes, turns)
	if err != nil {
		return err
	}
	fmt.Print(table(all))
	goals := judge(all)
	met := true
	for _, g := range goals {
		fmt.Println("  " + g.String())
		met = met && g.met()
	}
	if file := os.Getenv("BENCH_SVG"); file != "" {
		if err := os.WriteFile(file, chart(all), 0o644); err != nil { // #nosec G306 -- a picture to be looked at
			return err
		}
	}
	if hold && !met {
		return errors.New("a goal was missed")
	}
	return nil
}
