// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"io"
	"net"
	"syscall"
	"testing"
)

// A request that could not be written did nothing. That its repeat by net/http could not be is no word on the first one, whose answer is lost.
func TestUnwritten(t *testing.T) {
	write, closed := &net.OpError{Op: "write", Err: syscall.EPIPE}, &net.OpError{Op: "write", Err: net.ErrClosed}
	for name, c := range map[string]struct {
		err, stopped         error
		multiplexed, written bool
		want                 bool
	}{
		"not written":                          {write, nil, false, false, true},
		"written, and read to the end":         {io.EOF, nil, false, true, false},
		"a repeat that was stopped":            {closed, errLost, false, true, false},
		"a repeat that was stopped at a write": {write, errLost, false, true, false},
		"HTTP/2, another request's":            {write, nil, true, true, false},
		"HTTP/2, not written":                  {write, nil, true, false, true},
	} {
		var p progress
		p.multiplexed.Store(c.multiplexed)
		p.written.Store(c.written)
		if got := p.unwritten(c.err, c.stopped); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
