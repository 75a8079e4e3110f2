// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Measurement takes one client through a whole life and notes what the server did: Publish, Register, Manage, Witness and End, in
// this order. A step's error means that it could not go on, and what was noted so far stands.
type Measurement struct {
	send    Sender
	subject Subject
	handle  Handle
	first   map[string]any // the metadata in the answer to the registration
	former  secret.String  // the token before one that an answer showed and that has not worked yet; empty otherwise
	refused bool           // the last read or update was refused with its token: each known one is outdated
	// readable: reads worked until the deletion, so that a refusal after it tells something.
	readable bool
	// deletedShown: reads show deleted clients on, so that being shown tells nothing.
	deletedShown bool
	replaced     bool          // the read after the deletion may have replaced the secret, so that the refusal of the known one tells nothing
	spare        secret.String // a token that does not manage the client, because the subject's credential is to
	Facts        Facts

	// Keep is called with the client's handle as soon as an answer brought anything of it.
	Keep func(Handle)
}

// NewMeasurement contacts nothing.
func NewMeasurement(send Sender, s Subject) *Measurement {
	return &Measurement{send: send, subject: s, Keep: func(Handle) {}}
}

// follow takes over the client as package lifecycle left it.
func (m *Measurement) follow(c reconcile.Credentials) {
	h := c.Known
	m.handle = Handle{ClientID: h.ClientID, ClientSecret: h.ClientSecret, RegistrationAccessToken: h.RegistrationAccessToken, RegistrationClientURI: h.RegistrationClientURI}
	m.former = c.Unproven.FormerToken
}

// Managed reports whether there is a URI and a credential to manage the client with.
func (m *Measurement) Managed() bool { return m.handle.RegistrationClientURI != "" && m.auth() != nil }

// Publish notes what the server publishes of itself.
func (m *Measurement) Publish(ctx context.Context) (err error) {
	s, f := m.subject, &m.Facts
	if s.Issuer == "" {
		return nil
	}
	at, err := url.Parse(s.Issuer)
	if err != nil {
		return err
	}
	if f.OpenID, err = m.published(ctx, appended(s.Issuer, "/.well-known/openid-configuration")); err != nil {
		return err
	}
	// RFC 8414 §3.1 puts its document before the path of the issuer.
	before := *at
	before.Path = "/.well-known/oauth-authorization-server" + strings.TrimSuffix(at.Path, "/")
	if f.OAuth, err = m.published(ctx, before.String()); err != nil {
		return err
	}
	resource := s.WebFingerResource
	if resource == "" {
		resource = "joe@" + at.Host
	}
	query := url.Values{"resource": {"acct:" + strings.TrimPrefix(resource, "acct:")}, "rel": {"http://openid.net/specs/connect/1.0/issuer"}}
	a, err := m.send.call(ctx, http.MethodGet, at.Scheme+"://"+at.Host+"/.well-known/webfinger?"+query.Encode(), nil, nil)
	f.WebFinger = a.status
	_, err = tolerated(ctx, err)
	return err
}

// noAnswer is noted of an endpoint that answered nothing, or nothing that can be read.
const noAnswer = "no answer"

// tolerated passes on the error of a question that the rest does not depend on only where everything is over.
func tolerated(ctx context.Context, err error) (string, error) {
	if err == nil || ctx.Err() != nil {
		return "", err
	}
	return noAnswer, nil
}

// published tells of a metadata document whether it is there, is the issuer's, and names the registration endpoint.
func (m *Measurement) published(ctx context.Context, at string) (string, error) {
	a, err := m.send.call(ctx, http.MethodGet, at, nil, nil)
	if err != nil {
		return tolerated(ctx, err)
	}
	said := strconv.Itoa(a.status)
	if a.status != http.StatusOK {
		return said, nil
	}
	if a.text("issuer") != m.subject.Issuer {
		said += " of another issuer"
	}
	switch a.text("registration_endpoint") {
	case "":
		said += " without endpoint"
	case m.subject.RegistrationEndpoint:
	default:
		said += " with another endpoint"
	}
	return said, nil
}

