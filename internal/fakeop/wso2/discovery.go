// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// metadata is the discovery document. All locations show the same one: for the older .../oauth2/oidcdiscovery and for the
// root its issuer is another than the one asked for.
func (s *Server) metadata(c *call) answer {
	base := s.base + placePath(c.place)
	registration := s.Release.metadataEndpoint()
	if s.OldRegistrationEndpoint {
		registration = pathOldRegister
	}
	return answer{status: http.StatusOK, header: jsonHeader(), doc: map[string]any{
		"issuer":                                s.issuer(s.base, c.place),
		"authorization_endpoint":                base + pathAuthorize,
		"token_endpoint":                        base + pathToken,
		"jwks_uri":                              base + "/oauth2/jwks",
		"registration_endpoint":                 base + registration,
		"response_types_supported":              []string{"code", "id_token", "token", "code id_token", "id_token token"},
		"grant_types_supported":                 grants,
		"subject_types_supported":               []string{"public", "pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256", "PS256", "ES256"},
		"token_endpoint_auth_methods_supported": []string{
			"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth",
		},
	}}
}

// webFinger takes the tenant from the resource's user. At the root it is open since 7.0; below a tenant, and earlier, it
// wants a user's credential. Its errors have no body.
func (s *Server) webFinger(c *call) answer {
	if (s.Release < Release70 || c.place != SuperTenant) && !s.anyone(c.r) {
		return answer{status: http.StatusUnauthorized, header: http.Header{"WWW-Authenticate": {`Basic realm="wso2"`}}}
	}
	query := c.r.URL.Query()
	if len(query) != 2 || !query.Has("resource") || !query.Has("rel") {
		return answer{status: http.StatusBadRequest}
	}
	resource := query.Get("resource")
	if strings.TrimSpace(resource) == "" {
		return answer{status: http.StatusNotFound}
	}
	user, ok := userOf(resource)
	if !ok {
		return *failed()
	}
	tenant := c.place
	if at := strings.LastIndex(user, "@"); at >= 0 {
		tenant = user[at+1:]
	}
	if tenant != SuperTenant && !slices.Contains(s.Tenants, tenant) {
		return answer{status: http.StatusNotFound}
	}
	href := s.issuer(s.base, tenant)
	if s.OlderDiscovery {
		href = s.base + placePath(tenant) + pathOIDCDiscovery
	}
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/jrd+json"}}, doc: map[string]any{
		"subject": resource,
		"links":   []any{map[string]any{"rel": "http://openid.net/specs/connect/1.0/issuer", "href": href}},
	}}
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

// authorize tells a known client with a registered redirect URI from any other, by where it redirects to: its own error
// page is on the server.
func (s *Server) authorize(c *call) answer {
	query := c.r.URL.Query()
	cl := s.find(query.Get("client_id"))
	target := query.Get("redirect_uri")
	if cl == nil || cl.place != c.place || !slices.Contains(stringsOf(cl.metadata["redirect_uris"]), target) {
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
