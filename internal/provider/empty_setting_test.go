// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// An encrypted journal that was asked for is never written as plain text because the key is empty, as a secret of a pipeline that is not there.
func TestJournalThatWouldNotBeEncrypted(t *testing.T) {
	s := &fakeop.Server{}
	s.Start(t)
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	empty, full := written(t, "empty", nil), written(t, "full", []byte(identity.String()+"\n"))
	for name, test := range map[string]struct {
		journal, fixed attrs
		env            bool // the environment's identity is set and empty
		says           string
	}{
		"empty identity":             {attrs{"age_identity": ""}, attrs{"age_identity": identity.String()}, false, "token_journal.age_identity is set and has nothing in it"},
		"blank identity":             {attrs{"age_identity": " \n"}, attrs{}, false, "token_journal.age_identity is set and has nothing in it"},
		"empty name of a file":       {attrs{"age_identity_file": ""}, attrs{"age_identity_file": full}, false, "token_journal.age_identity_file is set and has nothing in it"},
		"empty file":                 {attrs{"age_identity_file": empty}, attrs{"age_identity_file": full}, false, "The file that token_journal.age_identity_file names has nothing in it"},
		"empty identity and file":    {attrs{"age_identity": "", "age_identity_file": empty}, attrs{"age_identity": "", "age_identity_file": full}, false, "The file that token_journal.age_identity_file names has nothing in it"},
		"no recipient":               {attrs{"age_recipients": []string{}}, attrs{"age_recipients": []string{}, "age_identity": identity.String()}, false, "token_journal.age_recipients is set and has nothing in it"},
		"empty environment":          {attrs{}, attrs{"age_identity": identity.String()}, true, "The environment variable OIDC_TOKEN_JOURNAL_AGE_IDENTITY is set and has nothing in it"},
		"empty environment, a file":  {attrs{"age_identity_file": empty}, attrs{"age_identity_file": full}, true, "The file that token_journal.age_identity_file names has nothing in it"},
		"recipient and no identity":  {attrs{"age_recipients": []string{identity.Recipient().String()}, "age_identity": ""}, attrs{}, false, "token_journal.age_identity is set and has nothing in it"},
		"comments alone in the file": {attrs{"age_identity_file": written(t, "comments", []byte("# none\n"))}, attrs{}, false, "the age identities hold no identity"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.env {
				t.Setenv("OIDC_TOKEN_JOURNAL_AGE_IDENTITY", "")
			}
			path := filepath.Join(t.TempDir(), "journal")
			settings := func(journal attrs) attrs {
				return attrs{"issuer": s.Issuer(), "token_journal": attrs{"path": path}.With(journal)}
			}
			_, err := tryStart(t, settings(test.journal))
			wants(t, err, test.says, "To fix this:")
			if err != nil {
				containsNone(t, err.Error(), identity.String())
			}
			if test.env {
				_ = os.Unsetenv("OIDC_TOKEN_JOURNAL_AGE_IDENTITY")
			}
			start(t, settings(test.fixed)).Another().Apply(web)
			raw, err := os.ReadFile(path) // #nosec G304 -- the test's own
			if plain := len(test.fixed) == 0; err != nil || strings.Contains(string(raw), "age") == plain {
				t.Errorf("the journal is %.200q, %v", raw, err)
			}
		})
	}
}

// The environment's identity takes no other one's place.
func TestIdentityFileBeatsTheEnvironment(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("OIDC_TOKEN_JOURNAL_AGE_IDENTITY", "no identity")
	start(t, attrs{"issuer": "https://as.example.com", "token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal"), "age_identity_file": written(t, "id", []byte(identity.String()))}})
}

// A file that a setting names and that is empty does not count as not set: the connection would be trusted, or made, without it.
func TestEmptyFile(t *testing.T) {
	for _, name := range []string{"ca_certificate_file", "client_certificate_file", "client_key_file"} {
		for content, raw := range map[string]string{"empty": "", "blank": " \n"} {
			settings := attrs{"issuer": "https://as.example.com"}
			_, err := tryStart(t, settings.With(attrs{name: written(t, content, []byte(raw))}))
			wants(t, err, "File is empty", "The file that "+name+" names has nothing in it", "Name the file that has it")
			start(t, settings)
		}
	}
}

