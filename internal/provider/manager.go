// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// manager talks to one client's configuration endpoint. It keeps the credentials that are in force, tries those that were
// handed in or are in the journal where the state's are refused, and writes what an answer changes to the journal before
// anything else happens. Whoever used it saves m.handle and m.record, whatever the outcome.
type manager struct {
	session *session
	place   place
	handle  reconcile.Handle
	record  reconcile.Record
	journal *journal.Journal
	diags   diag.Diagnostics // warnings to pass on

	endpoint string // registration endpoint, where it was looked up
	broken   error  // why the configured journal cannot be used

	deletion time.Time // when a deletion was about to be sent whose outcome the journal does not know
}

func (s *session) manage(o object, record reconcile.Record) *manager {
	m := s.manageHandle(record.Pending.Apply(o.handle()))
	m.place, m.record = o.place(), record
	m.record.Pending = nil
	if record.Facts.ReadRotates() {
		s.rotating.Store(m.handle.RegistrationClientURI, true)
	}
	return m
}

// manageHandle is for a client of which only the handle is known.
func (s *session) manageHandle(h reconcile.Handle) *manager {
	s.known.addHandle(h)
	m := &manager{session: s, handle: h}
	j, err := s.openJournal()
	if err != nil {
		m.diags.AddAttributeWarning(path.Root("token_journal"), "Token journal not usable", err.Error()+". Credentials that the server rotates now are not kept in it.")
	}
	m.journal, m.broken = j, err
	return m
}

// managed reports whether there is anything to manage the client with (RFC 7592 is experimental: many servers only register).
func (m *manager) managed() bool {
	return m.handle.RegistrationClientURI != "" && m.session.settings.Management != managementNone
}

// byProvider tells whether the provider's credentials manage the client, rather than its registration access token.
func (m *manager) byProvider() bool {
	switch m.session.settings.Management {
	case managementProvider:
		return true
	case managementToken:
		return false
	}
	return m.handle.RegistrationAccessToken.IsEmpty() && m.handedIn().IsEmpty()
}

func (m *manager) handedIn() secret.String {
	return m.session.settings.RegistrationAccessTokens[m.handle.ClientID]
}

// candidate is a credential to try, and what is told of it where it works and is not the state's own.
type candidate struct {
	auth   transport.Authorizer
	token  secret.String
	origin string
}

func (m *manager) candidates(ctx context.Context, journaled secret.String) ([]candidate, error) {
	if m.byProvider() {
		t, problems := m.session.locate(ctx, m.place)
		if problems.HasError() {
			return nil, errors.New(problems[0].Detail())
		}
		home := t.RegistrationEndpoint
		if home == "" {
			home = t.Issuer // registration was switched off since
		}
		if !transport.SameOrigin(home, m.handle.RegistrationClientURI) {
			return nil, fmt.Errorf("the provider's credentials are for %s and are not sent to the client configuration endpoint at %s",
				transport.Origin(home), transport.Origin(m.handle.RegistrationClientURI))
		}
		auth, err := m.session.registrationAuth(ctx, t, secret.String{})
		return []candidate{{auth: auth}}, err
	}
	var out []candidate
	add := func(token secret.String, origin string) {
		if !token.IsEmpty() && !slices.ContainsFunc(out, func(c candidate) bool { return c.token.Equal(token) }) {
			out = append(out, candidate{auth: transport.Bearer(token), token: token, origin: origin})
		}
	}
	if len(m.session.settings.Transport.Headers) > 0 {
		// Whether the extra headers go along depends on where the registration endpoint is.
		if _, problems := m.session.locate(ctx, m.place); problems.HasError() {
			m.diags.Append(problems.Warnings()...)
		}
	}
	add(m.handle.RegistrationAccessToken, "")
	add(m.handedIn(), fromSettings)
	add(journaled, fromJournal)
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no registration access token for client %s: set it in registration_access_tokens of the provider", m.handle.ClientID)
	}
	return out, nil
}

// Where a token comes from that is not the state's.
const (
	fromSettings = "the provider's registration_access_tokens"
	fromJournal  = "the token journal"
	fromAnswer   = "the server's own refusal"
)

