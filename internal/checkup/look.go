// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// stillThere reports whether the server has a client whose deletion it acknowledged. The provider takes the acknowledgement for the
// proof that it is; a check is there to find the servers at which it is none. An error is what kept this from being seen.
//
// The client is read with each token that the server showed for it: what an answer shows may be no token (a mask, a hash), and the refusal
// of such a one proves nothing. Where no read was seen to work, or reads show deleted clients on, the token endpoint may tell.
func (r *run) stillThere(ctx context.Context, e *entry) (bool, error) {
	f := &r.first.Facts
	if f.Read == 0 || f.Read == http.StatusOK {
		tokens := e.tokens
		if len(tokens) == 0 || r.first.subject.ByCredential {
			tokens = append(slices.Clone(tokens), secret.String{}) // the provider's own credential manages the client
		}
		for _, token := range tokens {
			if there, err := r.stillShown(ctx, e, token); there || err != nil {
				return there, err
			}
		}
	}
	if f.Read == http.StatusOK && f.ReadDeleted != http.StatusOK {
		return false, nil
	}
	return r.stillAuthenticates(ctx, e)
}

// stillShown reads a client with one of its tokens. What is shown is deleted once more, after the time that replicas are given, and by the
// token that showed it and the one that it showed.
func (r *run) stillShown(ctx context.Context, e *entry, token secret.String) (bool, error) {
	a, there, err := r.read(ctx, e, token)
	if err != nil || !there {
		return false, err
	}
	if err := r.server.Sleep(ctx, reconcile.ReplicaPause); err != nil {
		return true, err
	}
	tokens := []secret.String{token}
	if other := secret.New(a.text("registration_access_token")); !token.IsEmpty() && !other.IsEmpty() && !other.Equal(token) {
		r.server.Hide(other)
		tokens = append(tokens, other)
	}
	for _, token := range tokens {
		if _, err := r.ask(ctx, e, http.MethodDelete, token); err != nil {
			return true, err
		}
	}
	for _, token := range tokens {
		if _, there, err := r.read(ctx, e, token); there || err != nil {
			return true, err
		}
	}
	return false, nil
}

// read reads a client and reports whether it is shown. An answer that is neither the client nor a refusal says nothing, unless it is how
// this server answers for a client that is certainly gone: some only mark a client as deleted, and show it on.
func (r *run) read(ctx context.Context, e *entry, token secret.String) (a answer, there bool, err error) {
	a, err = r.ask(ctx, e, http.MethodGet, token)
	switch {
	case err != nil, a.status == 0, r.first.Deregistered() && a.status == r.first.Facts.ReadDeleted:
		return a, false, err
	case shows(a, e.state.Handle.ClientID):
		return a, true, nil
	case a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests:
		return a, false, nil
	default:
		return a, false, fmt.Errorf("GET %s: status %d, and not the client", secret.RedactURL(e.state.Handle.RegistrationClientURI), a.status)
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
	m.follow(e.state.Handle)
	m.handle.RegistrationAccessToken = token
	return m
}

// shows reports whether an answer shows a client. Some servers leave the client_id out of a read.
func shows(a answer, clientID string) bool {
	if a.status != http.StatusOK {
		return false
	}
	if id := a.text("client_id"); id != "" {
		return id == clientID
	}
	return a.document["redirect_uris"] != nil
}

// stillAuthenticates reports whether the token endpoint tells the client's secret from a wrong one.
func (r *run) stillAuthenticates(ctx context.Context, e *entry) (bool, error) {
	known := e.state.Handle.ClientSecret
	if known.IsEmpty() {
		return false, nil
	}
	m := r.measurementOf(e, secret.String{})
	right, err := m.evidence(ctx, known)
	if err != nil {
		return false, err
	}
	wrong, err := m.evidence(ctx, secret.New("wrong"))
	return right != wrong && right != noAnswer && wrong != noAnswer, err
}
