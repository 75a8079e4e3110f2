// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func TestConclusive(t *testing.T) {
	u := reconcile.Update{
		ClientID:   "c1",
		Asked:      decode(t, `{"client_name":"a","redirect_uris":["https://a"],"client_name#ja":"x"}`),
		Removed:    []string{"tos_uri"},
		Registered: decode(t, `{"client_id":"c1","client_name":"b","redirect_uris":["https://b"],"subject_type":"public","ext_own":1}`),
	}
	type refusals = []reconcile.Refusal
	refusal := func(code, description string) reconcile.Refusal {
		return reconcile.Refusal{Code: code, Description: description}
	}
	twice := func(code, description string) refusals {
		return refusals{refusal(code, description), refusal(code, description)}
	}
	tests := map[string]struct {
		refusals refusals
		want     bool
	}{
		"none":                                  {},
		"one":                                   {refusals: twice("invalid_client_metadata", "client_name is taken")[:1]},
		"about an asked value":                  {refusals: twice("invalid_client_metadata", "client_name is taken"), want: true},
		"quoted, in a path":                     {refusals: twice("invalid_client_metadata", `value at "/client_name" must match [a-z]*.`), want: true},
		"three":                                 {refusals: append(twice("invalid_client_metadata", "client_name is taken"), refusal("invalid_client_metadata", "client_name is taken")), want: true},
		"the third differs":                     {refusals: append(twice("invalid_client_metadata", "client_name is taken"), refusal("invalid_client_metadata", "client_secret missing"))},
		"other codes":                           {refusals: refusals{refusal("invalid_client_metadata", "client_name is taken"), refusal("invalid_redirect_uri", "client_name is taken")}},
		"not a code of RFC 7591":                {refusals: twice("invalid_request", "client_name is taken")},
		"no code":                               {refusals: twice("", "client_name is taken")},
		"no description":                        {refusals: twice("invalid_client_metadata", "")},
		"names nothing":                         {refusals: twice("invalid_client_metadata", "the metadata are not acceptable")},
		"names a part of a member's name":       {refusals: twice("invalid_client_metadata", "the name is taken, client_names differ")},
		"about what is echoed":                  {refusals: twice("invalid_client_metadata", "ext_own is not a known member")},
		"about both":                            {refusals: twice("invalid_client_metadata", "client_name does not go with subject_type")},
		"about the removed":                     {refusals: twice("invalid_client_metadata", "tos_uri must not go while client_name stays")},
		"about the secret":                      {refusals: twice("invalid_client_metadata", "client_name can be changed only with the client_secret")},
		"about a parameter nobody set":          {refusals: twice("invalid_client_metadata", "client_name needs logo_uri"), want: true},
		"a tag, in another case":                {refusals: twice("invalid_client_metadata", "client_name#JA is too short"), want: true},
		"redirect URI":                          {refusals: twice("invalid_redirect_uri", "https is needed"), want: true},
		"redirect URI, about an echoed one too": {refusals: twice("invalid_redirect_uri", "ext_own is no URI")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := reconcile.Conclusive(test.refusals, u); got != test.want {
				t.Errorf("Conclusive = %t", got)
			}
		})
	}

	t.Run("redirect URI, but they are not managed", func(t *testing.T) {
		u := u
		u.Asked = decode(t, `{"client_name":"a"}`)
		if reconcile.Conclusive(twice("invalid_redirect_uri", "https is needed"), u) {
			t.Error("the URI that was refused is one that the server itself had shown")
		}
	})
}
