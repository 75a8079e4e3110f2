// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// duration validates strings such as 720h. It is framework-timeouts' own rule, which that module does not export.
type duration struct{}

func durations() []validator.String { return []validator.String{duration{}} }

// Description implements validator.Describer.
func (duration) Description(context.Context) string { return "a positive duration such as 720h or 30m" }

// MarkdownDescription implements validator.Describer.
func (d duration) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

// ValidateString implements validator.String.
func (d duration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if v, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || v <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Malformed duration", "“"+req.ConfigValue.ValueString()+"” is not "+d.Description(ctx)+".")
	}
}
