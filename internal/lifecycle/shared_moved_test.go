// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// The server has moved its clients to another host, and answers a registration with the client that the journal knows at the old one. That one's token does not go to the new
// one, and the address is told, since nothing else has it. A template leads there.
func TestAnAddressElsewhereOfAClientThatIsKnownIsTold(t *testing.T) {
	for _, moved := range []bool{true, false} {
		s := withJournal(t)
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
		l.registerAs(web("a"))
		l = l.later(s)
		l.refresh()
		before := l.state.Handle.RegistrationClientURI
		named := before
		l = another(l, s, authserver.State{})
		if moved {
			named = strings.Replace(before, "127.0.0.1", "localhost", 1)
			l.answers(shows("registration_client_uri", named))
		}
		out := l.registerAs(web("a"))
		told := ""
		for _, p := range out.Problems {
			if p.Kind == outcome.KnownBefore {
				told = p.ClientURI
			}
		}
		if moved && (named == before || told != named) || !moved && told != "" || l.state.Handle.RegistrationClientURI != before {
			t.Errorf("moved %v: told of %q, knows %q: %s", moved, told, l.state.Handle.RegistrationClientURI, kinds(out.Problems))
		}
	}
}
