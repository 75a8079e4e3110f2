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
