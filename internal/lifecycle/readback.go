// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

var errForeign = errors.New("the provider's own credentials are for the provider's server and are not sent to the one that the resource names")

// readBackPause is between the two reads that find that nobody serves a client just registered, or that its token is refused. Replicas agree within a second;
// where nobody serves clients at all, each registration takes that long, once.
const readBackPause = time.Second

// readBack reads the client right after its registration: the read's own view is the baseline for drift, and it shows whether reads
// rotate credentials. It returns nil where the client was not seen.
// Where the registration was accepted only (RFC 9110 §15.3.3), the client may not be there yet.
func readBack(ctx context.Context, c *authserver.Client, t authserver.Target, accepted bool) *dcr.Registration {
	management := c.Server.Settings().Management
	if management == authserver.ManagementNone {
		c.Record.Unlooked = c.Handle.RegistrationClientURI == ""
		return nil
	}
	if c.Handle.RegistrationAccessToken.IsEmpty() || c.Handle.RegistrationClientURI == "" || management == authserver.ManagementProvider {
		return readBackByProvider(ctx, c, t)
	}
	answer, err := c.Get(ctx, reconcile.FromReadBack)
	class, repeated := authserver.ClassOf(reconcile.OperationRead, err), false
	if !accepted && reconcile.ReadBackAgain(class) {
		// One wrong answer, or replicas that lag, must not cost the client its management. Where nothing can be sent, nothing is waited for.
		if c.Server.CheckURL(c.Handle.RegistrationClientURI) != nil {
			repeated = true
		} else if c.Server.Sleep(ctx, readBackPause) == nil {
			answer, err = c.Get(ctx, reconcile.FromReadBack)
			repeated = authserver.ClassOf(reconcile.OperationRead, err) == class
		}
	} else if class == reconcile.AnswerUnsupported {
		// That there are no reads opens the way to read the client in a plan, which saves nothing. A front end's one 405 is not enough for that.
		answer, err = c.Get(ctx, reconcile.FromReadBack)
	}
	switch reconcile.ReadBack(authserver.ClassOf(reconcile.OperationRead, err), repeated) {
	case reconcile.ReadBackSeen:
		return readOnceMore(ctx, c, answer)
	case reconcile.ReadBackUnmanaged:
		c.Warn(outcome.Problem{Kind: outcome.NotServedFromStart, Err: err, Endpoint: c.Handle.RegistrationClientURI})
		unserved(ctx, c)
	default:
		c.LearnReads(authserver.ClassOf(reconcile.OperationRead, err))
		c.Record.Unread = c.Record.Capabilities.Read != reconcile.CapabilityNo // or there is nothing to read
		c.Warn(outcome.Problem{Kind: outcome.NotReadBack, Err: err})
	}
	return nil
}

// readOnceMore reads a client again whose read-back showed none of its credentials, or none that is of use, or not the secret where there is
// one. Most servers do not show them. But one answer may have lost new ones. The refusals of a token would pass for those of a client that
// is gone then: it is still good where it is accepted now. And a secret that each read replaces would be replaced by each plan: that
// reads show none takes two answers.
func readOnceMore(ctx context.Context, c *authserver.Client, first *dcr.Registration) *dcr.Registration {
	if known := c.Credentials(); known.Has(first.ClientSecret) || c.Handle.ClientSecret.IsEmpty() && known.Has(first.RegistrationAccessToken) {
		return first
	}
	if c.Record.Facts.SecretOnRead == reconcile.SecretHidden {
		c.Record.Facts.SecretOnRead = ""
	}
	again, err := c.Get(transport.Ahead(ctx), reconcile.FromReadBack)
	if err != nil {
		c.Record.Unread, c.Record.Unanswered, c.Record.Facts.ReadSeen, c.Record.Facts.SecretOnRead = true, true, false, ""
		c.Warn(outcome.Problem{Kind: outcome.NotReadBack, Err: err})
		return first
	}
	return again
}

// unserved makes the client one without management. The URI is kept in the record, for a deletion to try.
func unserved(ctx context.Context, c *authserver.Client) {
	c.Decide(ctx, reconcile.FromCreate, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		known.Unproven.RegistrationClientURI, known.Known.RegistrationClientURI = known.Known.RegistrationClientURI, ""
		return known, nil
	})
}

