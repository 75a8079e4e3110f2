// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// registered_metadata, which each plan shows, has no credential of a server's own members.
func TestRegisteredMetadataHasNoCredentialInSentences(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9.c2lnbmF0dXJl"
	for name, v := range map[string]any{
		"sentence": "Your client_secret: S3cr3tCanary12", "bearer": "curl -H 'Authorization: Bearer S3cr3tCanary12'", "JWT in a sentence": "use " + jwt, "JWT in a URL": "https://a.example/x/" + jwt,
		"pairs": []any{map[string]any{"name": "client_secret", "value": "S3cr3tCanary12"}}, "JSON in a sentence": `body {"client_secret":"S3cr3tCanary12"}`,
		"JSON twice": `"{\"client_secret\":\"S3cr3tCanary12\"}"`, "userinfo": "postgres://u:S3cr3tCanary12@db/x", "form": "client_id=a&client_secret=S3cr3tCanary12", "fragment": "https://a.example/#access_token=S3cr3tCanary12",
		"JSON in JSON": `{"a":"{\"client_secret\":\"S3cr3tCanary12\"}"}`, "header": map[string]any{"Authorization": "Basic dXNlcjpTM2NyM3RDYW5hcnkxMg=="}, "basic": "Basic dXNlcjpTM2NyM3RDYW5hcnkxMg==",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{AddMembers: map[string]any{"x_setup": v}}}, nil)
			r.Apply(secured())
			shown := fmt.Sprint(r.Value("registered_metadata")) + r.details()
			if !strings.Contains(shown, "x_setup") {
				return // the member is withheld whole, which is right
			}
			if strings.Contains(shown, "S3cr3tCanary12") || strings.Contains(shown, "eyJzdWIiOi") || strings.Contains(shown, "TM2NyM3RDYW5hcnkx") {
				at := strings.Index(shown, "x_setup")
				t.Errorf("%s", shown[at:min(len(shown), at+160)])
			}
		})
	}
}
