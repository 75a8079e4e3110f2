// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
)

// A number is no word of the server's, and what is answered with one may be a front end's that has lost it; a status that only servers give to a client is theirs without
// any.
func TestANumberIsNoWordOfTheServer(t *testing.T) {
	for code, own := range map[string]bool{"": false, "503": false, "101503": false, "server_error": true, "E0000009": true} {
		lost := &dcr.Error{Operation: dcr.Delete, Status: 503, Code: code, Body: dcr.JSONBody, MaybeProcessed: true}
		if inOwnWords(lost) != own || turnedAway(lost) == own {
			t.Errorf("503 with %q: in its own words %v, turned away %v", code, inOwnWords(lost), turnedAway(lost))
		}
		if refused := (&dcr.Error{Operation: dcr.Update, Status: 403, Code: code, Body: dcr.JSONBody}); refusesItself(refused) != own {
			t.Errorf("403 with %q: the server's own %v", code, !own)
		}
		if refused := (&dcr.Error{Operation: dcr.Delete, Status: 401, Code: code, Body: dcr.JSONBody}); !refusesItself(refused) {
			t.Errorf("401 with %q is not the server's own", code)
		}
	}
}

// A server that has one status for all refuses the credential of a read or a deletion in a success: nothing was replaced by what it refuses. Another error in a success, and
// any to an update, may have come in the middle.
func TestARefusalInASuccessIsTheServersOwn(t *testing.T) {
	for name, test := range map[string]struct {
		answer dcr.Error
		want   bool
	}{
		"read":                   {dcr.Error{Operation: dcr.Read, Code: "invalid_token"}, true},
		"read, revoked":          {dcr.Error{Operation: dcr.Read, Code: "access_denied"}, true},
		"read, another error":    {dcr.Error{Operation: dcr.Read, Code: "server_error"}, false},
		"read, no code":          {dcr.Error{Operation: dcr.Read}, false},
		"read, another client":   {dcr.Error{Operation: dcr.Read, Code: "invalid_token", OtherClient: true}, false},
		"read, after a redirect": {dcr.Error{Operation: dcr.Read, Code: "invalid_token", Redirected: true}, false},
		"deletion":               {dcr.Error{Operation: dcr.Delete, Code: "invalid_token"}, true},
		"deletion that was made": {dcr.Error{Operation: dcr.Delete, Code: "invalid_token", MaybeProcessed: true}, false},
		"update":                 {dcr.Error{Operation: dcr.Update, Code: "invalid_token", MaybeProcessed: true}, false},
		"registration":           {dcr.Error{Operation: dcr.Register, Code: "invalid_token"}, false},
	} {
		test.answer.Status, test.answer.Body = 200, dcr.JSONBody
		if got := replacedNothing(&test.answer); got != test.want {
			t.Errorf("%s: it replaced nothing: %v", name, got)
		}
		if got := (&Client{}).refuses(candidate{}, &test.answer); got != test.want {
			t.Errorf("%s: it refuses the token: %v", name, got)
		}
	}
}
