// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Two objects with one client_id are one client where their servers have a name in common.
func TestServersThatHaveANameInCommon(t *testing.T) {
	const issuer, endpoint, uri = "https://as.example.com", "https://api.example.com/register", "https://api.example.com/register/1"
	made := serverNames(reconcile.Home{Issuer: issuer, RegistrationEndpoint: endpoint}, reconcile.Home{Issuer: issuer}, issuer, endpoint, uri)
	hidden := serverNames(reconcile.Home{Issuer: issuer, RegistrationEndpoint: endpoint}, reconcile.Home{Issuer: issuer}, issuer, endpoint, "")
	for name, test := range map[string]struct {
		home  reconcile.Home
		uri   string
		known bool
	}{
		"of the same record":                           {reconcile.Home{Issuer: issuer, RegistrationEndpoint: endpoint}, uri, true},
		"of the same record, at another address":       {reconcile.Home{Issuer: issuer, RegistrationEndpoint: endpoint}, "https://old.example.com/1", true},
		"without a record":                             {reconcile.Home{}, uri, true},
		"without a record, at another address there":   {reconcile.Home{}, uri + "0", true},
		"without a record, at the issuer":              {reconcile.Home{}, issuer + "/clients/1", true},
		"without a record or an address":               {reconcile.Home{}, "", true},
		"without a record, at the address of another":  {reconcile.Home{}, "https://other.example.com/register/1", false},
		"without a record, at another port of the API": {reconcile.Home{}, "https://api.example.com:8443/register/1", false},
	} {
		names := serverNames(test.home, reconcile.Home{Issuer: issuer}, issuer, "", test.uri)
		for of, other := range map[string][]string{"shown": made, "hidden": hidden} {
			if one := slices.ContainsFunc(names, func(n string) bool { return n != "" && slices.Contains(other, n) }); one != test.known {
				t.Errorf("%s, %s: %v", name, of, one)
			}
		}
	}
}
