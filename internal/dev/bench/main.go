// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures the provider beside a bare HTTP client that makes the same requests, and the CLI's plan of many clients
// beside its plan of as many terraform_data and beside the limit of the plugin protocol for this schema. Each ratio compares two
// things measured in the same run, alternating, because timings on a shared machine are noisy. `-hold` makes the exit code
// say whether the goals hold.
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
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The goals: a plan's time beside the limit's, and the provider's memory for each client.
const (
	planGoal   = 2.5
	memoryGoal = 100 << 10
)

func main() {
	count := flag.Int("clients", 300, "clients in one plan")
	turns := flag.Int("turns", 5, "plans of each kind; the fastest counts")
	hold := flag.Bool("hold", false, "exit with 1 where a goal is missed")
	skip := flag.Bool("cli-only", false, "leave out the Go benchmarks")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *skip, *count, *turns, *hold)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cliOnly bool, count, turns int, hold bool) error {
	if !cliOnly {
		if err := goBenchmarks(ctx); err != nil {
			return err
		}
	}
	met, err := cliBenchmark(ctx, count, turns)
	if err == nil && hold && !met {
		err = errors.New("a goal was missed")
	}
	return err
}

var benchLine = regexp.MustCompile(`^Benchmark(Provider|Bare)(\w+?)(?:-\d+)?\s+\d+\s+(\d+) ns/op\s+(.*)$`)

type cost struct{ wall, requests, bytes, allocs float64 }

// goBenchmarks runs the Go benchmarks of this folder and prints provider beside bare.
func goBenchmarks(ctx context.Context) error {
	fmt.Println("At the plugin protocol, 300 clients; the provider beside a bare HTTP client with the same requests:")
	cmd := exec.CommandContext(ctx, "go", "test", "./internal/dev/bench", "-run", "^$", "-bench", ".", "-benchtime", "3x") // #nosec G204
	cmd.Env = append(os.Environ(), "TF_LOG_SDK=off", "GOGC=400")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	costs := map[string]map[string]cost{}
	var order []string
	for _, line := range strings.Split(string(out), "\n") {
		m := benchLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		c := cost{wall: number(m[3])}
		fields := strings.Fields(m[4])
		for i := 0; i+1 < len(fields); i += 2 {
			switch fields[i+1] {
			case "requests/client":
				c.requests = number(fields[i])
			case "B/op":
				c.bytes = number(fields[i])
			case "allocs/op":
				c.allocs = number(fields[i])
			}
		}
		if costs[m[2]] == nil {
			costs[m[2]] = map[string]cost{}
			order = append(order, m[2])
		}
		costs[m[2]][m[1]] = c
	}
	if len(order) == 0 {
		return fmt.Errorf("no benchmark result in:\n%s", out)
	}
	fmt.Printf("  %-8s %10s %10s %7s %12s %7s %10s\n", "", "provider", "bare", "ratio", "allocs/client", "ratio", "requests")
	for _, name := range order {
		p, b := costs[name]["Provider"], costs[name]["Bare"]
		if b.wall == 0 {
			fmt.Printf("  %-8s %8.0fms %10s %7s %12.0f %7s %10.1f\n", strings.ToLower(name), p.wall/1e6, "-", "-", p.allocs/300, "-", p.requests)
			continue
		}
		fmt.Printf("  %-8s %8.0fms %8.0fms %7.1f %12.0f %7.1f %4.1f/%4.1f\n", strings.ToLower(name), p.wall/1e6, b.wall/1e6, p.wall/b.wall, p.allocs/300, p.allocs/b.allocs, p.requests, b.requests)
	}
	return nil
}

func number(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }

// contender is one kind of resource whose plan is timed.
type contender struct {
	name     string
	config   string
	provider *tfcli.Provider
	sandbox  *tfcli.Sandbox
	apply    time.Duration
	plan     time.Duration
	memory   uint64
}

