// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Requests are in the log that a person asks for, unless the provider's own level says otherwise: the variable of that name is the one
// that the provider turns its log off with where nobody asks for one.
func TestLogOfRequests(t *testing.T) {
	for name, test := range map[string]struct {
		own  string
		want bool
	}{"the provider's own level is not set": {"", true}, "off": {"off", false}, "trace": {"trace", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			x, log := newTerminal(t), filepath.Join(t.TempDir(), "log")
			x.Setenv("TF_LOG", "TRACE")
			x.Setenv("TF_LOG_PATH", log)
			if test.own != "" {
				x.Setenv("TF_LOG_PROVIDER_OIDC", test.own)
			}
			x.Configure(fmt.Sprintf("issuer = %q", op.Issuer()), fmt.Sprintf(one, "App", ""))
			x.Apply()
			content, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if logged := strings.Contains(string(content), "HTTP request"); logged != test.want {
				t.Errorf("requests are logged: %t", logged)
			}
		})
	}
}
