// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

func journalWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.JournalUnusable:
		m := Message{
			Summary: "Token journal not usable", Happened: "The token journal cannot be used.",
			Means: "Nothing was sent, because the credentials that an answer may bring could not be kept.",
			Fix:   journalWays(p.Err),
		}
		if p.Warning {
			m.Means = "Credentials that the server replaces now are not kept in it."
		}
		return m
	case outcome.JournalUnusableYet:
		return Message{
			Summary: "Token journal not usable", Happened: "The token journal cannot be used now.",
			Means: "While that is so, the apply registers no client, because the credentials that the answer brings could not be kept.",
			Fix:   journalWays(p.Err),
		}
	case outcome.JournalNotRead:
		return Message{
			Summary: "Token journal not read", Happened: "The token journal could not be read.", Means: "Newer credentials that it may have were not used.",
			Fix: journalWays(p.Err),
		}
	case outcome.JournalNotWritten:
		m := Message{
			Summary: "Token journal not written", Happened: "The token journal could not be written.",
			Fix: journalWays(p.Err),
		}
		switch p.Loses {
		case outcome.LosesCredential:
			m.Means = fmt.Sprintf("Terraform's state gets the new credentials of client %s, unless this run is a plan alone or is interrupted.", p.ClientID)
		case outcome.LosesClient:
			m.Means = fmt.Sprintf("If Terraform does not save its state now, client %s is left behind at the server.", p.ClientID)
		case outcome.LosesNothing:
		}
		return m
	}
	return Message{}
}

// withoutJournal is a way for each problem of a journal. It comes last: a journal may have the only credentials that are in force.
var withoutJournal = Fix{Way: "token_journal", Text: "Or remove token_journal from the provider. Only where no server replaces credentials is nothing lost by that."}

// journalWays are what helps with a journal, by what is wrong with it.
func journalWays(err error) []Fix {
	switch {
	case timeOver(err):
		return nil // nothing is wrong with the journal
	case errors.Is(err, journal.ErrBusy):
		return []Fix{{Way: "retry", Text: "Wait until the run that holds the journal has ended, or end it. Then run it again."}}
	case errors.Is(err, journal.ErrIdentity):
		return []Fix{
			{Way: "age_identity", Text: "Set in token_journal, or in the environment variable OIDC_TOKEN_JOURNAL_AGE_IDENTITY, the identity that belongs to one of its recipients:", Lines: []string{"age_identity = var.journal_identity"}},
			movedAway(err, "If nobody has that identity any more, move the file away. The journal begins anew, without what only that file has:"),
		}
	case errors.Is(err, journal.ErrVersion):
		return []Fix{{Way: "version", Text: "Run it with the version of this provider that the journal was written by, or with a newer one."}, withoutJournal}
	case errors.Is(err, journal.ErrForeign), errors.Is(err, journal.ErrPlace):
		return []Fix{anotherPath("Set the path of the journal, or of a file that does not exist yet:"), withoutJournal}
	case errors.Is(err, journal.ErrFormat):
		return []Fix{movedAway(err, "Put a copy of the file back in its place, or move it away. The journal then begins anew, without what only that file has:"), withoutJournal}
	}
	return append(accessWays(err), withoutJournal)
}

// accessWays are for a file or a directory that cannot be reached, or that others can.
func accessWays(err error) []Fix {
	path := journalPath(err)
	directory := filepath.Dir(path)
	switch {
	case errors.Is(err, journal.ErrDirectory): // whose path is the directory's
		return []Fix{{Way: "chmod", Text: "Let nobody else write in that directory:", Lines: []string{"chmod o-w " + shellWord(path)}}}
	case errors.Is(err, journal.ErrOwner):
		return []Fix{{Way: "chown", Text: "Give the journal to the user that runs Terraform, here USER:", Lines: []string{"chown USER " + shellWord(path) + "*"}}}
	case errors.Is(err, fs.ErrPermission):
		return []Fix{{
			Way: "chown", Text: "Give the journal and its directory to the user that runs Terraform, here USER:",
			Lines: []string{
				"mkdir -p " + shellWord(directory), "touch " + shellWord(path), "chown USER " + shellWord(directory) + " " + shellWord(path) + "*",
				"chmod u+rwx " + shellWord(directory), "chmod 600 " + shellWord(path) + "*",
			},
		}}
	case errors.Is(err, journal.ErrPermissions):
		return []Fix{{Way: "chmod", Text: "If nobody else has read the file, take that right from the others:", Lines: []string{"chmod 600 " + shellWord(path)}}}
	case errors.Is(err, syscall.EROFS):
		return []Fix{anotherPath("Make the file system of the journal writable. Or copy the journal, where there is one, to another file system, and set its path there:")}
	case slices.ContainsFunc([]error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}, func(full error) bool { return errors.Is(err, full) }):
		return []Fix{{Way: "space", Text: "Make room for the journal on its file system, or raise the limit on the size of files. Then run it again."}}
	}
	return []Fix{{Way: "token_journal", Text: "Make the journal readable and writable to this run. It may have the only credentials that are in force."}}
}

// timeOver reports whether the journal was left alone because the operation was over.
func timeOver(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

func anotherPath(text string) Fix {
	return Fix{Way: "token_journal", Text: text, Lines: []string{`token_journal = { path = "clients.journal" }`}}
}

func movedAway(err error, text string) Fix {
	path := journalPath(err)
	return Fix{Way: "mv", Text: text, Lines: []string{fmt.Sprintf("mv %s %s", shellWord(path), shellWord(path+".old"))}}
}

// journalPath is the path of the journal that an error is about.
func journalPath(err error) string {
	if of, known := errors.AsType[*journal.Error](err); known && of.Path != "" {
		return of.Path
	}
	return "clients.journal"
}
