// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// The validators here name what is needed and never the value that was given: it may be sensitive, and what a provider prints
// Terraform does not hide. The validators of the framework's own module print it.

// choice validates a string that takes one of a few words.
type choice []string

func oneOf(values ...string) []validator.String { return []validator.String{choice(values)} }

// Description implements validator.Describer.
func (c choice) Description(context.Context) string { return "one of " + strings.Join(c, ", ") }

// MarkdownDescription implements validator.Describer.
func (c choice) MarkdownDescription(context.Context) string { return "one of " + listed(c) }

// ValidateString implements validator.String.
func (c choice) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || slices.Contains(c, req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.Append(valueNotAllowed(req.Path, c.Description(ctx)))
}

// duration validates strings such as 720h.
type duration struct{}

func durations() []validator.String { return []validator.String{duration{}} }

// Description implements validator.Describer.
func (duration) Description(context.Context) string { return "a positive duration such as 720h or 30m" }

// MarkdownDescription implements validator.Describer.
func (d duration) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

// ValidateString implements validator.String.
func (d duration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if v, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || v <= 0 {
		resp.Diagnostics.Append(malformedDuration(req.Path))
	}
}
