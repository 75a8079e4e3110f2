// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A client whose own template is another server's is as one that has none: the default address, which nobody wrote, is asked once where nobody has looked there, and by no plan after it.
func TestAClientWhoseTemplateIsAnothersIsNotAskedForInEachPlan(t *testing.T) {
	const away = "https://other.example/clients/{client_id}"
	for _, management := range []string{authserver.ManagementProvider, authserver.ManagementAuto} {
		for _, own := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, own template %v", management, own), func(t *testing.T) {
				t.Parallel()
				op, f := managedByCredential(t, false)
				s := authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint(), InitialAccessToken: secret.New("admin"), Management: authserver.ManagementNone}
				l := startAs(t, op, s)
				l.want(l.registerAs(public("a")))
				f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusNotFound})
				op.SetFaults(f)
				s.Management = management
				b := authserver.Behaviour{Refresh: authserver.RefreshAuto}
				if own {
					b.URITemplate, b.OwnTemplate, l.state.Record.TemplateAway = away, true, away
				}
				var reads []int
				for range 3 {
					l = l.later(s)
					op.ResetLog()
					lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
					reads = append(reads, op.CountOf(fakeop.OpRead))
				}
				if first := reads[0] > 0; first != (management == authserver.ManagementProvider) || reads[1]+reads[2] != 0 {
					t.Errorf("the plans read it %v times", reads)
				}
			})
		}
	}
}
