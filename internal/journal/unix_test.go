// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestUnsafeFiles(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(t *testing.T, path string)
		want  string
	}{
		{"group may read", func(t *testing.T, path string) { must(t, os.Chmod(path, 0o640)) }, "chmod 600"},
		{"others may read", func(t *testing.T, path string) { must(t, os.Chmod(path, 0o604)) }, "0604"},
		{"others may write", func(t *testing.T, path string) { must(t, os.Chmod(path, 0o602)) }, "0602"},
		{"directory open to all", func(t *testing.T, path string) { must(t, os.Chmod(filepath.Dir(path), 0o777)) }, "directory"},
		{"symbolic link", func(t *testing.T, path string) {
			must(t, os.Rename(path, path+"2"))
			must(t, os.Symlink(path+"2", path))
		}, "symbolic link"},
		{"dangling link", func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.Symlink(path+"2", path))
		}, "symbolic link"},
		{"link in the lock's place", func(t *testing.T, path string) {
			must(t, os.Remove(path+".lock"))
			must(t, os.Symlink(path, path+".lock"))
		}, ".lock"},
		{"directory", func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
		}, "a directory"},
		{"pipe", func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, syscall.Mkfifo(path, 0o600))
		}, "a special file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dir", "journal")
			j := open(t, Options{Path: path})
			must(t, j.record(t.Context(), token("canary")))
			shut(t, j)
			c.build(t, path)
			_, err := Open(Options{Path: path})
			if !errors.Is(err, ErrPermissions) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestModeChangedMeanwhile(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	must(t, os.Chmod(path, 0o644))
	if err := j.record(t.Context(), token("t")); !errors.Is(err, ErrPermissions) {
		t.Error(err)
	}
	must(t, os.Chmod(path, 0o600))
}

func TestLinkedDirectoryIsOneJournal(t *testing.T) {
	directory := t.TempDir()
	must(t, os.Mkdir(filepath.Join(directory, "real"), 0o700))
	must(t, os.Symlink("real", filepath.Join(directory, "link")))
	a := open(t, Options{Path: filepath.Join(directory, "real", "journal")})
	b := open(t, Options{Path: filepath.Join(directory, "link", "journal")})
	if a.store.path != b.store.path || a.store.local != b.store.local {
		t.Error(a.store.path, b.store.path)
	}
}

func TestPlantedTemporaryFileIsNotFollowed(t *testing.T) {
	path := tempPath(t)
	victim := filepath.Join(t.TempDir(), "victim")
	must(t, os.WriteFile(victim, []byte("untouched"), 0o644))
	must(t, os.Symlink(victim, path+".new"))
	shut(t, open(t, Options{Path: path}))
	if got := read(t, victim); string(got) != "untouched" {
		t.Errorf("%q", got)
	}
}

// A look that shows the file that another host has replaced is repeated (NFS answers it from its cache for a while), as is one that ends in ESTALE. What is another file each time is refused.
func TestJournalThatAnotherHostReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, old := filepath.Join(dir, "journal"), filepath.Join(dir, "old")
	for _, name := range []string{path, old} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		wrong int // looks
		err   error
		opens bool
	}{
		"the old file once": {1, nil, true}, "stale twice": {2, &fs.PathError{Op: "lstat", Path: path, Err: syscall.ESTALE}, true}, "another each time": {100, nil, false},
		"stale each time": {100, syscall.ESTALE, false}, "an error of another kind": {1, syscall.EIO, false},
	} {
		looks := 0
		h, err := openLooked(path, func(string) (fs.FileInfo, error) {
			if looks++; looks > c.wrong {
				return os.Lstat(path)
			}
			if c.err != nil {
				return nil, c.err
			}
			return os.Lstat(old)
		})
		if (err == nil) != c.opens || looks > mostOpenings {
			t.Errorf("%s: %v after %d looks", name, err, looks)
		}
		if h != nil {
			_ = h.Close()
		}
	}
}