// readBackByProvider tries the provider's own credentials, where the server returned no management or the settings pass it by: at the
// client configuration endpoint, or else at the URI template. A client that they do not show counts as one without management.
func readBackByProvider(ctx context.Context, c *authserver.Client, t authserver.Target) *dcr.Registration {
	s, registered := c.Server, c.Handle
	if s.Settings().Management == authserver.ManagementToken || !s.HasCredentials(t) {
		kept := registered.RegistrationClientURI
		if registered.RegistrationAccessToken.IsEmpty() || kept == "" {
			withoutAddress(ctx, c, kept)
			kept = ""
		} else {
			unserved(ctx, c) // other settings use the token, if only for a deletion
		}
		if s.Settings().Management == authserver.ManagementProvider {
			c.Warn(outcome.Problem{Kind: outcome.NotManageable, Err: errForeign, NeverSent: true, ByProvider: true, TokenSet: !registered.RegistrationAccessToken.IsEmpty(), ClientURI: kept})
		}
		return nil
	}
	if registered.RegistrationClientURI == "" {
		c.Handle.RegistrationClientURI = s.TemplateURI(t, registered.ClientID)
		// A token without a URI has nowhere to go: at a guessed one, servers revoke it.
		c.Handle.RegistrationAccessToken = secret.String{}
	}
	promised, named := s.Settings().Management == authserver.ManagementProvider, registered.RegistrationClientURI != "" && registered.RegistrationClientURI != c.Record.Guessed
	answer, step, err := askByProvider(ctx, c, t, reconcile.FromReadBack, reconcile.ProviderRead{Promised: promised, Named: named})
	switch step {
	case reconcile.ReadBackSeen:
		return answer
	case reconcile.ReadBackUnlooked:
		c.Record.Unlooked, c.Handle.RegistrationClientURI, c.Handle.RegistrationAccessToken = true, "", registered.RegistrationAccessToken
		c.Warn(outcome.Problem{Kind: outcome.NotReadBack, Err: err})
		return nil
	case reconcile.ReadBackLater:
		c.Record.Unread = true
		c.Warn(outcome.Problem{Kind: outcome.NotReadBack, Err: err})
		return nil
	case reconcile.ReadBackUnmanaged:
		if learnNoReads(c, err) && promised && registered.RegistrationClientURI != "" {
			c.Warn(outcome.Problem{Kind: outcome.NotReadBack, Err: err}) // it may have the rest of its management
			return nil
		}
	}
	// Not verified, so not used. But where the server returned token and URI, and these settings pass them by, the client can be
	// managed with other settings.
	switch c.Handle.RegistrationClientURI = registered.RegistrationClientURI; {
	case !registered.RegistrationAccessToken.IsEmpty():
	case named && !authserver.NeverSent(err):
		unserved(ctx, c)
		c.Record.Unlooked = !promised // a promise that is made later has it looked for there
	default:
		withoutAddress(ctx, c, registered.RegistrationClientURI)
	}
	if c.Handle.RegistrationAccessToken.IsEmpty() { // or the refusal told another one
		c.Handle.RegistrationAccessToken = registered.RegistrationAccessToken
	}
	warnNotManageable(c, err)
	return nil
}

// askByProvider reads the client with the provider's own credentials, and decides what that shows.
func askByProvider(ctx context.Context, c *authserver.Client, t authserver.Target, occasion reconcile.Occasion, read reconcile.ProviderRead) (*dcr.Registration, reconcile.ReadBackStep, error) {
	answer, err := c.Get(ctx, occasion)
	read.Answer, read.NeverSent = authserver.ClassOf(reconcile.OperationRead, err), authserver.NeverSent(err)
	step := read.Decide()
	if step == reconcile.ReadBackLater && c.Server.Sleep(ctx, readBackPause) == nil {
		answer, err = c.Get(ctx, occasion)
		read.Answer, read.NeverSent, read.Repeated = authserver.ClassOf(reconcile.OperationRead, err), authserver.NeverSent(err), true
		step = read.Decide()
	}
	if step == reconcile.ReadBackAskCredential {
		read.Asked, read.Credential = true, c.Server.AskCredential(ctx, t)
		step = read.Decide()
	}
	return answer, step, err
}

// withoutAddress makes the client one that nothing manages. The journal has it by the address that the registration named, and the state will not.
func withoutAddress(ctx context.Context, c *authserver.Client, named string) {
	if c.Handle.RegistrationClientURI = named; named == "" {
		return
	}
	c.Decide(ctx, reconcile.FromCreate, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		known.Known.RegistrationClientURI = ""
		return known, nil
	})
}

// learnNoReads keeps what was answered twice, where that says that the server has no reads, and reports whether it does.
func learnNoReads(c *authserver.Client, err error) bool {
	class := authserver.ClassOf(reconcile.OperationRead, err)
	if class == reconcile.AnswerUnsupported {
		c.LearnReads(class)
	}
	return class == reconcile.AnswerUnsupported
}

// warnNotManageable warns of a client that the provider's own credentials do not manage.
func warnNotManageable(c *authserver.Client, err error) {
	p := outcome.Problem{
		Kind: outcome.NotManageable, Err: err, ByProvider: c.Server.Settings().Management == authserver.ManagementProvider, Manageable: c.Handle.RegistrationClientURI != "",
		TokenSet: !c.Handle.RegistrationAccessToken.IsEmpty(),
	}
	if !p.ByProvider && c.Record.Unlooked {
		p.ClientURI = c.Record.Unproven.RegistrationClientURI
	}
	c.Warn(p)
}

// takeBack ends the guess of a template at which no read-back has found the client, unless the server said that it has no reads: an update may find it, where the client was left
// with that address.
func takeBack(c *authserver.Client, restore func(asked bool) bool) {
	if c.Handle.RegistrationClientURI == "" || !c.SaidNoReads() {
		restore(!c.Record.Unlooked)
	}
}
