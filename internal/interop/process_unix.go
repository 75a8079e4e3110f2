// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package interop

import (
	"os/exec"
	"strconv"
	"syscall"
)

func ownGroup(cmd *exec.Cmd)  { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
func terminateGroup(pid int)  { _ = syscall.Kill(-pid, syscall.SIGTERM) }
func killGroup(pid int)       { _ = syscall.Kill(-pid, syscall.SIGKILL) }
func groupAlive(pid int) bool { return syscall.Kill(-pid, 0) == nil }

// groupOf is the process group of a process, 0 where there is none.
func groupOf(pid string) int {
	number, err := strconv.Atoi(pid)
	if err != nil {
		return 0
	}
	group, err := syscall.Getpgid(number)
	if err != nil {
		return 0
	}
	return group
}
