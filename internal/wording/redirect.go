// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// redirectedWay is the way for a request at a client's own address that was redirected to where a template can name the address: one that has
// the client_id in it. For an address without it there is no template.
func redirectedWay(p outcome.Problem) []Fix {
	var de *dcr.Error
	if !errors.As(p.Err, &de) || de.Cause() != dcr.Redirected || de.Operation == dcr.Register || p.Importing || isCut(de.Target) {
		return nil
	}
	if p.Abroad {
		return nil // it is asked for at its own address alone, and those that are of the configured server would be asked for there
	}
	target := de.Target
	if downgrades(de.Endpoint, target) {
		target = overTLS(de.Endpoint, target)
	}
	return movedWay(p, target)
}

// movedWay is the way where a client may be at another address, which a template can name.
func movedWay(p outcome.Problem, target string) []Fix {
	at := strings.LastIndex(target, "/"+url.PathEscape(p.ClientID))
	if p.ClientID == "" || p.ClientID == nameless || at < 0 || isCut(target) {
		return nil
	}
	template := target[:at+1] + "{client_id}" + target[at+1+len(url.PathEscape(p.ClientID)):]
	return []Fix{{
		Way: "client_configuration_uri_template", Text: "If that is where the server manages its clients, set on the provider:",
		Lines: []string{"client_configuration_uri_template = " + quoted(template)}, FromServer: true,
	}}
}

const redirectsToPlainHTTP = "The server redirects from https to plain http, where anyone on the way could read the credentials. The provider does not go there."

// correctScheme is the way where a server names itself with http, as behind a proxy that it does not know of.
var correctScheme = Fix{
	Way: "server", Text: "Have the server's operator correct the address that it calls itself by to https: it may stand behind a proxy that ends TLS, and not know of it.",
}

// downgrades reports whether a redirect leads from https to plain http.
func downgrades(from, to string) bool {
	return strings.HasPrefix(from, "https:") && strings.HasPrefix(to, "http:")
}

// overTLS is where a redirect to plain http leads, with https, if it is at the very host and port that were asked over https; else "".
func overTLS(from, to string) string {
	x, err := url.Parse(from)
	if err != nil {
		return ""
	}
	y, err := url.Parse(to)
	if err != nil || y.Host != x.Host {
		return ""
	}
	if y.Scheme = "https"; y.String() == from {
		return ""
	}
	return y.String()
}

// isCut reports whether a part of an address is not shown, its end or what repeats a credential, so that it is none to set.
func isCut(target string) bool {
	return strings.HasSuffix(target, "…") || strings.Contains(target, secret.Redacted)
}

const registrationEndpointExample = `registration_endpoint = "https://as.example.com/register"`

// redirectedRegistration are the ways where a registration was redirected.
func redirectedRegistration(de *dcr.Error) []Fix {
	const set = "If that is the registration endpoint, set it on the provider:"
	switch secure := overTLS(de.Endpoint, de.Target); {
	case de.Target == "", isCut(de.Target):
		return []Fix{{Way: "registration_endpoint", Text: "Set the server's client registration endpoint on the provider:", Lines: []string{registrationEndpointExample}}}
	case !downgrades(de.Endpoint, de.Target):
		return []Fix{{Way: "registration_endpoint", Text: set, Lines: []string{"registration_endpoint = " + quoted(de.Target)}, FromServer: true}}
	case secure != "":
		return []Fix{{Way: "registration_endpoint", Text: "If the registration endpoint is at that address over https, set it on the provider:", Lines: []string{"registration_endpoint = " + quoted(secure)}, FromServer: true}, correctScheme}
	}
	return []Fix{correctScheme}
}
