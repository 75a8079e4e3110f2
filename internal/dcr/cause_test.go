// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func TestCauses(t *testing.T) {
	for _, test := range []struct {
		operation Operation
		status    int
		code      string
		says      string
		body      Body
		want      Cause
	}{
		{Register, 401, "", "", NoBody, CredentialRefused},
		{Register, 403, "", "", NoBody, PolicyRefuses},
		{Register, 404, "", "", HTMLBody, NoEndpoint},
		{Register, 200, "", "", HTMLBody, NotARegistration},
		{Register, 400, "invalid_redirect_uri", "x", JSONBody, RedirectURIRefused},
		{Register, 400, "unapproved_software_statement", "", JSONBody, SoftwareStatementRefused},
		{Register, 400, "invalid_client_metadata", "name is taken", JSONBody, MetadataRefused},
		{Register, 400, "invalid_client_metadata", "", JSONBody, MetadataRefusedSilently},
		{Update, 422, "", "", NoBody, MetadataRefusedSilently},
		{Update, 400, "temporarily_unavailable", "", JSONBody, ServerFailed},
		{Update, 405, "", "", NoBody, OperationMissing},
		{Update, 403, "", "Unsupported operation", JSONBody, OperationMissing},
		{Update, 403, "", "", NoBody, OperationForbidden},
		{Delete, 302, "", "", NoBody, Redirected},
		{Read, 400, "access_denied", "", JSONBody, CredentialRefused},
		{Read, 400, "", "bad", OtherBody, RequestRefused},
		{Delete, 400, "invalid_request", "bad", JSONBody, RequestRefused},
		{Read, 404, "", "", HTMLBody, NoRoute},
		{Read, 404, "", "", JSONBody, NoClient},
		{Read, 410, "", "gone", OtherBody, NoClient},
		{Register, 410, "", "", NoBody, NoEndpoint},
		{Read, 429, "", "", NoBody, RateLimited},
		{Update, 503, "", "", NoBody, ServerFailed},
		{Read, 0, "", "", NoBody, NoAnswer},
		{Read, 418, "", "", NoBody, UnknownCause},
	} {
		e := &Error{Operation: test.operation, Status: test.status, Code: test.code, Description: test.says, Body: test.body}
		if got := e.Cause(); got != test.want {
			t.Errorf("%s %d %s %q: %d, want %d", test.operation, test.status, test.code, test.says, got, test.want)
		}
	}
	e := &Error{Operation: Update, Err: &transport.Error{Kind: transport.Redirect}}
	if e.Cause() != Redirected || !e.OperationMissing() || e.NotSupported() {
		t.Errorf("a refused redirect: %d", e.Cause())
	}
}
