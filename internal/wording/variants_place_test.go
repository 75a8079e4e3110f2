// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// withPlaces adds what is told of a server that the resource names itself.
func withPlaces(variants map[string]func(*outcome.Problem)) map[string]func(*outcome.Problem) {
	for _, name := range []string{"another issuer", "an issuer that is not shown whole", "redirected", "redirected to plain http"} {
		change := variants[name]
		variants["named by the resource, "+name] = func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.NotDiscovered, outcome.NotRegistered, outcome.NotUpdated, outcome.NotDeregistered:
				change(p)
				p.OwnPlace = true
			}
		}
	}
	variants["named by the resource, nobody answers"] = func(p *outcome.Problem) {
		if p.Kind == outcome.NotDeregistered || p.Kind == outcome.NotReached {
			p.OwnPlace, p.Ways = true, []reconcile.Way{reconcile.WayTemplateSet}
		}
	}
	variants["named by the resource"] = func(p *outcome.Problem) {
		switch p.Kind {
		case outcome.NotDiscovered, outcome.NoRegistrationEndpoint, outcome.UnusableEndpoint, outcome.ServerNotLookedAt, outcome.SecretUnproven,
			outcome.NotServedFromStart:
			p.OwnPlace = true
		}
	}
	variants["the token endpoint may be another server's"] = func(p *outcome.Problem) {
		if p.Kind == outcome.SecretUnproven {
			p.Home, p.Aside = reconcile.Home{Issuer: "https://op.example.net", TokenEndpoint: "https://op.example.net/token"}, true
		}
	}
	variants["named by the resource, which a plan cannot ask"] = func(p *outcome.Problem) {
		if p.Kind == outcome.MoveUndecided {
			p.OwnPlace, p.Warning = true, true
			p.Home = reconcile.Home{Issuer: "https://op.example.net", RegistrationEndpoint: exampleEndpoint}
		}
	}
	variants["an import that the resource's server claims"] = func(p *outcome.Problem) {
		if p.Kind == outcome.MoveUndecided {
			p.Named, p.Err, p.OwnPlace, p.Attribute = exampleEndpoint, nil, true, "issuer"
			p.Home = reconcile.Home{Issuer: "https://login.example.net", RegistrationEndpoint: exampleEndpoint}
		}
	}
	variants["named by the resource, nothing there"] = func(p *outcome.Problem) {
		if p.Kind == outcome.NotRegistered {
			p.OwnPlace, p.Err = true, &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 404}
		}
	}
	for name, e := range map[string]*discovery.Error{
		"does not answer":          {Kind: discovery.Unavailable, Reason: "the server could not be reached"},
		"wants credentials":        {Kind: discovery.CredentialsNeeded, Reason: "a place of the metadata document wants credentials"},
		"with another certificate": {Kind: discovery.Unavailable, Reason: "no secure connection could be made", Err: &transport.Error{Kind: transport.TLS, Err: errors.New("unknown authority")}},
	} {
		variants["named by the resource, "+name] = func(p *outcome.Problem) {
			if p.Kind == outcome.NotDiscovered {
				e.Input = "https://op.example.net"
				p.OwnPlace, p.Err = true, e
			}
		}
	}
	return variants
}

// withSubstitutions adds what a substitution is refused for, beside strict.
func withSubstitutions(variants map[string]func(*outcome.Problem)) map[string]func(*outcome.Problem) {
	substituted := func(change func(*outcome.Problem)) func(*outcome.Problem) {
		return func(p *outcome.Problem) {
			if p.Kind == outcome.Substituted {
				change(p)
			}
		}
	}
	security := func(c outcome.Consequence, replaces string) func(*outcome.Problem) {
		return substituted(func(p *outcome.Problem) {
			p.Consequence, p.Replaces = c, replaces
			p.Substitution = reconcile.Substitution{Member: "token_endpoint_auth_method", Asked: "private_key_jwt", Got: "none", Kind: reconcile.Changed, Security: true}
		})
	}
	variants["the update stands, and left it as it was"] = substituted(func(p *outcome.Problem) {
		p.Consequence, p.Substitution.Stayed = outcome.UpdateStands, true
	})
	variants["of security, deregistered"] = security(outcome.Deregistered, "")
	variants["of security, and the update stands"] = security(outcome.UpdateStands, "")
	variants["of security, of a new client that is deregistered"] = security(outcome.Deregistered, "old-client")
	variants["of security, of a new client that is not"] = security(outcome.NotRolledBack, "old-client")
	variants["not shown, and the update stands"] = substituted(func(p *outcome.Problem) {
		p.Consequence, p.Substitution.Kind, p.Substitution.Got = outcome.UpdateStands, reconcile.NotShown, nil
	})
	return variants
}

// expectedAnother has a metadata document name an issuer that is not the one that is set as expected.
func expectedAnother(p *outcome.Problem, named string) {
	mismatched(p, named)
	if de, ok := errors.AsType[*discovery.Error](p.Err); ok {
		de.Expected = true
	}
}

// besideAnError is for an error answer that holds the client that was to be replaced.
func besideAnError(p *outcome.Problem) {
	if p.Kind == outcome.NotReplaced {
		p.Err = &dcr.Error{Operation: dcr.Register, Endpoint: "https://op.example.net/register", Status: 500, Code: "server_error", Description: "try later"}
	}
}

// missingInAReplacement is for a registration whose answer is lost and may have been the client that was to be replaced.
func missingInAReplacement(p *outcome.Problem) {
	if p.Kind == outcome.NotRegistered {
		p.Replaces, p.ReplacesOpen, p.MaybeProcessed = "old-client", true, true
		p.Err = &dcr.Error{Operation: dcr.Register, Endpoint: "https://op.example.net/register", Status: 502, MaybeProcessed: true}
	}
}
