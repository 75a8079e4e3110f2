// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

func TestBounded(t *testing.T) {
	long, way := strings.Repeat("ä", 100_000), "    registration_endpoint = \"https://op.example.net/register\""
	for name, test := range map[string]struct {
		text string
		most int
	}{
		"a line": {"It said " + long + ".", 4000}, "many lines": {strings.Repeat("it said so\n", 100_000), 16_000}, "lines": {strings.Repeat(long+"\n", 9), 16_000},
	} {
		got := wording.Bounded(test.text + wording.Ways + "- Set it:\n" + way)
		said, ways, found := strings.Cut(got, wording.Ways)
		if !found || ways != "- Set it:\n"+way || len([]rune(said)) > test.most || !strings.HasSuffix(said, "…") {
			t.Errorf("%s: %d characters, then %.200q", name, len([]rune(said)), ways)
		}
	}
	if got := wording.Bounded("It failed." + wording.Ways + "- " + long); len([]rune(got)) > 9000 {
		t.Errorf("a way of %d characters", len([]rune(got)))
	}
	for _, text := range []string{"", "It failed.", "It failed." + wording.Ways + way, strings.Repeat("é", 4000)} {
		if got := wording.Bounded(text); got != text {
			t.Errorf("%.100q became %.100q", text, got)
		}
	}
}
