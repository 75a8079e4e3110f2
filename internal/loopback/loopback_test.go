// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package loopback_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/loopback"
)

func TestIs(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.8.9.10": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.": false, "localhost.example.com": false, "a.localhost": false, "[::1]": false, "::1%lo": false, "127.1": false, "0.0.0.0": false,
		"2130706433": false, "0x7f000001": false, "127.0.0.1.": false, "127.0.0.1.example.com": false, "10.0.0.1": false, "::": false,
	} {
		if got := loopback.Is(host); got != want {
			t.Errorf("Is(%q) = %v", host, got)
		}
	}
}
