// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// checkPrivate refuses a file that others may read or write, or that another user owns. Root may use another's: files
// mounted into a container often keep a foreign owner.
func checkPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return &Error{Path: path, Kind: ErrPermissions, Detail: fmt.Sprintf(
			"its mode %04o lets others than its owner at the credentials; if nobody had them, run chmod 600 on it", info.Mode().Perm())}
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() != 0 && int(stat.Uid) != os.Geteuid() {
		return &Error{Path: path, Kind: ErrOwner, Detail: fmt.Sprintf("it belongs to user %d, and this process runs as user %d", stat.Uid, os.Geteuid())}
	}
	return nil
}

// checkDirectory refuses a directory in which anybody may replace the journal. One that a group may write is accepted:
// many systems give each user a group of their own and that mode by default.
func checkDirectory(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return &Error{Path: path, Err: err}
	}
	if info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return &Error{Path: path, Kind: ErrDirectory, Detail: "anybody may replace files in this directory; choose another for the journal, or run chmod o-w on it"}
	}
	return nil
}

// isStale reports whether a file is another one by now than this host knows (NFS).
func isStale(err error) bool { return errors.Is(err, syscall.ESTALE) }

func rename(from, to string) error { return os.Rename(from, to) }

// syncDirectory makes a rename durable.
func syncDirectory(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	// Some file systems (network, FUSE) can't synchronise a directory, and say so in these ways.
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
