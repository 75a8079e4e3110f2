// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// hugeSize is the size of the answers of Faults.HugeBody and MetadataHuge.
const hugeSize = 10 << 20

// shape applies the faults of an answer's form.
func (s *Server) shape(c *call, a answer) answer {
	operations := c.f.ShapeOn
	if operations == nil {
		operations = aboutClients
	}
	if !slices.Contains(operations, c.op) {
		return a
	}
	if a.failed != nil {
		return s.shapeError(c, a)
	}
	return shapeSuccess(c.f, a)
}

func (s *Server) shapeError(c *call, a answer) answer {
	challenge := a.header.Get("WWW-Authenticate")
	replace := func(doc any) {
		a.doc = doc
	}
	switch {
	case c.f.ErrorsUnder200:
		a.status, challenge = http.StatusOK, ""
		replace(map[string]any{"status": "error", "msg": a.failed.Description, "data": nil})
	case c.f.HTMLErrors:
		page := htmlAnswer(a.status, http.StatusText(a.status))
		a.doc, a.raw, a.header = nil, page.raw, page.header
	case c.f.EmptyErrors:
		a.doc, a.raw = nil, nil
		a.header.Del("Content-Type")
	case c.f.StringError:
		replace(map[string]any{"error": "The request could not be authorized: " + a.failed.Description})
	case c.f.MessageErrors:
		replace(map[string]any{"message": a.failed.Description, "code": strings.ToUpper(a.failed.Code)})
	}
	if c.f.CredentialsBesideErrors {
		s.credentialsBeside(c, a.doc)
	}
	a.header.Del("WWW-Authenticate")
	if challenge != "" && !c.f.NoChallenge {
		a.header.Set("WWW-Authenticate", challenge)
	}
	return a
}

// credentialsBeside puts the client's credentials into an error answer, where the caller had shown that it may know
// them: its token is that of the client.
func (s *Server) credentialsBeside(c *call, body any) {
	doc, ok := body.(map[string]any)
	token, bearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	cl := s.owner(token)
	if !ok || !bearer || cl == nil {
		return
	}
	if c.op == OpRead && c.f.RotateTokenOnRead || c.op == OpUpdate && c.f.RotateTokenOnUpdate {
		s.issueToken(cl)
	}
	doc["client_id"], doc["registration_access_token"] = cl.id, cl.token
	if cl.secret != "" {
		doc["client_secret"] = cl.secret
	}
}

func shapeSuccess(f Faults, a answer) answer {
	doc, isObject := a.doc.(map[string]any)
	switch {
	case f.HTMLSuccess:
		return htmlAnswer(a.status, "Welcome")
	case f.EmptySuccess:
		return emptyAnswer(a.status)
	case !isObject:
		return a
	case f.HugeBody:
		doc["padding"] = strings.Repeat("x", hugeSize)
	case f.NoClientID:
		delete(doc, "client_id")
	case f.OtherClientID:
		doc["client_id"] = "another-client"
	}
	if f.ContentType != "" {
		a.header.Set("Content-Type", f.ContentType)
	}
	return a
}

func itoa(n int) string { return strconv.Itoa(n) }
