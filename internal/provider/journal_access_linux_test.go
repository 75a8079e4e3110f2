// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// alone runs the test in a process of its own, in which it is true: a user and a mount are the process's. It skips the test where that is not allowed.
func alone(t *testing.T, flags uintptr) bool {
	t.Helper()
	const child = "TEST_OF_A_JOURNAL_ALONE"
	if os.Getenv(child) != "" {
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("only root may become another user and mount")
	}
	another := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$") // #nosec G204 -- this test
	another.Env = append(os.Environ(), child+"=1")
	another.SysProcAttr = &syscall.SysProcAttr{Unshareflags: flags}
	said, err := another.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("no file system may be mounted here")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return false
}

// A journal that another user has is given to the one who runs Terraform, as the message says.
func TestJournalOfAnotherUser(t *testing.T) {
	const nobody = 65534
	if !alone(t, 0) {
		return
	}
	as := func(user int) {
		if err := syscall.Setresuid(-1, user, 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { as(0) })
	for name, tt := range map[string]struct {
		user    int
		before  bool   // there is a journal
		prepare string // of the directory D and the journal J
	}{
		"another user's directory":    {nobody, true, "chmod 700 D"},
		"another user's journal":      {nobody, true, "chmod 777 D; chmod 600 J; chmod 755 D"},
		"a journal that is read-only": {nobody, true, "chown -R 65534 D; chmod 400 J"},
		"no directory":                {nobody, false, "rm -rf D"},
	} {
		t.Logf("%s", name)
		settings := journalAt(t)
		path := settings["token_journal"].(attrs)["path"].(string)
		if !tt.before {
			path = filepath.Join(filepath.Dir(path), "of", "clients.journal")
			settings = attrs{"token_journal": attrs{"path": path}}
		}
		for above := filepath.Dir(filepath.Dir(path)); above != os.TempDir(); above = filepath.Dir(above) {
			shell(t, "chmod 755 "+above)
		}
		r := newSubject(t, &fakeop.Server{}, settings)
		config := app
		if tt.before {
			r.Apply(app)
			config = renamed
		}
		r.start(nil)
		shell(t, strings.NewReplacer("D", filepath.Dir(path), "J", path).Replace(tt.prepare))
		as(tt.user)
		r.start(settings)
		said := r.failing(func() error { return r.TryApply(config) })
		_, lines, found := strings.Cut(said, "to the user that runs Terraform, here USER:\n")
		if !found {
			t.Fatalf("%s: %s", name, said)
		}
		as(0)
		for line := range strings.Lines(lines) {
			if !strings.HasPrefix(line, "    ") {
				break
			}
			shell(t, strings.Replace(strings.TrimSpace(line), "USER", strconv.Itoa(tt.user), 1))
		}
		as(tt.user)
		r.start(settings)
		r.Apply(config)
		r.holds()
		as(0)
	}
}

// A journal on a file system that is read-only is written to again where that is mounted writable, or copied to another one.
func TestJournalOnAReadOnlyFileSystem(t *testing.T) {
	if !alone(t, syscall.CLONE_NEWNS) {
		return
	}
	settings := journalAt(t)
	path := settings["token_journal"].(attrs)["path"].(string)
	mount := func(flags uintptr) {
		if err := syscall.Mount(filepath.Dir(path), filepath.Dir(path), "", flags, ""); errors.Is(err, syscall.EPERM) {
			t.Skip("no file system may be mounted here")
		} else if err != nil {
			t.Fatal(err)
		}
	}
	mount(syscall.MS_BIND)
	t.Cleanup(func() { _ = syscall.Unmount(filepath.Dir(path), 0) })
	r := newSubject(t, &fakeop.Server{}, settings)
	r.Apply(app)
	r.start(nil)
	mount(syscall.MS_BIND | syscall.MS_REMOUNT | syscall.MS_RDONLY)
	r.start(settings)
	said := r.failing(func() error { return r.TryApply(renamed) })
	containsAll(t, said, "- Make the file system of the journal writable. Or copy the journal, where there is one, to another file system, and set its path there:\n    token_journal = { path = ")
	copied := filepath.Join(t.TempDir(), "journal")
	shell(t, "cp -p "+path+" "+copied)
	r.start(attrs{"token_journal": attrs{"path": copied}})
	r.Apply(renamed)
	mount(syscall.MS_BIND | syscall.MS_REMOUNT)
	r.start(settings)
	r.Apply(app)
	r.holds()
}
