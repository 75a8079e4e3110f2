// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build failpoint

package failpoint

import (
	"fmt"
	"io"
	"net"
	"os"
)

// At reports a moment to the test that listens at the address OIDC_FAILPOINT and waits until the test hangs up. What happens
// at the moment is the test's: it kills or interrupts whom it wants, or lets the process go on.
func At(moment string) {
	address := os.Getenv("OIDC_FAILPOINT")
	if address == "" {
		return
	}
	conn, err := net.Dial("tcp", address) //nolint:noctx // the test decides how long a moment lasts
	if err != nil {
		return // the test waits no longer
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprintf(conn, "%d %s\n", os.Getpid(), moment)
	_, _ = io.Copy(io.Discard, conn)
}
