// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// rollbackTimeout bounds what must still be done when the operation's own time is over.
const rollbackTimeout = 30 * time.Second

// Create implements resource.Resource: one POST and one GET. From the POST's answer on, the state holds the whole handle, and what
// goes wrong is a warning unless the client cannot be kept.
func (r *clientResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, err := open(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Plan cannot be read", err.Error())
		return
	}
	config, err := open(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Configuration cannot be read", err.Error())
		return
	}
	ctx, cancel := within(ctx, plan, "create")
	defer cancel()
	defer failpoint("create done")

	// Values that were unknown at plan are known now.
	if problems := checkConfiguration(plan); problems.HasError() {
		resp.Diagnostics.Append(problems...)
		return
	}
	asked, _, err := plan.document()
	if err != nil {
		resp.Diagnostics.Append(malformedProblem(err))
		return
	}
	s, b := r.session, r.session.behaviour(plan)
	t, problems := s.locate(ctx, plan.place())
	resp.Diagnostics.Append(problems...)
	if resp.Diagnostics.HasError() {
		return
	}
	if t.RegistrationEndpoint == "" {
		resp.Diagnostics.AddError("Server has no registration endpoint", fmt.Sprintf("The metadata document at %s names no registration_endpoint: dynamic client registration is switched off there, or its endpoint is not published. "+
			"Switch it on, or set registration_endpoint on the provider.", t.Server.URL))
		return
	}

	m := s.manage(plan, reconcile.Record{})
	if problems := m.needsJournal(); problems.HasError() {
		resp.Diagnostics.Append(problems...)
		return
	}
	registered, adopted, err := m.register(ctx, t, asked, secret.New(config.text(attrIAT)))
	state := plan.clone()
	save := func(view metadata.Document) {
		state.setHandle(m.handle)
		state.setRegistered(view)
		resp.State.Raw = state.raw()
		resp.Diagnostics.Append(saveRecord(ctx, resp.Private, m.record)...)
	}
	if err != nil {
		if registered != nil {
			save(registered.Metadata)
			next := "so that the next apply deletes it and registers another."
			if !m.managed() {
				next = "and the server offers no way to deregister it: have its administrator delete it."
			}
			m.diags.AddError("Client "+m.handle.ClientID+" registered beside an error", "The server's error answer holds a new client. It stays in the state, marked as tainted, "+next)
		}
		resp.Diagnostics.Append(m.diags...)
		resp.Diagnostics.Append(registrationProblem(t, err))
		return
	}
	save(registered.Metadata)

	view := registered.Metadata
	if !adopted {
		if seen := m.readBack(ctx, t); seen != nil {
			view = seen.Metadata
		}
		save(view)
	}

	agreed, substitutions := reconcile.Settle(asked, view)
	refused, warned := reconcile.Judge(reconcile.Sharpen(substitutions, registered.Metadata), b.AcceptSubstitutions, b.Strict)
	m.record.Agreed = agreed
	save(view)
	if len(refused) > 0 {
		gone := m.rollback(ctx)
		resp.Diagnostics.Append(m.diags...)
		resp.Diagnostics.Append(substitutionErrors(refused, rollbackOutcome(m.handle.ClientID, gone))...)
		if gone == nil {
			resp.State.RemoveResource(ctx)
			return
		}
		save(view)
		return
	}
	m.diags.Append(substitutionWarnings(warned)...)
	if m.record.Facts.ReadRotates() && m.journal == nil {
		m.diags.AddAttributeWarning(path.Root(attrRefresh), "Server rotates credentials on reads", rotationAdvice(m.handle.ClientID))
	}
	resp.Diagnostics.Append(m.diags...)
}

