// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// recordKey is the one key of private state.
const recordKey = "record"

// privateState is what the framework offers as private state; its type is internal there.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func loadRecord(ctx context.Context, p privateState) (reconcile.Record, diag.Diagnostics) {
	content, diags := p.GetKey(ctx, recordKey)
	if diags.HasError() || len(content) == 0 {
		return reconcile.Record{}, diags
	}
	r, err := reconcile.Unpack(content)
	if err != nil {
		diags.Append(recordUnreadable(err))
	}
	return r, diags
}

// recordFor is the record that may be saved beside an object's state.
func recordFor(o object, r reconcile.Record, known secret.String) reconcile.Record {
	if o.storesSecret() {
		return r
	}
	return r.WithoutSecret(known)
}

func saveRecord(ctx context.Context, p privateState, r reconcile.Record) diag.Diagnostics {
	content, err := r.Pack()
	if err != nil {
		return diag.Diagnostics{recordUnwritable(err)}
	}
	return p.SetKey(ctx, recordKey, content)
}