// What is no PEM, as a file in DER, is told at the attribute that has it, and a way with it that works.
func TestPEMThatIsNone(t *testing.T) {
	authority := fakeop.Authority{Seed: "x"}
	certificate, key := authority.Client("a")
	_, other := authority.Client("b")
	cut := func(pem []byte) []byte { return append(append([]byte{}, pem[:60]...), pem[80:]...) }
	encrypted := bytes.ReplaceAll(key, []byte("PRIVATE KEY"), []byte("ENCRYPTED PRIVATE KEY"))
	client := func(certificate, key []byte) attrs {
		return attrs{"client_certificate_file": written(t, "client.pem", certificate), "client_key_file": written(t, "client.key", key)}
	}
	for name, test := range map[string]struct {
		bad, fixed attrs
		at, way    string
	}{
		"CA in a file":       {attrs{"ca_certificate_file": written(t, "ca.der", []byte("0\x82c4nary"))}, attrs{"ca_certificate_file": written(t, "ca.pem", authority.PEM())}, "ca_certificate_file", "Give certificates in PEM, each from -----BEGIN CERTIFICATE----- on."},
		"broken CA":          {attrs{"ca_certificate_file": written(t, "ca.pem", cut(authority.PEM()))}, attrs{"ca_certificate_file": written(t, "ca.pem", authority.PEM())}, "ca_certificate_file", "Give certificates in PEM, each from -----BEGIN CERTIFICATE----- on."},
		"certificate":        {client([]byte("c4nary"), key), client(certificate, key), "client_certificate_file", "Give certificates in PEM, each from -----BEGIN CERTIFICATE----- on."},
		"broken certificate": {client(cut(certificate), key), client(append(key, certificate...), key), "client_certificate_file", "Give certificates in PEM, each from -----BEGIN CERTIFICATE----- on."},
		"key":                {client(certificate, []byte("c4nary")), client(certificate, key), "client_key_file", "Give an unencrypted key in PEM, from -----BEGIN PRIVATE KEY----- on."},
		"certificate as key": {client(certificate, certificate), client(certificate, key), "client_key_file", "Give an unencrypted key in PEM, from -----BEGIN PRIVATE KEY----- on."},
		"encrypted key":      {client(certificate, encrypted), client(certificate, key), "client_key_file", "Give an unencrypted key in PEM, from -----BEGIN PRIVATE KEY----- on."},
		"inline key":         {attrs{"client_certificate": certificate, "client_key": "c4nary"}, client(certificate, key), "client_key", "Give an unencrypted key in PEM, from -----BEGIN PRIVATE KEY----- on."},
		"another key":        {client(certificate, other), client(certificate, key), "client_certificate_file", "Set the key that the certificate was issued for, or the certificate of that key."},
	} {
		t.Run(name, func(t *testing.T) {
			settings := attrs{"issuer": "https://as.example.com"}
			r, err := tryStart(t, settings.With(test.bad))
			wants(t, err, test.at+" cannot be used: it ", "To fix this:\n- "+test.way)
			if err != nil {
				containsNone(t, err.Error(), "c4nary", "MII", "MC4")
			}
			for _, d := range r.Told() {
				if attributeName(d.Attribute) != test.at {
					t.Errorf("shown at %v, not at %s", d.Attribute, test.at)
				}
			}
			start(t, settings.With(test.fixed))
		})
	}
}

