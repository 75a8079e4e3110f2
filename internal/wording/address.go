// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// An address may have a credential in its query, as the key that a gateway wants there. So all addresses of a problem are made fit to be shown before
// anything is worded, and a line that sets one has a word in the credential's place; see withPlaceholders.

// accountAtPort is who a person says to be, with a port, which is no URL and has no password.
var accountAtPort = regexp.MustCompile(`^[^:/?#@\s]+(?::\[redacted\])?@[^/?#@\s]+$`)

// shownAddress is an address as messages show it: as it is, unless it has a credential in it.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		text, _ := redact.Value(address).(string)
		if strings.Contains(text, "@") && !accountAtPort.MatchString(text) { // before which there may be a password
			return redact.URL(address)
		}
		return redact.Sentence(text)
	}
	if u.User == nil && redact.Form(u.RawQuery) == u.RawQuery && redact.Form(u.EscapedFragment()) == u.EscapedFragment() {
		return address
	}
	return redact.URL(address)
}

// withShownAddresses is a problem as it is worded.
func withShownAddresses(p outcome.Problem) outcome.Problem {
	for _, address := range []*string{&p.Endpoint, &p.Named, &p.ClientURI, &p.AddressFirst} {
		*address = shownAddress(*address)
	}
	if strings.Contains(p.TokenKey, "://") { // else a client_id
		p.TokenKey = shownAddress(p.TokenKey)
	}
	if p.Kind == outcome.ImportOfEither { // a URL, whatever it names
		p.ClientID = shownAddress(p.ClientID)
	}
	p.Home, p.Configured = shownHome(p.Home), shownHome(p.Configured)
	return p
}

func shownHome(h reconcile.Home) reconcile.Home {
	h.Issuer, h.RegistrationEndpoint, h.TokenEndpoint = shownAddress(h.Issuer), shownAddress(h.RegistrationEndpoint), shownAddress(h.TokenEndpoint)
	return h
}

// shownSearch is a failed search as it is worded.
func shownSearch(e *discovery.Error) *discovery.Error {
	shown := *e
	for _, address := range []*string{&shown.Input, &shown.Named, &shown.Asked, &shown.PlainHTTP} {
		*address = shownAddress(*address)
	}
	shown.Steps = nil
	for _, step := range e.Steps {
		step.URL = shownAddress(step.URL)
		shown.Steps = append(shown.Steps, step)
	}
	return &shown
}

// placeholder stands for a credential in a line that is to be copied.
const placeholder = "VALUE"

// withPlaceholders has no line show that something in it is not shown without saying what to put there.
func withPlaceholders(ways []Fix) []Fix {
	for i, way := range ways {
		if !strings.Contains(strings.Join(way.copied(), ""), secret.Redacted) {
			continue
		}
		ways[i] = way.withLines(func(line string) string { return strings.ReplaceAll(line, secret.Redacted, placeholder) })
		const explained = placeholder + " stands for a value that is not shown"
		if text, colon := strings.CutSuffix(way.Text, ":"); colon {
			ways[i].Text = text + " (" + explained + "):"
		} else {
			ways[i].Text = way.Text + " " + explained + "."
		}
	}
	return ways
}
