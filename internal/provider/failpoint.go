// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build !failpoint || !unix

package provider

// failpoint marks a moment at which a test kills the process. Nothing happens in a release.
func failpoint(string) {}