// Register registers the client. Its error is a *dcr.Error where the server answered.
func (m *Measurement) Register(ctx context.Context) error {
	s, f := m.subject, &m.Facts
	a, err := m.send.call(ctx, http.MethodPost, s.RegistrationEndpoint, s.Authorization, s.Document)
	if err != nil {
		return err
	}
	f.Register = a.status
	h := shown(a, Handle{}, s.RegistrationEndpoint)
	if !a.succeeded() || h.ClientID == "" {
		return m.notRegistered(a, h)
	}
	f.Token, f.URI = !h.RegistrationAccessToken.IsEmpty(), h.RegistrationClientURI != ""
	f.SecretLifetime = lifetime(a)
	f.Dropped, f.Changed, f.Added = difference(s.Document, a)
	m.first = metadataOf(a)
	if s.Credential != nil && (s.ByCredential || !f.Token || !f.URI) {
		// A token without a URI has nowhere to go: at a guessed one, servers revoke it.
		if f.URI {
			m.spare = h.RegistrationAccessToken
		} else {
			h.RegistrationClientURI = s.URI(h.ClientID)
		}
		h.RegistrationAccessToken = secret.String{}
	}
	m.handle = h
	m.Keep(h)
	return nil
}

// Confirm reads a client that the server gave no token for. Unless that shows the client, nothing manages it: that the server manages
// clients by the credential of their registration, and where, was a guess.
func (m *Measurement) Confirm(ctx context.Context) error {
	if m.subject.Credential == nil || !m.handle.RegistrationAccessToken.IsEmpty() {
		return nil
	}
	a, err := m.send.call(ctx, http.MethodGet, m.handle.RegistrationClientURI, m.subject.Credential, nil)
	if err != nil || a.status == http.StatusOK && a.text("client_id") == m.handle.ClientID {
		return err
	}
	m.subject.Credential = nil
	if !m.Facts.URI {
		m.handle.RegistrationClientURI = ""
	}
	m.Keep(m.handle)
	return nil
}

// notRegistered says what an answer is that is no client. It may hold one all the same.
func (m *Measurement) notRegistered(a answer, h Handle) error {
	if a.response == nil {
		return &dcr.Error{Operation: dcr.Register, Endpoint: redact.URL(m.subject.RegistrationEndpoint), Status: a.status, Redirected: true, MaybeProcessed: a.maybeProcessed}
	}
	err := dcr.Explain(dcr.Register, m.subject.RegistrationEndpoint, m.subject.Document, a.response)
	if h.ClientID != "" && (!h.RegistrationAccessToken.IsEmpty() || err.MaybeProcessed) {
		m.handle = h
		m.Keep(h)
	}
	return err
}

// auth is the credential that manages the client, or nil.
func (m *Measurement) auth() transport.Authorizer {
	switch {
	case !m.handle.RegistrationAccessToken.IsEmpty():
		return transport.Bearer(m.handle.RegistrationAccessToken)
	case m.subject.Credential != nil:
		return m.subject.Credential
	}
	return nil
}

// manage sends a request to the client's own URI. Where the token that the last answer showed is refused and the one before is not,
// the shown one was no token.
func (m *Measurement) manage(ctx context.Context, method string, body map[string]any) (a answer, err error) {
	defer func() { m.refused = err == nil && a.status == http.StatusUnauthorized }()
	a, err = m.send.call(ctx, method, m.handle.RegistrationClientURI, m.auth(), body)
	if err != nil || m.former.IsEmpty() {
		return a, err
	}
	current := m.handle.RegistrationAccessToken
	if a.succeeded() {
		m.former = secret.String{}
		return a, nil
	}
	if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && (a.status != http.StatusBadRequest || body != nil) {
		return a, nil
	}
	m.handle.RegistrationAccessToken = m.former
	again, err := m.send.call(ctx, method, m.handle.RegistrationClientURI, m.auth(), body)
	if err != nil || !again.succeeded() {
		m.handle.RegistrationAccessToken = current
		return a, err
	}
	m.former = secret.String{}
	m.Keep(m.handle)
	return again, nil
}

// take takes over the credentials of an answer. A secret from a read may be a hash: the one in force is what a registration or an
// update brought, unless updates were seen to show none.
func (m *Measurement) take(a answer, read bool) {
	before := m.handle
	if id := a.text("client_id"); !a.succeeded() || id != "" && id != before.ClientID {
		return
	}
	now := shown(a, before, m.subject.RegistrationEndpoint)
	if read || m.Facts.UpdateSecret == Masked {
		now.ClientSecret = before.ClientSecret
	}
	now.ClientID = before.ClientID
	if before.RegistrationAccessToken.IsEmpty() {
		now.RegistrationAccessToken = secret.String{} // the provider's own credential manages the client
	} else if !transport.CanBeSent(now.RegistrationAccessToken) {
		now.RegistrationAccessToken = before.RegistrationAccessToken // a mask
	} else if !now.RegistrationAccessToken.Equal(before.RegistrationAccessToken) {
		m.former = before.RegistrationAccessToken
	}
	m.handle = now
	m.Keep(now)
}

