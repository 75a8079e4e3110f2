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

// What is said of a client names it, also where its token has the client_id in its middle.
func TestCleanerNamesTheClient(t *testing.T) {
	const id, token = "5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11", "rat-5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11-9f8e7d6c5b4a"
	c := newCleaner(func(s string) string { return s }, map[string]any{"client_id": id, "registration_access_token": token})
	if text := "the client " + id + " is unknown"; c.clean(text) != text {
		t.Errorf("%q", c.clean(text))
	}
	if got := c.clean("it is " + token + " or …9f8e7d6c5b4a"); strings.Contains(got, "9f8e7d") {
		t.Errorf("%q", got)
	}
}
