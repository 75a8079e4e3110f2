// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build !unix

package interop

import (
	"os"
	"os/exec"
)

// Process groups are a Unix idea. Elsewhere the guard, which needs sh, ends the server when its input closes.

func ownGroup(*exec.Cmd)      {}
func terminateGroup(int)      {}
func groupAlive(pid int) bool { return false }
func groupOf(string) int      { return 0 }
func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
