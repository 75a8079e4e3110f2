// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"testing"
	"time"
)

// Two containers commonly have one process ID: the marks of two processes of the same number differ, also in one step of their clocks. Within one process, nothing is
// left to chance.
func TestMarksOfTwoProcessesOfOneNumber(t *testing.T) {
	delays := map[int64]bool{}
	for range 100 {
		delay := drawMarkDelay()
		if delay < 0 || delay >= markSpread {
			t.Fatalf("%d is no delay", delay)
		}
		delays[delay] = true
	}
	if len(delays) < 90 {
		t.Errorf("100 processes have %d delays", len(delays))
	}
	stands := Clock{Now: func() time.Time { return time.Unix(1, 0) }}
	var one, other Server
	one.clock, other.clock = stands, stands
	if first, second := one.Mark(), other.Mark(); first != second || one.Mark() != first+1 {
		t.Errorf("two of one process have %d and %d", first, second)
	}
}
