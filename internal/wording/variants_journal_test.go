// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"syscall"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// journalVariants are what can be wrong with a journal.
func journalVariants() map[string]func(*outcome.Problem) {
	variants := map[string]func(*outcome.Problem){}
	for name, err := range map[string]*journal.Error{
		"locked by another run":            {Kind: journal.ErrBusy, Detail: "the lock is held by one of these runs: process 4711 on runner-1, started 2026-11-26T02:00:00Z. Wait for it to end, or end it"},
		"with another identity":            {Kind: journal.ErrIdentity, Detail: "the journal is encrypted to age1…, and the configured age identities belong to age1…; the file was left as it is"},
		"of another version":               {Kind: journal.ErrVersion, Err: errors.New("it has format version 99 and was written by another version of this provider, which reads version 1")},
		"in the place of another file":     {Kind: journal.ErrForeign, Detail: "the file has other content; choose another path"},
		"in the place of a directory":      {Kind: journal.ErrPlace, Detail: "the path is a directory; give the path of a file"},
		"damaged":                          {Kind: journal.ErrFormat, Detail: "line 3 is damaged or comes from a newer version of this provider; the file was left as it is"},
		"that others can read":             {Kind: journal.ErrPermissions, Detail: "its mode 0644 lets others than its owner at the credentials; if nobody had them, run chmod 600 on it"},
		"in a directory that is anybody's": {Kind: journal.ErrDirectory, Detail: "anybody may replace files in this directory; choose another for the journal, or run chmod o-w on it"},
		"of another user":                  {Kind: journal.ErrOwner, Detail: "it belongs to user 1000, and this process runs as user 1001"},
		"on a read-only file system":       {Err: syscall.EROFS},
		"on a full file system":            {Err: syscall.ENOSPC},
		"that fails otherwise":             {Err: syscall.EIO},
	} {
		err.Path = "/srv/tf/clients.journal"
		if errors.Is(err, journal.ErrDirectory) {
			err.Path = "/srv/tf"
		}
		variants[name] = func(p *outcome.Problem) {
			if p.Kind == outcome.JournalUnusable {
				p.Err = err
			}
		}
	}
	return variants
}
