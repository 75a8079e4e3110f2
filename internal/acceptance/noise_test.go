// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Twenty clients that a server does not show are told of in a few blocks, since their summaries are equal: Terraform groups them, and
// what it shows of the first names the ways that work for all.
func TestTwentyEqualWarningsAreFewBlocks(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	x.Configure(fmt.Sprintf("issuer = %q", server.Issuer()), fmt.Sprintf(one, "App ${count.index}", "count = 20"))
	x.Must(tftest.TerminalApply...)
	if n := len(server.Clients()); n != 20 {
		t.Fatalf("%d clients are registered", n)
	}
	for range 200 { // every read of the plan, repeated ones too
		server.Force(fakeop.OpRead, fakeop.Answer{Status: http.StatusNotFound, MediaType: "text/html", Body: "<title>Not Found</title>"})
	}
	out, code := x.Try("plan", "-no-color")
	if code != 0 {
		t.Fatalf("the plan fails:\n%s", out)
	}
	blocks := strings.Count(out, "Warning: ") + strings.Count(out, "Error: ")
	if blocks == 0 || blocks > 3 {
		t.Errorf("there are %d blocks:\n%s", blocks, out)
	}
	if said := oneLine(out); !strings.Contains(said, "more similar warnings elsewhere") {
		t.Errorf("the warnings are not grouped:\n%s", out)
	}
}

// One of twenty clients whose tokens a server refuses makes the plan fail, and the others are told of together.
func TestTwentyRefusedClientsAreFewBlocks(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	x.Configure(fmt.Sprintf("issuer = %q", server.Issuer()), fmt.Sprintf(one, "App ${count.index}", "count = 20"))
	x.Must(tftest.TerminalApply...)
	for range 200 {
		server.Force(fakeop.OpRead, fakeop.Answer{Status: http.StatusUnauthorized})
	}
	out, code := x.Try("plan", "-no-color")
	if code == 0 {
		t.Fatalf("the plan succeeds:\n%s", out)
	}
	errors := strings.Count(out, "Error: ")
	if blocks := strings.Count(out, "Warning: ") - strings.Count(out, "Provider development overrides are in effect") + errors; errors != 1 || blocks > 3 {
		t.Errorf("there are %d blocks, %d of them errors:\n%s", blocks, errors, out)
	}
	if said := oneLine(out); !strings.Contains(said, "more similar warnings elsewhere") || !strings.Contains(said, "registration_access_tokens") {
		t.Errorf("the warnings are not grouped, or nothing helps:\n%s", out)
	}
}

// Of twenty clients that a server puts off, some are answered so, and the others are not sent any more: that is one thing to tell.
func TestTwentyClientsThatAreToWaitAreFewBlocks(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		server := &fakeop.Server{}
		server.Start(t)
		x := newTerminal(t)
		x.Configure(fmt.Sprintf("issuer = %q", server.Issuer()), fmt.Sprintf(one, "App ${count.index}", "count = 20"))
		x.Must(tftest.TerminalApply...)
		for range 200 {
			server.Force(fakeop.OpRead, fakeop.Answer{Status: status, Header: http.Header{"Retry-After": {"3600"}}})
		}
		for _, args := range [][]string{{"plan", "-no-color"}, {"plan", "-destroy", "-no-color"}} {
			out, code := x.Try(args...)
			if code == 0 {
				t.Fatalf("%d: the plan succeeds:\n%s", status, out)
			}
			errors := strings.Count(out, "Error: ")
			if blocks := strings.Count(out, "Warning: ") - strings.Count(out, "Provider development overrides are in effect") + errors; errors != 1 || blocks > 3 {
				t.Errorf("%d: there are %d blocks, %d of them errors:\n%s", status, blocks, errors, out)
			}
			containsAll(t, oneLine(out), "Client not read, because the server asks to wait", "Run it again after that time.", "more similar warnings elsewhere")
		}
	}
}
