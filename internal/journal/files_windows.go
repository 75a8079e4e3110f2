// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"errors"
	"io/fs"
	"time"

	"golang.org/x/sys/windows"
)

// checkPrivate accepts all: a file's mode says nothing on Windows, where the directory's access list is inherited; a
// user's own directories are private by default.
func checkPrivate(string, fs.FileInfo) error { return nil }

func checkDirectory(string) error { return nil }

// rename replaces the file, and returns when the disk has it. Another program that has the file open for a moment (a virus
// scanner, an indexer) makes it fail, so that it is repeated for up to half a second.
func rename(from, to string) error {
	source, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		err = windows.MoveFileEx(source, target, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
		passing := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		if !passing || try == 20 {
			return err
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// syncDirectory does nothing: Windows has no such call, and rename has written through.
func syncDirectory(string) error { return nil }

func isStale(error) bool { return false }
