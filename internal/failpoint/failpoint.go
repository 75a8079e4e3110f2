// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build !failpoint

// Package failpoint marks the moments at which a test stops or kills the process, such as between an answer and its being saved.
package failpoint

// At marks a moment at which a test stops or kills the process. In a release it does nothing.
func At(string) {}
