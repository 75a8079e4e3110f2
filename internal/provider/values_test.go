// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import "github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"

// attrs are some of an object's attributes, as Go values.
type attrs = tftest.Attrs
