// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

// What a run notes of a client, by the names that it is known by.

// LookedAt reports whether this run has looked at the client before, also where nobody here has it.
func (s *Server) LookedAt(c *Client) bool { return s.holders.has(&s.holders.looked, c.names()) }

// NoteHeld notes that a resource's state was read as this client's, and reports whether one was before. Unlike Claim it does not count what
// only looks at a client: a data source finds one for an import.
func (s *Server) NoteHeld(c *Client) bool { return s.holders.note(&s.holders.held, c.names()) }

// NoteMade notes that a registration of this run was just answered with the client, or an adoption gave it to a resource. The record has its mark.
func (s *Server) NoteMade(c *Client) { c.madeBefore = s.holders.make(c.names(), c.Record.MadeAt) }

// NoteTakenBack takes back what NoteMade noted, for a client that the registration does not keep.
func (s *Server) NoteTakenBack(c *Client) { s.holders.unmake(c.Record.MadeAt, c.madeBefore) }

// MadeAgain reports whether a registration of this run was answered with the client that an earlier one has, as some servers answer the
// metadata of a client that they have: what is made before its predecessor is destroyed is the same client then. A tainted object has no record, and no
// run of the CLI destroys what it has made.
func (s *Server) MadeAgain(c *Client) bool { return s.holders.madeOther(c.names(), c.Record.MadeAt) }

// Release notes that no resource of this run has the client any more.
func (s *Server) Release(c *Client) {
	s.holders.release(c.names())
	s.refusals.Delete(s.homeKey(c))
}
