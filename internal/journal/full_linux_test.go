// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
)

func init() { children["full"] = fullChild }

// fullChild writes until the system refuses to let the file grow, as a full disk does, and goes on when it can again.
func fullChild(path string) {
	ctx := context.Background()
	j, err := Open(Options{Path: path})
	childMust(err)
	childMust(j.record(ctx, scenarioEntry("c1", "t1")))
	var limit syscall.Rlimit
	childMust(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	info, err := os.Stat(path)
	childMust(err)
	full := limit
	full.Cur = uint64(info.Size() + 40) // in the middle of the next line
	childMust(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full))
	err = j.record(ctx, scenarioEntry("c1", "t2"))
	say("full %v %v", err != nil, err != nil && !strings.Contains(err.Error(), "t2"))
	e, _, err := j.Lookup(ctx, Name{ClientID: "c1", URI: uri + "c1"})
	say("still %s %v", e.RegistrationAccessToken.Reveal(), err)
	if now, err := os.Stat(path); err == nil {
		say("cut back %v", now.Size() == info.Size())
	}
	childMust(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
	childMust(j.record(ctx, scenarioEntry("c1", "t3")))
	childMust(j.Close())
}

func TestFullDisk(t *testing.T) {
	path := tempPath(t)
	if got := strings.Join(start(t, "full", path).rest(), "; "); got != "full true true; still t1 <nil>; cut back true" {
		t.Error(got)
	}
	if got := lookup(t, open(t, Options{Path: path}), "c1", uri+"c1"); got != "t3" {
		t.Error(got)
	}
}
