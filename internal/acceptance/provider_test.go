// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

// The executable is built by the tests themselves, which the test cache does not see: without this import, a result would be taken from
// the cache although the provider has changed.
import _ "github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
