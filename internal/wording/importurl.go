// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// importOfEither is for an ID that is a URL at another server than the provider's.
func importOfEither(p outcome.Problem) Message {
	identity := func(name string) []string {
		return []string{"import {", "  to = ADDRESS", "  identity = {", "    " + name + " = " + quoted(p.ClientID), "  }", "}"}
	}
	m := Message{
		Summary: "Import by a URL that may be a client_id",
		Happened: "The ID of the import is a URL that is not at the provider's server, and that does not ask for a registration access token as a client configuration endpoint does (RFC 7592 §2.1). It may be the client_id of a client. " +
			"The token that registration_access_tokens has by that name was not sent there.",
		Fix: []Fix{
			{Way: "client_id", Text: "If it is the client_id of a client of the provider's server, import that by an identity, as Terraform and OpenTofu take it from 1.12, by the address of the resource for it:", Lines: identity("client_id")},
			{Way: "registration_client_uri", Text: "If it is the client's registration_client_uri:", Lines: identity("registration_client_uri")},
			{Way: "issuer", Text: "Or, also before 1.12, by a provider that is configured for the server where it is:", Lines: []string{`issuer = "https://as.example.com"`}},
		},
	}
	if line := templateOf(p.ClientID); line != "" {
		m.Fix = append(m.Fix, Fix{Way: "client_configuration_uri_template", Text: "Or, also before 1.12, where the provider's server has its clients at such addresses, set on the provider:", Lines: []string{line}})
	}
	if len(p.Ways) > 0 {
		m.Happened = "The ID of the import is a URL that is not at the provider's server, and no answer from there tells whether it asks for a registration access token as a client configuration endpoint does (RFC 7592 §2.1). It may be the client_id of a client. " +
			"The token that registration_access_tokens has by that name was not sent there."
		m.Fix = append(waysOut(p), m.Fix...)
	}
	return m
}

// templateOf is the line that has clients at addresses like this one: the client_id is in it as its last segment or as the parameter of that name. Else it is "".
func templateOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || strings.ContainsAny(uri, "{}#") {
		return ""
	}
	const here = "{client_id}"
	path, query, _ := strings.Cut(uri, "?")
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, id, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil && plain == "client_id" && id != "" {
			pairs[i] = name + "=" + here
			return "client_configuration_uri_template = " + quoted(path+"?"+strings.Join(pairs, "&"))
		}
	}
	at := strings.LastIndex(uri, "/")
	if u.RawQuery != "" || strings.Trim(u.Path, "/") == "" || at == len(uri)-1 {
		return ""
	}
	return "client_configuration_uri_template = " + quoted(uri[:at+1]+here)
}
