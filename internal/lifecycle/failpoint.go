// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build !failpoint || !unix

package lifecycle

// Failpoint marks a moment at which a test kills the process. In a release it does nothing.
func Failpoint(string) {}
