// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

func clientIdentity() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		attrIssuer:   identityschema.StringAttribute{OptionalForImport: true, Description: "Issuer of the authorization server, where it is not the provider's."},
		attrClientID: identityschema.StringAttribute{OptionalForImport: true, Description: "Client identifier. An import needs it or registration_client_uri."},
		attrURI:      identityschema.StringAttribute{OptionalForImport: true, Description: "Client configuration endpoint. An import needs it or client_id."},
	}}
}

var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
	attrIssuer: tftypes.String, attrClientID: tftypes.String, attrURI: tftypes.String,
}}

// identityOf names a client by what its state says, and the provider's issuer where the resource has none of its own.
func identityOf(s *authserver.Server, state object) tftypes.Value {
	place := state.place()
	issuer := place.Issuer
	if place == (authserver.Place{}) {
		issuer = s.Settings().Issuer
	}
	return tftypes.NewValue(identityType, map[string]tftypes.Value{
		attrIssuer: optionalText(issuer), attrClientID: optionalText(state.text(attrClientID)), attrURI: optionalText(state.text(attrURI)),
	})
}

// optionalText is null for the empty text.
func optionalText(text string) tftypes.Value {
	if text == "" {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return tftypes.NewValue(tftypes.String, text)
}

// identify sets the identity of an answer to that of a state. A CLI that knows no identities has none to set.
func identify(identity *tfsdk.ResourceIdentity, s *authserver.Server, state object) {
	if identity != nil {
		identity.Raw = identityOf(s, state)
	}
}

// importedBy is what an import names a client by: an ID, or an identity, which may be of another server than the provider's. The
// provider's issuer with a slash more or less is the provider's: taken for another server, the client would be planned to move.
func importedBy(s *authserver.Server, id string, identity *tfsdk.ResourceIdentity) (lifecycle.Named, authserver.Place) {
	if identity == nil || id != "" {
		return lifecycle.NamedBy(id), authserver.Place{}
	}
	named := map[string]tftypes.Value{}
	if identity.Raw.IsNull() || identity.Raw.As(&named) != nil {
		return lifecycle.Named{}, authserver.Place{}
	}
	text := func(name string) (s string) {
		if v, ok := named[name]; ok && v.IsKnown() && !v.IsNull() {
			_ = v.As(&s)
		}
		return s
	}
	issuer := text(attrIssuer)
	if strings.TrimSuffix(issuer, "/") == strings.TrimSuffix(s.Settings().Issuer, "/") {
		issuer = ""
	}
	return lifecycle.Named{RegistrationClientURI: text(attrURI), ClientID: text(attrClientID)}, authserver.Place{Issuer: issuer}
}
