// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// read is the client read request (RFC 7592 §2.1).
func (s *Server) read(c *call) answer {
	if c.f.ReadStatus == http.StatusMethodNotAllowed {
		return errMethod("PUT", "DELETE")
	}
	cl, refused := s.manager(c)
	if refused != nil {
		return *refused
	}
	return jsonAnswer(http.StatusOK, s.document(c, cl, s.rotate(c, cl, c.f.RotateTokenOnRead, c.f.RotateSecretOnRead)))
}

// update is the client update request (RFC 7592 §2.2): it replaces the whole registration.
func (s *Server) update(c *call) answer {
	if c.f.UpdateStatus == http.StatusMethodNotAllowed {
		return errMethod("GET", "DELETE")
	}
	cl, refused := s.manager(c)
	if refused != nil {
		return *refused
	}
	sent, refused := c.object()
	if refused != nil {
		return *refused
	}
	if refused := s.checkUpdate(c, cl, sent); refused != nil {
		return *refused
	}
	if c.f.KeepUnknown {
		delete(sent, "client_id")
		if sent["client_secret"] == cl.secret {
			delete(sent, "client_secret")
		}
	} else {
		for _, member := range serverAssigned {
			delete(sent, member)
		}
	}
	for member, value := range sent {
		// RFC 7592 §2.2: a null or empty member is one to delete, like one that is left out.
		if elements, array := value.([]any); empty(value) || c.f.UpdateMerges && array && len(elements) == 0 {
			delete(sent, member)
		}
	}
	if c.f.UpdateMerges {
		merge(c.f, sent, cl.metadata)
	}
	registered, refused := s.registered(c, sent, cl)
	if refused != nil {
		return *refused
	}
	cl.metadata = registered
	switch {
	case !needsSecret(registered):
		cl.secret = ""
	case cl.secret == "":
		s.issueSecret(cl)
	}
	if c.f.MoveURIOnUpdate {
		cl.generation++
	}
	return jsonAnswer(http.StatusOK, s.document(c, cl, s.rotate(c, cl, c.f.RotateTokenOnUpdate, c.f.RotateSecretOnUpdate)))
}

// checkUpdate applies RFC 7592 §2.2's rules on the members that are no metadata, and the faults of updates.
func (s *Server) checkUpdate(c *call, cl *client, sent map[string]any) *answer {
	if !c.f.KeepUnknown {
		for _, member := range notInUpdates {
			if _, found := sent[member]; found {
				return ptr(errRequest("an update must not contain %s", member))
			}
		}
	}
	if sent["client_id"] != cl.id {
		return ptr(errRequest("an update must contain the client_id of the client"))
	}
	secret, hasSecret := sent["client_secret"]
	switch {
	case hasSecret && c.f.UpdateRefusesSecret:
		return ptr(errorAnswer(http.StatusForbidden, "access_denied", "the client_secret cannot be set by an update"))
	case hasSecret && !c.f.KeepUnknown && (cl.secret == "" || secret != cl.secret):
		return ptr(errRequest("the client_secret is not that of the client"))
	case !hasSecret && c.f.UpdateWithoutSecretIsUnauthorized && cl.secret != "":
		return ptr(errorAnswer(http.StatusUnauthorized, "invalid_client", "client authentication failed"))
	case !hasSecret && c.f.UpdateNeedsSecret && cl.secret != "":
		return ptr(errRequest("an update must contain the client_secret"))
	}
	if c.f.UpdateNeedsEveryMember {
		for _, member := range sortedNames(s.document(c, cl, shown{as: OpRead})) {
			if _, found := sent[member]; !found && !slices.Contains(serverAssigned, member) {
				return ptr(errMetadata("an update must contain %s", member))
			}
		}
	}
	for _, member := range c.f.UpdateNeeds {
		if empty(sent[member]) {
			return ptr(errMetadata("an update must contain %s", member))
		}
	}
	return refusedMember(c.f, sent)
}

