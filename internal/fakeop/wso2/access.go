// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// operationScopes are the scopes of the operations without their prefix.
var operationScopes = map[fakeop.Operation]string{
	fakeop.OpRegister: "create", fakeop.OpRead: "view", fakeop.OpUpdate: "update", fakeop.OpDelete: "delete",
}

// Scopes are the four scopes of the registration API at a place: a tenant ("" is SuperTenant) or an organization.
func Scopes(place string) []string {
	var all []string
	for _, op := range []fakeop.Operation{fakeop.OpRegister, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete} {
		all = append(all, scopeAt(place, op))
	}
	return all
}

func scopeAt(place string, op fakeop.Operation) string {
	prefix := "internal_dcr_"
	if isOrganization(place) {
		prefix = "internal_org_dcr_"
	}
	return prefix + operationScopes[op]
}

// permitted checks the caller's credential, HTTP Basic of one of the tenant's administrators or an access token with the
// operation's scope, and names the user whom the application's roles then are held against.
func (s *Server) permitted(c *call) (user string, refused *answer) {
	if name, password, ok := c.r.BasicAuth(); ok {
		switch {
		case s.BearerOnly || isOrganization(c.place):
			return "", s.gate(http.StatusUnauthorized, "")
		case s.administrator(c.place, name, password):
			return localName(name), nil
		case s.user(c.place, name, password):
			return "", s.gate(http.StatusForbidden, name)
		}
		return "", s.gate(http.StatusUnauthorized, "")
	}
	token, _ := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	access, known := s.tokens[token]
	switch {
	case !known || access.place != c.place || !s.now().Before(access.expires):
		return "", s.gate(http.StatusUnauthorized, "")
	case !slices.Contains(access.scopes, scopeAt(c.place, c.op)):
		return "", s.gate(http.StatusForbidden, access.clientID)
	}
	return "client " + access.clientID, nil
}

// localName is a user's name without the tenant.
func localName(user string) string {
	name, _, _ := strings.Cut(user, "@")
	return name
}

// nameIn is a user's name without the tenant, if the name is of that tenant: there it has the tenant's domain behind it, which
// may be missing at SuperTenant only.
func nameIn(tenant, user string) (name string, ok bool) {
	name, ok = strings.CutSuffix(user, "@"+tenant)
	return name, (ok || tenant == SuperTenant) && !strings.Contains(name, "@")
}

func (s *Server) administrator(tenant, user, password string) bool {
	name, ok := nameIn(tenant, user)
	if want, found := s.Administrators[name]; ok && found {
		return want == password
	}
	return ok && name == or(s.AdminUser, "admin") && password == or(s.AdminPassword, "admin")
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func (s *Server) user(tenant, user, password string) bool {
	name, ok := nameIn(tenant, user)
	want, found := s.Users[name]
	return ok && found && want == password
}

// anyone reports whether the request has the credential of any user of any tenant.
func (s *Server) anyone(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && slices.ContainsFunc(append([]string{SuperTenant}, s.Tenants...), func(tenant string) bool {
		return s.user(tenant, user, password) || s.administrator(tenant, user, password)
	})
}

// own finds the client of a management request, for a user who has the application's role: its creator, and whom
// GrantRole names. Anyone else gets a 403 that says nothing.
func (s *Server) own(c *call, user string, cl *client) *answer {
	if cl == nil || cl.place != c.place {
		gone := missing()
		return &gone
	}
	if !cl.everyone && !slices.Contains(cl.roles, user) {
		return &answer{status: http.StatusForbidden}
	}
	return nil
}

// GrantRole gives a user the role of an application, as an administrator does in the console. For an application whose
// access token calls, user is "client " and its identifier.
func (s *Server) GrantRole(clientID, user string) {
	s.edit(clientID, func(cl *client) { cl.roles = append(cl.roles, user) })
}

// RevokeTokens ends all access tokens that were issued so far.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}
