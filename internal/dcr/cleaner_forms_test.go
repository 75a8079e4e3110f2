// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"strings"
	"testing"
)

// A credential that only the server knows goes out of its words in the encodings in common use, too, as it does in plain ones.
func TestCredentialsOfManyFormsInSentences(t *testing.T) {
	c := newCleaner(func(s string) string { return s })
	for _, text := range []string{
		`client_secret=&quot;S3cr3tCanary12&quot; is not unique`,
		`client_secret = &#34;S3cr3tCanary12&#34;`,
		`client_secret&#61;S3cr3tCanary12`,
		`{&quot;client_secret&quot;:&quot;S3cr3tCanary12&quot;}`,
		`{\u0022client_secret\u0022:\u0022S3cr3tCanary12\u0022}`,
		`%7B%22client_secret%22%3A%22S3cr3tCanary12%22%7D`,
		`client_secret%3DS3cr3tCanary12`,
		`https://as.example/cb?return=%3Faccess_token%3DS3cr3tCanary12`,
		`https://as.example/cb#access_token=S3cr3tCanary12`,
		`Authorization%3A+Bearer+S3cr3tCanary12`,
		`Authorization: Bearer%20S3cr3tCanary12`,
		`registration_access_token: "S3cr3tCanary12"`,
		`client_secret is S3cr3tCanary12`,
		`client_secret 'S3cr3tCanary12'`,
		`client_secret "S3cr3tCanary12" has expired`,
		`client_secret [S3cr3tCanary12]`,
		`client_secret: [S3cr3tCanary12]`,
		`client_secret: {S3cr3tCanary12}`,
		`client_secret=(S3cr3tCanary12)`,
		`client_secret: <S3cr3tCanary12>`,
		"client_secret: `S3cr3tCanary12`",
		`client_secret: “S3cr3tCanary12”`,
		`client_secret: «S3cr3tCanary12»`,
		`client_secret -> S3cr3tCanary12`,
		`client_secret → S3cr3tCanary12`,
		`client secret: S3cr3tCanary12`,
		`registration access token: S3cr3tCanary12`,
		`<client_secret>S3cr3tCanary12</client_secret>`,
		`client_secret&#x3d;S3cr3tCanary12`,
		`client_secret&equals;S3cr3tCanary12`,
		`client_secret\x3dS3cr3tCanary12`,
		`client_secret\u003dS3cr3tCanary12`,
		`client_secret\u003d\u0022S3cr3tCanary12\u0022`,
		`"client_secret"="S3cr3tCanary12"`,
		`{client_secret, S3cr3tCanary12}`,
		`("client_secret", "S3cr3tCanary12")`,
		`["client_secret","S3cr3tCanary12"]`,
		`name=client_secret value=S3cr3tCanary12`,
		`{"name":"client_secret","value":"S3cr3tCanary12"}`,
		`Client[id=abc, secret=S3cr3tCanary12]`,
		`Client(id=abc, clientSecret=Optional[S3cr3tCanary12])`,
		`Client(id=abc, clientSecret=Some(S3cr3tCanary12))`,
		`#{client_secret => "S3cr3tCanary12"}`,
		`:client_secret=>"S3cr3tCanary12"`,
		`map[client_secret:S3cr3tCanary12]`,
		`client_secret: not S3cr3tCanary12`,
		`client_secret: expected S3cr3tCanary12`,
		`Basic dXNlcjpTM2NyM3RDYW5hcnkxMg==`,
		`Basic%20dXNlcjpTM2NyM3RDYW5hcnkxMg%3D%3D`,
		`Basic&#32;dXNlcjpTM2NyM3RDYW5hcnkxMg==`,
		`Authorization: dXNlcjpTM2NyM3RDYW5hcnkxMg==`,
		`https%3A%2F%2Fuser%3AS3cr3tCanary12%40as.example`,
		`https:\/\/user:S3cr3tCanary12@as.example`,
		`eyJhbGciOiJIUzI1NiJ9%2EeyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9%2Ec2ln`,
		`token-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9.c2ln`,
		`token_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9.c2ln`,
	} {
		got := c.clean(text)
		if strings.Contains(got, "S3cr3tCanary12") || strings.Contains(got, "TM2NyM3RDYW5hcnkx") || strings.Contains(got, "eyJzdWIiOi") {
			t.Errorf("%s\n   is shown as %s", text, got)
		}
	}
}
