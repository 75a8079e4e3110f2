// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server takes client secrets in another way than the one that it shows, or assertions for its issuer alone, and a client's token was replaced by hand: that its
// secret is refused in the way that is shown makes no client gone. One that is gone is found out.
func TestASecretThatIsTakenInAnotherWay(t *testing.T) {
	for name, c := range map[string]struct {
		shown  string
		faults fakeop.TokenEndpointFaults
	}{
		"basic, takes post":          {"client_secret_basic", fakeop.TokenEndpointFaults{Takes: "client_secret_post"}},
		"post, takes basic":          {"client_secret_post", fakeop.TokenEndpointFaults{Takes: "client_secret_basic"}},
		"post, takes basic as it is": {"client_secret_post", fakeop.TokenEndpointFaults{Takes: "client_secret_basic", PlainBasic: true}},
		"assertions for the issuer":  {"client_secret_jwt", fakeop.TokenEndpointFaults{IssuerAudience: true}},
		"assertions with a type":     {"client_secret_jwt", fakeop.TokenEndpointFaults{IssuerAudience: true, TypedAssertions: true}},
		"assertions for any":         {"client_secret_jwt", fakeop.TokenEndpointFaults{}},
		"as it is shown":             {"client_secret_basic", fakeop.TokenEndpointFaults{}},
	} {
		for _, gone := range []bool{false, true} {
			for _, operation := range []string{"read", "delete"} {
				t.Run(fmt.Sprintf("%s, gone %v, %s", name, gone, operation), func(t *testing.T) {
					t.Parallel()
					s := authserver.Settings{}
					l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenEndpoint: c.faults, AuthorizeErrorPage: true}, Secret: secretsThatSign}, s)
					doc := machine("a")
					doc["token_endpoint_auth_method"] = c.shown
					l.registerAs(doc)
					l = l.later(s)
					if gone {
						l.op.RemoveClient(l.state.Handle.ClientID)
					} else {
						l.op.ReissueToken(l.state.Handle.ClientID)
					}
					out := l.operate(operation, nil)
					if out.Gone != gone {
						t.Errorf("gone %v: %s", out.Gone, kinds(out.Problems))
					}
				})
			}
		}
	}
}

// secretsThatSign are as long as HS256 wants them (RFC 7518 §3.2), and written otherwise in a form.
func secretsThatSign(n int) string { return fmt.Sprintf("a+secret/that is long enough %08d", n) }
