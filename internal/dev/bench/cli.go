// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// steps are the commands that are measured, in the order in which a turn runs them.
var steps = []string{"apply", "plan", "update", "destroy"}

// The contenders. Their order is that of the tables.
const (
	dataName     = "terraform_data"
	limitName    = "limit"
	providerName = "provider"
)

var contenders = []string{dataName, limitName, providerName}

// sample is one command's cost: wall time, and processor time of the CLI and all of its providers.
type sample struct{ wall, cpu time.Duration }

// series holds the samples of one contender at one number of clients.
type series struct {
	name   string
	count  int
	steps  map[string][]sample
	memory uint64 // the provider's peak, in bytes: the lowest of all plans
}

// median returns the median wall and processor time of a step.
func (s *series) median(step string) sample {
	middle := func(of func(sample) time.Duration) time.Duration {
		var all []time.Duration
		for _, x := range s.steps[step] {
			all = append(all, of(x))
		}
		if len(all) == 0 {
			return 0
		}
		slices.Sort(all)
		return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	return sample{middle(func(x sample) time.Duration { return x.wall }), middle(func(x sample) time.Duration { return x.cpu })}
}

// binaries are the providers that are measured.
type binaries struct{ ours, limit tfcli.Provider }

func build(ctx context.Context, dir string) (binaries, error) {
	ours, err := tfcli.Build(ctx, dir, tfcli.DevVersion)
	if err != nil {
		return binaries{}, err
	}
	limit := tfcli.Provider{Source: "terraform-oidc/limit", Version: tfcli.DevVersion, Binary: filepath.Join(dir, "limit")}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", limit.Binary, "./internal/dev/bench/limit") // #nosec G204
	if out, err := cmd.CombinedOutput(); err != nil {
		return binaries{}, fmt.Errorf("%w\n%s", err, out)
	}
	return binaries{ours, limit}, nil
}

// measureAll runs all contenders at all sizes in turns, and returns their series in that order.
func measureAll(ctx context.Context, sizes []int, turns int) (all []*series, err error) {
	cli, err := tfcli.Find(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "oidc-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	built, err := build(ctx, dir)
	if err != nil {
		return nil, err
	}
	fmt.Printf("\nWith %s; medians of %d alternating runs.\n", cli, turns)
	for _, count := range sizes {
		for _, name := range contenders {
			all = append(all, &series{name: name, count: count, steps: map[string][]sample{}})
		}
	}
	// One client's memory is what the provider takes by itself.
	all = append(all, &series{name: providerName, count: 1, steps: map[string][]sample{}})
	for turn := range turns {
		for _, s := range all {
			fmt.Fprintf(os.Stderr, "  turn %d of %d: %d × %s\n", turn+1, turns, s.count, s.name)
			if err := s.turn(ctx, cli, built); err != nil {
				return nil, fmt.Errorf("%d × %s: %w", s.count, s.name, err)
			}
		}
	}
	return all, nil
}

// turn runs one whole life in a new folder: apply, a plan without changes, an update of every resource, destroy.
func (s *series) turn(ctx context.Context, cli tfcli.CLI, built binaries) (err error) {
	op := &fakeop.Server{}
	if _, err := op.Serve(); err != nil {
		return err
	}
	defer op.Close()
	var providers []tfcli.Provider
	switch s.name {
	case limitName:
		providers = append(providers, built.limit)
	case providerName:
		providers = append(providers, built.ours)
	}
	sandbox, err := tfcli.NewSandbox(cli, providers...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()
	if err := sandbox.Write("main.tf", s.configuration(op.Issuer(), "Application")); err != nil {
		return err
	}
	if _, err := sandbox.Run(ctx, "init"); err != nil {
		return err
	}
	for _, step := range steps {
		args := []string{"apply", "-auto-approve"}
		switch step {
		case "plan":
			args = []string{"plan", "-detailed-exitcode"}
		case "update":
			if err := sandbox.Write("main.tf", s.configuration(op.Issuer(), "Program")); err != nil {
				return err
			}
		case "destroy":
			args = []string{"destroy", "-auto-approve"}
		}
		if err := s.measure(ctx, sandbox, step, args); err != nil {
			return err
		}
	}
	return nil
}

func (s *series) measure(ctx context.Context, sandbox *tfcli.Sandbox, step string, args []string) error {
	peak := func() uint64 { return 0 }
	if step == "plan" {
		peak = watch()
	}
	result, err := sandbox.Run(ctx, args...)
	if memory := peak(); memory > 0 && (s.memory == 0 || memory < s.memory) {
		s.memory = memory
	}
	if err != nil {
		return err
	}
	s.steps[step] = append(s.steps[step], sample{result.Took, result.CPU})
	return nil
}

func (s *series) configuration(issuer, word string) string {
	client := func(kind string) string {
		return fmt.Sprintf(`resource %q "c" {
  count         = %d
  redirect_uris = ["https://app${count.index}.example.com/callback", "https://app${count.index}.example.com/silent"]
  client_name   = "%s ${count.index}"
  scope         = "openid email"
  contacts      = ["ops@example.com"]
}
`, kind, s.count, word)
	}
	source := func(local, source string) string {
		return fmt.Sprintf("terraform {\n  required_providers {\n    %s = { source = %q }\n  }\n}\n", local, source)
	}
	switch s.name {
	case limitName:
		return source("limit", "registry.terraform.io/terraform-oidc/limit") + client("limit_dynamic_client")
	case providerName:
		return source("oidc", "registry.terraform.io/terraform-oidc/oidc") + fmt.Sprintf("provider \"oidc\" { issuer = %q }\n", issuer) + client("oidc_dynamic_client")
	}
	return fmt.Sprintf("resource \"terraform_data\" \"c\" {\n  count = %d\n  input = \"%s ${count.index}\"\n}\n", s.count, word)
}
