// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "journal")
	j := open(t, Options{Path: path})
	must(t, j.record(t.Context(), token("t1")))
	for name, want := range map[string]os.FileMode{
		path: 0o600, path + ".lock": 0o600, j.run.path: 0o600,
		filepath.Dir(path): 0o700 | os.ModeDir, filepath.Dir(filepath.Dir(path)): 0o700 | os.ModeDir,
	} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v %v, want %v", name, info.Mode(), err, want)
		}
	}
	shut(t, j)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("after compaction: %v %v", info.Mode(), err)
	}
}

// What is not a journal is neither read as one nor overwritten.
func TestForeignFiles(t *testing.T) {
	head := string(encodeHeader(header{Format: formatName, Version: 1, Generation: "g"}))
	client := `{"event":"client","time":"2026-01-02T03:04:05Z","client_id":"c1","registration_client_uri":"` + uri + `","registration_access_token":"canary"}` + "\n"
	for _, c := range []struct{ name, content, want string }{
		{"another file", "canary\n", "other content"},
		{"without a newline", "canary", "other content"},
		{"a state file", "{\n  \"version\": 4,\n  \"x\": \"canary\"\n}\n", "other content"},
		{"NUL bytes", "\x00\x00\x00\n\x00\n", "other content"},
		{"newer version", strings.Replace(head, `"version":1`, `"version":2,"more":true`, 1) + "canary\n", "version 2"},
		{"damaged line", head + client[:60] + "\n" + client, "line 2"},
		{"damaged last line", head + client + `{"event":"client","time":"canary"}` + "\n", "line 3"},
		{"unknown event", head + client + `{"event":"canary","time":"2026-01-02T03:04:05Z"}` + "\n" + client, "line 3"},
		{"unknown member", head + strings.Replace(client, "}\n", `,"more":"canary"}`+"\n", 1), "line 2"},
		{"unknown member, last line without a newline", head + strings.Replace(client, "}\n", `,"more":"canary"}`, 1), "line 2"},
		{"incomplete event", head + `{"event":"client","time":"2026-01-02T03:04:05Z"}` + "\n", "line 2"},
		{"two values in a line", head + strings.TrimSpace(client) + client, "line 2"},
		{"encrypted line in a plain journal", head + `{"age":"Y2FuYXJ5"}` + "\n", "line 2"},
		{"NUL bytes in the middle", head + "\x00\x00\n" + client, "line 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			must(t, os.WriteFile(path, []byte(c.content), 0o600))
			_, err := Open(Options{Path: path})
			if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) || strings.Contains(fmt.Sprint(err), "canary") {
				t.Errorf("%v", err)
			}
			if got := read(t, path); string(got) != c.content {
				t.Errorf("changed to %q", got)
			}
		})
	}
}

func TestFilesThatAreTakenOver(t *testing.T) {
	head := string(encodeHeader(header{Format: formatName, Version: 1, Generation: "g"}))
	client := `{"event":"client","time":"2026-01-02T03:04:05Z","client_id":"c1","registration_client_uri":"` + uri + `","registration_access_token":"t1"}`
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", "none"},
		{"header only", head, "none"},
		{"edited: no last newline, empty lines, CRLF", head + "\r\n\n" + client, "t1"},
		{"torn last line", head + client + "\n" + client[:50], "t1"},
		{"NUL tail", head + client + "\n" + client[:50] + "\x00\x00\x00\x00", "t1"},
		{"NUL tail with newlines", head + client + "\n\x00\x00\n\x00\x00\n", "t1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			must(t, os.WriteFile(path, []byte(c.content), 0o600))
			j := open(t, Options{Path: path})
			if got := lookup(t, j, "c1", uri); got != c.want {
				t.Errorf("read %s", got)
			}
			must(t, j.record(t.Context(), scenarioEntry("c2", "t2")))
			die(j)
			j = open(t, Options{Path: path})
			if got := lookup(t, j, "c1", uri) + lookup(t, j, "c2", uri+"c2"); got != c.want+"t2" {
				t.Errorf("then read %s: %q", got, read(t, path))
			}
		})
	}
}

// A journal cut at any byte keeps all whole lines and can be written to again.
func TestCutAtEachByte(t *testing.T) {
	t.Parallel()
	identity, _ := newKey(t)
	for name, opts := range map[string]Options{"plain": {}, "encrypted": {Identities: identity}} {
		t.Run(name, func(t *testing.T) {
			opts.Path = tempPath(t)
			j := open(t, opts)
			for i := range 3 {
				must(t, j.record(t.Context(), scenarioEntry(fmt.Sprint("c", i), "t")))
			}
			die(j)
			content := read(t, opts.Path)
			step := 1
			if !opts.Identities.IsEmpty() {
				step = 7 // a longer file of the same kind
			}
			for cut := bytes.IndexByte(content, '\n') + 1; cut < len(content); cut += step {
				must(t, os.WriteFile(opts.Path, content[:cut], 0o600))
				f := &file{path: opts.Path, keys: j.store.file.keys, now: j.now}
				f.forget()
				h, err := f.open()
				if err != nil {
					t.Fatalf("cut at %d: %v", cut, err)
				}
				whole := bytes.Count(content[:cut], []byte("\n")) - 1
				if content[cut] == '\n' {
					whole++ // all but the newline is there
				}
				if got := len(f.table.clients); got != whole {
					t.Errorf("cut at %d: %d clients, want %d", cut, got, whole)
				}
				r := f.table.merge(nil, scenarioEntry("new", "t"), j.now())
				must(t, f.append(h, []journalLine{r}))
				must(t, h.Close())
				g := &file{path: opts.Path, keys: j.store.file.keys, now: j.now}
				g.forget()
				if h, err = g.open(); err != nil {
					t.Fatalf("cut at %d and written again: %v", cut, err)
				}
				must(t, h.Close())
				if got := len(g.table.clients); got != whole+1 {
					t.Errorf("cut at %d and written again: %d clients, want %d", cut, got, whole+1)
				}
			}
		})
	}
}

func TestFileRemovedOrReplacedMeanwhile(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	must(t, j.record(t.Context(), token("t1")))
	backup := read(t, path)
	must(t, j.record(t.Context(), token("t2")))
	must(t, os.WriteFile(path, backup, 0o600))
	if got := lookup(t, j, "c1", uri); got != "t1" {
		t.Errorf("after a backup was restored: %s", got)
	}
	must(t, os.Remove(path))
	if got := lookup(t, j, "c1", uri); got != "none" {
		t.Errorf("after removal: %s", got)
	}
	must(t, j.record(t.Context(), token("t3")))
	if got := lookup(t, open(t, Options{Path: path}), "c1", uri); got != "t3" {
		t.Errorf("after removal and a write: %s", got)
	}
	must(t, os.WriteFile(path, []byte("something else\n"), 0o600))
	if err := j.record(t.Context(), token("t4")); !errors.Is(err, ErrFormat) || string(read(t, path)) != "something else\n" {
		t.Errorf("%v", err)
	}
}
