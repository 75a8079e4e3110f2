// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// told gives the diagnostics since begin as lines like "warning client_name: Server registered other values".
func (r *subject) told() []string { return told(r.Said()) }

func told(diags []*tfprotov6.Diagnostic) []string {
	var lines []string
	for _, d := range diags {
		line := strings.ToLower(d.Severity.String())
		if d.Attribute != nil {
			line += " " + attributeName(d.Attribute)
		}
		if line += ": " + d.Summary; !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// attributeName writes a path as HCL would.
func attributeName(p *tftypes.AttributePath) string {
	var b strings.Builder
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(string(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&b, "[%q]", string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", int64(step))
		default:
			b.WriteString("[…]")
		}
	}
	return b.String()
}

// details are the texts of the diagnostics since begin.
func (r *subject) details() string {
	var b strings.Builder
	for _, d := range r.Said() {
		b.WriteString(d.Summary + "\n" + d.Detail + "\n\n")
	}
	return b.String()
}

// wantSays fails unless the diagnostics since begin hold each text.
func (r *subject) wantSays(texts ...string) {
	r.t.Helper()
	all := r.details()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			r.t.Errorf("no diagnostic says %q; they say:\n%s", text, all)
		}
	}
}

// wantQuiet fails if there are diagnostics since begin.
func (r *subject) wantQuiet() {
	r.t.Helper()
	if lines := r.told(); len(lines) > 0 {
		r.t.Errorf("unexpected diagnostics: %v\n%s", lines, r.details())
	}
}

func failed(diags []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}
