// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func TestAcceptedNoMore(t *testing.T) {
	const asked, settled = `{"id_token_signed_response_alg":"ES256","scope":"a b","grant_types":["implicit"],"logo_uri":"https://l","client_name#ja":"x"}`,
		`{"id_token_signed_response_alg":"HS256","scope":"a","grant_types":["implicit","refresh_token"],"client_name#JA":"y"}`
	all := []string{"client_name#ja", "grant_types", "id_token_signed_response_alg", "scope"}
	for name, test := range map[string]struct {
		asked, now string
		accept     []string
		strict     bool
		want       []string
	}{
		"security":                      {asked: asked, now: settled, want: all[2:3]},
		"accepted":                      {asked: asked, now: settled, accept: all[2:3]},
		"strict":                        {asked: asked, now: settled, strict: true, want: all},
		"strict, accepted":              {asked: asked, now: settled, strict: true, accept: []string{"client_name", "scope"}, want: all[1:3]},
		"asked otherwise":               {asked: `{"id_token_signed_response_alg":"HS256"}`, now: settled},
		"removed":                       {asked: `{}`, now: settled, strict: true},
		"as asked by now":               {asked: asked, now: asked, strict: true},
		"nothing is shown of it by now": {asked: asked, now: `{}`, strict: true, want: all},
	} {
		t.Run(name, func(t *testing.T) {
			agreed, _ := reconcile.Agree(decode(t, asked), decode(t, settled))
			var got []string
			for _, s := range (reconcile.Record{Agreed: agreed}).AcceptedNoMore(decode(t, test.asked), func() reconcile.Document { return decode(t, test.now) }, test.accept, test.strict) {
				got = append(got, s.Member)
			}
			diff(t, "refused", test.want, got)
		})
	}
	same, _ := reconcile.Agree(decode(t, asked), decode(t, asked))
	(reconcile.Record{Agreed: same}).AcceptedNoMore(decode(t, asked), func() reconcile.Document { t.Error("decoded"); return nil }, nil, true)
}
