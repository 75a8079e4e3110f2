// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// dataBlock is a value that is known in the apply only where its trigger changes.
const dataBlock = "resource \"terraform_data\" \"s\" {\n  input            = %q\n  triggers_replace = %q\n}\n"

// A list of which a part is known at plan, and which then says the same as the state in another order.
func TestPartOfAListInAnotherOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server      *fakeop.Server
		first, then string
		second      string // the value that is known in the apply only
	}{
		"contacts":                     {&fakeop.Server{}, `contacts = ["a@example.com", "b@example.com"]`, `contacts = [terraform_data.s.output, "a@example.com"]`, "b@example.com"},
		"grant_types":                  {&fakeop.Server{}, `grant_types = ["refresh_token", "authorization_code"]`, `grant_types = ["authorization_code", terraform_data.s.output]`, "refresh_token"},
		"redirect URIs, no management": {&fakeop.Server{Management: fakeop.ManagementOff}, `post_logout_redirect_uris = ["https://a.example.com/", "https://b.example.com/"]`, `post_logout_redirect_uris = [terraform_data.s.output, "https://a.example.com/"]`, "https://b.example.com/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.server.Start(t)
			x := newTerminal(t)
			s := settings(t, c.server, false)
			x.Configure(s, fmt.Sprintf(dataBlock, "x", "1")+fmt.Sprintf(one, "App", c.first))
			x.Must(tftest.TerminalApply...)
			x.Configure(s, fmt.Sprintf(dataBlock, c.second, "2")+fmt.Sprintf(one, "App", c.then))
			x.Must(tftest.TerminalApply...)
			if out, code := x.Try("plan", "-no-color", "-detailed-exitcode"); code != 0 {
				t.Errorf("the plan after it: %d\n%s", code, out)
			}
		})
	}
}

// A plan that changes nothing keeps the order of the state, which is right only as long as no apply plans such a client again: not even one
// that has a condition, and another resource to change.
func TestOrderOfAClientWithACondition(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	s := settings(t, server, false)
	block := func(contacts string) string {
		return fmt.Sprintf(one, "App", "contacts = "+contacts+"\n  lifecycle {\n    postcondition {\n      condition     = self.client_id != \"\"\n      error_message = \"none\"\n    }\n  }\n")
	}
	x.Configure(s, fmt.Sprintf(dataBlock, "1", "1")+block(`["a@example.com", "b@example.com"]`))
	x.Must(tftest.TerminalApply...)
	x.Configure(s, fmt.Sprintf(dataBlock, "2", "1")+block(`["b@example.com", "a@example.com"]`))
	x.Must(tftest.TerminalApply...)
	if out, code := x.Try("plan", "-no-color", "-detailed-exitcode"); code != 0 {
		t.Errorf("the plan after it: %d\n%s", code, out)
	}
}

// A client that is there is given a vendor's member that is empty.
func TestEmptyMemberOfAClientThatIsThere(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`[]`, `""`, `{}`} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Extensions: []string{"ext_a"}}
			server.Start(t)
			x := newTerminal(t)
			s := settings(t, server, false)
			x.Configure(s, fmt.Sprintf(one, "App", ""))
			x.Must(tftest.TerminalApply...)
			x.Configure(s, fmt.Sprintf(one, "App", fmt.Sprintf("extension_metadata = { ext_a = %s }", value)))
			x.Must(tftest.TerminalApply...)
			if out, code := x.Try("plan", "-no-color", "-detailed-exitcode"); code != 0 {
				t.Errorf("the plan after it: %d, %d updates sent\n%s", code, server.CountOf(fakeop.OpUpdate), out)
			}
		})
	}
}
