// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build !failpoint

package lifecycle

// Failpoint marks a moment at which a test stops or kills the process. In a release it does nothing.
func Failpoint(string) {}
