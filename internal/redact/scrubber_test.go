// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestScrubberForms(t *testing.T) {
	const value = `s3cr3t+/"<&>=é~ 1\x`
	var s redact.Scrubber
	s.Add(secret.New(value))
	quoted, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain": value, "JSON": string(quoted), "Go": fmt.Sprintf("%q", value), "Go, ASCII": fmt.Sprintf("%+q", value),
		"query": url.QueryEscape(value), "path": url.PathEscape(value), "lower-case escapes": strings.ToLower(url.QueryEscape(value)),
		"JSON with escaped slashes": strings.ReplaceAll(string(quoted), "/", `\/`),
		"Basic":                     base64.StdEncoding.EncodeToString([]byte("client:" + value)), "Basic, form-encoded": base64.StdEncoding.EncodeToString([]byte("client:" + url.QueryEscape(value))),
	} {
		if got := s.Scrub("before " + text + " after"); !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, secret.Redacted) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := s.Scrub("an ordinary sentence"); got != "an ordinary sentence" {
		t.Errorf("an ordinary sentence became %q", got)
	}
}

func TestScrubberPassesOver(t *testing.T) {
	var s redact.Scrubber
	s.Add(secret.New(""), secret.New("abc"), secret.New(secret.Redacted))
	if text := "abc " + secret.Redacted; s.Scrub(text) != text {
		t.Errorf("%q became %q", text, s.Scrub(text))
	}
	s.Add(secret.New("abcd"), secret.New("abcdefgh"))
	if got := s.Scrub("abcdefgh abcd"); got != secret.Redacted+" "+secret.Redacted {
		t.Errorf("the longest is not first: %q", got)
	}
}

// A password that is also the beginning of a word is no hole in that word, and is replaced everywhere else.
func TestScrubberLeavesWordsWhole(t *testing.T) {
	var s redact.Scrubber
	s.Add(secret.New("admin"), secret.New("pass1"), secret.New("longerword"))
	s.Add(secret.New("secret"), secret.New("password"), secret.New("qzjxkvwpbmtr"), secret.New("token"))
	for text, want := range map[string]string{
		"client_secret, store_client_secret = true":           "client_secret, store_client_secret = true",
		"basic_auth = { password = var.registration_password": "basic_auth = { [redacted] = var.registration_password",
		"secret_key of _secret and secret_ and 1_secret_2":    "secret_key of _[redacted] and [redacted]_ and 1_[redacted]_2",
		"passwords client-secret client_secretive":            "[redacted]s client-[redacted] client_secretive",
		"ask the administrator, not admin":                    "ask the administrator, not [redacted]",
		"administrator":                                       "administrator",
		`is:\nclient_secret, "initial_access_token":`:         `is:\nclient_secret, "initial_access_token":`,
		"user svc_qzjxkvwpbmtr of svc_secret, qzjxkvwpbmtr_x": "user svc_[redacted] of svc_[redacted], [redacted]_x",
		"admin":                              "[redacted]",
		`admin:admin "admin" admin_2 admin4`: `[redacted]:[redacted] "[redacted]" [redacted]_2 [redacted]4`,
		`a\nadmin u%3Aadmin%40 \u0022admin`:  `a\n[redacted] u%3A[redacted]%40 \u0022[redacted]`,
		"pass1word longerwords sysadmin":     "[redacted]word [redacted]s sys[redacted]",
	} {
		if got := s.Scrub(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Whatever stands around a credential in base64, no text of Scrub's decodes to it.
func TestScrubberInBase64(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[!-~]{10,40}`).Draw(t, "value")
		user, after := rapid.StringN(0, 9, -1).Draw(t, "user"), rapid.StringN(0, 4, -1).Draw(t, "after")
		var s redact.Scrubber
		s.Add(secret.New(value))
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString([]byte(user + ":" + value + after))
			if got := s.Scrub(text); !strings.Contains(got, secret.Redacted) {
				t.Errorf("%q still holds %q", got, value)
			}
		}
	})
}

func TestScrubberInParallel(t *testing.T) {
	var s redact.Scrubber
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			value := fmt.Sprintf("credential-number-%d", i)
			s.Add(secret.New(value))
			if got := s.Scrub(value); got != secret.Redacted {
				t.Errorf("%q", got)
			}
		})
	}
	group.Wait()
}
