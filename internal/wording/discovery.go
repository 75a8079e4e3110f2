// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// discoveryWords are those of a search for a server, with each request and what came back.
func discoveryWords(e *discovery.Error) Message {
	e = shownSearch(e)
	m := Message{Summary: discoverySummary(e.Kind), Happened: fmt.Sprintf("For %q: %s.", e.Input, e.Reason)}
	if len(e.Steps) == 0 {
		m.Means = "Nothing was sent."
	} else {
		var a account
		for _, step := range e.Steps {
			a = a.and(account{answers: [][]string{{step.String()}}, answered: !step.Unanswered})
		}
		m.Said = a.block()
	}
	var te *transport.Error
	if errors.As(e.Err, &te) && e.Kind == discovery.Unavailable && e.PlainHTTP == "" && te.Kind == transport.TLS && te.Proxy == "" {
		_, m.Fix = transportCause(te)
		m.Fix = append(m.Fix, Fix{Way: "discovery", Text: "Compare issuer (or webfinger_resource) on the provider with the server's own address and port."})
		return m
	}
	if te != nil && te.Kind == transport.Redirect && downgrades(te.URL, te.Target) {
		m.Means, m.Fix = redirectsToPlainHTTP, []Fix{correctScheme, {Way: "registration_endpoint", Text: "Until then, set the registration endpoint on the provider, which needs no discovery:", Lines: []string{registrationEndpointExample}}}
		return m
	}
	if !e.Until.IsZero() {
		m.Means, m.Fix = asksUntil(e.Until), againThen()
		return m
	}
	if te != nil && (te.Kind == transport.ProxyRefused || te.Proxy != "" || te.RedirectedTo != "" && e.Kind == discovery.Unavailable) {
		m.Means, m.Fix = transportCause(te)
		return m
	}
	if e.Kind == discovery.IssuerMismatch {
		m.Means, m.Fix = "Metadata that names another issuer is not used (RFC 8414 §3.3).", mismatchWays(e)
		return m
	}
	m.Fix = []Fix{{Way: "discovery", Text: discoveryAdvice(e)}}
	if e.PlainHTTP != "" {
		m.Fix = append(m.Fix, Fix{Way: "scheme", Text: "The host was asked over https. If it is a server on this machine that speaks plain http, write it with its scheme: " + e.PlainHTTP + "."})
	}
	return m
}

// unusableEndpoint is for a registration endpoint that a server's own metadata name and to which nothing is sent.
func unusableEndpoint(p outcome.Problem) Message {
	m := Message{
		Summary: "Unusable registration endpoint",
		Happened: fmt.Sprintf("The metadata document at %s has registration_endpoint = %s, which cannot be used: %s.",
			p.Endpoint, quoted(p.Named), WithoutURL(p.Err)),
	}
	if p.Named == "" {
		m.Happened = fmt.Sprintf("The metadata document at %s has a registration_endpoint that cannot be used: %v.", p.Endpoint, p.Err)
	}
	line := registrationEndpointExample
	if meant := absolute(p.Endpoint, p.Named); meant != "" && p.Named != "" {
		line = "registration_endpoint = " + quoted(meant)
	}
	m.Fix = []Fix{{Way: "registration_endpoint", Text: "If the server registers clients there, set the endpoint as an https URL on the provider:", Lines: []string{line}}}
	if ways := InsecureWays(p.Err); len(ways) > 0 {
		m.Fix = append(m.Fix, ways[1:]...) // the first one is the endpoint as an https URL
	}
	return m
}

