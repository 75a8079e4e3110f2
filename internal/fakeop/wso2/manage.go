// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// read is GET /register/{client_id}, and GET /register?client_name=.
func (s *Server) read(c *call) answer {
	user, refused := s.permitted(c)
	if refused != nil {
		return *refused
	}
	cl := s.find(c.id)
	if c.id == "" {
		name := c.r.URL.Query().Get("client_name")
		if name == "" {
			return *s.refused(invalidMetadata, "Insufficient data in the request")
		}
		cl = s.named(c.place, name)
	}
	if refused := s.own(c, user, cl); refused != nil {
		return *refused
	}
	return s.shown(http.StatusOK, cl, cl.metadata)
}

// applied only beside a client_name, since they belong to another object of the product than the rest.
var besideName = []string{"jwks_uri", "ext_application_display_name", "ext_application_version"}

// update is PUT /register/{client_id}. It merges strings, arrays and numbers, whose empty values keep the old ones;
// resets booleans that are not there; sets require_pushed_authorization_requests to require_signed_request_object, by a
// mistake in the product; and answers with the request's jwks_uri instead of the client's.
func (s *Server) update(c *call) answer {
	user, refused := s.permitted(c)
	if refused != nil {
		return *refused
	}
	doc, refused := s.body(c, true)
	if refused != nil {
		return *refused
	}
	cl := s.find(c.id)
	if refused := s.own(c, user, cl); refused != nil {
		return *refused
	}
	name := stringOf(doc, "client_name")
	if name != "" {
		if refused := s.checkName(c, name, cl); refused != nil {
			return *refused
		}
	}
	method := or(stringOf(doc, "token_endpoint_auth_method"), stringOf(cl.metadata, "token_endpoint_auth_method"))
	if refused := s.checkMembers(doc, method); refused != nil {
		return *refused
	}
	s.merge(cl, doc)
	view := maps.Clone(cl.metadata)
	delete(view, "jwks_uri")
	if uri := stringOf(doc, "jwks_uri"); uri != "" {
		view["jwks_uri"] = uri
	}
	return s.shown(http.StatusOK, cl, view)
}

func (s *Server) merge(cl *client, doc map[string]any) {
	name := stringOf(doc, "client_name")
	for member, m := range members {
		value, sent := doc[member]
		switch {
		case !s.Release.takes(member, true) || member == "client_id" || member == "client_secret" || member == "ext_application_owner":
		case m.kind == boolean && !slices.Contains(optional, member):
			cl.metadata[member] = sent && value == true
		case member == "ext_application_display_name" && name != "" && (!sent || value == ""):
			delete(cl.metadata, member)
		case !sent || value == "" || m.kind == texts && len(stringsOf(value)) == 0:
		case name == "" && slices.Contains(besideName, member):
		case member == "id_token_encrypted_response_alg" && !cl.encrypts:
		default:
			cl.metadata[member] = value
		}
	}
	if alias := stringOf(doc, "token_type_extension"); alias != "" && doc["ext_token_type"] == nil {
		cl.metadata["ext_token_type"] = alias
	}
	cl.metadata["token_type_extension"] = cl.metadata["ext_token_type"]
	cl.metadata["require_pushed_authorization_requests"] = cl.metadata["require_signed_request_object"]
}

// remove is DELETE /register/{client_id}.
func (s *Server) remove(c *call) answer {
	user, refused := s.permitted(c)
	if refused != nil {
		return *refused
	}
	cl := s.find(c.id)
	if refused := s.own(c, user, cl); refused != nil {
		return *refused
	}
	s.bury(cl)
	return answer{status: http.StatusNoContent}
}

// shown is a client as answers have it: no time of issue, no token, no URI.
func (s *Server) shown(status int, cl *client, metadata map[string]any) answer {
	doc := map[string]any{"client_id": cl.id, "client_secret": s.shownSecret(cl), "client_secret_expires_at": 0}
	switch {
	case s.Release < Release60:
		doc["client_secret_expires_at"] = nil
	case s.Release >= ReleaseNext:
		doc["client_secret_expires_at"] = cl.expires
	}
	for member := range members {
		value, found := metadata[member]
		if s.Release.shows(member) && (found || s.ReturnNullFields) {
			doc[member] = value
		}
	}
	doc["redirect_uris"] = s.shownRedirectURIs(metadata["redirect_uris"])
	return answer{status: status, doc: doc, header: jsonHeader()}
}

// shownSecret is the secret, or what is stored of it once the server's cache has lost it.
func (s *Server) shownSecret(cl *client) string {
	if !s.HashSecrets || cl.cached {
		return cl.secret
	}
	sum := sha256.Sum256([]byte(cl.secret))
	return `{"algorithm":"SHA-256","hash":"` + hex.EncodeToString(sum[:]) + `"}`
}

// ForgetSecrets empties the cache of secrets, as time or a restart does. Without HashSecrets it changes nothing.
func (s *Server) ForgetSecrets() { s.cache(false) }

// RememberSecrets fills it, as the clients' own use of their secrets does.
func (s *Server) RememberSecrets() { s.cache(true) }

func (s *Server) cache(cached bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cl := range s.clients {
		cl.cached = cached
	}
}

// shownRedirectURIs is how redirect URIs are stored and shown: none as one empty string, several as one pattern whose
// question marks are escaped once, unless the release and the installation show them as they were sent.
func (s *Server) shownRedirectURIs(value any) []any {
	uris := stringsOf(value)
	switch {
	case len(uris) == 0:
		return []any{""}
	case len(uris) == 1 || s.Release >= ReleaseNext && !s.OlderInstallation:
		return anys(uris)
	}
	for i := range uris {
		uris[i] = strings.Replace(uris[i], "?", `\?`, 1)
	}
	return []any{"regexp=(" + strings.Join(uris, "|") + ")"}
}
