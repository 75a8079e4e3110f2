// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"

// NoteMadeWith notes what a registration of this run has of the client that it was answered with.
func (s *Server) NoteMadeWith(c *Client, answered metadata.Document) {
	s.holders.keepWith(c.Record.MadeAt, madeWith{c.Handle, UsesSecret(answered)})
}

// MadeWithout reports whether what a registration of this run made of the client lacks a credential that the client has here.
func (s *Server) MadeWithout(c *Client) bool { return s.holders.lacks(c.names(), c.Handle) }
