// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tfcli

import (
	"os"
	"strings"
)

// Record writes which CLIs a run went through, a line of product and version each. The README's line on tested CLIs is held
// against that file, so that it says what was run and not what somebody remembers.
func Record(file string, clis []CLI) error {
	var b strings.Builder
	for _, cli := range clis {
		b.WriteString(string(cli.Product) + " " + cli.Version + "\n")
	}
	return os.WriteFile(file, []byte(b.String()), 0o644) // #nosec G306 -- a file of the checkout
}
