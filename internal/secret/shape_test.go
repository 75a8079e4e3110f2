// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestLooksHashed(t *testing.T) {
	hashes := []string{
		"{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG",
		"{noop}secret", "{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72", "{scrypt}$e0801$8bWJaSu2IKSn9Z9kM+TPXfOc", "{argon2}$argon2id$v=19$m=16",
		"{pbkdf2@SpringSecurity_v5_8}abc", "{sha256}97cde38028ad898ebc02e690819fa220e88c62e0699403e94fff291cfffaf8410849f27605abcbc0",
		"{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{ssha256}abc", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "{CRYPT}$6$salt$hash", "{MD5}X03MO1qnZdYdgyfeuILPmQ==",
		"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$2b$12$x", "$2y$10$x", "$2$10$x",
		"$argon2id$v=19$m=65536,t=2,p=1$gZiV/M1gPc22ElAH/Jh1Hw$CWOrkoo7oJBQ/iyh7uJ0LO2aLEfrHwTWllSAxT0zRno", "$argon2i$v=19$x", "$argon2d$x",
		"$pbkdf2-sha256$i=25000,l=32$FhC2$FhD3", "$pbkdf2$x", "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E", "$7$x", "$5$rounds=5000$salt$hash", "$6$salt$hash", "$1$salt$hash", "$y$j9T$salt$hash", "$sha1$40000$x$y", "$s0$e0801$x",
		"pbkdf2:sha256:600000$salt$0123abcd", "pbkdf2_sha256$600000$salt$hash=", "scrypt:32768:8:1$salt$0123", "argon2$argon2id$v=19$m=102400$salt", "bcrypt_sha256$$2b$12$x", "pbkdf2:sha512:1:salt:hash",
	}
	for _, s := range hashes {
		if !secret.LooksHashed(s) {
			t.Errorf("LooksHashed(%q) = false", s)
		}
	}
	secrets := []string{
		"", "secret", "s3cr3t$with$dollars", "$", "$$", "$2a", "{", "{}", "{bcrypt}", "{tenant}secret", "pbkdf2", "scrypt-is-my-secret", "a{bcrypt}b", "x$2a$10$y",
		"$price$100$", "cf136dc3c1fc93f31185e5885805d", "VFo3UkJNb2VKYi1fLVEyY0xZOGE", "097f7d9a-4d5b-4b6e-a8a1-1f0b6c5f2b1e",
	}
	for _, s := range secrets {
		if secret.LooksHashed(s) {
			t.Errorf("LooksHashed(%q) = true", s)
		}
	}
}

func TestLooksMasked(t *testing.T) {
	for _, s := range []string{"***", "********", "****abcd", "abcd****", "ab******yz", "•••••••", "xxxxxxxx", "XXXX", "[redacted]", "REDACTED", "<hidden>", "(masked)", "********-1a2b",
		"*", "**", "•", "＊", "∗", "* *", "[*]", "…", "-", "--", "..", "_", "#", "<>", "(…)", "\"\""} {
		if !secret.LooksMasked(s) {
			t.Errorf("LooksMasked(%q) = false", s)
		}
	}
	for _, s := range []string{"", "x", "xxx", "0", "*a", "a*", "**a", "-1", "a*b*c*d*e", "hidden-valley-secret", "redacted1", "abc***def", "cf136dc3c1fc93f31185e5885805d", "long-secret-with-**-in-it"} {
		if secret.LooksMasked(s) {
			t.Errorf("LooksMasked(%q) = true", s)
		}
	}
}

// No secret as servers generate them is ever taken for a hash or a mask: that would lose it.
func TestGeneratedSecretsAreTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 16, 64).Draw(t, "raw")
		for _, s := range []string{
			hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
			rapid.StringMatching(`[!-~]{20,64}`).Filter(func(s string) bool { return s[0] != '{' && s[0] != '$' && s[0] != '*' }).Draw(t, "printable"),
		} {
			if secret.LooksHashed(s) {
				t.Errorf("LooksHashed(%q)", s)
			}
		}
	})
	for _, begun := range []string{"sha", "SHA", "sHA3", "sha1", "sha_2", "md5", "Md5", "hmac-sha"} { // as one in a million does
		for _, mark := range []string{"-", "_"} {
			for _, length := range []int{22, 32, 43, 64, 86} { // of 16, 24, 32, 48 and 64 bytes
				rest := strings.Repeat("mmweQjm5EWjBN7AL-bQI1Oa7WQs5xNYylaD2Tw", 3)
				if s := (begun + mark + rest)[:length]; secret.LooksHashed(s) {
					t.Errorf("%q is taken for a hash", s)
				}
			}
		}
	}
	raw := make([]byte, 32)
	for range 10_000 {
		_, _ = rand.Read(raw)
		if s := base64.RawURLEncoding.EncodeToString(raw); secret.LooksMasked(s) || secret.LooksHashed(s) {
			t.Errorf("%q is not taken", s)
		}
	}
}

// A stored form or a placeholder never replaces a known credential.
func TestUsable(t *testing.T) {
	for _, s := range []string{
		"", "{noop}secret", `{"algorithm":"SHA-256","hash":"abc"}`, `["a"]`, "sha256:97cde38028ad898e", "SHA-256=l83jgCitiY7AvmkKgZ+CIOiMYuBpk=",
		"md5:0123456789abcdef…", "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==", "ENC(abc)", "encrypted:abc",
		"{pbkdf2@SpringSecurity_v5_8}af", "$2y$05$x", "$pbkdf2-sha256$29000$x$y", "pbkdf2_sha256$600000$x", "argon2$argon2id$v=19",
		"*****1a2b", "••••••", "***REDACTED***", "encrypted", "Hidden", "[not shown]", "not_available", "abcd…", "(secret)", "<token>", "####", "----", "....", "*", "**", "•", "-",
		"＊＊＊＊＊＊", "■■■■■■", "○○○○○○", "XXXXXXXXXXXX1a2b", "xxxx-xxxx-xxxx", "xxxx-xxxx-xxxx-1a2b", "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy", "$ANSIBLE_VAULT;1.1;AES256 3134", "ENC[AES256_GCM,data:YWJj,iv:ZGVm,tag:Z2hp,type:str]",
	} {
		if secret.Usable(s) {
			t.Errorf("Usable(%q) = true", s)
		}
	}
	for _, s := range []string{"secret", "password", "token", "s3cr3t", "{tenant}secret", "sha256", "encrypted-at-rest-2024", "none-of-yours", "{x}", "$secret", "a$2a$b", "*a", "s3cr*t", "xxxx1a2b3c4d", "xxxxabc-1a2b", "enc[", "scram-sha-256",
		"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"} {
		if !secret.Usable(s) {
			t.Errorf("Usable(%q) = false", s)
		}
	}
}
