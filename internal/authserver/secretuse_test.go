// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// An update gives a client its first secret where it had no use for one before, and has by then. A client of which nothing tells may have none.
func TestAnUpdateThatGivesAClientItsFirstSecret(t *testing.T) {
	as := func(method string) metadata.Document {
		if method == "" {
			return metadata.Document{"client_name": "App"}
		}
		return metadata.Document{"token_endpoint_auth_method": method}
	}
	signed := metadata.Document{"token_endpoint_auth_method": "private_key_jwt", "id_token_signed_response_alg": "HS256"}
	for name, test := range map[string]struct {
		before, after metadata.Document
		known, want   bool
	}{
		"public, basic":                         {as("none"), as("client_secret_basic"), false, true},
		"public, by default":                    {as("none"), as(""), false, true},
		"public, a key":                         {as("none"), as("private_key_jwt"), false, true}, // some servers issue a secret to all that are not public
		"public":                                {as("none"), as("none"), false, false},
		"public, with one that it had":          {as("none"), as("client_secret_basic"), true, true},
		"a key, basic":                          {as("private_key_jwt"), as("client_secret_basic"), false, true},
		"a key, post":                           {as("private_key_jwt"), as("client_secret_post"), false, true},
		"a key, by default":                     {as("private_key_jwt"), as(""), false, true},
		"a key, a method that is not known":     {as("private_key_jwt"), as("own_method"), false, true},
		"a key, an algorithm with a secret":     {as("private_key_jwt"), signed, false, true},
		"an algorithm with a secret, basic":     {signed, as("client_secret_basic"), false, false},
		"a key":                                 {as("private_key_jwt"), as("private_key_jwt"), false, false},
		"a key, public":                         {as("private_key_jwt"), as("none"), false, false},
		"a key, a certificate":                  {as("private_key_jwt"), as("tls_client_auth"), false, false},
		"a certificate, basic":                  {as("tls_client_auth"), as("client_secret_basic"), false, true},
		"an own certificate, basic":             {as("self_signed_tls_client_auth"), as("client_secret_basic"), false, true},
		"basic, post":                           {as("client_secret_basic"), as("client_secret_post"), false, false},
		"basic, by default":                     {as("client_secret_basic"), as(""), false, false},
		"not shown, basic":                      {as(""), as("client_secret_basic"), false, true},
		"not shown, public":                     {as(""), as("none"), false, false},
		"not shown, a key":                      {as(""), as("private_key_jwt"), false, false},
		"not shown, with a known secret, basic": {as(""), as("client_secret_basic"), true, false},
		"nothing is known":                      {nil, as("client_secret_basic"), false, true},
	} {
		if got := gainsSecret(test.before, test.after, test.known); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
