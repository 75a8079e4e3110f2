// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"net/url"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// ImportState implements resource.ResourceWithImportState. The ID is the client configuration endpoint, or the client_id where the
// registration endpoint is known. It is echoed in plans, so no credential may be in it: the registration access token comes from the
// environment or from the provider's registration_access_tokens.
func (r *clientResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	state, err := empty(resp.State.Schema.Type().TerraformType(ctx))
	if err != nil {
		resp.Diagnostics.AddError("Import failed", err.Error())
		return
	}
	s := r.session
	id := strings.TrimSpace(req.ID)
	uri, clientID := id, ""
	switch {
	case id == "":
		resp.Diagnostics.AddError("Empty import ID", "The ID is the registration_client_uri of the client, or its client_id.")
		return
	case strings.Contains(id, "://"):
		if err := transport.CheckURL(id, s.settings.Transport.AllowInsecureHTTP); err != nil {
			resp.Diagnostics.AddError("Unusable registration_client_uri", err.Error())
			return
		}
	default:
		t, problems := s.locate(ctx, place{})
		if problems.HasError() {
			resp.Diagnostics.Append(problems...)
			return
		}
		if t.RegistrationEndpoint == "" {
			resp.Diagnostics.AddError("No registration endpoint", "The client configuration endpoint of client “"+id+"” cannot be told, because the server publishes no registration endpoint. Import by the client's registration_client_uri.")
			return
		}
		uri, clientID = s.templateURI(t, id), id
	}
	token := s.importToken(uri, clientID)
	if token.IsEmpty() && s.settings.Management != managementProvider && !s.hasCredentials(target{RegistrationEndpoint: uri}) {
		resp.Diagnostics.AddError("No credential to read the client with", "Set the client's registration access token in the environment variable "+string(envRegistrationToken)+
			" or in registration_access_tokens of the provider, by client_id. It must not be part of the ID, which Terraform prints.")
		return
	}
	s.known.add(token)
	state.setText(attrURI, uri)
	state.setText(attrClientID, clientID)
	state.setText(attrToken, token.Reveal())
	resp.State.Raw = state.raw()
}

// importToken finds the registration access token for a client of which only the URI may be known.
func (s *session) importToken(uri, clientID string) secret.String {
	if token, ok := s.settings.RegistrationAccessTokens[clientID]; ok {
		return token
	}
	for id, token := range s.settings.RegistrationAccessTokens {
		if clientID == "" && names(uri, id) {
			return token
		}
	}
	return secret.New(os.Getenv(string(envRegistrationToken)))
}

// names tells whether a client configuration endpoint names the client, as a path segment or as a query parameter's value.
func names(uri, clientID string) bool {
	u, err := url.Parse(uri)
	if err != nil || clientID == "" {
		return false
	}
	for _, segment := range strings.Split(u.EscapedPath(), "/") {
		if plain, err := url.PathUnescape(segment); err == nil && plain == clientID {
			return true
		}
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if v == clientID {
				return true
			}
		}
	}
	return false
}
