// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// client is an application with an OAuth configuration.
type client struct {
	id, secret, place string
	expires           int64    // of the secret, seconds since 1970; 0 is never
	scopes            []string // that client_credentials may get
	metadata          map[string]any
	roles             []string // users who have the application's role
	everyone          bool     // every administrator has it
	encrypts          bool     // encryption of ID tokens was enabled at the registration
	cached            bool     // the secret is in the server's cache
}

func (s *Server) find(id string) *client {
	for _, cl := range s.clients {
		if cl.id == id {
			return cl
		}
	}
	return nil
}

func (s *Server) named(place, name string) *client {
	for _, cl := range s.clients {
		if cl.place == place && stringOf(cl.metadata, "client_name") == name {
			return cl
		}
	}
	return nil
}

// bury deletes a client and its access tokens.
func (s *Server) bury(cl *client) {
	s.clients = slices.DeleteFunc(s.clients, func(other *client) bool { return other == cl })
	maps.DeleteFunc(s.tokens, func(_ string, token accessToken) bool { return token.clientID == cl.id })
}

// Client is a client as a test sees it.
type Client struct {
	ID, Secret string
	// Place is the tenant or organization where it lives.
	Place string
	// SecretExpiresAt is zero for a secret that does not expire.
	SecretExpiresAt time.Time
	// Metadata are the stored members, redirect_uris as they were sent.
	Metadata map[string]any
}

// Clients are all clients in the order of their registration.
func (s *Server) Clients() []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Client
	for _, cl := range s.clients {
		all = append(all, snapshot(cl))
	}
	return all
}

// Client is one client; ok is false where there is none.
func (s *Server) Client(id string) (found Client, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cl := s.find(id)
	if cl == nil {
		return Client{}, false
	}
	return snapshot(cl), true
}

func snapshot(cl *client) Client {
	out := Client{ID: cl.id, Secret: cl.secret, Place: cl.place, Metadata: maps.Clone(cl.metadata)}
	if cl.expires != 0 {
		out.SecretExpiresAt = time.Unix(cl.expires, 0).UTC()
	}
	return out
}

// AddClient registers a client of a place as an administrator would, whose client_credentials may get the scopes. Every
// administrator may manage it.
func (s *Server) AddClient(place, id, secret string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	metadata := s.defaults("admin")
	metadata["client_name"], metadata["grant_types"] = id, []any{"client_credentials"}
	s.clients = append(s.clients, &client{
		id: id, secret: secret, place: or(place, SuperTenant), scopes: scopes, metadata: metadata, everyone: true, cached: true,
	})
}

// SetMember changes a client behind everyone's back. The value is any that JSON can have.
func (s *Server) SetMember(id, member string, value any) {
	doc, err := decode(encode(map[string]any{member: value}))
	if err != nil {
		panic("wso2: " + err.Error())
	}
	s.edit(id, func(cl *client) { cl.metadata[member] = doc[member] })
}

// UnsetMember takes a member from a client behind everyone's back.
func (s *Server) UnsetMember(id, member string) {
	s.edit(id, func(cl *client) { delete(cl.metadata, member) })
}

// SetSecret gives a client another secret behind everyone's back, as the console's "Regenerate" does.
func (s *Server) SetSecret(id, secret string) {
	s.edit(id, func(cl *client) { cl.secret = secret })
}

// RemoveClient deletes a client behind everyone's back. A client that is not there is no mistake.
func (s *Server) RemoveClient(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cl := s.find(id); cl != nil {
		s.bury(cl)
	}
}

func (s *Server) edit(id string, change func(*client)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cl := s.find(id)
	if cl == nil {
		panic(fmt.Sprintf("wso2: there is no client %q to change", id))
	}
	change(cl)
}
