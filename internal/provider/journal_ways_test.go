// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// shell runs a line that a message gave to be copied.
func shell(t *testing.T, line string) {
	t.Helper()
	if said, err := exec.CommandContext(t.Context(), "sh", "-c", line).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, said)
	}
}

// spoil rewrites a file.
func spoil(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(path) // #nosec G304 -- the test's own
	if err == nil {
		err = os.WriteFile(path, change(content), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Each message about a journal names what helps with what is wrong with it, and that works as it is written.
func TestWaysOfAJournal(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	encrypted := func(path string, by *age.X25519Identity) attrs {
		return attrs{"token_journal": attrs{"path": path, "age_recipients": []any{by.Recipient().String()}, "age_identity": by.String()}}
	}
	for name, test := range map[string]struct {
		encrypted bool
		spoil     func(t *testing.T, path string) attrs
		says      []string
		mend      func(t *testing.T, path string) attrs
	}{
		"others can read it": {
			spoil: func(t *testing.T, path string) attrs { shell(t, "chmod 644 "+path); return nil },
			says:  []string{"- If nobody else has read the file, take that right from the others:\n    chmod 600 'PATH'"},
			mend:  func(t *testing.T, path string) attrs { shell(t, "chmod 600 \""+path+"\""); return nil },
		},
		"anybody can replace it": {
			spoil: func(t *testing.T, path string) attrs { shell(t, "chmod 777 "+filepath.Dir(path)); return nil },
			says:  []string{"- Let nobody else write in that directory:\n    chmod o-w 'DIRECTORY'"},
			mend:  func(t *testing.T, path string) attrs { shell(t, "chmod o-w \""+filepath.Dir(path)+"\""); return nil },
		},
		"a directory": {
			spoil: func(_ *testing.T, path string) attrs {
				return attrs{"token_journal": attrs{"path": filepath.Dir(path)}}
			},
			says: []string{"- Set the path of the journal, or of a file that does not exist yet:\n    token_journal = { path = "},
			mend: func(*testing.T, string) attrs { return nil },
		},
		"another file": {
			spoil: func(t *testing.T, path string) attrs {
				notes := filepath.Join(filepath.Dir(path), "notes")
				shell(t, "umask 077; echo '# my notes' > "+notes)
				return attrs{"token_journal": attrs{"path": notes}}
			},
			says: []string{"- Set the path of the journal, or of a file that does not exist yet:"},
			mend: func(_ *testing.T, path string) attrs {
				return attrs{"token_journal": attrs{"path": filepath.Join(filepath.Dir(path), "new")}}
			},
		},
		"no journal": {
			spoil: func(_ *testing.T, path string) attrs {
				return attrs{"token_journal": attrs{"path": filepath.Dir(path)}}
			},
			says: []string{"- Or remove token_journal from the provider. Only where no server replaces credentials is nothing lost by that."},
			mend: func(*testing.T, string) attrs { return attrs{} },
		},
		"damaged": {
			spoil: func(t *testing.T, path string) attrs {
				spoil(t, path, func(b []byte) []byte { return append(b, "{\"event\":\n{}\n"...) })
				return nil
			},
			says: []string{"- Put a copy of the file back in its place, or move it away. The journal then begins anew, without what only that file has:\n    mv 'PATH' 'PATH.old'"},
			mend: func(t *testing.T, path string) attrs { shell(t, "mv \""+path+"\" \""+path+".old\""); return nil },
		},
		"of another version": {
			spoil: func(t *testing.T, path string) attrs {
				spoil(t, path, func(b []byte) []byte { return bytes.Replace(b, []byte(`"version":1`), []byte(`"version":99`), 1) })
				return nil
			},
			says: []string{"- Run it with the version of this provider that the journal was written by, or with a newer one."},
			mend: func(t *testing.T, path string) attrs { // which stands for the version that wrote 99
				spoil(t, path, func(b []byte) []byte { return bytes.Replace(b, []byte(`"version":99`), []byte(`"version":1`), 1) })
				return nil
			},
		},
		"another identity": {
			encrypted: true,
			spoil:     func(_ *testing.T, path string) attrs { return encrypted(path, other) },
			says:      []string{"- Set in token_journal, or in the environment variable OIDC_TOKEN_JOURNAL_AGE_IDENTITY, the identity that belongs to one of its recipients:\n    age_identity = var.journal_identity"},
			mend:      func(*testing.T, string) attrs { return nil },
		},
		"a lost identity": {
			encrypted: true,
			spoil:     func(_ *testing.T, path string) attrs { return encrypted(path, other) },
			says:      []string{"- If nobody has that identity any more, move the file away. The journal begins anew, without what only that file has:\n    mv 'PATH' 'PATH.old'"},
			mend: func(t *testing.T, path string) attrs {
				shell(t, "mv \""+path+"\" \""+path+".old\"")
				return encrypted(path, other)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := journalAt(t)
			path := settings["token_journal"].(attrs)["path"].(string)
			if test.encrypted {
				settings = encrypted(path, identity)
			}
			r := newSubject(t, &fakeop.Server{}, settings)
			r.Apply(app)
			r.start(nil) // the run with the journal is over
			bad := test.spoil(t, path)
			if bad == nil {
				bad = settings
			}
			r.start(bad)
			said := r.failing(func() error { return r.TryApply(renamed) })
			for _, text := range test.says {
				containsAll(t, said, strings.NewReplacer("PATH", path, "DIRECTORY", filepath.Dir(path)).Replace(text))
			}
			good := test.mend(t, path)
			if good == nil {
				good = settings
			}
			r.start(good)
			r.Apply(renamed)
			if said := r.details(); strings.Contains(said, "ournal") {
				t.Errorf("the way leaves:\n%s", said)
			}
			r.holds()
		})
	}
}