func (m *Measurement) get(ctx context.Context) (answer, error) {
	a, err := m.manage(ctx, http.MethodGet, nil)
	if err == nil {
		m.take(a, true)
	}
	return a, err
}

func (m *Measurement) put(ctx context.Context, body map[string]any) (answer, error) {
	a, err := m.manage(ctx, http.MethodPut, body)
	if err == nil {
		m.take(a, false)
	}
	return a, err
}

// became tells what an answer made of a value.
func became(a answer, member, was string) string {
	switch is := a.text(member); is {
	case "":
		return Absent
	case was:
		return Same
	default:
		return New
	}
}

// lifetime is what client_secret_expires_at says of a secret.
func lifetime(a answer) string {
	at, ok := seconds(a.document["client_secret_expires_at"])
	switch {
	case !ok:
		return ""
	case at == 0:
		return "never"
	}
	issued, ok := seconds(a.document["client_id_issued_at"])
	if !ok || at <= issued {
		return "an expiry that cannot be read"
	}
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	for _, unit := range []struct {
		seconds float64
		name    string
	}{{day, "days"}, {hour, "hours"}, {minute, "minutes"}} {
		if n := (at - issued) / unit.seconds; n >= 2 && n == float64(int64(n)) {
			return fmt.Sprintf("%d %s", int64(n), unit.name)
		}
	}
	return fmt.Sprintf("%d seconds", int64(at-issued))
}

// difference tells what an answer's metadata did with the document that was sent.
func difference(sent map[string]any, a answer) (dropped, changed, added []string) {
	got := metadataOf(a)
	for name, v := range sent {
		switch have, ok := got[name]; {
		case !ok:
			dropped = append(dropped, name)
		case !jsonvalue.Equal(normal(v), have):
			changed = append(changed, name)
		}
	}
	for name := range got {
		if _, ok := sent[name]; !ok {
			added = append(added, name)
		}
	}
	slices.Sort(dropped)
	slices.Sort(changed)
	slices.Sort(added)
	return dropped, changed, added
}

// seconds is a time that an answer has as a number, the only form of RFC 7591 §3.2.1.
func seconds(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// normal is v as it is read back once it was written.
func normal(v any) any {
	encoded, err := jsonvalue.Encode(v)
	if err != nil {
		return v
	}
	out, err := jsonvalue.Decode(encoded)
	if err != nil {
		return v
	}
	return out
}

// evidence asks the token endpoint as the client, with a code that cannot be one, for a redirect URI that it has.
func (m *Measurement) evidence(ctx context.Context, clientSecret secret.String) (string, error) {
	if m.subject.TokenEndpoint == "" {
		return "", nil
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {m.subject.Redirect}}
	pair := url.QueryEscape(m.handle.ClientID) + ":" + url.QueryEscape(clientSecret.Reveal())
	basic := header{secret.New("Basic " + base64.StdEncoding.EncodeToString([]byte(pair)))}
	a, err := m.send.post(ctx, m.subject.TokenEndpoint, basic, form.Encode())
	if err != nil {
		return tolerated(ctx, err)
	}
	code := ""
	if a.response != nil {
		code = legible.OneLine(a.response.Scrub(a.text("error")), 60)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, code)), nil
}

// silent asks the authorization endpoint for a code without any dialogue.
func (m *Measurement) silent(ctx context.Context) (string, error) {
	s := m.subject
	if s.AuthorizationEndpoint == "" {
		return "", nil
	}
	query := url.Values{
		"client_id": {m.handle.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "prompt": {"none"}, "state": {"s"}, "nonce": {"n"},
		"redirect_uri": {s.Redirect}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	separator := "?"
	if strings.Contains(s.AuthorizationEndpoint, "?") {
		separator = "&"
	}
	a, err := m.send.call(ctx, http.MethodGet, s.AuthorizationEndpoint+separator+query.Encode(), nil, nil)
	if err != nil {
		return tolerated(ctx, err)
	}
	location := a.response.Header.Get("Location")
	if strings.HasPrefix(location, s.Redirect+"?") && strings.Contains(location, "error=") {
		return "redirect", nil
	}
	return strconv.Itoa(a.status), nil
}

// cleared tells what became of client_uri after an update that was to remove it.
func cleared(update, read answer) string {
	switch v, ok := read.document["client_uri"]; {
	case !update.succeeded():
		return http.StatusText(update.status)
	case !ok, v == nil, v == "":
		return "removed"
	default:
		return "kept"
	}
}

// edited is a copy of a document with members set.
func edited(document map[string]any, set map[string]any) map[string]any {
	out := maps.Clone(document)
	maps.Copy(out, set)
	return out
}
