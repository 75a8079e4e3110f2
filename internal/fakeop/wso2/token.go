// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// accessToken is what the token endpoint issued.
type accessToken struct {
	clientID, place string
	scopes          []string
	expires         time.Time
}

// token is the token endpoint. Clients authenticate by Basic or in the body, before anything else is looked at.
func (s *Server) token(c *call) answer {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return oauthError(http.StatusBadRequest, "invalid_request", "The request is not a form")
	}
	id, secret, basic := c.r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	cl := s.find(id)
	if refused := s.authenticated(c, cl, id, secret, basic); refused != nil {
		return *refused
	}
	grant := form.Get("grant_type")
	switch {
	case grant == "":
		return oauthError(http.StatusBadRequest, "invalid_request", "Missing grant_type parameter value")
	case !slices.Contains(grants, grant):
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant_type value")
	case !slices.Contains(stringsOf(cl.metadata["grant_types"]), grant):
		return oauthError(http.StatusBadRequest, "unauthorized_client", "The authenticated client is not authorized to use this authorization grant type")
	case grant == "organization_switch":
		return s.switchOrganization(c, cl, form)
	case grant != "client_credentials":
		return oauthError(http.StatusBadRequest, "invalid_grant", "Provided Authorization Grant is invalid")
	}
	return s.issue(cl, c.place, form.Get("scope"))
}

// authenticated refuses a client that is unknown, whose secret is another or has expired. The two cases differ in the
// description alone.
func (s *Server) authenticated(c *call, cl *client, id, secret string, basic bool) *answer {
	description := "Client Authentication failed."
	switch {
	case cl == nil || cl.place != c.place:
		description = "A valid OAuth client could not be found for client_id: " + id
	case cl.expires != 0 && s.now().Unix() >= cl.expires:
	case cl.secret == secret, cl.metadata["ext_public_client"] == true && secret == "":
		return nil
	}
	a := oauthError(http.StatusUnauthorized, "invalid_client", description)
	if basic {
		a.header.Set("WWW-Authenticate", `Basic realm="wso2"`)
	}
	return &a
}

// switchOrganization exchanges a client's access token of a tenant for one of an organization below it.
func (s *Server) switchOrganization(c *call, cl *client, form url.Values) answer {
	access, known := s.tokens[form.Get("token")]
	id := form.Get("switching_organization")
	if !known || access.clientID != cl.id || access.place != c.place || !s.now().Before(access.expires) || !slices.Contains(s.Organizations[c.place], id) {
		return oauthError(http.StatusBadRequest, "invalid_grant", "Provided Authorization Grant is invalid")
	}
	return s.issue(cl, Organization(c.place, id), form.Get("scope"))
}

// issue makes an access token. Scopes that the client is not entitled to are left out without a word.
func (s *Server) issue(cl *client, place, scope string) answer {
	scopes := slices.DeleteFunc(strings.Fields(scope), func(scope string) bool { return !slices.Contains(cl.scopes, scope) })
	token := s.mint("token")
	s.tokens[token] = accessToken{clientID: cl.id, place: place, scopes: scopes, expires: s.now().Add(time.Hour)}
	doc := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600}
	if len(scopes) > 0 {
		doc["scope"] = strings.Join(scopes, " ")
	}
	return answer{status: http.StatusOK, doc: doc, header: http.Header{
		"Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
	}}
}

func oauthError(status int, code, description string) answer {
	return answer{status: status, doc: map[string]any{"error": code, "error_description": description}, header: http.Header{
		"Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
	}}
}
