// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Terraform wants an error of its own of each change that fails, and groups none. So the server's answer and what can be done stand in
// one of twenty equal errors, and the others are a sentence each.
func TestTwentyRefusedChangesAreToldOnce(t *testing.T) {
	t.Parallel()
	refusal := fakeop.Forbidden("access_denied", "the quota is used up")
	for name, test := range map[string]struct {
		fault  fakeop.Faults
		change func(x *terminal, provider string)
		run    []string
		says   string
		alone  bool // OpenTofu puts together only what has a place in the configuration
	}{
		"registrations": {fault: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(refusal)}}, run: tftest.TerminalApply, says: "Ask the server's administrator"},
		"registrations that may have been made": {
			fault: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(fakeop.InternalError())}}, run: tftest.TerminalApply, says: "have its administrator delete that",
		},
		"updates that may have been made": {
			fault: fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.InternalError())}},
			change: func(x *terminal, provider string) {
				x.Configure(provider, fmt.Sprintf(one, "Other ${count.index}", "count = 20"))
			},
			run: tftest.TerminalApply, says: "have the server's administrator issue a new one",
		},
		"updates": {
			fault: fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(refusal)}},
			change: func(x *terminal, provider string) {
				x.Configure(provider, fmt.Sprintf(one, "Other ${count.index}", "count = 20"))
			},
			run: tftest.TerminalApply, says: "Ask the server's administrator",
		},
		"deletions": {
			fault:  fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(refusal)}},
			change: func(*terminal, string) {}, run: tftest.TerminalDestroy, says: "terraform state rm", alone: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			server.Start(t)
			x := newTerminal(t)
			provider := fmt.Sprintf("issuer = %q\nmax_retries = 0", server.Issuer())
			x.Configure(provider, fmt.Sprintf(one, "App ${count.index}", "count = 20"))
			if test.change != nil {
				x.Must(tftest.TerminalApply...)
				test.change(x, provider)
			}
			server.SetFaults(test.fault)
			out, code := x.Try(test.run...)
			errors, said := strings.Count(out, "Error: "), strings.Count(out, "Server said:")
			if code == 0 || errors != 20 || said != 1 {
				t.Errorf("exit code %d, %d errors, %d of them with the server's answer:\n%s", code, errors, said, out)
			}
			if containsAll(t, oneLine(out), test.says); strings.HasPrefix(name, "registrations that") {
				if told := strings.Count(oneLine(out), "may have been left behind"); told != 20 {
					t.Errorf("%d clients may have been left behind:\n%s", told, out)
				}
				return
			}
			if strings.HasPrefix(name, "updates that") {
				if told := strings.Count(oneLine(out), "may have made the update"); told != 20 {
					t.Errorf("%d updates may have been made:\n%s", told, out)
				}
				return
			}
			containsAll(t, oneLine(out), "the quota is used up")
			if help, _ := x.Try("plan", "-help"); !test.alone && strings.Contains(help, "-consolidate-errors") {
				out, _ := x.Try(append([]string{test.run[0], "-consolidate-errors"}, test.run[1:]...)...)
				if blocks := strings.Count(out, "Error: "); blocks > 3 || !strings.Contains(out, "Server said:") {
					t.Errorf("put together by the CLI, they are %d:\n%s", blocks, out)
				}
			}
			_, told, _ := strings.Cut(out, "Error: ")
			if lines := strings.Count(told, "\n"); lines > 20*13+30 {
				t.Errorf("they are %d lines:\n%s", lines, told)
			}
		})
	}
}

// Twenty clients that are to be registered at a server that cannot be found, or that registers none, are one error of the plan.
func TestTwentyClientsWithoutAServerAreFewBlocks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults     fakeop.Faults
		more, says string
	}{
		"no registration endpoint": {faults: fakeop.Faults{NoRegistrationEndpoint: true}, says: "has no registration endpoint"},
		"another issuer":           {faults: fakeop.Faults{MetadataIssuer: "https://other.example.com"}, says: "https://other.example.com"},
		"a URL that is not used":   {more: `issuer = "http://as.example.com"`, says: "Unusable URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: test.faults}
			server.Start(t)
			x := newTerminal(t)
			x.Configure(fmt.Sprintf("issuer = %q\nmax_retries = 0", server.Issuer()), fmt.Sprintf(one, "App ${count.index}", "count = 20\n"+test.more))
			out, code := x.Try("plan", "-no-color")
			errors := strings.Count(out, "Error: ")
			blocks := errors + strings.Count(out, "Warning: ") - strings.Count(out, "Provider development overrides are in effect")
			if code == 0 || errors != 1 || blocks > 3 {
				t.Errorf("exit code %d, %d blocks, %d of them errors:\n%s", code, blocks, errors, out)
			}
			containsAll(t, oneLine(out), test.says)
		})
	}
}

// Of twenty clients that a destroy leaves at a server which deletes none each one is named, and what can be done is said once.
func TestTwentyClientsThatStayAreToldOnce(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]*fakeop.Server{"no deletions": {Faults: fakeop.Faults{DeleteStatus: 405}}, "no management": {Management: fakeop.ManagementOff}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server.Start(t)
			x := newTerminal(t)
			x.Configure(fmt.Sprintf("issuer = %q\nmax_retries = 0", server.Issuer()), fmt.Sprintf(one, "App ${count.index}", "count = 20"))
			x.Must(tftest.TerminalApply...)
			out := oneLine(x.Must(tftest.TerminalDestroy...))
			for _, client := range server.Clients() {
				if !strings.Contains(out, "Client "+client.ID+" was not deregistered") {
					t.Errorf("client %s is not named:\n%s", client.ID, out)
				}
			}
			if full := strings.Count(out, "Have the server's administrator delete it"); full != 1 {
				t.Errorf("what can be done is said %d times:\n%s", full, out)
			}
		})
	}
}
