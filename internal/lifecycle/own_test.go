// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// A refusal says what is the client's own in what was asked, so that the refusals of many clients are told as one where each quotes another name.
func TestARefusalKnowsWhatTheServerMayQuote(t *testing.T) {
	refused := fakeop.Always(fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata"}`})
	own := []string{"https://a.example/cb", "Shop"}
	check := func(during string, out outcome.Outcome) {
		if !slices.ContainsFunc(out.Problems, func(p outcome.Problem) bool { return slices.Equal(p.Own, own) }) {
			t.Errorf("%s: %s", during, kinds(out.Problems))
		}
	}
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: refused}}}, authserver.Settings{})
	check("register", l.registerAs(web("Shop")))
	l = begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(web("a"))
	l.op.SetFaults(fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: refused}})
	check("update", l.update(web("Shop")))
}