// fingerprint tells one registration from another in the journal without holding its metadata. Where Terraform runs is part of it:
// two working directories or workspaces that register the same document must never share a client.
func fingerprint(asked metadata.Document) string {
	text, err := encodeJSON(asked)
	if err != nil {
		return ""
	}
	sum := sha256.New()
	for _, part := range append(workspace(), text) {
		_, _ = io.WriteString(sum, part+"\x00")
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// workspace tells where Terraform runs, as far as a provider can know: it shares the working directory and the environment, and
// the selected workspace is in a file of the data directory.
func workspace() []string {
	dir, _ := os.Getwd()
	data := os.Getenv("TF_DATA_DIR")
	if data == "" {
		data = ".terraform"
	}
	selected, _ := os.ReadFile(filepath.Join(data, "environment")) // #nosec G304 G703 -- Terraform's own file
	return []string{dir, os.Getenv("TF_WORKSPACE"), strings.TrimSpace(string(selected))}
}

// register adopts a client that an earlier, killed apply registered, or else sends the registration (RFC 7591 §3.1). An answer
// beside an error is a client that the server made and calls a failure.
func (m *manager) register(ctx context.Context, t target, asked metadata.Document, initialAccessToken secret.String) (answer *dcr.Registration, adopted bool, err error) {
	m.endpoint = t.RegistrationEndpoint
	intent := journal.Intent{Endpoint: m.endpoint, Fingerprint: fingerprint(asked)}
	if m.journal != nil {
		if answer := m.adopt(ctx, intent); answer != nil {
			return answer, true, nil
		}
		m.tellLeftBehind(ctx, t)
	}
	auth, err := m.session.registrationAuth(ctx, t, initialAccessToken)
	if err != nil {
		return nil, false, err
	}
	var id string
	if m.journal != nil {
		if id, err = m.journal.Begin(ctx, intent); err != nil {
			return nil, false, fmt.Errorf("nothing was sent, because the token journal cannot be written: %w", err)
		}
	}
	failpoint("create begun")
	sending, sent := patience(ctx)
	defer sent()
	answer, err = m.session.dcr.Register(sending, t.RegistrationEndpoint, auth, reconcile.CreateBody(asked))
	if err != nil {
		answer = besideError(err)
	}
	if answer == nil {
		if m.journal != nil && !maybeProcessed(err) {
			if err := m.journal.Abandon(ctx, id); err != nil {
				m.diags.AddWarning("Token journal not written", err.Error())
			}
		}
		return nil, false, err
	}
	failpoint("create answered")
	m.session.known.addHandle(handleOf(answer))
	m.handle, m.record.Facts, _ = reconcile.Merge(m.handle, handleOf(answer), reconcile.FromCreate, m.record.Facts)
	if m.journal != nil {
		e := m.entry(reconcile.Handle{RegistrationClientURI: m.handle.RegistrationClientURI}, reconcile.FromCreate)
		if err := m.journal.Registered(ctx, id, e); err != nil {
			m.diags.AddWarning("Token journal not written", err.Error()+". If Terraform does not save its state now, client "+m.handle.ClientID+" is left behind.")
		}
	}
	failpoint("create journaled")
	return answer, false, err
}

// besideError is the client that an error answer to a registration holds, or nil. Without a token in it, it counts only where the
// registration may have been made: a refusal may name a client_id that nobody has.
func besideError(err error) *dcr.Registration {
	var de *dcr.Error
	if !errors.As(err, &de) || de.Credentials == nil || de.Credentials.ClientID == "" {
		return nil
	}
	if de.Credentials.RegistrationAccessToken.IsEmpty() && !de.MaybeProcessed {
		return nil
	}
	return de.Credentials
}

// adopt takes over a client that this configuration registered in an apply that was killed before Terraform saved its state.
func (m *manager) adopt(ctx context.Context, intent journal.Intent) *dcr.Registration {
	entry, found, err := m.adoptable(ctx, intent)
	if err != nil {
		m.diags.AddWarning("Token journal not read", err.Error())
		return nil
	}
	if !found {
		return nil
	}
	before, record := m.handle, m.record
	m.handle = reconcile.Handle{
		ClientID: entry.ClientID, ClientSecret: entry.ClientSecret, ClientSecretExpiresAt: entry.ClientSecretExpiresAt,
		RegistrationAccessToken: entry.RegistrationAccessToken, RegistrationClientURI: entry.RegistrationClientURI,
	}
	if !m.managed() {
		// Nothing can be asked about it; what the journal has is all there is.
		m.diags.AddWarning("Client "+entry.ClientID+" adopted", adoption(entry, "It could not be looked at, because the server manages no clients."))
		return &dcr.Registration{ClientID: entry.ClientID, Metadata: metadata.Document{}}
	}
	answer, err := m.read(ctx, reconcile.FromReadBack)
	if err != nil {
		m.handle, m.record = before, record
		m.diags.AddWarning("Client "+entry.ClientID+" not adopted", paragraphs(
			adoption(entry, "It was not taken over, because the server did not show it, and a new one is registered:"), exchange(err)))
		return nil
	}
	m.diags.AddWarning("Client "+entry.ClientID+" adopted", adoption(entry, "It was taken over instead of registering a second one."))
	return answer
}

func adoption(entry journal.Entry, outcome string) string {
	return fmt.Sprintf("The token journal has client %s, registered at %s on %s with this same configuration by an apply that ended before Terraform could save its state. %s",
		entry.ClientID, entry.Endpoint, entry.Time.UTC().Format(time.RFC3339), outcome)
}

// tellLeftBehind announces registrations whose answer never arrived.
func (m *manager) tellLeftBehind(ctx context.Context, t target) {
	intents, err := m.journal.LeftBehind(ctx, t.RegistrationEndpoint)
	if err != nil {
		m.diags.AddWarning("Token journal not read", err.Error())
	}
	for _, i := range intents {
		m.diags.AddWarning("A client may have been left behind", fmt.Sprintf("On %s an apply was about to register a client at %s and ended before an answer arrived. "+
			"The server may have registered it. Look there for a client of that time that no state knows.", i.Time.UTC().Format(time.RFC3339), i.Endpoint))
	}
}

func maybeProcessed(err error) bool {
	var de *dcr.Error
	if errors.As(err, &de) {
		return de.MaybeProcessed
	}
	var te *transport.Error
	return errors.As(err, &te) && te.MaybeProcessed
}

func registrationProblem(t target, err error) diag.Diagnostic {
	var lost string
	if maybeProcessed(err) {
		lost = lostAnswer(t.RegistrationEndpoint)
	}
	return requestProblem("Client not registered", err, lost)
}

// readBack reads the client right after its registration: the read's own view is the baseline for drift, and it shows whether reads
// rotate credentials. Where the server returned no management, the provider's credentials are tried at the URI template.
func (m *manager) readBack(ctx context.Context, t target) *dcr.Registration {
	s, h := m.session, m.handle
	if s.settings.Management == managementNone {
		return nil
	}
	byToken := !h.RegistrationAccessToken.IsEmpty() && h.RegistrationClientURI != "" && s.settings.Management != managementProvider
	if !byToken {
		m.handle.RegistrationClientURI = ""
		if s.settings.Management == managementToken || !s.hasCredentials(t) {
			if s.settings.Management == managementProvider {
				m.notManageable(errForeign)
			}
			return nil
		}
		m.handle.RegistrationClientURI = h.RegistrationClientURI
		if h.RegistrationClientURI == "" {
			m.handle.RegistrationClientURI = s.templateURI(t, h.ClientID)
			// A token without a URI has nowhere to go: at a guessed one, servers revoke it.
			m.handle.RegistrationAccessToken = secret.String{}
		}
	}
	answer, err := m.read(ctx, reconcile.FromReadBack)
	if err == nil {
		return answer
	}
	if !byToken {
		// Not verified, so not used: the client counts as one without management. But where the server returned token and
		// URI, and these settings pass them by, the client can be managed with other settings.
		m.handle.RegistrationClientURI = ""
		if h.RegistrationClientURI != "" && !h.RegistrationAccessToken.IsEmpty() {
			m.handle.RegistrationClientURI = h.RegistrationClientURI
		}
		if m.handle.RegistrationAccessToken.IsEmpty() { // or the refusal told another one
			m.handle.RegistrationAccessToken = h.RegistrationAccessToken
		}
		m.notManageable(err)
		return nil
	}
	m.diags.AddWarning("Client "+h.ClientID+" registered but not read back", paragraphs(exchange(err), likelyCause(err),
		"What the registration's answer showed is taken as what the server has registered."))
	return nil
}

var errForeign = errors.New("the provider's own credentials are for the provider's server and are not sent to the one that the resource names")

// notManageable warns of a client that the provider's own credentials do not manage.
func (m *manager) notManageable(err error) {
	why := "The server returned no registration access token, and the provider's own credentials did not show the client at its client configuration endpoint. "
	if m.session.settings.Management == managementProvider {
		why = "management is \"provider_credentials\", and the provider's own credentials did not show the client at its client configuration endpoint. "
	}
	next := "A change of its configuration will replace it, and a destroy will leave it at the server. "
	if m.handle.RegistrationClientURI != "" {
		next = "The registration access token that the server returned is in the state; with management = \"auto\" it is used. "
	}
	m.diags.AddWarning("Client "+m.handle.ClientID+" cannot be managed", paragraphs(exchange(err), likelyCause(err),
		why+next+"Check client_configuration_uri_template and the credentials' permissions, or set management = \"none\"."))
}

// rollback deregisters a client that cannot be kept. It returns nil when the client is gone, else why it is not.
func (m *manager) rollback(ctx context.Context) error {
	if !m.managed() {
		return errors.New("the server offers no way to deregister it")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	return m.deregister(ctx)
}

func rollbackOutcome(clientID string, err error) string {
	if err == nil {
		return "The client was deregistered again; nothing is left at the server."
	}
	return fmt.Sprintf("The client %s could not be deregistered: %s. It stays in the state, marked as tainted, so that the next apply tries again to delete it.", clientID, err)
}
