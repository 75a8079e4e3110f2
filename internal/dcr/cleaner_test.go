// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"strings"
	"testing"
)

// A credential behind a scheme's name goes, whatever stands before the name and however the sentence around it ends.
func TestCredentialsInSentences(t *testing.T) {
	c := newCleaner(func(s string) string { return s })
	for _, text := range []string{
		"x_secret: wwwBearer canary-other-12", "x_secret: Bearer canary-other-12", "token=abc Basic canary-other-12", "sent Bearer canary-other-12",
		"client_secret = canary-other-12", `{\"client_secret\": \"canary-other-12\"}`, "https://user:canary-other-12@as.example/",
	} {
		if got := c.clean(text); strings.Contains(got, "canary") {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
	for _, text := range []string{"the token endpoint refuses it", "use basic authentication", "a bearer assertion is needed"} {
		if got := c.clean(text); got != text {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}
