// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// stillThere returns how the server still has a client whose deletion it acknowledged; empty where nothing shows that. The provider takes the
// acknowledgement for the proof that the client is gone; a check is there to find the servers at which it is none. An error is what kept
// this from being seen.
//
// A client that is there is looked for once more after the time that replicas are given, and then deleted once more: the deletion may have
// been acknowledged without a look at a token that was none.
func (r *run) stillThere(ctx context.Context, e *entry) (how string, err error) {
	if how, err = r.has(ctx, e); how == "" || err != nil {
		return "", err
	}
	if err := r.server.Sleep(ctx, reconcile.ReplicaPause); err != nil {
		return "", err
	}
	if how, err = r.has(ctx, e); how == "" || err != nil {
		return "", err
	}
	for _, token := range r.tokens(e) {
		if _, err := r.ask(ctx, e, http.MethodDelete, token); err != nil {
			return how, nil //nolint:nilerr // it was seen
		}
	}
	return r.has(ctx, e)
}

// has looks once. Where no read was seen to work, or reads show deleted clients on, the token endpoint may tell.
func (r *run) has(ctx context.Context, e *entry) (how string, err error) {
	f := &r.first.Facts
	if f.Read == 0 || f.Read == http.StatusOK {
		if shown, err := r.shown(ctx, e); shown || err != nil {
			return "still shows it", err
		}
	}
	if r.first.readable && f.ReadDeleted != http.StatusOK {
		return "", nil
	}
	if taken, err := r.stillAuthenticates(ctx, e); taken || err != nil {
		return "still takes its secret", err
	}
	return "", nil
}

// tokens are all that may be a client's token: what an answer showed may be none (a mask, a hash), and the refusal of such a one proves
// nothing. The empty one stands for the provider's own credential.
func (r *run) tokens(e *entry) []secret.String {
	tokens := e.credentials().Tokens()
	if !e.spare.IsEmpty() {
		tokens = append(tokens, e.spare)
	}
	if len(tokens) == 0 || r.first.subject.ByCredential {
		tokens = append(tokens, secret.String{})
	}
	return tokens
}

// shown reads a client with one token after the other, until one shows it. The token that is shown with it is kept.
func (r *run) shown(ctx context.Context, e *entry) (bool, error) {
	var refused []secret.String
	for _, token := range r.tokens(e) {
		a, there, err := r.read(ctx, e, token)
		if err != nil {
			return false, err
		}
		if there {
			c, _ := e.credentials().TokenWorked(token, refused...)
			if !token.IsEmpty() {
				c, _ = c.Take(reconcile.Handle{RegistrationAccessToken: secret.New(a.text("registration_access_token"))}, reconcile.FromRead)
			}
			e.state.Handle, e.state.Record.Unproven = c.Known, c.Unproven
			r.server.Hide(c.Known.RegistrationAccessToken, c.Unproven.RegistrationAccessToken)
			return true, nil
		}
		refused = append(refused, token)
	}
	return false, nil
}

// read reads a client and reports whether it is shown. An answer that is neither the client nor a refusal says nothing, unless it is how
// this server answers for a client that is certainly gone: some only mark a client as deleted, and show it on.
func (r *run) read(ctx context.Context, e *entry, token secret.String) (a answer, there bool, err error) {
	a, err = r.ask(ctx, e, http.MethodGet, token)
	if shown := secret.New(a.text("client_secret")); !shown.IsEmpty() {
		c, _ := e.credentials().Take(reconcile.Handle{ClientSecret: shown}, reconcile.FromRead)
		e.state.Handle, e.state.Record.Unproven = c.Known, c.Unproven
		r.server.Hide(shown)
	}
	switch {
	case err != nil, a.status == 0:
		return a, false, err
	case shows(a, e.state.Handle.ClientID, token):
		return a, !r.first.Deregistered() || !r.first.deletedShown, nil
	case r.first.Deregistered() && a.status == r.first.Facts.ReadDeleted:
		return a, false, nil
	case a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests:
		return a, false, nil
	default:
		return a, false, fmt.Errorf("GET %s: status %d, and not the client", redact.URL(e.state.Handle.RegistrationClientURI), a.status)
	}
}

// ask sends a request to a client's own URI. Its status is 0 where there is no credential for it.
func (r *run) ask(ctx context.Context, e *entry, method string, token secret.String) (answer, error) {
	m := r.measurementOf(e, token)
	if !m.Managed() {
		return answer{}, nil
	}
	return m.send.call(ctx, method, m.handle.RegistrationClientURI, m.auth(), nil)
}

// measurementOf asks about an entry with one of its tokens.
func (r *run) measurementOf(e *entry, token secret.String) *Measurement {
	m := NewMeasurement(r.sender, r.first.subject)
	m.follow(reconcile.Credentials{Known: e.state.Handle})
	m.handle.RegistrationAccessToken = token
	return m
}

// stillAuthenticates reports whether the token endpoint tells a secret of the client's from a wrong one.
func (r *run) stillAuthenticates(ctx context.Context, e *entry) (bool, error) {
	const basic = "client_secret_basic" // which Witness asks with
	method := cmp.Or(metadata.Text(e.state.Registered, "token_endpoint_auth_method"), basic)
	unproven := e.state.Record.Unproven
	secrets := slices.DeleteFunc([]secret.String{e.state.Handle.ClientSecret, unproven.ClientSecret, unproven.FormerSecret}, secret.String.IsEmpty)
	said := r.server.DCR.Authenticate(ctx, dcr.ProbeInput{
		TokenEndpoint: r.subject.TokenEndpoint, ClientID: e.state.Handle.ClientID, RedirectURIs: []string{r.Redirect},
		AuthMethod: method, AuthAlgorithm: metadata.Text(e.state.Registered, "token_endpoint_auth_signing_alg"),
	}, secrets...)
	switch {
	case slices.Contains(said, dcr.Authenticates):
		return true, nil
	case method == basic && r.first.tells() && slices.Contains(said, dcr.AuthenticationUntold):
		return false, errors.Join(errors.New("the token endpoint, which tells clients apart here, did not tell"), ctx.Err())
	}
	return false, ctx.Err()
}
