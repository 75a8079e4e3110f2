// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// The goals, as ratios to the limit, bytes for each client, and the growth from the smallest to the largest number of clients
// beside a linear one.
const (
	changeGoal = 1.2
	planGoal   = 1.1
	memoryGoal = 50 << 10
	growthGoal = 1.1
)

// goal is one figure beside its bound; figure and bound have the unit that the text names.
type goal struct {
	text          string
	figure, bound float64
}

func (g goal) met() bool { return g.figure <= g.bound }

// String says the goal in one line.
func (g goal) String() string {
	word := "met"
	if !g.met() {
		word = "MISSED"
	}
	return fmt.Sprintf("%-62s %7.2f  (goal: at most %.2f, %s)", g.text, g.figure, g.bound, word)
}

func find(all []*series, name string, count int) *series {
	i := slices.IndexFunc(all, func(s *series) bool { return s.name == name && s.count == count })
	if i < 0 {
		return nil
	}
	return all[i]
}

// sizes returns the numbers of clients that every contender was run with, ascending.
func sizes(all []*series) []int {
	var out []int
	for _, s := range all {
		if s.name == limitName {
			out = append(out, s.count)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// table prints wall seconds with processor seconds in parentheses.
func table(all []*series) string {
	var b strings.Builder
	for _, count := range sizes(all) {
		fmt.Fprintf(&b, "\n%d resources, median seconds of wall (processor):\n  %-16s", count, "")
		for _, step := range steps {
			fmt.Fprintf(&b, "%18s", step)
		}
		b.WriteString("\n")
		for _, name := range contenders {
			s := find(all, name, count)
			fmt.Fprintf(&b, "  %-16s", name)
			for _, step := range steps {
				m := s.median(step)
				fmt.Fprintf(&b, "%18s", fmt.Sprintf("%.1f (%.1f)", m.wall.Seconds(), m.cpu.Seconds()))
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n")
	return b.String()
}

// judge holds the figures against the goals.
func judge(all []*series) []goal {
	var out []goal
	counts := sizes(all)
	for _, count := range counts {
		ours, limit := find(all, providerName, count), find(all, limitName, count)
		for _, step := range steps {
			bound := changeGoal
			if step == "plan" {
				bound = planGoal
			}
			out = append(out, goal{fmt.Sprintf("%d clients, %s: wall time as a multiple of the limit's", count, step), ratio(ours, limit, step), bound})
		}
	}
	most := find(all, providerName, counts[len(counts)-1])
	if one := find(all, providerName, 1); one != nil && one.memory > 0 && most.memory > one.memory {
		each := float64(most.memory-one.memory) / float64(most.count-1)
		out = append(out, goal{fmt.Sprintf("%d clients: KiB of the provider's memory for each", most.count), each / 1024, memoryGoal / 1024})
	}
	least, few, many := find(all, providerName, counts[0]), find(all, limitName, counts[0]), find(all, limitName, counts[len(counts)-1])
	if least == most {
		return out
	}
	for _, step := range steps {
		// What the smallest state and the largest cost beyond one client; starting the CLI is no part of the growth.
		one := find(all, providerName, 1).median(step).wall.Seconds()
		growth := func(small, large *series) float64 {
			return (large.median(step).wall.Seconds() - one) / (small.median(step).wall.Seconds() - one) * float64(small.count) / float64(large.count)
		}
		// The CLI's own share is in both: it writes the whole state after each resource.
		text := fmt.Sprintf("%s: growth from %d to %d beside a linear one (limit %.2f)", step, least.count, most.count, growth(few, many))
		out = append(out, goal{text, growth(least, most), growthGoal})
	}
	return out
}

func ratio(a, b *series, step string) float64 {
	of := b.median(step).wall.Seconds()
	if of == 0 {
		return 0
	}
	return a.median(step).wall.Seconds() / of
}
