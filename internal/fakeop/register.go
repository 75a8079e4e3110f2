// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"sort"
	"strings"
)

// register is the client registration endpoint (RFC 7591 §3, OpenID Connect Dynamic Client Registration 1.0 §3).
func (s *Server) register(c *call) answer {
	spend, refused := s.registrar(c)
	if refused != nil {
		return *refused
	}
	sent, refused := c.object()
	if refused != nil {
		return *refused
	}
	for _, member := range serverAssigned {
		if _, found := sent[member]; found {
			return errMetadata("%s is the server's to assign", member)
		}
	}
	for _, member := range sortedNames(sent) {
		if empty(sent[member]) {
			return errMetadata("%s is empty: leave it out instead", member)
		}
	}
	registered, refused := s.registered(c, sent, nil)
	if refused != nil {
		return *refused
	}
	status := http.StatusCreated
	if c.f.RegisterStatus != 0 {
		status = c.f.RegisterStatus
	}
	if c.f.SameMetadataSameClient && !needsSecret(registered) {
		for _, id := range s.order {
			if cl := s.clients[id]; bytes.Equal(encode(cl.metadata), encode(registered)) {
				return jsonAnswer(status, s.document(c, cl, shown{}))
			}
		}
	}
	if twin := s.twin(c, registered); twin != nil {
		if c.f.Registration.SameClient {
			return jsonAnswer(http.StatusOK, s.document(c, twin, shown{}))
		}
		return errMetadata("there is a client with the client_name %q already", text(registered, "client_name"))
	}
	cl := &client{tenant: c.tenant, origin: c.origin, issuedAt: s.now(), metadata: registered}
	cl.id = s.mintClientID()
	if needsSecret(registered) {
		s.issueSecret(cl)
	}
	if s.Management == ManagementFull {
		s.issueToken(cl)
	}
	s.keep(cl)
	s.posted++
	s.last = &write{id: cl.id}
	spend()
	return jsonAnswer(status, s.document(c, cl, shown{}))
}

// twin is a client of the same metadata or, for UniqueNames, the same client_name; nil where there is none that matters.
func (s *Server) twin(c *call, registered map[string]any) *client {
	for _, id := range s.order {
		cl := s.clients[id]
		if cl.deleted || cl.tenant != c.tenant {
			continue
		}
		if c.f.Registration.SameClient && bytes.Equal(encode(cl.metadata), encode(registered)) {
			return cl
		}
		name := text(registered, "client_name")
		if !c.f.Registration.SameClient && c.f.Registration.UniqueNames && name != "" && text(cl.metadata, "client_name") == name {
			return cl
		}
	}
	return nil
}

func (s *Server) mintClientID() string {
	if s.ClientID == nil {
		return s.mint("client")
	}
	s.counters["client"]++
	return s.ClientID(s.counters["client"])
}

// registered makes the metadata to be registered from what was sent: known members, checked, with defaults, as the
// standards say; then the faults. old is the client of an update.
func (s *Server) registered(c *call, sent map[string]any, old *client) (map[string]any, *answer) {
	doc, refused := s.known(c, sent)
	if refused != nil {
		return nil, refused
	}
	if refused := s.softwareStatement(doc); refused != nil {
		return nil, refused
	}
	if c.f.SubstituteUnsupported {
		s.substituteUnsupported(doc)
	}
	s.fillDefaults(doc)
	if refused := s.check(doc); refused != nil {
		return nil, refused
	}
	s.alter(c.f, doc, old)
	return doc, nil
}

// known keeps the members that the server understands and checks their types. RFC 7591 §2 has it ignore the rest.
func (s *Server) known(c *call, sent map[string]any) (map[string]any, *answer) {
	doc := map[string]any{}
	for _, member := range sortedNames(sent) {
		value := sent[member]
		name, tagged, ok := nameOf(member)
		want, found := members[name]
		switch {
		case slices.Contains(s.Extensions, member), c.f.KeepUnknown && (!ok || !found):
			doc[member] = value
		case !ok || !found:
			if c.f.RefuseUnknown {
				return nil, ptr(errMetadata("unrecognized field %s", member))
			}
		default:
			if wrong := wrongType(want, value); wrong != "" {
				return nil, ptr(errMetadata("%s %s", member, wrong))
			}
			if !tagged || !c.f.DropLanguageTagged {
				doc[member] = value
			}
		}
	}
	return doc, nil
}

