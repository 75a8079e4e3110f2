// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build failpoint && unix

package lifecycle

import (
	"os"
	"strings"
	"syscall"
)

// Failpoint kills at the moment that OIDC_FAILPOINT names, as "who:moment": "all" the process group, which a test gives to
// Terraform and its providers; "provider" this process alone; "terraform" its parent alone.
func Failpoint(moment string) {
	who, at, _ := strings.Cut(os.Getenv("OIDC_FAILPOINT"), ":")
	if at != moment {
		return
	}
	switch who {
	case "all":
		_ = syscall.Kill(0, syscall.SIGKILL)
	case "provider":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "terraform":
		_ = syscall.Kill(os.Getppid(), syscall.SIGKILL)
		return
	}
	select {} // until the signal arrives
}
