// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// adopt takes over a client that this configuration registered in a run that was killed before Terraform saved its state. It returns
// nil and no error where a new one is to be registered, and an error where it cannot be told: a second client is registered only once
// the first is known not to be there.
func adopt(ctx context.Context, c *authserver.Client, t authserver.Target, intent journal.Intent, r Registration) (*dcr.Registration, error) {
	b := r.Behaviour
	entry, found, err := adoptable(ctx, c, intent)
	if err != nil {
		return nil, fmt.Errorf("nothing was sent, because the token journal cannot tell whether an earlier run registered the client: %w", err)
	}
	a := reconcile.Adoption{
		Found: found, Stored: entry.Stored, Recreate: b.OnMissing == reconcile.OnMissingRecreate, SameServer: found && origin.SameURL(entry.Endpoint, t.RegistrationEndpoint),
	}
	if !found || r.replacesAt(c.Server, t) && entry.ClientID == r.replaces.Handle.ClientID {
		return nil, nil
	}
	before, record := c.Handle, c.Record
	c.Handle = handleIn(entry)
	c.NoteWritten(entry.Time)
	c.Record.SecretAt = c.Record.WrittenAt
	c.ApplyUnproven(entry)
	if c.Handle.RegistrationClientURI == "" {
		addressByTemplate(c, t)
	}
	c.NoteDeletionOf(ctx)
	a.Taken, a.Managed = !a.Stored && c.Server.Claim(c), c.Managed()
	adopted := outcome.Problem{Kind: outcome.Adopted, ClientID: entry.ClientID, Endpoint: entry.Endpoint, Time: entry.Time, Manageable: a.Managed, ClientURI: entry.RegistrationClientURI}
	answer := &dcr.Registration{ClientID: entry.ClientID, Metadata: metadata.Document{}}
	if a.Managed && !a.Taken && !a.Stored && a.SameServer {
		var seen *dcr.Registration
		if seen, err = readBeforeAdoption(ctx, c, b, &a, &adopted); err == nil {
			answer = seen
		}
	}
	switch step, _ := a.Decide(); step {
	case reconcile.Adopt:
		c.Warn(adopted)
		answer.Metadata = c.ProveByReading(ctx, answer.Metadata, true)
		return answer, nil
	case reconcile.AdoptUnread:
		c.LearnReads(a.Read)
		c.Registered = answer.Metadata // nothing, by which a look at it in this run is known to be the first read
		c.Warn(adopted)
		return answer, nil
	case reconcile.AdoptUnmanaged:
		// Nothing can be asked about it; what the journal has is all there is.
		adopted.Manageable, adopted.NoneManaged = false, c.Server.Settings().Management == authserver.ManagementNone
		if a.Managed { // else nobody was asked at its address, and other settings manage it there
			unserved(ctx, c)
		}
		c.Warn(adopted)
		return answer, nil
	default:
		return nil, notAdopted(ctx, c, step, a, adopted, err, before, record)
	}
}

// addressByTemplate gives a client that has no address the default one, where the provider's credentials may be asked there. With management = "none", a later apply does so, as after
// a registration.
func addressByTemplate(c *authserver.Client, t authserver.Target) {
	switch management := c.Server.Settings().Management; {
	case management == authserver.ManagementNone:
		c.Record.Unlooked = true
	case management != authserver.ManagementToken && c.Server.HasCredentials(t):
		c.Handle.RegistrationClientURI = c.Server.TemplateURI(t, c.Handle.ClientID)
	}
}

// notAdopted leaves the client that was found, and returns why nothing is registered beside it, or nil where another one is.
func notAdopted(
	ctx context.Context, c *authserver.Client, step reconcile.AdoptionStep, a reconcile.Adoption, adopted outcome.Problem, err error, h reconcile.Handle, record reconcile.Record,
) error {
	if !a.Stored {
		c.Drop(ctx)
		if !a.Taken {
			c.Server.Release(c) // another create of this run may find it again
		}
	}
	if step == reconcile.RegisterNew && !a.Taken && !a.Stored {
		c.NoteGone(ctx)
	}
	c.Handle, c.Record = h, record
	adopted.Err = err
	switch {
	case step == reconcile.RegisterNew && a.Taken:
	case step == reconcile.RegisterNew:
		adopted.Kind, adopted.Wanted = outcome.NotAdopted, a.Recreate && a.Presence.Presence != reconcile.Gone
		c.Warn(adopted)
	case step == reconcile.AdoptionInDoubt:
		adopted.Kind = outcome.AdoptionInDoubt
		return &adopted
	default:
		adopted.Kind = outcome.AdoptionUndecided
		return &adopted
	}
	return nil
}

// readBeforeAdoption reads the client, and asks the witnesses where that raises the question whether it exists.
func readBeforeAdoption(ctx context.Context, c *authserver.Client, b authserver.Behaviour, a *reconcile.Adoption, adopted *outcome.Problem) (*dcr.Registration, error) {
	seen, err := c.Get(ctx, reconcile.FromReadBack)
	switch class := authserver.ClassOf(reconcile.OperationRead, err); {
	case class == reconcile.AnswerUnsupported:
		seen, err = c.Get(ctx, reconcile.FromReadBack) // as after a registration: that there are no reads takes two answers
	case !reconcile.ReadBackAgain(class):
	case c.Server.CheckURL(c.Handle.RegistrationClientURI) != nil:
		a.Repeated = true // nothing can be sent there
	case c.Server.Sleep(ctx, readBackPause) == nil:
		seen, err = c.Get(ctx, reconcile.FromReadBack)
		a.Repeated = authserver.ClassOf(reconcile.OperationRead, err) == class
	}
	if a.Read = authserver.ClassOf(reconcile.OperationRead, err); a.Read.NeedsWitnesses() {
		refused := c.ClassifyRefusal(ctx, reconcile.OperationRead, err, b, false)
		a.Presence, adopted.Evidence = refused.Verdict, refused.Evidence
	}
	return seen, err
}

func handleIn(entry journal.Entry) reconcile.Handle {
	return reconcile.Handle{
		ClientID: entry.ClientID, ClientSecret: entry.ClientSecret, ClientSecretExpiresAt: entry.ClientSecretExpiresAt,
		RegistrationAccessToken: entry.RegistrationAccessToken, RegistrationClientURI: entry.RegistrationClientURI,
	}
}

// adoptable looks for a client of this configuration that a dead run left. Where one is in the hands of a run that lives, that may
// be the provider of a Terraform that was just killed: it ends by itself, which is waited for. One that lives longer has a Terraform, which
// works on another state.
func adoptable(ctx context.Context, c *authserver.Client, intent journal.Intent) (entry journal.Entry, found bool, err error) {
	err = c.Server.Poll(ctx, authserver.Linger, func() (bool, error) {
		var pending bool
		var err error
		entry, found, pending, err = c.Journal.ClaimAdoptable(ctx, intent)
		return found || !pending, err
	})
	return entry, found, err
}

// reportLeftBehind reports registrations whose answer never arrived, or which a killed run made for a configuration that is no more.
func reportLeftBehind(ctx context.Context, c *authserver.Client, t authserver.Target) {
	intents, err := c.Journal.TakeLeftBehind(ctx, t.RegistrationEndpoint)
	c.NotRead(err)
	for _, i := range intents {
		c.Warn(outcome.Problem{Kind: outcome.LeftBehind, Endpoint: i.Endpoint, Time: i.Time, ClientID: i.ClientID, ClientURI: i.RegistrationClientURI, MaybeProcessed: i.ClientID == ""})
	}
}
