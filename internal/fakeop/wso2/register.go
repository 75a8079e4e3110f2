// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// client is an application with an OAuth configuration.
type client struct {
	id, secret, tenant string
	expires            int64    // of the secret, seconds since 1970; 0 is never
	scopes             []string // that client_credentials may get
	metadata           map[string]any
}

// Error codes of a 400.
const (
	invalidMetadata    = "invalid_client_metadata"
	invalidRedirectURI = "invalid_redirect_uri"
)

// clientIDPattern is what ext_param_client_id must match.
var clientIDPattern = regexp.MustCompile("^[a-zA-Z0-9_]{15,30}$")

// refused is a 400, the only error with a body.
func (s *Server) refused(code, description string) *answer {
	return &answer{status: http.StatusBadRequest, doc: map[string]any{
		"error": code, "error_description": description, "traceId": s.mint("trace"),
	}, header: http.Header{"Content-Type": {"application/json"}}}
}

// permitted checks the caller's credential: HTTP Basic of the tenant's administrator, or an access token of the tenant
// with the operation's scope. 401 and 403 have no body.
func (s *Server) permitted(c *call) *answer {
	scope := map[fakeop.Operation]string{
		fakeop.OpRegister: "internal_dcr_create", fakeop.OpRead: "internal_dcr_view",
		fakeop.OpUpdate: "internal_dcr_update", fakeop.OpDelete: "internal_dcr_delete",
	}[c.op]
	if user, password, ok := c.r.BasicAuth(); ok {
		switch {
		case s.administrator(c.tenant, user, password):
			return nil
		case s.user(user, password):
			return &answer{status: http.StatusForbidden}
		}
		return &answer{status: http.StatusUnauthorized}
	}
	token, _ := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	access, known := s.tokens[token]
	switch {
	case !known || access.tenant != c.tenant || !s.now().Before(access.expires):
		return &answer{status: http.StatusUnauthorized}
	case !slices.Contains(access.scopes, scope):
		return &answer{status: http.StatusForbidden}
	}
	return nil
}

func (s *Server) administrator(tenant, user, password string) bool {
	wantUser, wantPassword := s.AdminUser, s.AdminPassword
	if wantUser == "" {
		wantUser = "admin"
	}
	if wantPassword == "" {
		wantPassword = "admin"
	}
	if tenant == SuperTenant {
		user = strings.TrimSuffix(user, "@"+SuperTenant)
	} else {
		wantUser += "@" + tenant
	}
	return user == wantUser && password == wantPassword
}

func (s *Server) user(user, password string) bool {
	want, found := s.Users[user]
	return found && want == password
}

// register is POST /register.
func (s *Server) register(c *call) answer {
	if !s.OpenRegistration {
		if refused := s.permitted(c); refused != nil {
			return *refused
		}
	}
	doc, refused := s.body(c)
	if refused != nil {
		return *refused
	}
	if refused := s.checkNew(c, doc); refused != nil {
		return *refused
	}
	cl := &client{id: stringOf(doc, "ext_param_client_id"), secret: stringOf(doc, "ext_param_client_secret"), tenant: c.tenant}
	if cl.id == "" {
		cl.id = s.mint("client")
	}
	if cl.secret == "" {
		cl.secret = s.mint("secret")
	}
	if number, ok := doc["ext_param_client_secret_expires_at"].(json.Number); ok {
		cl.expires, _ = number.Int64()
	}
	cl.metadata = map[string]any{
		"grant_types": []any{}, "ext_application_owner": s.owner(c), "ext_application_token_lifetime": json.Number("3600"),
		"ext_user_token_lifetime": json.Number("3600"), "ext_refresh_token_lifetime": json.Number("86400"),
		"ext_id_token_lifetime": json.Number("3600"),
	}
	for member, kind := range echoed {
		if kind == boolean {
			cl.metadata[member] = false
		}
	}
	if alias := stringOf(doc, "token_type_extension"); alias != "" && doc["ext_token_type"] == nil {
		doc["ext_token_type"] = alias
	}
	for member, value := range doc {
		// The version is part of an update only.
		if _, found := echoed[member]; (found || member == "backchannel_logout_uri") && value != "" && member != "ext_application_version" {
			cl.metadata[member] = value
		}
	}
	s.clients = append(s.clients, cl)
	return s.shown(http.StatusCreated, cl, cl.metadata)
}

