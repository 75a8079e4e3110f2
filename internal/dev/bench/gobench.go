// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

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
