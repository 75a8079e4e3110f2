// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A realm is one realm, over the admin REST API.
type realm struct {
	server *keycloakServer
	name   string
}

// token signs the administrator in. It is fetched for each call: it lives for a minute.
func (s *keycloakServer) token(ctx context.Context) (string, error) {
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {s.user}, "password": {s.password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/realms/master/protocol/openid-connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return "", fmt.Errorf("signing in: %s: %w", resp.Status, err)
	}
	if body.AccessToken == "" {
		return "", fmt.Errorf("signing in: %s", resp.Status)
	}
	return body.AccessToken, nil
}

// call calls the admin API below the realm ("" is the realm itself) and decodes the answer into out, if that is
// not nil. found is false for a 404.
func (r *realm) call(ctx context.Context, method, path string, body, out any) (found bool, err error) {
	return r.server.admin(ctx, method, "/"+r.name+path, body, out)
}

func (s *keycloakServer) admin(ctx context.Context, method, path string, body, out any) (found bool, err error) {
	token, err := s.token(ctx)
	if err != nil {
		return false, err
	}
	resp, said, err := administer(ctx, method, s.base+"/admin/realms"+path, map[string]string{"Authorization": "Bearer " + token}, body)
	if err != nil || resp.StatusCode == http.StatusNotFound {
		return false, err
	}
	if out != nil {
		err = json.Unmarshal(said, out)
	}
	return true, err
}

func (r *realm) create(ctx context.Context) error {
	_, err := r.server.admin(ctx, http.MethodPost, "", map[string]any{"realm": r.name, "enabled": true}, nil)
	return err
}

func (r *realm) delete(ctx context.Context) error {
	_, err := r.call(ctx, http.MethodDelete, "", nil, nil)
	return err
}

func (r *realm) initialAccessToken(ctx context.Context) (string, error) {
	var out struct {
		Token string `json:"token"`
	}
	_, err := r.call(ctx, http.MethodPost, "/clients-initial-access", map[string]int{"count": 1000, "expiration": 3600}, &out)
	return out.Token, err
}

// trustHosts configures the policy that refuses every anonymous registration as the realm comes: requests come
// from, and redirect URIs lead to, these hosts only.
func (r *realm) trustHosts(ctx context.Context, hosts ...string) error {
	const kind = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy"
	var components []map[string]any
	if _, err := r.call(ctx, http.MethodGet, "/components?type="+url.QueryEscape(kind), nil, &components); err != nil {
		return err
	}
	for _, c := range components {
		if c["providerId"] != "trusted-hosts" || c["subType"] != "anonymous" {
			continue
		}
		c["config"] = map[string][]string{
			"trusted-hosts": hosts, "host-sending-registration-request-must-match": {"true"}, "client-uris-must-match": {"true"},
		}
		_, err := r.call(ctx, http.MethodPut, fmt.Sprintf("/components/%v", c["id"]), c, nil)
		return err
	}
	return errors.New("the realm has no policy for trusted hosts")
}

// stopRotation turns the rotation of registration access tokens off, by a client policy for every client.
func (r *realm) stopRotation(ctx context.Context) error {
	_, profiles := r.call(ctx, http.MethodPut, "/client-policies/profiles", map[string]any{"profiles": []any{map[string]any{
		"name":      "no-rotation",
		"executors": []any{map[string]any{"executor": "registration-access-token-rotation-disabled", "configuration": map[string]any{}}},
	}}}, nil)
	_, policies := r.call(ctx, http.MethodPut, "/client-policies/policies", map[string]any{"policies": []any{map[string]any{
		"name": "no-rotation", "enabled": true, "profiles": []any{"no-rotation"},
		"conditions": []any{map[string]any{"condition": "any-client", "configuration": map[string]any{}}},
	}}}, nil)
	return errors.Join(profiles, policies)
}

// client is the admin API's representation of a client, nil if there is none.
func (r *realm) client(ctx context.Context, h Handle) (map[string]any, error) {
	var found []map[string]any
	if _, err := r.call(ctx, http.MethodGet, "/clients?clientId="+url.QueryEscape(h.ClientID), nil, &found); err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (r *realm) exists(ctx context.Context, h Handle) (bool, error) {
	c, err := r.client(ctx, h)
	return c != nil, err
}

// named are the admin API's own names of the members that the tests change.
var named = map[string]string{
	"client_name": "name", "client_uri": "baseUrl", "redirect_uris": "redirectUris", "backchannel_logout_uri": "attributes.backchannel.logout.url",
}

func (r *realm) change(ctx context.Context, h Handle, name string, value any) error {
	c, err := r.client(ctx, h)
	if err != nil {
		return err
	}
	own, ok := named[name]
	if c == nil || !ok {
		return fmt.Errorf("the admin API has no such client, or the tests no name for its member %s", name)
	}
	if value == nil {
		value = "" // the admin API merges: what is absent is kept
	}
	if attribute, ok := strings.CutPrefix(own, "attributes."); ok {
		attributes, _ := c["attributes"].(map[string]any)
		if attributes == nil {
			attributes = map[string]any{}
		}
		attributes[attribute] = value
		own, value = "attributes", attributes
	}
	c[own] = value
	_, err = r.call(ctx, http.MethodPut, fmt.Sprintf("/clients/%v", c["id"]), c, nil)
	return err
}

func (r *realm) enable(ctx context.Context, h Handle, on bool) error {
	c, err := r.client(ctx, h)
	if err == nil && c == nil {
		err = errors.New("the admin API has no such client")
	}
	if err != nil {
		return err
	}
	c["enabled"] = on
	_, err = r.call(ctx, http.MethodPut, fmt.Sprintf("/clients/%v", c["id"]), c, nil)
	return err
}

func (r *realm) remove(ctx context.Context, h Handle) error {
	c, err := r.client(ctx, h)
	if err == nil && c == nil {
		err = errors.New("the admin API has no such client")
	}
	if err != nil {
		return err
	}
	_, err = r.call(ctx, http.MethodDelete, fmt.Sprintf("/clients/%v", c["id"]), nil, nil)
	return err
}

// clients are the identifiers of the realm's clients, those among them that every realm has.
func (r *realm) clients(ctx context.Context) (all []string, err error) {
	var found []struct {
		ID string `json:"clientId"`
	}
	_, err = r.call(ctx, http.MethodGet, "/clients?max=1000", nil, &found)
	for _, c := range found {
		all = append(all, c.ID)
	}
	return all, err
}

// newSecret lets the server issue a new client secret, which ends the old one.
func (r *realm) newSecret(ctx context.Context, h Handle) (string, error) {
	return r.issued(ctx, h, "client-secret", "value")
}

// newToken lets the server issue a new registration access token, as an administrator does for a lost one.
func (r *realm) newToken(ctx context.Context, h Handle) (string, error) {
	return r.issued(ctx, h, "registration-access-token", "registrationAccessToken")
}

// issued lets the server issue a new credential of a client, at a path of the admin API, and returns the member that has it.
func (r *realm) issued(ctx context.Context, h Handle, path, member string) (string, error) {
	c, err := r.client(ctx, h)
	if err == nil && c == nil {
		err = errors.New("the admin API has no such client")
	}
	if err != nil {
		return "", err
	}
	var out map[string]any
	_, err = r.call(ctx, http.MethodPost, fmt.Sprintf("/clients/%v/%s", c["id"], path), nil, &out)
	credential, _ := out[member].(string)
	if err == nil && credential == "" {
		err = errors.New("the admin API's answer has no " + member)
	}
	return credential, err
}
