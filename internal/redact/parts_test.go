// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A part before or between separators may be a client_id, unless it is most of the credential.
func TestMostOfACredentialIsNoName(t *testing.T) {
	const part = "VFo3UkJNb2VKYi1fLVEyY0xZOGE"
	for _, known := range []string{part + ".v1", "rat." + part + ".v1", part + "_prod", part + "-xyz", "user:" + part + ":1", part + "~abcdefgh", "a|" + part + "|b"} {
		if got := scrubbed(known, "token "+part+" is bad"); got != "token "+secret.Redacted+" is bad" {
			t.Errorf("%q: %q", known, got)
		}
	}
	raw := make([]byte, 32)
	for range 1000 {
		_, _ = rand.Read(raw)
		known := base64.RawURLEncoding.EncodeToString(raw)
		for at := 30; at < len(known); at++ {
			if text := "token " + known[:at] + " is bad"; scrubbed(known, text) == text {
				t.Errorf("%q shows %q", known, known[:at])
			}
		}
	}
}

// A credential with another one in it is found where it is cut or wrapped, too.
func TestACredentialWithinAPart(t *testing.T) {
	raw := make([]byte, 39)
	for range 300 {
		_, _ = rand.Read(raw)
		known := base64.RawURLEncoding.EncodeToString(raw)
		inner := known[20:32]
		var s redact.Scrubber
		s.Add(secret.New(known), secret.New(inner))
		for _, text := range []string{known, known[1:], known[:len(known)-1], known[:5] + "\n" + known[5:], strings.ToUpper(known[:9]) + known[9:]} {
			if got := s.Scrub("<" + text + ">"); got != "<"+secret.Redacted+">" {
				t.Errorf("%q in %q: %q became %q", inner, known, text, got)
			}
		}
	}
}

// A part of a withheld value is replaced where the value is a key or a password, whatever characters it has, and no words are where it is none.
func TestPartsOfWithheldPasswords(t *testing.T) {
	for _, value := range []string{
		"q@tG7jB8&bygY2dwG6pn=eaM_mK9Y1VJ", "b5%xW-4Lq!m0Zr7/Vu2Kc9:Tj", "wFTPwwqL1mU0zueBNowqUvX9RTlwbfK+cyv4emS7UxY=", "nbbYqO/zUdc$$bF#cDq&", "0d26u3fvj1vO0P4S+U+tDpSACxIHhgyiwKKehdk96qXUiJ71NwYkkOX+cwJKTq6cLPVy2JcF1aFXZyDsKgZwBw==",
	} {
		for _, part := range []string{value[:len(value)-1], value[1:], value[:len(value)*2/3], value[:10] + "\n" + value[10:], value[:len(value)/2-1] + "..." + value[len(value)/2+1:]} {
			got := redact.Without([]any{value}, "value '"+part+"' is bad")
			for at := range len(value) - 7 {
				if strings.Contains(got, value[at:at+8]) {
					t.Errorf("%q as %q: %q", value, part, got)
					break
				}
			}
		}
	}
	for value, text := range map[string]string{
		"https://app1.example.com/cb":      "no example.com/cb at app1.example.com",
		"access-token-of-client":           "an access-token is none",
		"urn:example:Myco:Webapp":          "example:Myco is none",
		"admin of 4 Apps, B2 and C3 D4 E5": "4 Apps, B2 and C3 is none",
	} {
		if got := redact.Without([]any{value}, text); got != text {
			t.Errorf("%q made %q of %q", value, got, text)
		}
	}
}

// What is left of a credential beside names stays hidden once other names leave less of it: what the first ones name may have been told.
func TestWhatNamesLeaveStaysHidden(t *testing.T) {
	const known = "9qC7D43CyQFORix2bBGWTXRtzhS6T1SNnqIINzdcOhEat4L3hlSq5M8C3rRbGpWD"
	var s redact.Scrubber
	s.Add(secret.New(known))
	for _, name := range []string{known[:48], known[16:], known[:20], known[40:]} {
		s.Keep(name)
		if got := s.Scrub("rest " + known[48:] + " x"); got != "rest "+secret.Redacted+" x" {
			t.Errorf("beside %q: %q", name, got)
		}
	}
}

// A word of few letters that is withheld is none of a longer word, in which a hole would make a sentence unreadable and tell the word.
func TestWithheldWordsLeaveLongerWordsWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"the latest attestation is testing": "the latest attestation is testing", "Contest of testers": "Contest of testers",
		"TEST is no tier": "[redacted] is no tier", "'test' is bad": "'[redacted]' is bad", "tier=test;": "tier=[redacted];", `a\ntest`: `a\n[redacted]`, "%3Atest": "%3A[redacted]", "%ABtest": "%AB[redacted]",
		"test1 and 1test": "[redacted]1 and 1[redacted]", "tier_test": "tier_[redacted]", `\u00e9test`: `\u00e9[redacted]`, "ätest": "ä[redacted]", "a test": "a [redacted]", "xtest": "x[redacted]",
	} {
		if got := redact.Without([]any{"test"}, text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
