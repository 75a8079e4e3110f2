// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// Launcher names the process that started this one, as Terraform starts a provider: by host, process ID and the moment of its start, since an
// ID is used again. Empty is for one that is not known.
type Launcher string

// startTolerance is how far two measurements of one start may differ: the system keeps it relative to its own start.
const startTolerance = 2 * time.Second

// Parent is the launcher of this process.
func Parent() Launcher {
	parent, err := process.NewProcess(int32(os.Getppid())) // #nosec G115 -- process IDs have 32 bits
	if err != nil {
		return ""
	}
	started, err := parent.CreateTime()
	if err != nil {
		return ""
	}
	host, _ := os.Hostname()
	return Launcher(fmt.Sprintf("%s/%d/%d", host, parent.Pid, started))
}

// same reports whether both are certainly one process.
func (l Launcher) same(other Launcher) bool {
	who, started, known := l.parts()
	otherWho, otherStarted, otherKnown := other.parts()
	return known && otherKnown && who == otherWho && started.Sub(otherStarted).Abs() <= startTolerance
}

func (l Launcher) parts() (who string, started time.Time, known bool) {
	i := strings.LastIndex(string(l), "/")
	if i < 0 {
		return "", time.Time{}, false
	}
	ms, err := strconv.ParseInt(string(l[i+1:]), 10, 64)
	return string(l[:i]), time.UnixMilli(ms), err == nil
}
