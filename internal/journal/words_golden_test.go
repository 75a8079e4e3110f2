// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Why a token journal cannot be used can be read through in one file.
func TestErrorsOfTheJournalReadWell(t *testing.T) {
	var b strings.Builder
	keys := regexp.MustCompile(`age1[a-z0-9]{20,}`)
	about := regexp.MustCompile(`process \d+ on \S+, started [^;.]+Z?`)
	tell := func(err error) {
		if err == nil {
			t.Error("no error")
			return
		}
		text := regexp.MustCompile(regexp.QuoteMeta(os.TempDir())+`\S*/`).ReplaceAllString(err.Error(), "")
		fmt.Fprintf(&b, "%s\n\n", about.ReplaceAllString(keys.ReplaceAllString(text, "age1…"), "process 4711 on runner-1, started 2026-11-26T02:00:00Z"))
	}
	at := func(prepare func(path string), opts Options) {
		opts.Path = filepath.Join(t.TempDir(), "clients.journal")
		if prepare != nil {
			prepare(opts.Path)
		}
		j, err := Open(opts)
		if err == nil {
			shut(t, j)
		}
		tell(err)
	}
	content := func(text string) func(string) {
		return func(path string) { must(t, os.WriteFile(path, []byte(text), 0o600)) }
	}
	changed := func(opts Options, change func([]byte) []byte) func(string) {
		return func(path string) {
			opts.Path = path
			j := open(t, opts)
			must(t, j.record(t.Context(), Entry{ClientID: "c1", RegistrationClientURI: uri, RegistrationAccessToken: secret.New("token")}))
			shut(t, j)
			must(t, os.WriteFile(path, change(read(t, path)), 0o600))
		}
	}
	same := func(text []byte) []byte { return text }

	_, err := Open(Options{})
	tell(err)
	at(func(path string) { must(t, os.Mkdir(path, 0o700)) }, Options{})
	at(func(path string) { must(t, os.Symlink("elsewhere", path)) }, Options{})
	at(func(path string) { must(t, os.WriteFile(path, nil, 0o600)); must(t, os.Chmod(path, 0o644)) }, Options{}) // #nosec G302 -- what is refused
	at(func(path string) { must(t, os.Chmod(filepath.Dir(path), 0o777)) }, Options{})                            // #nosec G302 -- what is refused
	at(content("hello"), Options{})
	at(content("hello\n"), Options{})
	at(changed(Options{}, func(text []byte) []byte {
		return bytes.Replace(text, fmt.Appendf(nil, `"version":%d`, formatVersion), []byte(`"version":99`), 1)
	}), Options{})
	at(changed(Options{}, func(text []byte) []byte { return append(text, "garbage\n{}\n"...) }), Options{})
	at(nil, Options{Run: "a b"})

	own, recipient := newKey(t)
	other, _ := newKey(t)
	at(changed(Options{Identities: own}, same), Options{})
	at(changed(Options{Identities: own}, same), Options{Identities: other})
	at(changed(Options{Identities: own}, func(text []byte) []byte {
		var foreign []byte
		path := filepath.Join(t.TempDir(), "clients.journal")
		changed(Options{Identities: other}, func(text []byte) []byte { foreign = text; return text })(path)
		return append(bytes.SplitAfter(text, []byte("\n"))[0], bytes.SplitAfterN(foreign, []byte("\n"), 2)[1]...)
	}), Options{Identities: own})
	for _, k := range []struct {
		recipients []string
		identities secret.String
	}{
		{nil, secret.New("x")}, {nil, secret.New("# none\n")}, {[]string{"x"}, own}, {[]string{recipient}, secret.String{}}, {[]string{recipient}, other},
	} {
		tell(CheckKeys(k.recipients, k.identities))
	}

	j := open(t, Options{Path: filepath.Join(t.TempDir(), "clients.journal"), Run: "mine"})
	_, err = Open(Options{Path: j.store.path, Run: "mine"})
	tell(err)
	tell(j.record(t.Context(), Entry{}))
	tell(j.record(t.Context(), Entry{ClientID: "c1", ClientSecret: secret.New("\xff")}))
	tell(j.store.busy(nil))
	must(t, os.WriteFile(runPath(j.store.path, "another"), read(t, runPath(j.store.path, "mine")), 0o600))
	tell(j.store.busy(nil))
	shut(t, j)
	_, _, err = j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	tell(err)
	golden.Holds(t, "testdata/errors.txt", b.String())
}
