// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// What a caller needs that measures a server's answers itself, with the connection, the credentials and the redaction of the
// operations. Such a caller keeps no state, so that nothing here touches the journal.

// Transport returns the client that all requests of this server go through.
func (s *Server) Transport() *transport.Client { return s.transport }

// RegistrationCredential returns what authorizes the provider itself at the registration endpoint of t.
func (s *Server) RegistrationCredential(ctx context.Context, t Target) (transport.Authorizer, error) {
	return s.registrationAuth(ctx, t, secret.String{})
}

// HasCredentials reports whether the provider itself has credentials for the registration endpoint of t.
func (s *Server) HasCredentials(t Target) bool { return s.hasCredentials(t) }

// ClientURI returns the client configuration endpoint of a server that returned none.
func (s *Server) ClientURI(t Target, clientID string) string { return s.templateURI(t, clientID) }

// WithGrace returns the context for an exchange that an interrupt does not cut off at once: its answer may hold a client's only
// credential.
func (s *Server) WithGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	return s.withGrace(ctx)
}

// Hide tells Scrub of credentials.
func (s *Server) Hide(credentials ...secret.String) { s.scrubber.Add(credentials...) }