// ownServerUnknown is for a registration endpoint that a resource names, while the metadata of the provider's own server cannot be had.
func ownServerUnknown(p outcome.Problem) Message {
	named, setting := p.Endpoint, "registration_endpoint"
	if p.Endpoint == "" {
		named, setting = p.Named, "issuer"
	}
	m := Message{
		Summary:  "Server of the registration endpoint not known",
		Happened: "Whether " + named + ", which the resource names, is the provider's own server's is not known: the metadata of the provider's issuer cannot be had.",
		Means:    "Nothing was sent there, because the provider's credentials are for that server alone.",
		Fix: []Fix{
			{Way: setting, Text: "If it is the provider's own server's, set it on the provider, too:", Lines: []string{setting + " = " + quoted(named)}},
			{Way: "issuer of the resource", Text: "If it is another server's, set that one's issuer beside it on the resource:", Lines: []string{`issuer = "ISSUER"`}},
		},
	}
	if p.Attribute == "webfinger_resource" {
		m.Happened = "Whether " + named + ", which the resource names, is the provider's own server's is not known: the server that " + p.Attribute + " leads to cannot be found now."
		instead := ", in place of " + p.Attribute + ":"
		m.Fix[0].Text = "If it is the provider's own server's, set it on the provider" + instead
		m.Fix[1] = Fix{Way: "issuer of the provider", Text: "If it is another server's, set the provider's own issuer on the provider" + instead, Lines: []string{`issuer = "ISSUER"`}}
	}
	if !p.ByProvider {
		m.Fix = append(m.Fix, Fix{Way: "initial_access_token", Text: "Or give the resource a credential of its own:", Lines: []string{"initial_access_token = var.initial_access_token"}})
	}
	return m
}

// absolute is the https URL that a reference in a document was probably meant to be, or "".
func absolute(document, reference string) string {
	base, err := url.Parse(document)
	if err != nil {
		return ""
	}
	u, err := base.Parse(reference)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	u.Scheme = "https"
	return u.String()
}

func discoverySummary(k discovery.Kind) string {
	switch k {
	case discovery.BadResource, discovery.BadIssuer, discovery.DocumentAddress, discovery.BadAddress:
		return "Not usable for discovery"
	case discovery.NoIssuer, discovery.BadLink:
		return "WebFinger found no issuer"
	case discovery.NoDocument:
		return "No authorization server metadata found"
	case discovery.CredentialsNeeded, discovery.CredentialsRefused, discovery.CredentialsElsewhere:
		return "Discovery needs credentials"
	case discovery.IssuerMismatch:
		return "The metadata document names another issuer"
	case discovery.TimedOut:
		return "Discovery ran out of time"
	case discovery.Canceled:
		return "Discovery was interrupted"
	case discovery.Unavailable:
	}
	return "Discovery failed"
}

// discoveryAdvice says what to set instead. Each name is an attribute of the provider.
func discoveryAdvice(e *discovery.Error) string {
	const issuer = "Set issuer to the https URL that the server calls its issuer, without query and fragment; or set registration_endpoint, which needs no discovery."
	switch e.Kind {
	case discovery.BadResource:
		return "Set webfinger_resource to an e-mail address, a host, host:port or an https URL; or set issuer or registration_endpoint, which need no WebFinger."
	case discovery.BadIssuer:
		return issuer
	case discovery.DocumentAddress:
		if e.Named == "" {
			return issuer
		}
		return "Set issuer = " + quoted(e.Named) + ", from which the document's address is made."
	case discovery.BadAddress:
		return issuer + " Plain http is for this machine only, unless allow_insecure_http is set."
	case discovery.NoIssuer:
		return "Set issuer instead of webfinger_resource where the server's issuer is known (many servers have no WebFinger), or registration_endpoint where its registration endpoint is."
	case discovery.BadLink:
		return "The WebFinger answer must be corrected at the server; until then set issuer, or registration_endpoint, instead of webfinger_resource."
	case discovery.NoDocument:
		return "Compare issuer with the server's own documentation, its path and terminating slash too; or set registration_endpoint, which needs no discovery."
	case discovery.CredentialsNeeded:
		return "Set basic_auth, which is sent to a host that asks for it if the provider's own configuration names that host; or set issuer instead of webfinger_resource, or registration_endpoint, which needs no discovery."
	case discovery.CredentialsRefused:
		return "The credentials that were sent (basic_auth) are not accepted here: replace them, or set issuer instead of webfinger_resource, or registration_endpoint, which needs no discovery."
	case discovery.CredentialsElsewhere:
		return "Set issuer to the issuer of the server that was meant, or registration_endpoint, which needs no discovery."
	case discovery.TimedOut:
		return "Give the operation more time in timeouts on the resource, where it is set there, and run it again."
	case discovery.Canceled:
		return "Run it again."
	case discovery.Unavailable, discovery.IssuerMismatch:
	}
	return "Check the address and the network. Where they need it, set proxy_url, client_certificate_file with client_key_file, or ca_certificate_file on the provider. Then try again, once the server answers. Where issuer is set there, no WebFinger is needed, and where registration_endpoint is, no discovery."
}
