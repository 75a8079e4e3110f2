// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const initialAccessToken = "an-initial-access-token-of-this-test"

// oidcProvider9 is the current release of panva/node-oidc-provider, in the configurations whose answers differ.
func oidcProvider9() []Server {
	server := func(name, title string, env map[string]string) *appServer {
		return &appServer{
			name: name, title: title, version: "9.13.3", folder: "oidc-provider-9", runtime: node{}, env: env,
			off: switchedOff, keeps: true, reissues: true, counts: true,
			describe: func(base string, i *Instance) {
				i.Issuer, i.MetadataURL = base, base+"/.well-known/openid-configuration"
				i.RegistrationEndpoint, i.TokenEndpoint = base+"/reg", base+"/token"
				i.AuthorizationEndpoint = base + "/auth"
				i.Unmanaged = Member{"backchannel_logout_uri", "https://app.example.com/behind"}
				i.Redirect = "https://app.example.com"
				if t := env["INITIAL_ACCESS_TOKEN"]; t != "" {
					i.Authorization = "Bearer " + t
					i.ProviderConfig = fmt.Sprintf("initial_access_token = %q", t)
				}
			},
		}
	}
	machine := server("oidc-provider-9-client-credentials", "oidc-provider, registration by client credentials", machineEnv(nil))
	machine.ready = func(ctx context.Context, i *Instance) error {
		i.ProviderConfig = machineCredentials("basic", fmt.Sprintf("client_secret = %q", machineSecret))
		token, err := clientCredentials(ctx, i.TokenEndpoint, machineID+"-basic", machineSecret, "register")
		i.Authorization = "Bearer " + token
		return err
	}
	unmanaged := server("oidc-provider-9-unmanaged", "oidc-provider, registration without management", map[string]string{"REGISTRATION": "open", "MANAGEMENT": "false"})
	describe := unmanaged.describe
	unmanaged.describe = func(base string, i *Instance) {
		describe(base, i)
		i.Can = Capabilities{Read: true}
	}
	return []Server{
		server("oidc-provider-9", "oidc-provider, open registration", map[string]string{"REGISTRATION": "open"}),
		server("oidc-provider-9-iat", "oidc-provider, initial access token",
			map[string]string{"REGISTRATION": "initial_access_token", "INITIAL_ACCESS_TOKEN": initialAccessToken}),
		server("oidc-provider-9-no-rotation", "oidc-provider, token rotation off",
			map[string]string{"REGISTRATION": "open", "ROTATE": "false"}),
		machine, unmanaged,
	}
}

// The static client that may fetch access tokens for registrations, once for each way to authenticate.
const machineID, machineSecret = "machine", "a-secret-of-this-test-and-nothing-else"

func machineEnv(jwks []byte) map[string]string {
	env := map[string]string{"REGISTRATION": "client_credentials", "CLIENT_ID": machineID, "CLIENT_SECRET": machineSecret}
	if jwks != nil {
		env["CLIENT_JWKS"] = string(jwks)
	}
	return env
}

// machineCredentials is the provider's configuration for that client. method is "basic", "post" or "jwt".
func machineCredentials(method string, lines ...string) string {
	return fmt.Sprintf("client_credentials = {\n  client_id = %q\n  scopes = [\"register\"]\n  %s\n}", machineID+"-"+method, strings.Join(lines, "\n  "))
}

// clientCredentials fetches an access token, for the tests' own calls.
func clientCredentials(ctx context.Context, endpoint, id, secret, scope string) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("fetching an access token: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body.AccessToken == "" {
		return "", fmt.Errorf("fetching an access token: %s: %w", resp.Status, err)
	}
	return body.AccessToken, nil
}

// oidcProvider5 is the last release of the same product with WebFinger, and with an update that wants every
// member of the registration and its secret back. It is served over TLS by a private authority.
func oidcProvider5() []Server {
	return []Server{&appServer{
		name: "oidc-provider-5", title: "oidc-provider 5, WebFinger, TLS by a private authority", version: "5.5.6", folder: "oidc-provider-5", runtime: node{}, tls: true,
		describe: func(base string, i *Instance) {
			i.Issuer, i.MetadataURL = base, base+"/.well-known/openid-configuration"
			i.RegistrationEndpoint, i.TokenEndpoint = base+"/reg", base+"/token"
			i.AuthorizationEndpoint = base + "/auth"
			i.WebFingerResource = "joe@" + strings.TrimPrefix(base, "https://")
			i.Redirect = "https://app.example.com"
		},
		ready: trustAuthority,
	}}
}

// mcpSDK is the authorization router of the Model Context Protocol's SDK: RFC 8414 metadata only, secrets that
// expire after 30 days, 20 registrations an hour.
func mcpSDK() []Server {
	return []Server{&appServer{
		name: "mcp-sdk", title: "Model Context Protocol SDK", version: "1.32.2", folder: "mcp-sdk", runtime: node{},
		describe: func(base string, i *Instance) {
			// The SDK's issuer ends in a slash, as a WHATWG URL object writes an origin.
			i.Issuer, i.MetadataURL = base+"/", base+"/.well-known/oauth-authorization-server"
			i.RegistrationEndpoint, i.TokenEndpoint = base+"/register", base+"/token"
			i.AuthorizationEndpoint = base + "/authorize"
			i.Redirect = "https://app.example.com"
			i.Can = Capabilities{}
		},
	}}
}

// betterAuth is better-auth with its OAuth provider: an issuer with a path, and a scope that is the server's own.
func betterAuth() []Server { return []Server{betterAuthServer(nil)} }

func betterAuthServer(env map[string]string) *appServer {
	return &appServer{
		name: "better-auth", title: "better-auth", version: "1.7.5", folder: "better-auth", runtime: node{}, env: env,
		describe: func(base string, i *Instance) {
			base += "/api/auth"
			i.Issuer, i.MetadataURL = base, base+"/.well-known/openid-configuration"
			i.RegistrationEndpoint, i.TokenEndpoint = base+"/oauth2/register", base+"/oauth2/token"
			i.AuthorizationEndpoint = base + "/oauth2/authorize"
			i.Redirect = "https://app.example.com"
			i.Can = Capabilities{}
		},
	}
}

// trustAuthority has the provider trust the tests' authority, as it would a company's own.
func trustAuthority(_ context.Context, i *Instance) error {
	authority, err := testAuthority()
	if err != nil {
		return err
	}
	i.ProviderConfig = fmt.Sprintf("ca_certificate = <<-PEM\n%sPEM", authority.pem)
	return nil
}
