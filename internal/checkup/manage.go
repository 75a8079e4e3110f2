// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"maps"
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Manage notes how the server reads and updates the client (RFC 7592 §2.1, §2.2).
func (m *Measurement) Manage(ctx context.Context) error {
	if !m.Managed() {
		return nil
	}
	if err := m.read(ctx); err != nil || m.Facts.Read != http.StatusOK && !m.subject.Provoke {
		return err
	}
	if m.subject.Provoke {
		if err := m.wrongTokens(ctx); err != nil {
			return err
		}
	}
	body := maps.Clone(m.subject.Document)
	body["client_id"] = m.handle.ClientID
	if err := m.update(ctx, body); err != nil {
		return err
	}
	if m.subject.Provoke {
		if err := m.oddUpdates(ctx, body); err != nil {
			return err
		}
	}
	return m.remove(ctx, body)
}

// read reads twice: the second read proves the token that the first one showed.
func (m *Measurement) read(ctx context.Context) error {
	f, before := &m.Facts, m.handle
	a, err := m.get(ctx)
	if err != nil {
		return err
	}
	f.Read = a.status
	f.ReadToken = became(a, "registration_access_token", before.RegistrationAccessToken.Reveal())
	f.ReadSecret = became(a, "client_secret", before.ClientSecret.Reveal())
	f.ReadURI = became(a, "registration_client_uri", before.RegistrationClientURI)
	f.ReadDropped, f.ReadChanged, _ = difference(m.subject.Document, a)
	if f.ReadSecret == New {
		if f.ReadSecret, err = m.proven(ctx, before.ClientSecret, secret.New(a.text("client_secret"))); err != nil {
			return err
		}
	}
	masked, err := m.prove(ctx, before.RegistrationAccessToken)
	if f.ReadToken == New && masked {
		f.ReadToken = Masked
	}
	return err
}

// prove reads once more and reports whether that took the token before, and not the one that the last answer showed.
func (m *Measurement) prove(ctx context.Context, before secret.String) (masked bool, err error) {
	a, err := m.manage(ctx, http.MethodGet, nil)
	if err != nil {
		return false, err
	}
	masked = m.handle.RegistrationAccessToken.Equal(before)
	m.take(a, true)
	return masked, nil
}

// proven reports whether a secret that an answer showed in place of the known one is in force. The token endpoint tells, by its answer
// to a secret that is certainly wrong; where it does not, what a stored form looks like decides.
func (m *Measurement) proven(ctx context.Context, known, other secret.String) (string, error) {
	var says [3]string
	for i, one := range []secret.String{known, other, secret.New("wrong")} {
		var err error
		if says[i], err = m.evidence(ctx, one); err != nil {
			return "", err
		}
	}
	knownWorks, otherWorks := says[0] != says[2], says[1] != says[2]
	switch {
	case knownWorks && !otherWorks:
		return Masked, nil
	case otherWorks && !knownWorks:
		m.handle.ClientSecret = other
		m.Keep(m.handle)
		return New, nil
	case secret.Usable(other.Reveal()) && !secret.DerivedFrom(known, other.Reveal()):
		return New, nil
	}
	return Masked, nil
}

// wrongTokens asks with what should be refused. What is about a client's own token is left out where it has none.
func (m *Measurement) wrongTokens(ctx context.Context) error {
	f, token := &m.Facts, m.handle.RegistrationAccessToken
	for _, q := range []struct {
		status *int
		auth   transport.Authorizer
	}{
		{&f.NoToken, nil},
		{&f.BadToken, transport.Bearer(secret.New("made-up"))},
		{&f.LowerCase, header{secret.New("bearer " + token.Reveal())}},
	} {
		if q.status == &f.LowerCase && token.IsEmpty() {
			continue
		}
		a, err := m.send.call(ctx, http.MethodGet, m.handle.RegistrationClientURI, q.auth, nil)
		if err != nil {
			return err
		}
		*q.status = a.status
	}
	return nil
}

// update sends the document with another name, where the server takes one.
func (m *Measurement) update(ctx context.Context, body map[string]any) error {
	f := &m.Facts
	if m.subject.Document["client_name"] != nil { // else the server refuses one
		name, _ := body["client_name"].(string)
		body["client_name"] = name + "-2"
	}
	a, err := m.manage(ctx, http.MethodPut, body)
	if err != nil {
		return err
	}
	before := m.handle // with the token that the server took
	m.take(a, false)
	f.Update = a.status
	f.UpdateToken = became(a, "registration_access_token", before.RegistrationAccessToken.Reveal())
	f.UpdateSecret = became(a, "client_secret", before.ClientSecret.Reveal())
	f.UpdateURI = became(a, "registration_client_uri", before.RegistrationClientURI)
	if f.UpdateSecret == New {
		if f.UpdateSecret, err = m.proven(ctx, before.ClientSecret, secret.New(a.text("client_secret"))); err != nil {
			return err
		}
		if f.UpdateSecret == Masked {
			m.handle.ClientSecret = before.ClientSecret
			m.Keep(m.handle)
		}
	}
	if !m.subject.Provoke {
		if f.UpdateToken == New {
			var masked bool
			if masked, err = m.prove(ctx, before.RegistrationAccessToken); masked {
				f.UpdateToken = Masked
			}
		}
		return err
	}
	if before.RegistrationAccessToken.IsEmpty() {
		return nil
	}
	old, err := m.send.call(ctx, http.MethodGet, m.handle.RegistrationClientURI, transport.Bearer(before.RegistrationAccessToken), nil)
	f.OldToken = old.status
	return err
}