func cliBenchmark(ctx context.Context, count, turns int) (met bool, err error) {
	cli, err := tfcli.Find(ctx)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "oidc-bench-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ours, err := tfcli.Build(ctx, dir, tfcli.DevVersion)
	if err != nil {
		return false, err
	}
	limit := tfcli.Provider{Source: "terraform-oidc/limit", Version: tfcli.DevVersion, Binary: filepath.Join(dir, "limit")}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", limit.Binary, "./internal/dev/bench/limit") // #nosec G204
	if out, err := build.CombinedOutput(); err != nil {
		return false, fmt.Errorf("%w\n%s", err, out)
	}
	op := &fakeop.Server{}
	if _, err := op.Serve(); err != nil {
		return false, err
	}
	defer op.Close()

	client := func(kind string, n int) string {
		return fmt.Sprintf(`resource %q "c" {
  count         = %d
  redirect_uris = ["https://app${count.index}.example.com/callback", "https://app${count.index}.example.com/silent"]
  client_name   = "Application ${count.index}"
  scope         = "openid email"
  contacts      = ["ops@example.com"]
}
`, kind, n)
	}
	source := func(local, source string) string {
		return fmt.Sprintf("terraform {\n  required_providers {\n    %s = { source = %q }\n  }\n}\n", local, source)
	}
	oidc := source("oidc", "registry.terraform.io/terraform-oidc/oidc") + fmt.Sprintf("provider \"oidc\" { issuer = %q }\n", op.Issuer())
	all := []*contender{
		{name: "terraform_data", config: fmt.Sprintf("resource \"terraform_data\" \"c\" {\n  count = %d\n  input = \"Application ${count.index}\"\n}\n", count)},
		{name: "limit", config: source("limit", "registry.terraform.io/terraform-oidc/limit") + client("limit_dynamic_client", count), provider: &limit},
		{name: "provider", config: oidc + client("oidc_dynamic_client", count), provider: &ours},
		{name: "provider, 1 client", config: oidc + client("oidc_dynamic_client", 1), provider: &ours},
	}
	for _, c := range all {
		if err := c.prepare(ctx, cli); err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, c.sandbox.Close()) }()
	}
	for range turns {
		for _, c := range all {
			if err := c.measure(ctx); err != nil {
				return false, err
			}
		}
	}
	return verdict(cli, all, count), nil
}

func (c *contender) prepare(ctx context.Context, cli tfcli.CLI) (err error) {
	var providers []tfcli.Provider
	if c.provider != nil {
		providers = append(providers, *c.provider)
	}
	if c.sandbox, err = tfcli.NewSandbox(cli, providers...); err != nil {
		return err
	}
	if err := c.sandbox.Write("main.tf", c.config); err != nil {
		return err
	}
	if _, err := c.sandbox.Run(ctx, "init"); err != nil {
		return err
	}
	result, err := c.sandbox.Run(ctx, "apply", "-auto-approve")
	c.apply = result.Took
	return err
}

// measure plans once and keeps the fastest time and the highest memory.
func (c *contender) measure(ctx context.Context) error {
	stop := make(chan struct{})
	peak := make(chan uint64, 1)
	go func() { peak <- watch(stop) }()
	result, err := c.sandbox.Run(ctx, "plan", "-detailed-exitcode")
	close(stop)
	memory := <-peak
	if err != nil {
		return fmt.Errorf("%s: the plan is not empty or failed: %w", c.name, err)
	}
	if c.plan == 0 || result.Took < c.plan {
		c.plan = result.Took
	}
	if c.memory == 0 || memory < c.memory {
		c.memory = memory
	}
	return nil
}

// watch samples the peak memory of a running provider process, in bytes. It reads /proc; elsewhere it gives 0.
func watch(stop <-chan struct{}) (peak uint64) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return peak
		case <-tick.C:
			names, _ := filepath.Glob("/proc/[0-9]*/exe")
			for _, exe := range names {
				target, err := os.Readlink(exe)
				if err != nil || !strings.HasPrefix(filepath.Base(target), "terraform-provider-") {
					continue
				}
				peak = max(peak, highWater(filepath.Dir(exe)))
			}
		}
	}
}

var vmHWM = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

func highWater(proc string) uint64 {
	status, err := os.ReadFile(filepath.Join(proc, "status")) // #nosec G304
	if err != nil {
		return 0
	}
	m := vmHWM.FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, _ := strconv.ParseUint(string(m[1]), 10, 64)
	return kb << 10
}

func verdict(cli tfcli.CLI, all []*contender, count int) bool {
	fmt.Printf("\nWith %s, %d resources, the fastest of the plans with refresh:\n", cli, count)
	for _, c := range all {
		fmt.Printf("  %-20s plan %6.2fs   apply %6.2fs   provider's peak memory %4d MiB\n", c.name, c.plan.Seconds(), c.apply.Seconds(), c.memory>>20)
	}
	floor, limit, ours, one := all[0], all[1], all[2], all[3]
	ratio := ours.plan.Seconds() / limit.plan.Seconds()
	each := (float64(ours.memory) - float64(one.memory)) / float64(count-1)
	fmt.Printf("\n  plan: %.2f times the limit (goal: under %.1f), %.1f times terraform_data\n", ratio, planGoal, ours.plan.Seconds()/floor.plan.Seconds())
	fmt.Printf("  memory: %.0f KiB a client (goal: under %d KiB)\n", each/1024, memoryGoal>>10)
	return ratio < planGoal && each < memoryGoal
}
