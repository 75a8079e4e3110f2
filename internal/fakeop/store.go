// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"
)

// client is a registered client.
type client struct {
	id, tenant    string
	origin        string // of the port that it registered at
	secret, token string
	issuedAt      time.Time
	secretExpires time.Time // zero: never
	tokenExpires  time.Time // zero: never
	tokenIssued   time.Time
	deleted       bool // see DeletionFaults.Soft
	disabled      bool // see DisableClient
	generation    int  // of its configuration URI, see Faults.MoveURIOnUpdate
	metadata      map[string]any
}

// accessToken is what the token endpoint issued.
type accessToken struct {
	clientID, scope string
	expires         time.Time
}

// Client is a registered client, as a test sees it.
type Client struct {
	ID, Secret, Token, URI, Issuer string
	IssuedAt                       time.Time
	// SecretExpiresAt is zero for a secret that does not expire.
	SecretExpiresAt time.Time
	// Metadata are the registered members, as decoded JSON with json.Number.
	Metadata map[string]any
}

// Clients are all clients that live, in the order of their registration.
func (s *Server) Clients() []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Client
	for _, id := range s.order {
		if cl := s.clients[id]; !cl.deleted {
			all = append(all, s.snapshot(cl))
		}
	}
	return all
}

// Registrations is how many clients were ever registered by a request, whether or not its answer arrived.
func (s *Server) Registrations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posted
}

// Client is one client that lives; ok is false where there is none.
func (s *Server) Client(id string) (found Client, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cl := s.clients[id]; cl == nil || cl.deleted {
		return Client{}, false
	}
	return s.snapshot(s.clients[id]), true
}

func (s *Server) snapshot(cl *client) Client {
	return Client{
		ID: cl.id, Secret: cl.secret, Token: cl.token, URI: s.clientURI(cl), Issuer: s.base + cl.tenant,
		IssuedAt: cl.issuedAt, SecretExpiresAt: cl.secretExpires, Metadata: cloneMap(cl.metadata),
	}
}

// AddClient registers a client past all rules, as an administrator would: with the id and secret given ("" for none,
// and no secret) and without a registration access token. The metadata's defaults are filled in.
func (s *Server) AddClient(id, secret string, metadata map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := cloneMap(metadata)
	s.fillDefaults(doc)
	cl := &client{
		id: id, tenant: s.IssuerPath, origin: s.base, secret: secret, issuedAt: s.now(), metadata: doc,
	}
	s.keep(cl)
}

// keep adds a client to the store. One that is there already under the same id is replaced.
func (s *Server) keep(cl *client) {
	if s.clients[cl.id] == nil {
		s.order = append(s.order, cl.id)
	}
	s.clients[cl.id] = cl
}

// SetMember changes a client behind everyone's back. The value is any that JSON can have.
func (s *Server) SetMember(id, member string, value any) {
	s.edit(id, func(cl *client) { cl.metadata[member] = plain(value) })
}

// UnsetMember takes a member from a client behind everyone's back.
func (s *Server) UnsetMember(id, member string) {
	s.edit(id, func(cl *client) { delete(cl.metadata, member) })
}

// RemoveClient deletes a client behind everyone's back. A client that is not there is no mistake.
func (s *Server) RemoveClient(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cl := s.clients[id]; cl != nil {
		s.bury(cl)
	}
}

// DisableClient shuts a client off, as an administrator would who wants to enable it again. It is refused everywhere as one that does not
// exist; the page of the authorization endpoint alone says what the matter is.
func (s *Server) DisableClient(id string) { s.edit(id, func(cl *client) { cl.disabled = true }) }

// EnableClient ends what DisableClient did.
func (s *Server) EnableClient(id string) { s.edit(id, func(cl *client) { cl.disabled = false }) }

// bury deletes a client and all that it could do.
func (s *Server) bury(cl *client) {
	delete(s.clients, cl.id)
	s.order = slices.DeleteFunc(s.order, func(id string) bool { return id == cl.id })
	if cl.token != "" {
		s.graves[cl.token] = true
	}
	for token, access := range s.access {
		if access.clientID == cl.id {
			delete(s.access, token)
		}
	}
}

// RevokeToken ends a client's registration access token; the client lives on.
func (s *Server) RevokeToken(id string) { s.edit(id, func(cl *client) { cl.token = "" }) }

// ReissueToken gives a client a new registration access token, as an administrator would, and returns it.
func (s *Server) ReissueToken(id string) (token string) {
	s.edit(id, func(cl *client) {
		s.issueToken(cl)
		token = cl.token
	})
	return token
}

// ReissueSecret gives a client a new secret behind its back, and returns it.
func (s *Server) ReissueSecret(id string) (secret string) {
	s.edit(id, func(cl *client) {
		s.issueSecret(cl)
		secret = cl.secret
	})
	return secret
}

// CurrentToken is a client's registration access token, "" for none.
func (s *Server) CurrentToken(id string) string {
	found, _ := s.Client(id)
	return found.Token
}

// CurrentSecret is a client's secret, "" for none.
func (s *Server) CurrentSecret(id string) string {
	found, _ := s.Client(id)
	return found.Secret
}

// edit changes a client under the lock. A client that is not there is a mistake of the test.
func (s *Server) edit(id string, change func(*client)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cl := s.clients[id]
	if cl == nil {
		panic(fmt.Sprintf("fakeop: there is no client %q to change", id))
	}
	change(cl)
}

func (s *Server) issueToken(cl *client) {
	if s.Token != nil {
		s.counters["reg-token"]++
		cl.token = s.Token(s.counters["reg-token"])
	} else {
		cl.token = s.mint("reg-token")
	}
	cl.tokenIssued = s.now()
	if s.TokenLifetime > 0 {
		cl.tokenExpires = s.now().Add(s.TokenLifetime)
	}
}

func (s *Server) issueSecret(cl *client) {
	if s.Secret != nil {
		s.counters["secret"]++
		cl.secret = s.Secret(s.counters["secret"])
	} else {
		cl.secret = s.mint("secret")
	}
	cl.secretExpires = time.Time{}
	if s.SecretLifetime > 0 {
		cl.secretExpires = s.now().Add(s.SecretLifetime)
	}
}

// clientURI is a client's registration_client_uri (RFC 7592 §2: any URI that the server likes).
func (s *Server) clientURI(cl *client) string {
	origin := cl.origin
	if s.faults.HTTPClientURI {
		origin = "http" + trimScheme(origin)
	}
	if s.faults.ClientURIOrigin != "" {
		origin = s.faults.ClientURIOrigin
	}
	query := url.Values{}
	if cl.generation > 0 {
		query.Set("generation", fmt.Sprint(cl.generation))
	}
	uri := origin + cl.tenant + pathRegister
	switch s.ClientURI {
	case URIPath:
		uri += "/" + url.PathEscape(cl.id)
	case URIQuery:
		query.Set("client_id", cl.id)
	}
	if len(query) > 0 {
		uri += "?" + query.Encode()
	}
	return uri
}

// Backup keeps all clients as they are now. The function that it returns brings them back, as an operator does who restores a server
// from a backup: what was registered, rotated or deleted since is not known any more.
func (s *Server) Backup() (restore func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, order, graves := copies(s.clients), slices.Clone(s.order), maps.Clone(s.graves)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.clients, s.order, s.graves, s.last = copies(kept), slices.Clone(order), maps.Clone(graves), nil
	}
}

func copies(clients map[string]*client) map[string]*client {
	out := make(map[string]*client, len(clients))
	for id, cl := range clients {
		out[id] = cl.copied()
	}
	return out
}