// body reads a request's body.
func (s *Server) body(c *call) (map[string]any, *answer) {
	mediaType, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return nil, &answer{status: http.StatusUnsupportedMediaType}
	}
	sent, err := decode(c.body)
	if err != nil {
		return nil, s.refused(invalidMetadata, "Cannot parse the request: "+err.Error())
	}
	return s.modelled(sent)
}

func (s *Server) owner(c *call) string {
	if user, _, ok := c.r.BasicAuth(); ok {
		name, _, _ := strings.Cut(user, "@")
		return name
	}
	return "admin"
}

// checkNew are the rules of a registration.
func (s *Server) checkNew(c *call, doc map[string]any) *answer {
	name := stringOf(doc, "client_name")
	if name == "" {
		return s.refused(invalidMetadata, "client_name is required")
	}
	if refused := s.checkName(c, name, nil); refused != nil {
		return refused
	}
	wanted := stringsOf(doc["grant_types"])
	if len(stringsOf(doc["redirect_uris"])) == 0 &&
		(slices.Contains(wanted, "authorization_code") || slices.Contains(wanted, "implicit")) {
		return s.refused(invalidMetadata, "RedirectUris property must have at least one URI value when using "+
			"Authorization code or implicit grant types.")
	}
	if id := stringOf(doc, "ext_param_client_id"); id != "" {
		if !clientIDPattern.MatchString(id) {
			return s.refused(invalidMetadata, "Provided client id is not adhering to the provided regex "+clientIDPattern.String())
		}
		if s.find(id) != nil {
			return s.refused(invalidMetadata, "Client id "+id+" already exist in the system")
		}
	}
	if number, ok := doc["ext_param_client_secret_expires_at"].(json.Number); ok {
		if at, _ := number.Int64(); at != 0 && at <= s.now().Unix() {
			return s.refused(invalidMetadata, "The expiry time of the client secret is in the past")
		}
	}
	return s.checkMembers(doc)
}

// checkName are the rules of a name: its pattern, and that no other client of the tenant has it.
func (s *Server) checkName(c *call, name string, own *client) *answer {
	if !s.pattern.MatchString(name) {
		return s.refused(invalidMetadata, "Client Name is not adhering to the regex: "+s.pattern.String())
	}
	for _, other := range s.clients {
		if other != own && other.tenant == c.tenant && stringOf(other.metadata, "client_name") == name {
			return s.refused(invalidMetadata, "Application with the name "+name+" already exist in the system")
		}
	}
	return nil
}

// checkMembers are the rules of registrations and updates alike.
func (s *Server) checkMembers(doc map[string]any) *answer {
	if uri, wrong := wrongRedirectURI(doc["redirect_uris"]); wrong {
		return s.refused(invalidRedirectURI, "Invalid redirect URI: "+uri)
	}
	for _, grant := range stringsOf(doc["grant_types"]) {
		if !slices.Contains(grants, grant) {
			return s.refused(invalidMetadata, "Requested grant type is not supported: "+grant)
		}
	}
	if uri := stringOf(doc, "backchannel_logout_uri"); strings.Contains(uri, "#") || uri != "" && !strings.Contains(uri, "://") {
		return s.refused(invalidMetadata, "Invalid back-channel logout URI: "+uri)
	}
	return nil
}

// read is GET /register/{client_id}, and GET /register?client_name=.
func (s *Server) read(c *call) answer {
	if refused := s.permitted(c); refused != nil {
		return *refused
	}
	if c.id == "" {
		name := c.r.URL.Query().Get("client_name")
		if name == "" {
			return *s.refused(invalidMetadata, "Insufficient data in the request")
		}
		for _, cl := range s.clients {
			if cl.tenant == c.tenant && stringOf(cl.metadata, "client_name") == name {
				return s.shown(http.StatusOK, cl, cl.metadata)
			}
		}
		return answer{status: http.StatusUnauthorized}
	}
	cl := s.find(c.id)
	if cl == nil || cl.tenant != c.tenant {
		return answer{status: http.StatusUnauthorized}
	}
	return s.shown(http.StatusOK, cl, cl.metadata)
}

