// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// readAnswers are what a read may be answered with that does not show the client.
var readAnswers = []fakeop.Answer{
	{Status: 401, Body: `{"error":"invalid_token"}`}, {Status: 400, Body: `{"error":"invalid_token"}`}, {Status: 400, Body: `{"error":"invalid_client"}`}, {Status: 400, Body: `{"error":"insufficient_scope"}`}, {Status: 403, Body: `{"error":"access_denied"}`},
	{Status: 404}, {Status: 404, Body: `{"error":"not_found"}`}, {Status: 404, Body: "<html><title>no</title></html>"}, {Status: 405}, {Status: 410}, {Status: 409}, {Status: 412}, {Status: 426}, {Status: 200, Body: "{}"}, {Status: 200, Body: "[]"}, {Status: 204}, {Status: 202}, {Status: 301}, {Status: 304}, {Status: 300}, {Status: 302},
	{Cut: fakeop.CutConnection}, {Cut: fakeop.CutBody, Processed: true}, {Status: 423}, {Status: 431}, {Status: 402}, {Status: 501}, {Status: 508}, {Status: 511}, {Status: 407}, {Status: 408}, {Status: 421}, {Status: 425}, {Processed: true, OtherClient: true},
	{Status: 200, Body: "<html><title>Log in</title></html>", MediaType: "text/html"},
}

// Whatever a read is refused with, in a plan, an import, a data source or an ephemeral resource, the error names a way.
func TestEachRefusedReadNamesAWay(t *testing.T) {
	t.Parallel()
	for _, answer := range readAnswers {
		t.Run(fmt.Sprint(answer.Status, answer.Body, answer.Cut, answer.OtherClient), func(t *testing.T) {
			t.Parallel()
			for _, byProvider := range []bool{false, true} {
				settings := attrs{"max_retries": 0}
				op := &fakeop.Server{}
				r := newSubject(t, op, settings)
				r.Apply(secured())
				id, uri, token := r.id(), r.Text("registration_client_uri"), r.Text("registration_access_token")
				with := settings.With(attrs{"registration_access_tokens": attrs{id: token}})
				if byProvider {
					with = settings.With(attrs{"basic_auth": attrs{"username": "u", "password": "p4ssw0rd"}, "management": "provider_credentials"})
				}
				op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(answer) })
				check := func(what string, err error) {
					if err != nil && !strings.Contains(err.Error(), "To fix this:") {
						t.Errorf("%s, by the provider %v, no way: %v", what, byProvider, err)
					}
				}
				r.start(with)
				_, err := r.TryPlan(secured())
				check("plan", err)
				check("import", newSubject(t, op, with).tryImport(id))
				check("import by URI", newSubject(t, op, with).tryImport(uri))
				p := start(t, with.With(attrs{"issuer": op.Issuer()}))
				_, err = p.ReadData("oidc_client", attrs{"client_id": id})
				check("data", err)
				schema := schemas(t).EphemeralResourceSchemas["oidc_client_secret"]
				resp, _ := p.Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "oidc_client_secret", Config: configured(t, schema, attrs{"client_id": id, "registration_client_uri": uri})})
				if said := details(resp.Diagnostics); failed(resp.Diagnostics) && !strings.Contains(said, "To fix this:") {
					t.Errorf("ephemeral, by the provider %v, no way: %v", byProvider, said)
				}
			}
		})
	}
}
