// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package interop

import (
	"os/exec"
	"syscall"
)

func ownGroup(cmd *exec.Cmd)  { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
func terminateGroup(pid int)  { _ = syscall.Kill(-pid, syscall.SIGTERM) }
func killGroup(pid int)       { _ = syscall.Kill(-pid, syscall.SIGKILL) }
func groupAlive(pid int) bool { return syscall.Kill(-pid, 0) == nil }
