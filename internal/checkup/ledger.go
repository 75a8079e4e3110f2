// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// cleanUpTime bounds the deregistration of what is still registered at the end. A server may ask to wait for two minutes of it.
const cleanUpTime = 3 * time.Minute

// entry is a client that was registered.
type entry struct {
	state authserver.State
	gone  bool
	kept  bool   // the server acknowledged its deletion and shows it still
	why   string // why it is still there
}

// ledger holds what was registered, from the moment at which an answer told of it.
type ledger struct {
	server  *authserver.Server
	entries []*entry
	lost    int // registrations whose answers never came
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

// keep takes over a handle that was measured on the wire.
func (l *ledger) keep(e *entry, h Handle) {
	if e.state.Handle.ClientID == "" {
		l.entries = append(l.entries, e)
	}
	k := &e.state.Handle
	k.ClientID, k.ClientSecret, k.RegistrationAccessToken, k.RegistrationClientURI = h.ClientID, h.ClientSecret, h.RegistrationAccessToken, h.RegistrationClientURI
	l.server.Hide(h.ClientSecret, h.RegistrationAccessToken)
}

// deregister ends one client.
func (l *ledger) deregister(ctx context.Context, e *entry, b authserver.Behaviour) outcome.Outcome {
	out := lifecycle.Deregister(ctx, l.server, e.state, b, e.apply)
	e.gone = out.Gone && !e.kept
	if e.kept {
		e.why = keptAnyway
	}
	for _, p := range out.Problems {
		if p.Kind == outcome.DeleteUnmanaged || p.Kind == outcome.DeleteUnsupported {
			e.gone = false
		}
		e.why = string(p.Kind)
		if p.Err != nil && !p.Warning {
			e.why += ": " + l.server.Scrub(p.Err.Error())
		}
	}
	return out
}

// keptAnyway is why a client is left whose deletion changed nothing.
const keptAnyway = "the server acknowledged its deletion, and still shows it"

// cleanUp deregisters what is still registered, also after an interrupt, and returns what stays. All clients have the one name. shown
// reports whether the server shows a client whose deletion it acknowledged.
func (l *ledger) cleanUp(ctx context.Context, name string, b authserver.Behaviour, shown func(context.Context, *entry) bool, progress func(string)) []Left {
	ctx, cancel := context.WithTimeout(ctx, cleanUpTime)
	defer cancel()
	var left []Left
	for _, e := range l.entries {
		if e.gone {
			continue
		}
		progress("deregistering client " + e.state.Handle.ClientID)
		l.deregister(ctx, e, b)
		if e.gone && shown(ctx, e) {
			e.gone, e.why = false, keptAnyway
		}
		if !e.gone {
			left = append(left, Left{
				ClientID: e.state.Handle.ClientID, URI: secret.RedactURL(e.state.Handle.RegistrationClientURI), ClientName: name, Why: e.why,
			})
		}
	}
	for range l.lost {
		left = append(left, Left{ClientName: name, Why: "the answer to its registration was lost, so that the server may have it"})
	}
	return left
}
