// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
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
