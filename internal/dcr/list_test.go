// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseList(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"client_id":"a","redirect_uris":["https://a.example/cb"],"keys":[{"kty":"OKP"}]}`: {"a"},
		"\ufeff [{\"client_id\":\"a\"},{\"client_id\":\"b\"}]\n":                            {"a", "b"},
		`[]`: {},
		`{"schemas":["urn:x"],"total":1,"Resources":[{"client_id":"a"}]}`: {"a"},
		`{"Resources":[]}`:                    {},
		`{"total":0}`:                         nil,
		`{"a":[{"client_id":"a"}],"b":[{}]}`:  nil,
		`["a"]`:                               nil,
		`[null]`:                              nil,
		`[{"client_id":"a"}] [`:               nil,
		`{"error":"invalid_token","list":[]}`: nil,
		`"a"`:                                 nil,
		`null`:                                nil,
		``:                                    nil,
		`<html>`:                              nil,
	} {
		documents, err := parseList([]byte(body))
		if want == nil {
			if err == nil {
				t.Errorf("%s is taken for %v", body, documents)
			}
			continue
		}
		got := []string{}
		for _, d := range documents {
			got = append(got, stringOf(d["client_id"]))
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", body, err, diff)
		}
	}
}
