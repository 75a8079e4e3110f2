// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A file that is not there, and settings of which one is missing, are told with the line that sets it; each line is taken as it is written, with the file's
// own name in the place of FILE.
func TestWaysToACertificate(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{TLS: true, RequireClientCertificate: true}
	server.Start(t)
	certificate, key := server.ClientCertificate("app")
	x := newTerminal(t)
	for name, content := range map[string][]byte{"ca.pem": server.CACertificate(), "client.pem": certificate, "client.key": key} {
		if err := os.WriteFile(filepath.Join(x.Dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const caFile = `ca_certificate_file = "${path.root}/ca.pem"`
	provider := fmt.Sprintf("issuer = %q\nmax_retries = 0\n", server.Issuer())
	for _, step := range []struct{ with, says string }{
		{`ca_certificate_file = "/nowhere/ca.pem"`, `For a file that lies beside the configuration, with its name: ca_certificate_file = "${path.root}/FILE"`},
		{"ca_certificate_only = true", `ca_certificate_file = "ca.pem"`},
		{caFile + "\nclient_certificate_file = \"client.pem\"", `client_key_file = "client.key"`},
		{caFile + "\nclient_key_file = \"client.key\"", `client_certificate_file = "client.pem"`},
	} {
		x.Configure(provider+step.with, fmt.Sprintf(one, "App", ""))
		out, code := x.Try(tftest.TerminalApply...)
		if code == 0 {
			t.Fatalf("with %s it works:\n%s", step.with, out)
		}
		containsAll(t, oneLine(out), step.says)
	}
	for _, given := range []string{
		caFile + "\nclient_certificate_file = \"client.pem\"\nclient_key_file = \"client.key\"",
		"ca_certificate_only = true\nca_certificate_file = \"ca.pem\"\nclient_certificate_file = \"client.pem\"\nclient_key_file = \"client.key\"",
	} {
		x.Configure(provider+given, fmt.Sprintf(one, "App", ""))
		x.Apply()
		x.Quiet()
	}
}
