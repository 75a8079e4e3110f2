// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// matrixFile is the guide that a full run generates. `make docs` makes the page in docs/ of it.
const matrixFile = "templates/guides/interoperability.md"

// heads are the steps' columns, and what each shows.
var heads = map[Step][2]string{
	StepWebFinger:    {"WebFinger", "the issuer is found from what a person would type"},
	StepDiscovery:    {"Discovery", "the registration endpoint is found from the issuer"},
	StepCreate:       {"Create", "a client with 17 parameters, less what the server refuses outright, is registered, and the next plan is empty"},
	StepUpdate:       {"Update", "a string, a list and a boolean change in place, and the next plan is empty"},
	StepRemove:       {"Remove", "two attributes leave the configuration, and the next plan is empty"},
	StepUnmanaged:    {"Unmanaged", "what the configuration does not name is set at the server, is in no plan, and survives an update"},
	StepDrift:        {"Drift", "a change at the server behind Terraform's back is planned, by parameter"},
	StepRepair:       {"Repair", "the apply repairs it, and the next plan is empty"},
	StepImport:       {"Import", "the client is imported into a fresh state, with an empty plan for the generated configuration"},
	StepDeleted:      {"Deleted", "the client is deleted at the server: the plan proposes its creation, and the apply does it"},
	StepDeregistered: {"Destroy", "the client is deregistered, by the server's own word"},
}

// checkMatrix holds the committed matrix against the run that has just ended, or writes it anew where INTEROP_MATRIX
// is "write". Only a run of all servers can tell.
func checkMatrix(t *testing.T) {
	t.Helper()
	for _, s := range All() {
		if r, ok := reports[s.Name()]; !ok || len(r.outcomes) != len(Steps()) {
			t.Logf("the matrix is left alone: %s was not run to its end", s.Name())
			return
		}
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	path, now := filepath.Join(root, filepath.FromSlash(matrixFile)), matrix()
	if os.Getenv("INTEROP_MATRIX") == "write" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("wrote %s: make docs makes the page of it", matrixFile)
		return
	}
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(was), "\n"), strings.Split(now, "\n")); diff != "" {
		t.Errorf("%s is not what this run showed (-committed +now); INTEROP_MATRIX=write make interop writes it:\n%s", matrixFile, diff)
	}
}

// matrix is the guide.
func matrix() string {
	var b strings.Builder
	b.WriteString(`---
page_title: "Interoperability"
subcategory: ""
description: |-
  One lifecycle on every authorization server that can be had: what each did, and what it cannot do.
---

# Interoperability

` + "`make interop`" + ` takes one and the same module through one lifecycle on each of these servers, installed at a pinned version and
driven by the real CLI. This page is generated from the last full run and never written by hand.

`)
	b.WriteString("| Server | Version |")
	for _, step := range Steps() {
		fmt.Fprintf(&b, " %s |", heads[step][0])
	}
	b.WriteString("\n|---|---|" + strings.Repeat(":-:|", len(Steps())) + "\n")
	for _, s := range All() {
		fmt.Fprintf(&b, "| %s | %s |", s.Title(), s.Version())
		for _, step := range Steps() {
			fmt.Fprintf(&b, " %s |", sign(reports[s.Name()].outcomes[step]))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n✓ shown, ↻ shown by a replacement, for the server has no update, – impossible at this server (the reason is below), ✗ failed\n\n")
	for _, step := range Steps() {
		fmt.Fprintf(&b, "- **%s**: %s.\n", heads[step][0], heads[step][1])
	}
	b.WriteString("\n## Server by server\n")
	for _, s := range All() {
		reports[s.Name()].section(&b)
	}
	return b.String()
}

func sign(outcome string) string {
	switch outcome {
	case passed:
		return "✓"
	case replaced:
		return "↻"
	case failed:
		return "✗"
	default:
		return "–"
	}
}

func (r *report) section(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s %s\n\n", r.server.Title(), r.server.Version())
	for _, kind := range [][2]string{
		{"does not show ", "Not shown after it was asked for"},
		{"hides ", "Registered, but not shown on a read"},
		{"substituted ", "Substituted"},
		{"extended ", "Extended"},
		{"kept ", "Kept after it was removed"},
	} {
		var members []string
		for _, what := range r.substitution {
			if member, ok := strings.CutPrefix(what, kind[0]); ok {
				members = append(members, "`"+member+"`")
			}
		}
		if len(members) > 0 {
			fmt.Fprintf(b, "- %s: %s.\n", kind[1], strings.Join(members, ", "))
		}
	}
	if r.outcomes[StepUpdate] == passed {
		rotated := "nothing"
		if len(r.rotation) > 0 {
			rotated = strings.Join(r.rotation, " and ")
		}
		fmt.Fprintf(b, "- An update rotates: %s.\n", rotated)
	}
	if r.updateForm != "" {
		fmt.Fprintf(b, "- Form of the update that the server takes: `%s`.\n", r.updateForm)
	}
	// One line for each reason, not for each step.
	byReason := map[string][]string{}
	var reasons []string
	for _, step := range Steps() {
		if o := r.outcomes[step]; o != passed && o != replaced && o != failed {
			if byReason[o] == nil {
				reasons = append(reasons, o)
			}
			byReason[o] = append(byReason[o], heads[step][0])
		}
	}
	for _, reason := range reasons {
		fmt.Fprintf(b, "- Impossible: %s: %s.\n", strings.Join(byReason[reason], ", "), reason)
	}
}
