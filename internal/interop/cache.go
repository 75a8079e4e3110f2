// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"
)

// files are the servers' lock files and start-up programs. They are embedded, so that a test binary runs
// wherever it was built.
//
//go:embed servers
var files embed.FS

// CacheDir returns the folder under which all servers are installed. It is the user's, not the repository's:
// a fresh clone starts with what an earlier one installed, and removing the clone leaves nothing half owned.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return filepath.Join(dir, "terraform-provider-oidc", "interop"), nil
}

// failures are the installations that failed in this process: a registry out of reach is waited for once, not for each
// configuration and test.
var failures sync.Map

// installOnce runs fill in a new folder and makes the result the cache's <name>-<hash of pins>, once, whoever
// else installs at the same time. What failed leaves nothing behind: the folder gets its name when it is complete.
func installOnce(ctx context.Context, name string, pins []byte, fill func(ctx context.Context, dir string) error) (string, error) {
	root, err := CacheDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	sum := sha256.Sum256(pins)
	dir := filepath.Join(root, name+"-"+hex.EncodeToString(sum[:6]))
	if installed(dir) {
		return dir, nil
	}
	if err, ok := failures.Load(dir); ok {
		return "", err.(error)
	}
	lock := flock.New(dir + ".lock")
	if _, err := lock.TryLockContext(ctx, pollEvery); err != nil {
		return "", fmt.Errorf("waiting for another installation of %s: %w", name, err)
	}
	defer func() { _ = lock.Unlock() }()
	if installed(dir) { // by the one who had the lock before
		return dir, nil
	}
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return "", fmt.Errorf("clearing an interrupted installation: %w", err)
	}
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return "", fmt.Errorf("making a folder to install into: %w", err)
	}
	if err := fill(ctx, partial); err != nil {
		_ = os.RemoveAll(partial)
		failures.Store(dir, err)
		return "", err
	}
	if err := os.Rename(partial, dir); err != nil {
		return "", fmt.Errorf("naming the installation: %w", err)
	}
	return dir, nil
}

// installLocked is installOnce for what lock files of servers/<folder> pin, together with more. The folder's files are there before fill runs.
func installLocked(ctx context.Context, server, folder string, locks []string, more []byte, fill func(ctx context.Context, dir string) error) (string, error) {
	var pins []byte
	for _, name := range locks {
		content, err := files.ReadFile(path.Join("servers", folder, name))
		if err != nil {
			return "", fmt.Errorf("reading the lock file of %s: %w", server, err)
		}
		pins = append(pins, content...)
	}
	return installOnce(ctx, folder, append(pins, more...), func(ctx context.Context, dir string) error {
		if err := copyEmbedded(folder, dir); err != nil {
			return fmt.Errorf("copying the lock file of %s: %w", server, err)
		}
		return fill(ctx, dir)
	})
}

func installed(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// copyEmbedded writes servers/<from> (a file or a folder, not deeper) into dir.
func copyEmbedded(from, dir string) error {
	from = path.Join("servers", from)
	return fs.WalkDir(files, from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path.Base(p)), content, 0o644)
	})
}

// need finds a program that an installation or a start needs.
func need(server, program string) (string, error) {
	found, err := exec.LookPath(program)
	if err != nil {
		return "", &UnavailableError{Server: server, Reason: "the program " + program + " was not found", Err: err}
	}
	return found, nil
}

// run runs an installing program in dir. A failure holds the end of what the program said.
func run(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		said := stderr.String()
		if strings.TrimSpace(said) == "" {
			said = stdout.String()
		}
		return nil, fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(args, " "), errors.Join(err, ctx.Err()), tail(said, 2000))
	}
	return stdout.Bytes(), nil
}

func tail(s string, n int) string {
	s = strings.TrimSpace(s)
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
