// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"net/http"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// cleanUpTime bounds the deregistration of what is still registered at the end. A server may ask to wait for two minutes of it.
const cleanUpTime = 3 * time.Minute

// entry is a client that was registered.
type entry struct {
	state authserver.State
	spare secret.String // its token, where the settings have the provider's own credential manage clients
	// acknowledged: the server said that it deleted it. gone: it was looked for since, and was not there.
	acknowledged, gone bool
	why                string // why it is still there
}

// ledger holds what was registered, from the moment at which an answer told of it.
type ledger struct {
	server  *authserver.Server
	entries []*entry
	lost    int // registrations whose answers never came

	// ask sends a request to a client's own URI.
	ask func(ctx context.Context, e *entry, method string, token secret.String) (answer, error)
	// stillThere returns how the server still has a client whose deletion it acknowledged, or why that cannot be seen.
	stillThere func(context.Context, *entry) (how string, err error)
}

// enter begins an entry and returns what keeps it up to date.
func (l *ledger) enter() (e *entry, save func(authserver.Snapshot)) {
	e = &entry{}
	return e, func(s authserver.Snapshot) {
		if s.Handle.ClientID == "" {
			return
		}
		if e.state.Handle.ClientID == "" {
			l.entries = append(l.entries, e)
		}
		e.apply(s)
	}
}

// apply takes over what an operation handed out to be saved.
func (e *entry) apply(s authserver.Snapshot) {
	e.state.Handle, e.state.Record = s.Handle, s.Record
	if s.Registered != nil {
		e.state.Registered = s.Registered
	}
}

// credentials are all of the client's that may be in force.
func (e *entry) credentials() reconcile.Credentials {
	return reconcile.Credentials{Known: e.state.Handle, Unproven: e.state.Record.Unproven, Facts: e.state.Record.Facts}
}

// keep takes over a handle that was measured on the wire, and the token before one that is shown and was not tried yet.
func (l *ledger) keep(e *entry, h Handle, former secret.String) {
	if e.state.Handle.ClientID == "" {
		l.entries = append(l.entries, e)
	}
	k := &e.state.Handle
	k.ClientID, k.ClientSecret, k.RegistrationAccessToken, k.RegistrationClientURI = h.ClientID, h.ClientSecret, h.RegistrationAccessToken, h.RegistrationClientURI
	e.state.Record.Unproven.FormerToken = former
	l.server.Keep(h.ClientID, h.RegistrationClientURI)
	l.server.Hide(h.ClientSecret, h.RegistrationAccessToken, e.spare)
}

// deregister ends one client. Where that was acknowledged before, it only looks.
func (l *ledger) deregister(ctx context.Context, e *entry, b authserver.Behaviour) (out outcome.Outcome) {
	if !e.acknowledged {
		out = lifecycle.Deregister(ctx, l.server, e.state, b, e.apply)
		e.acknowledged = out.Gone
		for _, p := range out.Problems {
			switch p.Kind {
			case outcome.DeleteUnmanaged, outcome.DeleteUnsupported:
				e.acknowledged = false
			case outcome.StillThere: // after an acknowledgement that proves nothing to the provider
				e.acknowledged = true
			}
			e.why = string(p.Kind)
			if p.Err != nil && !p.Warning {
				e.why += ": " + l.server.Scrub(p.Err.Error())
			}
		}
	}
	if !e.acknowledged && !e.spare.IsEmpty() {
		// The setting is about clients that are kept, and this one is not.
		a, err := l.ask(ctx, e, http.MethodDelete, e.spare)
		e.acknowledged = err == nil && a.succeeded()
	}
	if e.acknowledged {
		l.look(ctx, e)
	}
	return out
}

// look makes sure of a deletion that was acknowledged.
func (l *ledger) look(ctx context.Context, e *entry) {
	e.acknowledged = true
	how, err := l.stillThere(ctx, e)
	if e.gone = how == "" && err == nil; e.gone {
		return
	}
	if err != nil {
		how = "whether it is gone could not be seen: " + l.server.Scrub(err.Error())
	}
	e.why = "the server acknowledged its deletion, and " + how
}

// cleanUp deregisters what is still registered, also after an interrupt, and returns what stays. All clients have the one name.
func (l *ledger) cleanUp(ctx context.Context, name string, b authserver.Behaviour, progress func(string)) []Left {
	ctx, cancel := context.WithTimeout(ctx, cleanUpTime)
	defer cancel()
	var left []Left
	for _, e := range l.entries {
		if e.gone {
			continue
		}
		progress("deregistering client " + e.state.Handle.ClientID)
		l.deregister(ctx, e, b)
		if !e.gone {
			left = append(left, Left{
				ClientID: e.state.Handle.ClientID, URI: redact.URL(e.state.Handle.RegistrationClientURI), ClientName: name, Why: e.why,
			})
		}
	}
	for range l.lost {
		left = append(left, Left{ClientName: name, Why: "the answer to its registration was lost, so that the server may have it"})
	}
	return left
}