// try makes a request with the state's credential and, as long as the server refuses the credential, with the next ones. All of
// them go to this client's own URI: servers revoke a token that shows up at another client's.
func (m *manager) try(ctx context.Context, request func(context.Context, transport.Authorizer) error) error {
	ctx, done := patience(ctx)
	defer done()
	queue, err := m.candidates(ctx, m.recall(ctx))
	if err != nil {
		return err
	}
	var first error
	own := m.handle.RegistrationAccessToken
	for i := 0; i < len(queue); i++ {
		c, before := queue[i], m.handle.RegistrationAccessToken
		if c.origin != "" {
			// Known before the answer is looked at: a server that echoes the token that was used has not rotated it.
			m.handle.RegistrationAccessToken = c.token
		}
		err := request(ctx, c.auth)
		switch {
		case unauthorized(err):
			if first == nil {
				first = err
			}
			if told := m.handle.RegistrationAccessToken; !c.token.IsEmpty() && !told.Equal(c.token) {
				// The refusal itself told another token: nothing else has it.
				queue = append(queue, candidate{auth: transport.Bearer(told), token: told, origin: fromAnswer})
				own = told
			}
			if i == len(queue)-1 {
				queue = append(queue, m.newer(ctx, queue)...)
			}
			continue
		case c.origin == "":
		case err != nil && !answered(err):
			// Whether this token is good is not known.
			m.handle.RegistrationAccessToken = before
		default:
			m.replaced(ctx, c, own)
		}
		return err
	}
	m.handle.RegistrationAccessToken = own
	return first
}

// replaced tells that another token than the state's was taken, and keeps one that was handed in: what it came from may be
// an ephemeral value, and the plan may not be applied.
func (m *manager) replaced(ctx context.Context, c candidate, own secret.String) {
	m.diags.AddWarning("Registration access token replaced",
		fmt.Sprintf("The server refused the registration access token of client %s in the state and took the one from %s, which is now saved.", m.handle.ClientID, c.origin))
	if c.origin != fromSettings || m.journal == nil {
		return
	}
	e := m.entry(reconcile.Handle{RegistrationAccessToken: own, RegistrationClientURI: m.handle.RegistrationClientURI}, reconcile.FromRead)
	e.Origin, e.RegistrationAccessToken = journal.OriginHandedIn, c.token
	if err := m.journal.Record(ctx, e); err != nil {
		m.diags.AddWarning("Token journal not written", err.Error())
	}
}

func unauthorized(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Unauthorized()
}

// took saves the credentials of an answer: into the manager and, where anything changed, into the journal, durably, before the
// answer goes anywhere.
func (m *manager) took(ctx context.Context, answer *dcr.Registration, origin reconcile.Origin) {
	if answer == nil {
		return
	}
	before, answered := m.handle, handleOf(answer)
	if before.RegistrationClientURI != "" && transport.CheckURL(answered.RegistrationClientURI, m.session.settings.Transport.AllowInsecureHTTP) != nil {
		// What cannot be asked does not replace what can: some servers show any string, or their address behind a proxy.
		answered.RegistrationClientURI = ""
	}
	merged, facts, changed := reconcile.Merge(m.handle, answered, origin, m.record.Facts)
	m.handle, m.record.Facts = merged, facts
	m.session.known.addHandle(merged)
	if !changed || m.journal == nil {
		return
	}
	if err := m.journal.Record(ctx, m.entry(before, origin)); err != nil {
		m.diags.AddWarning("Token journal not written", err.Error()+". If Terraform does not save its state now, the client's new credential is lost.")
	}
}

func handleOf(r *dcr.Registration) reconcile.Handle {
	return reconcile.Handle{
		ClientID: r.ClientID, ClientSecret: r.ClientSecret, ClientSecretExpiresAt: r.ClientSecretExpiresAt, ClientIDIssuedAt: r.ClientIDIssuedAt,
		RegistrationAccessToken: r.RegistrationAccessToken, RegistrationClientURI: r.RegistrationClientURI,
	}
}

// refused saves what an error answer carried.
func (m *manager) refused(ctx context.Context, err error) {
	var de *dcr.Error
	if errors.As(err, &de) {
		m.took(ctx, de.Credentials, reconcile.FromRefusal)
	}
}

// read asks for the client's registration (RFC 7592 §2.1).
func (m *manager) read(ctx context.Context, origin reconcile.Origin) (*dcr.Registration, error) {
	var answer *dcr.Registration
	err := m.try(ctx, func(ctx context.Context, auth transport.Authorizer) error {
		var err error
		if answer, err = m.session.dcr.Read(ctx, m.handle.RegistrationClientURI, m.handle.ClientID, auth); err != nil {
			m.refused(ctx, err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	moment := "read"
	if origin == reconcile.FromReadBack {
		moment = "read-back"
	}
	failpoint(moment + " answered")
	m.lives(ctx)
	m.took(ctx, answer, origin)
	failpoint(moment + " journaled")
	return answer, nil
}

// update sends one body (RFC 7592 §2.2).
func (m *manager) update(ctx context.Context, body map[string]any) (*dcr.Registration, error) {
	var answer *dcr.Registration
	err := m.try(ctx, func(ctx context.Context, auth transport.Authorizer) error {
		var err error
		if answer, err = m.session.dcr.Update(ctx, m.handle.RegistrationClientURI, m.handle.ClientID, auth, body); err != nil {
			m.refused(ctx, err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	failpoint("update answered")
	m.took(ctx, answer, reconcile.FromUpdate)
	failpoint("update journaled")
	return answer, nil
}
