// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"errors"
	"fmt"
)

// What can be wrong with a journal, for errors.Is.
var (
	// ErrPermissions: the file can be read by others, or something else than a regular file is in its place.
	ErrPermissions = errors.New("unsafe file")
	// ErrFormat: the file is not a journal, is damaged, or was written by a newer version.
	ErrFormat = errors.New("not readable as a token journal")
	// ErrIdentity: the age recipients or identities are unusable, or can't decrypt the file.
	ErrIdentity = errors.New("encryption keys do not fit")
	// ErrBusy: another process held the journal's lock for longer than the wait is bounded to.
	ErrBusy = errors.New("in use by another process")
	// ErrPlace is ErrPermissions: something else than a regular file is in the file's place.
	ErrPlace = fmt.Errorf("%w", ErrPermissions)
	// ErrDirectory is ErrPermissions: anybody may replace files in its directory.
	ErrDirectory = fmt.Errorf("%w", ErrPermissions)
	// ErrOwner is ErrPermissions: it is another user's.
	ErrOwner = fmt.Errorf("%w", ErrPermissions)
	// ErrForeign is ErrFormat: the file is none of this provider's.
	ErrForeign = fmt.Errorf("%w", ErrFormat)
	// ErrVersion is ErrFormat: another version wrote the file.
	ErrVersion = fmt.Errorf("%w", ErrFormat)
	// ErrClosed: a method was called after Close.
	ErrClosed = errors.New("already closed")
)

// Error is an error of this package. Its text says what is wrong and what to do, and never has a credential in it.
type Error struct {
	Path   string
	Kind   error  // one of the variables above, or nil for a failed system call
	Detail string // a sentence or two
	Err    error  // the cause, or nil
}

// Error implements error.
func (e *Error) Error() string {
	text := "token journal"
	if e.Path != "" {
		text += " " + e.Path
	}
	if e.Kind != nil {
		text += ": " + e.Kind.Error()
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap lets errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.Kind, e.Err} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}