// refusedMember finds a member that the faults have the server refuse.
func refusedMember(f Faults, sent map[string]any) *answer {
	for _, member := range sortedNames(sent) {
		value := sent[member]
		if status := f.UpdateRefuses[member]; status != 0 {
			return ptr(errorAnswer(status, "invalid_client_metadata", "%s cannot be updated", member))
		}
		_, added := f.AddMembers[member]
		_, showed := f.ShowOnRead[member]
		object, isObject := value.(map[string]any)
		switch {
		case f.UpdateRefusesOwnRead && (added || showed):
			return ptr(errMetadata("%s is the server's own", member))
		case f.UpdateRefusesEmpty && empty(value):
			return ptr(errMetadata("%s is empty", member))
		case f.UpdateRefusesEmptyObject && isObject && len(object) == 0:
			return ptr(errMetadata("%s is an empty object", member))
		}
	}
	return nil
}

// merge keeps what an update does not mention.
func merge(f Faults, sent, old map[string]any) {
	for member, value := range old {
		if _, found := sent[member]; found {
			continue
		}
		if _, boolean := value.(bool); boolean && f.UpdateResetsBooleans {
			value = false
		}
		sent[member] = value
	}
}

// remove is the client delete request (RFC 7592 §2.3).
func (s *Server) remove(c *call) answer {
	status := c.f.DeleteStatus
	if status == http.StatusMethodNotAllowed {
		return errMethod("GET", "PUT")
	}
	cl, refused := s.manager(c)
	if refused != nil {
		return *refused
	}
	switch {
	case c.f.DeleteKeepsClient:
	case c.f.Deletion.Soft:
		cl.deleted = true
	default:
		s.bury(cl)
	}
	if status == 0 {
		status = http.StatusNoContent
	}
	return emptyAnswer(status)
}

// rotate issues new credentials and says which.
func (s *Server) rotate(c *call, cl *client, token, secret bool) shown {
	rotated := shown{}
	if after := c.f.RotateTokenAfter; after > 0 && !s.now().Before(cl.tokenIssued.Add(after)) {
		token = true
	}
	if token && cl.token != "" {
		s.issueToken(cl)
		rotated.token = true
	}
	if secret && cl.secret != "" {
		s.issueSecret(cl)
		rotated.secret = true
	}
	return rotated
}

// shown says what is new in an answer, and lets it be made as another operation's.
type shown struct {
	token, secret bool
	as            Operation
}

// document is the client information response (RFC 7591 §3.2.1, RFC 7592 §3), with the faults of what is shown.
func (s *Server) document(c *call, cl *client, rotated shown) map[string]any {
	op := c.op
	if rotated.as != "" {
		op = rotated.as
	}
	reading, updating := op == OpRead, op == OpUpdate
	doc := cloneMap(cl.metadata)
	s.showMetadata(c.f, doc, reading)
	kept := cloneMap(doc)
	doc["client_id"] = cl.id
	if !c.f.OmitIssuedAt && (!reading || !c.f.OmitIssuedAtOnRead) {
		doc["client_id_issued_at"] = shownTime(c.f, seconds(cl.issuedAt))
	}
	omitSecret := (reading && c.f.OmitSecretOnRead || updating && c.f.OmitSecretOnUpdate) && !rotated.secret
	if cl.secret != "" && !omitSecret {
		doc["client_secret"] = cl.secret
		if reading && c.f.HashedSecretOnRead && !rotated.secret {
			doc["client_secret"] = hashed(cl.secret)
		}
	}
	if (cl.secret != "" && !omitSecret || cl.secret == "" && c.f.SecretExpiryWithoutSecret) && !c.f.OmitSecretExpiry {
		doc["client_secret_expires_at"] = shownTime(c.f, seconds(cl.secretExpires))
		if c.f.NullSecretExpiry && cl.secretExpires.IsZero() {
			doc["client_secret_expires_at"] = nil
		}
	}
	omitToken := (reading && c.f.OmitTokenOnRead || updating && c.f.OmitTokenOnUpdate) && !rotated.token
	if cl.token != "" && !omitToken {
		doc["registration_access_token"] = cl.token
		if c.f.Credentials.TellsTokenLifetime && !cl.tokenExpires.IsZero() {
			doc["registration_access_token_expires_in"] = int64(cl.tokenExpires.Sub(s.now()).Seconds())
		}
	}
	omitURI := reading && c.f.OmitURIOnRead || updating && c.f.OmitURIOnUpdate
	if (s.Management == ManagementFull || s.Management == ManagementNoToken) && !omitURI {
		doc["registration_client_uri"] = s.clientURI(cl)
	}
	if c.f.KeepUnknown {
		for _, member := range serverAssigned {
			if value, found := kept[member]; found {
				doc[member] = value
			}
		}
	}
	showCredentials(c.f, op, doc)
	return doc
}

