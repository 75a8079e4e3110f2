// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A credential that only the server knows is in no message, wherever the server puts it.
func TestCredentialsThatOnlyTheServerKnows(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9.c2lnbmF0dXJl"
	for name, answer := range map[string]fakeop.Answer{
		"html entities":   {Status: 400, Body: `{"error":"invalid_request","error_description":"{&quot;client_secret&quot;:&quot;S3cr3tCanary12&quot;} is not unique"}`},
		"json twice":      {Status: 400, Body: `{"error":"invalid_request","error_description":"bad body {\\u0022client_secret\\u0022:\\u0022S3cr3tCanary12\\u0022}"}`},
		"percent":         {Status: 400, Body: `{"error":"invalid_request","error_description":"go to https://a/cb?return=%3Faccess_token%3DS3cr3tCanary12"}`},
		"quoted":          {Status: 400, Body: `{"error":"invalid_request","error_description":"client_secret 'S3cr3tCanary12' is in use"}`},
		"pairs":           {Status: 400, Body: `{"error":"invalid_request","error_description":"[{\"name\":\"client_secret\",\"value\":\"S3cr3tCanary12\"}] is bad"}`},
		"page of JSON":    {Status: 400, Body: `<html><title>{&quot;client_secret&quot;:&quot;S3cr3tCanary12&quot;}</title></html>`},
		"xml":             {Status: 400, Body: `<fault><message>&lt;client_secret&gt;S3cr3tCanary12&lt;/client_secret&gt;</message></fault>`},
		"redirect":        {Status: 302, Header: http.Header{"Location": {"http://127.0.0.1:1/session/" + jwt}}},
		"redirect matrix": {Status: 302, Header: http.Header{"Location": {"http://127.0.0.1:1/session/access_token=S3cr3tCanary12/x"}}},
		"request id":      {Status: 400, Body: `{"error":"invalid_request"}`, Header: http.Header{"X-Request-Id": {jwt}}},
		"basic":           {Status: 400, Body: `{"error":"invalid_request","error_description":"proxied with Authorization=Basic%20dXNlcjpTM2NyM3RDYW5hcnkxMg%3D%3D"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			told := ""
			tell := func(err error) {
				if err != nil {
					told += err.Error()
				}
				told += r.details()
			}
			r.op.Force(fakeop.OpRegister, answer)
			tell(r.TryApply(secured()))
			r.Apply(secured())
			r.op.Force(fakeop.OpRead, answer)
			_, err := r.TryPlan(secured())
			tell(err)
			r.op.Force(fakeop.OpUpdate, answer)
			tell(r.TryApply(secured().With(attrs{"client_name": "App 2", "refresh": "never"})))
			containsNone(t, told, "S3cr3tCanary12", "eyJzdWIiOi", "TM2NyM3RDYW5hcnkx")
		})
	}
}