// update is PUT /register/{client_id}. It merges strings, arrays and numbers, whose empty values keep the old ones;
// resets booleans that are not there; sets require_pushed_authorization_requests to require_signed_request_object, by a
// mistake in the product; and answers with the request's jwks_uri instead of the client's.
func (s *Server) update(c *call) answer {
	if refused := s.permitted(c); refused != nil {
		return *refused
	}
	cl := s.find(c.id)
	if cl == nil || cl.tenant != c.tenant {
		return answer{status: http.StatusUnauthorized}
	}
	doc, refused := s.body(c)
	if refused != nil {
		return *refused
	}
	name := stringOf(doc, "client_name")
	if name != "" {
		if refused := s.checkName(c, name, cl); refused != nil {
			return *refused
		}
	}
	if refused := s.checkMembers(doc); refused != nil {
		return *refused
	}
	for member, kind := range echoed {
		value, sent := doc[member]
		switch {
		case kind == boolean:
			cl.metadata[member] = sent && value == true
		case !sent || value == "" || kind == texts && len(stringsOf(value)) == 0:
		case name == "" && slices.Contains([]string{"jwks_uri", "ext_application_display_name", "ext_application_version"}, member):
		default:
			cl.metadata[member] = value
		}
	}
	if uri := stringOf(doc, "backchannel_logout_uri"); uri != "" {
		cl.metadata["backchannel_logout_uri"] = uri
	}
	cl.metadata["require_pushed_authorization_requests"] = cl.metadata["require_signed_request_object"]
	view := maps.Clone(cl.metadata)
	delete(view, "jwks_uri")
	if uri := stringOf(doc, "jwks_uri"); uri != "" {
		view["jwks_uri"] = uri
	}
	return s.shown(http.StatusOK, cl, view)
}

// remove is DELETE /register/{client_id}.
func (s *Server) remove(c *call) answer {
	if refused := s.permitted(c); refused != nil {
		return *refused
	}
	cl := s.find(c.id)
	if cl == nil || cl.tenant != c.tenant {
		return answer{status: http.StatusUnauthorized}
	}
	s.bury(cl)
	return answer{status: http.StatusNoContent}
}

// shown is a client as answers have it: no time of issue, no token, no URI.
func (s *Server) shown(status int, cl *client, metadata map[string]any) answer {
	doc := map[string]any{"client_id": cl.id, "client_secret": cl.secret, "client_secret_expires_at": cl.expires}
	for member := range echoed {
		value, found := metadata[member]
		if found || s.ReturnNullFields {
			doc[member] = value
		}
	}
	doc["redirect_uris"] = s.shownRedirectURIs(metadata["redirect_uris"])
	return answer{status: status, doc: doc, header: http.Header{"Content-Type": {"application/json"}}}
}

func (s *Server) find(id string) *client {
	for _, cl := range s.clients {
		if cl.id == id {
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
	ID, Secret, Tenant string
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
	out := Client{ID: cl.id, Secret: cl.secret, Tenant: cl.tenant, Metadata: maps.Clone(cl.metadata)}
	if cl.expires != 0 {
		out.SecretExpiresAt = time.Unix(cl.expires, 0).UTC()
	}
	return out
}

// AddClient registers a client of a tenant ("" is SuperTenant) as an administrator would, whose client_credentials may
// get the scopes.
func (s *Server) AddClient(tenant, id, secret string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if tenant == "" {
		tenant = SuperTenant
	}
	s.clients = append(s.clients, &client{id: id, secret: secret, tenant: tenant, scopes: scopes, metadata: map[string]any{
		"client_name": id, "grant_types": []any{"client_credentials"},
	}})
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
