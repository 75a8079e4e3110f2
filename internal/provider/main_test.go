// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// The tests allocate much that is dropped at once, an authorization server and a provider for each case. With Go's default the
// collector took a quarter of their processor time; above 2 GiB it runs more often again.
func TestMain(m *testing.M) {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(800)
		debug.SetMemoryLimit(2 << 30)
	}
	os.Exit(m.Run())
}
