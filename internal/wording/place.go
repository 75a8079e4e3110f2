// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// onTheResource turns what is said of the provider's server into what holds for one that the resource names itself: the provider's
// registration_endpoint and its issuer are not for it, and its resource has no WebFinger. A template of the provider's that leads there would
// have all its other clients asked for there, with their tokens.
var onTheResource = strings.NewReplacer(
	"the registration endpoint on the provider", "the registration endpoint on the resource",
	"endpoint on the provider", "endpoint on the resource",
	"set it on the provider", "set it on the resource",
	"set the endpoint as an https URL on the provider", "set the endpoint as an https URL on the resource",
	"or set registration_endpoint, which", "or set registration_endpoint on the resource, which",
	"or set issuer instead of webfinger_resource, or registration_endpoint, which", "or set registration_endpoint on the resource, which",
	"Where issuer is set there, no WebFinger is needed, and where registration_endpoint is, no discovery.", "Where registration_endpoint is set on the resource, no discovery is needed.",
	"Compare issuer (or webfinger_resource) on the provider with", "Compare issuer on the resource with",
	"set expected_issuer on the provider, beside issuer, to exactly that. It is not shown whole here: copy it from the document.",
	"configure a provider for that server, with expected_issuer beside issuer, set to exactly that (it is not shown whole here: copy it from the document). On the resource, set provider to that one, and remove issuer and registration_endpoint.",
	"set its issuer on the provider", "set its issuer on the resource",
	"manages its clients, set on the provider:", "manages its clients, set on the resource:",
	"manages clients at another address, set on the provider", "manages clients at another address, set on the resource",
	"set both on the provider:", "configure a provider for that server. On the resource, set provider = oidc.there, and remove issuer and registration_endpoint:",
)

// beforeADestroy is for one that has to be set on the resource: a destroy knows of that what the last apply saved.
var beforeADestroy = strings.NewReplacer("set on the resource:", "set on the resource, and apply that first, since a destroy has what is in the state:")

// atItsPlace puts the ways to the right server to where they work: the provider's settings are for the provider's server. What a problem within
// this one names may be about the provider's server though the resource names another one, and has its place by its own problem.
func atItsPlace(p outcome.Problem, ways []Fix) []Fix {
	ways = slices.Clone(ways)
	for i, way := range ways {
		ways[i].atPlace = true
		if !p.OwnPlace || way.atPlace {
			continue
		}
		switch way.Way {
		case "registration_endpoint", "discovery", "issuer", "client_configuration_uri_template":
			ways[i].Text = onTheResource.Replace(way.Text)
			if p.Kind == outcome.NotDeregistered || p.Operation == reconcile.OperationDelete {
				ways[i].Text = beforeADestroy.Replace(ways[i].Text)
			}
		case "expected_issuer":
			ways[i] = expectedElsewhere(ways[i])
		}
	}
	return ways
}

// expectedElsewhere is the way to expect another issuer of a server that is not the provider's, which takes a provider for it.
func expectedElsewhere(way Fix) Fix {
	way.Text = onTheResource.Replace(way.Text)
	if len(way.Lines) < 2 {
		return way // the line corrects what the provider for that server has
	}
	lines := []string{`provider "oidc" {`, `  alias           = "there"`}
	for _, line := range way.Lines {
		lines = append(lines, "  "+line)
	}
	lines = append(lines, "}")
	way.Lines = lines
	return way
}

// noServer is for a configuration that names no server. An import is told nothing of what the resource names.
func noServer(p outcome.Problem) Message {
	m := Message{
		Summary:  "No authorization server",
		Happened: "Neither the provider nor this resource names an authorization server.",
		Fix: []Fix{
			{Way: "issuer", Text: "Set it on the provider (or registration_endpoint or webfinger_resource):", Lines: []string{`issuer = "https://as.example.com"`}},
			{Way: "environment", Text: fmt.Sprintf("Or in the environment (or %s or %s):", authserver.EnvEndpoint, authserver.EnvWebFinger), Lines: []string{"export " + string(authserver.EnvIssuer) + "=https://as.example.com"}},
		},
	}
	if p.Importing {
		m.Happened = "An import by client_id is from the provider's server, and the provider names none."
		m.Fix = append(m.Fix, Fix{Way: "registration_client_uri", Text: "Or import it by its registration_client_uri, with its token in registration_access_tokens on the provider:", Lines: []string{"terraform import ADDRESS REGISTRATION_CLIENT_URI"}})
	}
	return m
}
