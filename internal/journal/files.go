// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// preparePath makes the path absolute, without links in its directories, so that one journal has one name, and creates
// missing directories.
func preparePath(path string) (string, error) {
	if path == "" {
		return "", &Error{Detail: "no path is given"}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", &Error{Path: path, Err: err}
	}
	directory, name := filepath.Split(absolute)
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", &Error{Path: path, Err: err}
	}
	if directory, err = filepath.EvalSymlinks(directory); err != nil {
		return "", &Error{Path: path, Err: err}
	}
	absolute = filepath.Join(directory, name)
	if err := checkDirectory(directory); err != nil {
		return "", err
	}
	if err := checkPlain(absolute); err != nil {
		return "", err
	}
	return absolute, nil
}

// checkPlain refuses a path where something else than a regular file is.
func checkPlain(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &Error{Path: path, Err: err}
	}
	return plain(path, info)
}

func plain(path string, info fs.FileInfo) error {
	what := "a special file"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		what = "a symbolic link, which is not followed: whoever can change it could have the credentials written elsewhere"
	case mode.IsDir():
		what = "a directory"
	}
	return &Error{Path: path, Kind: ErrPlace, Detail: "the path is " + what + "; give the path of a file"}
}

// mostOpenings bounds how often the file is opened where it was exchanged meanwhile.
const mostOpenings = 5

// openChecked opens an existing journal file, if it is a regular one that only its owner can read.
func openChecked(path string) (*os.File, error) { return openLooked(path, os.Lstat) }

// openLooked opens a file that is the one that a look at its path shows. On NFS a look may be answered from what this host knows of the directory, and show for a while the file that
// another host has replaced, or the file may be gone once it is opened: it is looked at again.
func openLooked(path string, look func(string) (fs.FileInfo, error)) (h *os.File, err error) {
	for range mostOpenings {
		var exchanged bool
		if h, exchanged, err = openOnce(path, look); !exchanged {
			break
		}
	}
	return h, err
}

// openOnce opens a file once, and reports whether it was exchanged meanwhile.
func openOnce(path string, look func(string) (fs.FileInfo, error)) (_ *os.File, exchanged bool, _ error) {
	before, err := look(path)
	if err != nil {
		return nil, isStale(err), &Error{Path: path, Err: err}
	}
	if err := plain(path, before); err != nil {
		return nil, false, err
	}
	h, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, isStale(err), &Error{Path: path, Err: err}
	}
	after, err := h.Stat()
	switch {
	case err != nil:
		exchanged, err = isStale(err), &Error{Path: path, Err: err}
	case !os.SameFile(before, after):
		exchanged, err = true, &Error{Path: path, Kind: ErrPermissions, Detail: "the file was exchanged while it was being opened"}
	default:
		err = checkPrivate(path, after)
	}
	if err != nil {
		_ = h.Close()
		return nil, exchanged, err
	}
	return h, false, nil
}