// softwareStatement lets the claims of a software statement override plain members (RFC 7591 §2.3, §3.1.1). Its
// signature is not looked at: no test has anything to gain from that.
func (s *Server) softwareStatement(doc map[string]any) *answer {
	statement := text(doc, "software_statement")
	if statement == "" {
		return nil
	}
	parts := strings.Split(statement, ".")
	if len(parts) != 3 {
		return ptr(errSoftwareStatement("the software statement is not a JWT"))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ptr(errSoftwareStatement("the software statement is not a JWT"))
	}
	claims, err := decodeObject(payload)
	if err != nil {
		return ptr(errSoftwareStatement("the software statement holds no claims"))
	}
	if id := text(claims, "software_id"); s.ApprovedSoftware != nil && !slices.Contains(s.ApprovedSoftware, id) {
		return ptr(errUnapprovedSoftware(id))
	}
	for name, value := range claims {
		if want, found := members[name]; found && wrongType(want, value) == "" {
			doc[name] = value
		}
	}
	return nil
}

// fillDefaults registers what the standards mean by an absent member. response_types is code only where the client has
// the grant for it, else the default would contradict the request (RFC 7591 §2.1).
func (s *Server) fillDefaults(doc map[string]any) {
	defaults := map[string]any{
		"application_type": "web", "token_endpoint_auth_method": "client_secret_basic",
		"grant_types": list("authorization_code"),
	}
	for member, value := range defaults {
		if _, found := doc[member]; !found {
			doc[member] = value
		}
	}
	if _, found := doc["response_types"]; !found && (s.ResponseTypesAlone || slices.Contains(words(doc["grant_types"]), "authorization_code")) {
		doc["response_types"] = list("code")
	}
}

// needsSecret is whether a client gets a secret: for a method that authenticates with it, or to derive a key from it
// (OpenID Connect Core 1.0 §10.1).
func needsSecret(doc map[string]any) bool {
	switch text(doc, "token_endpoint_auth_method") {
	case "client_secret_basic", "client_secret_post", "client_secret_jwt":
		return true
	}
	for _, member := range []string{
		"id_token_signed_response_alg", "userinfo_signed_response_alg", "request_object_signing_alg",
		"authorization_signed_response_alg", "introspection_signed_response_alg",
	} {
		if strings.HasPrefix(text(doc, member), "HS") {
			return true
		}
	}
	return false
}

// alter applies the faults of what is registered.
func (s *Server) alter(f Faults, doc map[string]any, old *client) {
	if f.DeduplicateArrays {
		for member, value := range doc {
			if elements, ok := value.([]any); ok {
				doc[member] = deduplicated(elements)
			}
		}
	}
	if f.LowerCaseTags {
		for _, member := range sortedNames(doc) {
			if name, tag, tagged := strings.Cut(member, "#"); tagged {
				value := doc[member]
				delete(doc, member)
				doc[name+"#"+strings.ToLower(tag)] = value
			}
		}
	}
	for member, value := range f.Substitute {
		if sent, found := doc[member]; found {
			replace(doc, member, value, sent)
		}
	}
	for _, member := range f.Drop {
		delete(doc, member)
	}
	for member, value := range f.AddMembers {
		if _, found := doc[member]; !found {
			replace(doc, member, value, nil)
		}
	}
	for _, member := range f.Immutable {
		if old == nil {
			continue
		}
		delete(doc, member)
		if value, found := old.metadata[member]; found {
			doc[member] = value
		}
	}
}

// replace sets a member to a value or to what a func(any) any makes of the one sent; nil removes it.
func replace(doc map[string]any, member string, value, sent any) {
	if change, ok := value.(func(any) any); ok {
		value = change(sent)
	}
	if value == nil {
		delete(doc, member)
		return
	}
	doc[member] = plain(value)
}

func deduplicated(elements []any) []any {
	var out []any
	seen := map[string]bool{}
	for _, element := range elements {
		if key := string(encode(element)); !seen[key] {
			seen[key] = true
			out = append(out, element)
		}
	}
	return out
}

// sortedNames are a document's members in a fixed order, so that of two mistakes always the same one is answered.
func sortedNames(doc map[string]any) []string {
	names := make([]string, 0, len(doc))
	for name := range doc {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
