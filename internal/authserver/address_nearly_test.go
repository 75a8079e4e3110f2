// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
)

func TestNamesNearly(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"abcdef": false, "abcde": true, "abcdefg": true, "bcdef": true, "abxdef": true, "bacdef": true, "abcdfe": true, "Abcdef": true,
		"fedcba": false, "abcd": false, "abcdefgh": false, "xbcdex": false, "cbadef": false, "": false, "c": false, "0f8fad5b-d9cb-469f-a165-70867728950e": false,
	} {
		if got := authserver.NamesNearly("https://op.example.com/register/abcdef", id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
	if authserver.NamesNearly("https://op.example.com/clients/7", "8") {
		t.Error("numbers are near one another by chance")
	}
	if !authserver.NamesNearly("https://op.example.com/clients?client_id=abcdef", "abcde") {
		t.Error("a query names a client, too")
	}
}
