// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// The lines that set a credential for registrations.
const (
	tokenLine = "initial_access_token = var.initial_access_token"
	basicLine = "basic_auth = { username = var.registration_username, password = var.registration_password }"
)

func credentialCause(de *dcr.Error) (string, []Fix) {
	if de.Operation != dcr.Register {
		return "", nil
	}
	if de.AsksBasic {
		return "The registration endpoint needs a user name and a password (it asks for HTTP Basic), or does not accept what was sent.", []Fix{{
			Way: "basic_auth", Text: "Set them on the provider, in place of initial_access_token and client_credentials:",
			Lines: []string{basicLine},
		}}
	}
	return "The registration endpoint needs a credential, or does not accept the one that was sent.", []Fix{
		{
			Way: "provider credential", Text: "Set a credential for registrations on the provider (or basic_auth or client_credentials, whichever the server takes):",
			Lines: []string{tokenLine},
		},
		{Way: "initial_access_token", Text: "Where each such token is for one registration only, set a new one on the resource, as initial_access_token there."},
	}
}

// ofItsCredential puts the hints to a refused registration by the credential that it was sent with: a resource's own token goes before what the provider has,
// and what the provider has goes to no other server than its own, so that another one would be in vain there.
func ofItsCredential(p outcome.Problem, means string, ways []Fix) (string, []Fix) {
	de, refused := errors.AsType[*dcr.Error](p.Err)
	switch {
	case !refused || de.Cause() != dcr.CredentialRefused:
		return means, ways
	case !p.ResourceToken && !p.NeverSent:
		return ofTheProviders(p.Credential, de.AsksBasic, means, ways)
	}
	onResource := Fix{Way: "initial_access_token", Text: "Set an initial access token on the resource:", Lines: []string{tokenLine}}
	if p.ResourceToken {
		means = Paragraphs(means, "It was sent with initial_access_token of the resource, which goes before the credentials of the provider.")
		onResource.Text = "Set another initial access token on the resource:"
	}
	switch {
	case p.NeverSent:
		means = Paragraphs(means, "It is the server that the resource names. The provider's own credentials are for the one that the provider is configured for, and are not sent there.")
		if de.AsksBasic {
			return means, []Fix{itsOwnProvider(p, basicLine)}
		}
		return means, []Fix{onResource, itsOwnProvider(p, tokenLine)}
	case de.AsksBasic:
		return means, []Fix{{Way: "basic_auth alone", Text: "Remove it there, and set them on the provider, in place of initial_access_token and client_credentials:", Lines: []string{basicLine}}}
	}
	if other := theOther(p.Credential); other != "" {
		return means, []Fix{onResource, {Way: "provider credential alone", Text: "Or remove it there, so that the registration is authorized by " + other + " of the provider."}}
	}
	return means, []Fix{onResource, {
		Way: "provider credential alone", Text: "Or remove it there, and set a credential for registrations on the provider (or basic_auth or client_credentials, whichever the server takes):",
		Lines: []string{tokenLine},
	}}
}

// ofTheProviders puts the hints by which of the provider's credentials was refused. Only one of them can be set, so that another one comes in its place.
func ofTheProviders(used outcome.Credential, asksBasic bool, means string, ways []Fix) (string, []Fix) {
	fallsBack := Fix{Way: "initial_access_token", Text: "Or keep " + string(used) + ", and set an initial access token on the resource, which goes before it:", Lines: []string{tokenLine}}
	switch {
	case used == outcome.CredentialToken && !asksBasic:
		ways[0].Text = "Set another initial access token on the provider (or in its place basic_auth or client_credentials, whichever the server takes):"
	case used == outcome.CredentialBasic && asksBasic:
		return "The registration endpoint does not accept the user name and the password of basic_auth.", []Fix{correctBasic}
	case used == outcome.CredentialBasic:
		return "The registration endpoint does not accept the user name and the password of basic_auth.", []Fix{
			correctBasic, {
				Way: "provider credential instead", Text: "Or remove basic_auth, and set on the provider in its place (or client_credentials, whichever the server takes):",
				Lines: []string{tokenLine},
			}, fallsBack,
		}
	case used == outcome.CredentialGrant && asksBasic:
		return "The registration endpoint needs a user name and a password (it asks for HTTP Basic), and does not accept the access token that client_credentials brought.", []Fix{{
			Way: "provider credential instead", Text: "Remove client_credentials, and set on the provider in its place:", Lines: []string{basicLine},
		}}
	case used == outcome.CredentialGrant:
		return "The registration endpoint does not accept the access token that client_credentials brought.", []Fix{
			{Way: "scopes", Text: "Correct scopes and audience in client_credentials, or have the server's administrator allow that client to register others."},
			{
				Way: "provider credential instead", Text: "Or remove client_credentials, and set on the provider in its place (or basic_auth, whichever the server takes):",
				Lines: []string{tokenLine},
			}, fallsBack,
		}
	}
	return means, ways
}

var correctBasic = Fix{Way: "basic_auth", Text: "Correct username and password in basic_auth on the provider (what is read from a file may end in a line break, which trimspace() removes)."}

// theOther is what authorizes registrations where no initial access token does.
func theOther(used outcome.Credential) string {
	if used == outcome.CredentialToken {
		return ""
	}
	return string(used)
}

// itsOwnProvider is the way to credentials of the provider's own at another server.
func itsOwnProvider(p outcome.Problem, credential string) Fix {
	lines := []string{`provider "oidc" {`, `  alias = "there"`}
	if p.Home.Issuer != "" {
		lines = append(lines, "  issuer = "+quoted(p.Home.Issuer))
	}
	if p.Home.RegistrationEndpoint != "" { // the server's metadata need not name it
		lines = append(lines, "  registration_endpoint = "+quoted(p.Home.RegistrationEndpoint))
	}
	return Fix{
		Way: "provider of its own", Text: "To have the credential on a provider, configure one for that server. On the resource, set provider = oidc.there, and remove issuer, registration_endpoint and initial_access_token:",
		Lines: append(lines, "  "+credential, "}"),
	}
}