// oddUpdates sends what servers differ on: the secret, a forbidden member, the document as it was read.
func (m *Measurement) oddUpdates(ctx context.Context, body map[string]any) error {
	f := &m.Facts
	a, err := m.put(ctx, edited(body, map[string]any{"client_secret": m.handle.ClientSecret.Reveal()}))
	if err != nil {
		return err
	}
	f.UpdateSecretSent = a.status
	if token := m.handle.RegistrationAccessToken; !token.IsEmpty() {
		if a, err = m.put(ctx, edited(body, map[string]any{"registration_access_token": token.Reveal()})); err != nil {
			return err
		}
		f.UpdateForbidden = a.status
	}
	read, err := m.get(ctx)
	if err != nil {
		return err
	}
	a, err = m.put(ctx, edited(metadataOf(read), map[string]any{"client_id": m.handle.ClientID}))
	f.UpdateEcho = a.status
	return err
}

// remove leaves a member out, and sends it as null (RFC 7592 §2.2 has both as its removal).
func (m *Measurement) remove(ctx context.Context, body map[string]any) error {
	if !m.subject.Provoke && m.Facts.Update != http.StatusOK {
		return nil
	}
	set := edited(body, map[string]any{"client_uri": m.clientURI()})
	without := maps.Clone(body)
	delete(without, "client_uri")
	for _, removal := range []struct {
		fact *string
		body map[string]any
	}{
		{&m.Facts.UpdateOmitted, without},
		{&m.Facts.UpdateNull, edited(body, map[string]any{"client_uri": nil})},
	} {
		if _, err := m.put(ctx, set); err != nil {
			return err
		}
		a, err := m.put(ctx, removal.body)
		if err != nil {
			return err
		}
		read, err := m.get(ctx)
		if err != nil {
			return err
		}
		*removal.fact = cleared(a, read)
	}
	return nil
}

// clientURI is another value for client_uri than the document's, of the same origin, for servers that restrict it.
func (m *Measurement) clientURI() string {
	if uri, ok := m.subject.Document["client_uri"].(string); ok {
		return appended(uri, "/again")
	}
	return appended(origin.Of(m.subject.Redirect), "/again")
}

// Witness notes what the token endpoint and the authorization endpoint say of the client while it lives.
func (m *Measurement) Witness(ctx context.Context) (err error) {
	f := &m.Facts
	if !m.Managed() {
		return nil
	}
	if f.TokenAlive, err = m.evidence(ctx, m.handle.ClientSecret); err != nil {
		return err
	}
	if f.TokenWrongSecret, err = m.evidence(ctx, secret.New("wrong")); err != nil {
		return err
	}
	f.AuthorizeAlive, err = m.silent(ctx)
	return err
}

// End deregisters the client (RFC 7592 §2.3) and notes what the endpoints say then.
func (m *Measurement) End(ctx context.Context) error {
	f := &m.Facts
	if !m.Managed() {
		return nil
	}
	m.readable = f.Read == http.StatusOK && !m.refused
	a, err := m.manage(ctx, http.MethodDelete, nil)
	if err != nil {
		return err
	}
	f.Delete = a.status
	return m.deleted(ctx)
}

// deleted notes what the endpoints say of the client after its deletion.
func (m *Measurement) deleted(ctx context.Context) error {
	f := &m.Facts
	a, err := m.get(ctx)
	if err != nil {
		return err
	}
	f.ReadDeleted, m.deletedShown = a.status, shows(a, m.handle.ClientID, m.handle.RegistrationAccessToken)
	if f.TokenDeleted, err = m.evidence(ctx, m.handle.ClientSecret); err != nil {
		return err
	}
	if other := secret.New(a.text("client_secret")); m.tells() && f.TokenDeleted == f.TokenWrongSecret && !other.IsEmpty() && !other.Equal(m.handle.ClientSecret) {
		// The read may have replaced the secret of a client that is there, and may show a stored form of the new one.
		if f.TokenDeleted, err = m.evidence(ctx, other); err != nil {
			return err
		}
		m.replaced = f.ReadSecret != Masked && secret.Usable(other.Reveal()) && !secret.DerivedFrom(m.handle.ClientSecret, other.Reveal())
	}
	f.AuthorizeDeleted, err = m.silent(ctx)
	return err
}

// tells reports whether the token endpoint was seen to tell a client's secret from a wrong one.
func (m *Measurement) tells() bool { return m.Facts.TokenAlive != m.Facts.TokenWrongSecret }

// acknowledged reports whether the server said that it deleted the client.
func (m *Measurement) acknowledged() bool { return m.Facts.Delete >= 200 && m.Facts.Delete <= 299 }

// Deregistered reports whether the server acknowledged the deletion and does not know the client any more. Some servers only mark a
// client as deleted, and show it to its own token; their token endpoint takes its credentials for wrong ones then. Where reads were
// refused before, too, a refusal proves nothing, and the token endpoint may tell that the client is there.
func (m *Measurement) Deregistered() bool {
	f, tells := m.Facts, m.tells()
	switch {
	case !m.acknowledged():
		return false
	case f.ReadDeleted >= 400 && f.ReadDeleted < 500:
		return m.readable || !tells || f.TokenDeleted != f.TokenAlive
	default:
		return tells && f.TokenDeleted == f.TokenWrongSecret && !m.replaced
	}
}