// showCredentials applies the faults of how an operation shows the credentials and the URI that it would show anyway.
func showCredentials(f Faults, op Operation, doc map[string]any) {
	shows := map[Operation]Shows{OpRegister: f.Registration.Shows, OpRead: f.Reading.Shows, OpUpdate: f.Updating.Shows}[op]
	for member, show := range map[string]Showing{
		"client_secret": shows.Secret, "registration_access_token": shows.Token, "registration_client_uri": shows.URI,
	} {
		if value, ok := doc[member].(string); ok && show != nil {
			doc[member] = show(value)
		}
	}
	if op == OpRead && f.Reading.NoClientID {
		delete(doc, "client_id")
	}
}

// showMetadata applies the faults of how registered metadata is shown.
func (s *Server) showMetadata(f Faults, doc map[string]any, reading bool) {
	dropped := f.DropOnWrite
	if reading {
		dropped = f.DropOnRead
		for member, value := range f.ShowOnRead {
			replace(doc, member, value, doc[member])
		}
	}
	for _, member := range dropped {
		delete(doc, member)
	}
	if f.ReorderArrays {
		s.counters["order"]++
		for member, value := range doc {
			if elements, ok := value.([]any); ok && !slices.Contains(orderedMembers, member) {
				doc[member] = turned(elements, s.counters["order"])
			}
		}
	}
	for _, member := range f.ArrayWhereString {
		if value, ok := doc[member].(string); ok {
			doc[member] = list(value)
			if member == "scope" {
				doc[member] = list(strings.Fields(value)...)
			}
		}
	}
	for _, member := range f.StringWhereArray {
		if elements, ok := doc[member].([]any); ok && len(elements) == 1 {
			doc[member] = elements[0]
		}
	}
	showUnset(f, doc)
}

// showUnset shows members that the client has not got.
func showUnset(f Faults, doc map[string]any) {
	for member, kind := range members {
		if _, found := doc[member]; found {
			continue
		}
		switch {
		case kind == kindKeys && f.EmptyObjectForJWKS:
			doc[member] = map[string]any{}
		case kind <= kindSecure && f.EmptyStringsForUnset:
			doc[member] = ""
		case (kind == kindTexts || kind == kindURIs || kind == kindRedirect) && f.EmptyArraysForUnset:
			doc[member] = []any{}
		case kind == kindBoolean && f.FalseForUnset:
			doc[member] = false
		case f.NullsForUnset:
			doc[member] = nil
		}
	}
}

// turned is an array that starts with another element, and always with another one for the next n.
func turned(elements []any, n int) []any {
	if len(elements) == 0 {
		return elements
	}
	n %= len(elements)
	return append(slices.Clone(elements[n:]), elements[:n]...)
}

// hashed looks like a stored secret. It is no real hash: nothing may ever be verified against it.
func hashed(secret string) string {
	return "{bcrypt}$2a$10$" + digest(secret, "1") + digest(secret, "2") + digest(secret, "3") + "abcde"
}

func shownTime(f Faults, value int64) any {
	switch {
	case f.NumericStringTimes:
		return itoa(int(value))
	case f.Times == TimesISO && value != 0:
		return time.Unix(value, 0).UTC().Format(time.RFC3339)
	case f.Times == TimesMilliseconds:
		return value * 1000
	}
	return value
}
