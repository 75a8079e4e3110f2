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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A value of extension_metadata that comes from a sensitive variable is in no line of the provider's log, and in no output. Terraform's own
// log has the state.
func TestExtensionIsNotLogged(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Extensions: []string{"ext_plan"}}
	op.Start(t)
	x, log := newTerminal(t), filepath.Join(t.TempDir(), "log")
	x.Setenv("TF_LOG", "TRACE")
	x.Setenv("TF_LOG_PATH", log)
	const canary, text = "c4nary7q", "variable \"s\" {\n  sensitive = true\n  default = \"c4nary7q\"\n}\n"
	provider := fmt.Sprintf("issuer = %q", op.Issuer())
	x.Configure(provider, text+fmt.Sprintf(one, "App", "extension_metadata = { ext_plan = { a = [var.s] } }"))
	out := x.Apply()
	x.Configure(provider, text+fmt.Sprintf(one, "App 2", "extension_metadata = { ext_plan = { a = [var.s], b = 1 } }"))
	out += x.Apply()
	op.SetFaults(fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Forbidden("invalid_client_metadata", "ext_plan: "+canary+" is no plan"))}})
	x.Configure(provider, text+fmt.Sprintf(one, "App 3", "extension_metadata = { ext_plan = { a = [var.s] } }"))
	refused, code := x.Try(tftest.TerminalApply...)
	if code == 0 {
		t.Errorf("the update is not refused: %s", refused)
	}
	op.SetFaults(fakeop.Faults{})
	out += refused + x.Must(tftest.TerminalDestroy...)
	containsNone(t, out, canary)
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	for line := range strings.Lines(string(content)) {
		if strings.Contains(line, "HTTP request") && strings.Contains(line, "ext_plan") {
			requests++
		}
		if strings.Contains(line, "HTTP request") {
			containsNone(t, line, canary)
		}
	}
	if requests == 0 {
		t.Errorf("no request with the member is logged: the test shows nothing")
	}
}

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

// The log has the provider's entries at their own level, so that who asks for warnings is not given every request, and who asks for the
// provider's requests has them. Terraform writes what comes any other way than on the standard error of the process as a warning, "unexpected data".
func TestLogIsOfTheLevelThatIsAskedFor(t *testing.T) {
	for name, test := range map[string]struct {
		variable, level string
		requests        bool
	}{
		"all":               {"TF_LOG", "TRACE", true},
		"all, as JSON":      {"TF_LOG", "JSON", true},
		"information":       {"TF_LOG", "INFO", false},
		"warnings":          {"TF_LOG", "WARN", false},
		"errors":            {"TF_LOG", "ERROR", false},
		"providers' all":    {"TF_LOG_PROVIDER", "trace", true},
		"providers' errors": {"TF_LOG_PROVIDER", "error", false},
		"Terraform's own":   {"TF_LOG_CORE", "TRACE", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			x, log := newTerminal(t), filepath.Join(t.TempDir(), "log")
			x.Setenv(test.variable, test.level)
			x.Setenv("TF_LOG_PATH", log)
			x.Configure(fmt.Sprintf("issuer = %q", op.Issuer()), fmt.Sprintf(one, "App", ""))
			x.Apply()
			content, err := os.ReadFile(log)
			if err != nil && !os.IsNotExist(err) { // where nothing is logged
				t.Fatal(err)
			}
			if logged := strings.Contains(string(content), "HTTP request"); logged != test.requests {
				t.Errorf("requests are logged: %t", logged)
			}
			if strings.Contains(string(content), "unexpected data") {
				t.Error("entries of the provider are logged as data that nobody expects")
			}
		})
	}
}
