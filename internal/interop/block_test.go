// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// The provider block that a check of a server prints is one with which a client is registered there, changed and deregistered, with no
// plan between that has anything to do.
func TestPrintedBlock(t *testing.T) {
	eachProduct(t, nothing, func(t *testing.T, _ Server, i *Instance) {
		x := tftest.NewTerminal(t)
		for name, value := range environmentOf(t, i) {
			x.Setenv(name, value)
		}
		args := []string{"check", "--json", "--redirect-uri", i.Redirect + "/check"}
		settings := checkSettings(t, i)
		if settings.WebFingerResource != "" {
			args = append(args, "--webfinger", settings.WebFingerResource)
		} else {
			args = append(args, "--issuer", settings.Issuer)
		}
		if settings.ClientCredentials != nil {
			args = append(args, "--scope", strings.Join(settings.ClientCredentials.Scopes, " "))
		}
		var out, errs bytes.Buffer
		cmd := x.Executable(args...)
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run() // the exit code says it
		var report struct {
			Block string `json:"provider_block"`
		}
		if err := json.Unmarshal(out.Bytes(), &report); err != nil || cmd.ProcessState.ExitCode() != 0 {
			t.Fatalf("exit code %d, %v:\n%s%s", cmd.ProcessState.ExitCode(), err, &errs, &out)
		}
		names := []string{"App", "App-2"}
		if !i.Can.Update {
			names = names[:1]
		}
		for _, name := range names {
			x.ConfigureBlocks(report.Block + fmt.Sprintf("\nresource \"oidc_dynamic_client\" \"c\" {\n  client_name = %q\n  redirect_uris = [%q]\n}\n", name, i.Redirect+"/callback"))
			x.Apply()
			x.Quiet()
		}
		x.Must(tftest.TerminalDestroy...)
	})
}

// environmentOf is what the environment says to a check of the server, and to Terraform.
func environmentOf(t *testing.T, i *Instance) map[string]string {
	t.Helper()
	settings := checkSettings(t, i)
	out := map[string]string{"OIDC_CA_CERTIFICATE": string(settings.Transport.CACertificates)}
	if settings.WebFingerResource != "" {
		// Where it holds the text of a password by chance, the block has a variable.
		out["TF_VAR_webfinger_resource"] = settings.WebFingerResource
	}
	switch cc := settings.ClientCredentials; {
	case cc != nil:
		out["OIDC_CLIENT_CREDENTIALS_CLIENT_ID"], out["OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET"] = cc.ClientID, cc.ClientSecret.Reveal()
	case settings.HasBasic:
		out["OIDC_BASIC_AUTH_USERNAME"], out["OIDC_BASIC_AUTH_PASSWORD"] = settings.BasicUser, settings.BasicPassword.Reveal()
	case !settings.InitialAccessToken.IsEmpty():
		out["OIDC_INITIAL_ACCESS_TOKEN"] = settings.InitialAccessToken.Reveal()
	}
	return out
}