// A part of the TLS settings that is not known yet is no part that is missing.
func TestCertificatesThatAreNotKnownYet(t *testing.T) {
	t.Parallel()
	certificate, key := fakeop.Authority{Seed: "x"}.Client("a")
	for name, settings := range map[string]attrs{
		"key":         {"client_certificate": certificate, "client_key": tftest.Unknown{}, "management": "provider_credentials"},
		"key's file":  {"client_certificate": certificate, "client_key_file": tftest.Unknown{}},
		"certificate": {"client_certificate": tftest.Unknown{}, "client_key": key},
		"only CA":     {"ca_certificate_only": true, "ca_certificate": tftest.Unknown{}},
		"only file":   {"ca_certificate_only": true, "ca_certificate_file": tftest.Unknown{}},
	} {
		if _, err := tryStart(t, settings.With(attrs{"issuer": "https://as.example.com"})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What validate could not see, since it was not known then, is told before anything is sent: of a text and its file neither is dropped, and what is no
// name of a file is none.
func TestWhatIsKnownLateExcludesEachOther(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	authority := fakeop.Authority{Seed: "x"}
	certificate, key := authority.Client("a")
	pair := attrs{"client_certificate": certificate, "client_key": key}
	for name, test := range map[string]struct {
		both, fixed attrs
		says        string
	}{
		"CA":          {attrs{"ca_certificate": authority.PEM(), "ca_certificate_file": "typo.pem"}, attrs{"ca_certificate": authority.PEM()}, "ca_certificate and ca_certificate_file must not be set together"},
		"certificate": {pair.With(attrs{"client_certificate_file": "typo.pem"}), pair, "client_certificate and client_certificate_file must not be set together"},
		"key":         {pair.With(attrs{"client_key_file": "typo.key"}), pair, "client_key and client_key_file must not be set together"},
		"identity": {
			attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal"), "age_identity": identity.String(), "age_identity_file": "typo"}},
			attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal"), "age_identity": identity.String()}}, "token_journal.age_identity and token_journal.age_identity_file must not be set together",
		},
		"identity for a path": {
			attrs{"token_journal": attrs{"path": identity.String()}}, attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal"), "age_identity": identity.String()}}, "token_journal.path is to name a file",
		},
	} {
		t.Run(name, func(t *testing.T) {
			settings := attrs{"issuer": "https://as.example.com"}
			_, err := tryStart(t, settings.With(test.both))
			wants(t, err, test.says, "To fix this:")
			if err != nil {
				containsNone(t, err.Error(), "typo", identity.String())
			}
			start(t, settings.With(test.fixed))
		})
	}
}

// An attribute that has nothing in it, as by a variable that is empty by default, takes the place of the environment's credential. That is told, with the way that uses it.
func TestAnEmptyAttributeInPlaceOfTheEnvironment(t *testing.T) {
	authority := fakeop.Authority{Seed: "x"}
	ca := written(t, "ca.pem", authority.PEM())
	for name, test := range map[string]struct {
		env, value   string
		empty, other attrs
	}{
		"token":             {"OIDC_INITIAL_ACCESS_TOKEN", "iat", attrs{"initial_access_token": ""}, attrs{"initial_access_token": "other"}},
		"user":              {"OIDC_BASIC_AUTH_USERNAME", "admin", attrs{"initial_access_token": ""}, attrs{"initial_access_token": "other"}},
		"CA":                {"OIDC_CA_CERTIFICATE_FILE", ca, attrs{"ca_certificate": ""}, attrs{"ca_certificate_file": ca}},
		"CA, by its file":   {"OIDC_CA_CERTIFICATE", string(authority.PEM()), attrs{"ca_certificate_file": ""}, attrs{"ca_certificate_file": ca}},
		"CA, both are none": {"OIDC_CA_CERTIFICATE_FILE", ca, attrs{"ca_certificate": "", "ca_certificate_file": ""}, attrs{"ca_certificate": authority.PEM(), "ca_certificate_file": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			settings := attrs{"issuer": "https://as.example.com"}
			silent := func(with attrs) {
				r, err := tryStart(t, settings.With(with))
				if err != nil || strings.Contains(details(r.Told()), "Environment variable") || strings.Contains(strings.Join(told(r.Told()), " "), "not used") {
					t.Errorf("%v: %v, %q", with, err, told(r.Told()))
				}
			}
			silent(test.empty) // there is no variable
			t.Setenv(test.env, test.value)
			r, err := tryStart(t, settings.With(test.empty))
			if err != nil {
				t.Fatal(err)
			}
			containsAll(t, strings.Join(told(r.Told()), " ")+details(r.Told()), "Environment variable not used", test.env, "or have it null in place of an empty text")
			silent(test.other)
			silent(attrs{}) // the way
			t.Setenv(test.env, "")
			silent(test.empty) // the other one
		})
	}
}

// All attributes that stand in the place of the environment's variables are named in one block.
func TestEmptyAttributesInPlaceOfTheEnvironmentAreToldAtOnce(t *testing.T) {
	authority := fakeop.Authority{Seed: "x"}
	t.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "iat")
	t.Setenv("OIDC_CA_CERTIFICATE_FILE", written(t, "ca.pem", authority.PEM()))
	r, err := tryStart(t, attrs{"issuer": "https://as.example.com", "initial_access_token": "", "ca_certificate": "", "ca_certificate_file": ""})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Told()); n != 1 {
		t.Errorf("%d warnings: %q", n, told(r.Told()))
	}
	containsAll(t, details(r.Told()), "These are set and have nothing in them: ca_certificate, ca_certificate_file, initial_access_token.",
		"not used: OIDC_CA_CERTIFICATE_FILE, OIDC_INITIAL_ACCESS_TOKEN.", "    unset OIDC_CA_CERTIFICATE_FILE OIDC_INITIAL_ACCESS_TOKEN")
}
