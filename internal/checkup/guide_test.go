// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var updateGuide = flag.Bool("update", false, "write the report in the guide anew")

// The report that the guide shows is one that was printed.
func TestGuideShowsAReport(t *testing.T) {
	const guide, begin, end = "../../templates/guides/unlisted-server.md", "```text\n", "\n```"
	op := &fakeop.Server{
		InitialAccessTokens: map[string]int{"initial-token": 0},
		Supported:           map[string][]string{"id_token_signing_alg_values_supported": {}, "grant_types_supported": {"authorization_code", "refresh_token", "client_credentials"}},
		Faults: fakeop.Faults{
			RotateTokenOnUpdate: true, UpdateNeedsSecret: true, Drop: []string{"contacts", "request_uris"}, DropOnRead: []string{"software_id", "software_version"},
			Substitute: map[string]any{"id_token_signed_response_alg": "RS256"},
		},
	}
	op.Start(t)
	s := settings(op)
	s.InitialAccessToken = secret.New("initial-token")
	r := check(t, op, s)
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var shown checkup.Report
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(encoded), op.Issuer(), "https://login.example.com")), &shown); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := shown.WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	now := strings.TrimSpace(text.String())

	content, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), begin)
	was, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the guide shows no report")
	}
	if *updateGuide {
		if err := os.WriteFile(guide, []byte(before+begin+now+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(was, now); diff != "" {
		t.Errorf("the guide shows another report than is printed; go test ./internal/checkup -run Guide -update writes it, and make docs the page (-guide +printed):\n%s", diff)
	}
}
