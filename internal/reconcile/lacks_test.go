// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestHandleLacks(t *testing.T) {
	digest := func(of string) string {
		sum := sha256.Sum256([]byte(of))
		return hex.EncodeToString(sum[:])
	}
	handle := func(uri, token, key string) Handle {
		return Handle{RegistrationClientURI: uri, RegistrationAccessToken: secret.New(token), ClientSecret: secret.New(key)}
	}
	const uri, token, key = "https://as.example.com/register/1", "reg-token-f00dfeed", "secret-f00dfeed"
	all := handle(uri, token, key)
	for name, test := range map[string]struct {
		has, of Handle
		lacks   bool
	}{
		"the same":                        {all, all, false},
		"no address":                      {handle("", token, key), all, true},
		"no token":                        {handle(uri, "", key), all, true},
		"no secret":                       {handle(uri, token, ""), all, true},
		"a token's digest":                {handle(uri, digest(token), key), all, true},
		"a secret's digest":               {handle(uri, token, digest(key)), all, true},
		"a masked token":                  {handle(uri, "********", key), all, true},
		"a masked secret":                 {handle(uri, token, "********"), all, true},
		"a new token and a new secret":    {handle(uri, "reg-token-cafe", "secret-cafe"), all, false},
		"another address":                 {handle(uri+"/2", token, key), all, false},
		"more than there was":             {all, handle("", "", ""), false},
		"the secret, and a digest before": {all, handle(uri, digest(token), digest(key)), false},
		"none of either":                  {handle("", "", ""), handle("", "", ""), false},
		"no secret, where a hash is":      {handle(uri, token, ""), handle(uri, token, "{noop}"+key), true},
		"another hash":                    {handle(uri, token, "{bcrypt}1"), handle(uri, token, "{bcrypt}2"), false},
		"masks in both":                   {handle(uri, "********", "********"), handle(uri, "********", "********"), false},
	} {
		if lacks := test.has.Lacks(test.of); lacks != test.lacks {
			t.Errorf("%s: %v", name, lacks)
		}
	}
}
