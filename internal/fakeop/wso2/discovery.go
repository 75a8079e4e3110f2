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

// metadata is the discovery document. All locations show the same one, whose issuer is .../oauth2/token: for the older
// .../oauth2/oidcdiscovery and for the root that is another than the one asked for.
func (s *Server) metadata(c *call) answer {
	base := s.base + tenantPath(c.tenant)
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, doc: map[string]any{
		"issuer":                                base + pathToken,
		"authorization_endpoint":                base + pathAuthorize,
		"token_endpoint":                        base + pathToken,
		"jwks_uri":                              base + "/oauth2/jwks",
		"registration_endpoint":                 base + pathRegister,
		"response_types_supported":              []string{"code", "id_token", "token", "code id_token", "id_token token"},
		"grant_types_supported":                 grants,
		"subject_types_supported":               []string{"public", "pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256", "PS256", "ES256"},
		"token_endpoint_auth_methods_supported": []string{
			"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth",
		},
	}}
}

// webFinger wants exactly resource and rel, takes the tenant from the resource's user, and answers errors without a body.
func (s *Server) webFinger(c *call) answer {
	if !s.OpenWebFinger && !s.anyone(c.r) {
		return answer{status: http.StatusUnauthorized, header: http.Header{"WWW-Authenticate": {`Basic realm="wso2"`}}}
	}
	query := c.r.URL.Query()
	if len(query) != 2 || query.Get("resource") == "" || !query.Has("rel") {
		return answer{status: http.StatusBadRequest}
	}
	resource := query.Get("resource")
	user, ok := userOf(resource)
	if !ok {
		return answer{status: http.StatusBadRequest}
	}
	tenant := SuperTenant
	if at := strings.LastIndex(user, "@"); at >= 0 {
		tenant = user[at+1:]
	}
	if tenant != SuperTenant && !slices.Contains(s.Tenants, tenant) {
		return answer{status: http.StatusNotFound}
	}
	href := s.base + tenantPath(tenant) + pathToken
	if s.OlderDiscovery {
		href = s.base + tenantPath(tenant) + pathOIDCDiscovery
	}
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/jrd+json"}}, doc: map[string]any{
		"subject": resource,
		"links":   []any{map[string]any{"rel": "http://openid.net/specs/connect/1.0/issuer", "href": href}},
	}}
}

// anyone is whether the request has the credential of any user of any tenant.
func (s *Server) anyone(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && (s.user(user, password) || slices.ContainsFunc(append([]string{SuperTenant}, s.Tenants...),
		func(tenant string) bool { return s.administrator(tenant, user, password) }))
}

// userOf is the user of a resource, decoded; ok is false for a resource without a scheme, or an account without a host.
func userOf(resource string) (user string, ok bool) {
	if account, found := strings.CutPrefix(resource, "acct:"); found {
		at := strings.LastIndex(account, "@")
		if at < 0 {
			return "", false
		}
		user, err := url.PathUnescape(account[:at])
		return user, err == nil
	}
	parsed, err := url.Parse(resource)
	if err != nil || !parsed.IsAbs() {
		return "", false
	}
	return parsed.User.Username(), true
}

// accessToken is what the token endpoint issued.
type accessToken struct {
	clientID, tenant string
	scopes           []string
	expires          time.Time
}

// token is the token endpoint. Clients authenticate by Basic or in the body, before anything else is looked at.
func (s *Server) token(c *call) answer {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return oauthError(http.StatusBadRequest, "invalid_request")
	}
	id, secret, basic := c.r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	cl := s.find(id)
	expired := cl != nil && cl.expires != 0 && s.now().Unix() >= cl.expires
	public := cl != nil && cl.metadata["ext_public_client"] == true && secret == ""
	if cl == nil || cl.tenant != c.tenant || cl.secret != secret && !public || expired {
		a := oauthError(http.StatusUnauthorized, "invalid_client")
		if basic {
			a.header.Set("WWW-Authenticate", `Basic realm="wso2"`)
		}
		return a
	}
	grant := form.Get("grant_type")
	switch {
	case grant == "":
		return oauthError(http.StatusBadRequest, "invalid_request")
	case !slices.Contains(grants, grant):
		return oauthError(http.StatusBadRequest, "unsupported_grant_type")
	case !slices.Contains(stringsOf(cl.metadata["grant_types"]), grant):
		return oauthError(http.StatusBadRequest, "unauthorized_client")
	case grant != "client_credentials":
		return oauthError(http.StatusBadRequest, "invalid_grant")
	}
	// Scopes that the client is not entitled to are left out without a word.
	scopes := slices.DeleteFunc(strings.Fields(form.Get("scope")), func(scope string) bool {
		return !slices.Contains(cl.scopes, scope)
	})
	token := s.mint("token")
	s.tokens[token] = accessToken{clientID: id, tenant: c.tenant, scopes: scopes, expires: s.now().Add(time.Hour)}
	doc := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600}
	if len(scopes) > 0 {
		doc["scope"] = strings.Join(scopes, " ")
	}
	return answer{status: http.StatusOK, doc: doc, header: http.Header{
		"Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
	}}
}

func oauthError(status int, code string) answer {
	return answer{status: status, doc: map[string]any{"error": code, "error_description": code}, header: http.Header{
		"Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
	}}
}

// authorize tells a known client with a registered redirect URI from any other, by where it redirects to: its own error
// page is on the server.
func (s *Server) authorize(c *call) answer {
	query := c.r.URL.Query()
	cl := s.find(query.Get("client_id"))
	target := query.Get("redirect_uri")
	if cl == nil || cl.tenant != c.tenant || !slices.Contains(stringsOf(cl.metadata["redirect_uris"]), target) {
		return answer{status: http.StatusFound, header: http.Header{
			"Location": {s.base + "/authenticationendpoint/oauth2_error.do?oauthErrorCode=invalid_client"},
		}}
	}
	code := "login_required"
	if query.Get("prompt") != "none" {
		return answer{status: http.StatusFound, header: http.Header{"Location": {s.base + "/authenticationendpoint/login.do"}}}
	}
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	values := url.Values{"error": {code}, "state": {query.Get("state")}}
	return answer{status: http.StatusFound, header: http.Header{"Location": {target + separator + values.Encode()}}}
}
