// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"context"
	"errors"
	"maps"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// withRare adds what few servers do.
func withRare(variants map[string]func(*outcome.Problem)) map[string]func(*outcome.Problem) {
	only := func(kind outcome.Kind, change func(*outcome.Problem)) func(*outcome.Problem) {
		return func(p *outcome.Problem) {
			if p.Kind == kind {
				change(p)
			}
		}
	}
	for name, change := range map[string]func(*outcome.Problem){
		"with its URI, in the place of another": only(outcome.AdoptionInDoubt, func(p *outcome.Problem) {
			p.ClientURI, p.Replaces = exampleEndpoint+"/"+exampleClient, "old-client"
		}),
		"an address that cannot be used": only(outcome.NotServedFromStart, func(p *outcome.Problem) {
			p.Endpoint = "/clients/" + exampleClient
			p.Err = &transport.Error{Kind: transport.BadURL, URL: p.Endpoint, Err: errors.New("it has no scheme")}
		}),
		"redirected to no answer": only(outcome.NotReached, func(p *outcome.Problem) {
			p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Err: &transport.Error{
				Kind: transport.Unreachable, URL: exampleEndpoint + "/" + exampleClient, RedirectedTo: "https://login.example.com/", Err: errors.New("connection refused"),
			}}
		}),
		"with an unknown certificate": only(outcome.NotDiscovered, func(p *outcome.Problem) {
			p.Err = &discovery.Error{Kind: discovery.Unavailable, Input: "https://op.example.net", Reason: "no secure connection could be made", Steps: unanswered("https://op.example.net/.well-known/openid-configuration", "no secure connection could be made"), Err: &transport.Error{Kind: transport.TLS, Err: errors.New("unknown authority")}}
		}),
		"over https, where plain http may be meant": only(outcome.NotDiscovered, func(p *outcome.Problem) {
			p.Err = &discovery.Error{Kind: discovery.Unavailable, Input: "localhost:8080", Reason: "the server could not be reached", Steps: unanswered("https://localhost:8080/.well-known/webfinger", "the server could not be reached"), PlainHTTP: "http://localhost:8080"}
		}),
		"interrupted": only(outcome.NotDiscovered, func(p *outcome.Problem) { p.Err = context.Canceled }),
		"which is no text": only(outcome.UnusableEndpoint, func(p *outcome.Problem) {
			p.Named, p.Err = "", errors.New("it is a list and no URL")
		}),
		"an update": only(outcome.TokenRefused, func(p *outcome.Problem) {
			p.Err = &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 401, Code: "invalid_token"}
			o := reconcile.Observation{Operation: reconcile.OperationUpdate, Answer: reconcile.AnswerUnauthorized, NoReads: true}
			p.Operation, p.Ways = o.Operation, o.WaysOut(reconcile.Alive)
		}),
		"the client_id is refused": only(outcome.NotUpdated, func(p *outcome.Problem) {
			p.Err = &dcr.Error{
				Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 400, Code: "invalid_client_metadata", Description: "client_id is not allowed",
				Members: []dcr.MemberFinding{{Member: "client_id", Index: -1, Text: "client_id is not allowed"}},
			}
		}),
		"looked at with one of the settings": only(outcome.TokenReplaced, func(p *outcome.Problem) { p.Looked, p.Source = true, outcome.FromSettings }),
		"told by the refusal":                only(outcome.TokenReplaced, func(p *outcome.Problem) { p.Source = outcome.FromRefusal }),
		"an import that the resource's server claims, in a plan": only(outcome.MoveUndecided, func(p *outcome.Problem) {
			variants["an import that the resource's server claims"](p)
			p.Warning = true
		}),
		"at an address that is not shown whole": only(outcome.MoveUndecided, func(p *outcome.Problem) {
			p.Home = reconcile.Home{RegistrationEndpoint: "https://op.example.net/[redacted]/register"}
		}),
		"of a vendor's parameter, deregistered": only(outcome.Substituted, func(p *outcome.Problem) {
			p.Consequence = outcome.Deregistered
			p.Substitution = reconcile.Substitution{Member: "x_owner", Asked: "team-a", Got: "team-b", Kind: reconcile.Changed}
		}),
		"no token endpoint":                    only(outcome.NotRegistered, func(p *outcome.Problem) { p.Err = &authserver.MissingTokenEndpoint{} }),
		"no token endpoint, and no issuer":     only(outcome.NotRegistered, func(p *outcome.Problem) { p.Err = &authserver.MissingTokenEndpoint{NoMetadata: true} }),
		"the token endpoint of another issuer": only(outcome.NotRegistered, func(p *outcome.Problem) { p.Err = &authserver.MissingTokenEndpoint{Foreign: "https://op.example.net"} }),
		"never sent, by provider's credentials": only(outcome.NotManageable, func(p *outcome.Problem) {
			p.NeverSent, p.ByProvider, p.Manageable, p.ClientURI, p.Err = true, true, false, "", errors.New("the provider's own credentials are for the provider's server and are not sent to the one that the resource names")
		}),
		"never sent, and its address is kept": only(outcome.NotManageable, func(p *outcome.Problem) {
			p.NeverSent, p.ByProvider, p.Manageable, p.TokenSet, p.ClientURI = true, true, false, true, exampleEndpoint+"/"+exampleClient
			p.Err = errors.New("the provider's own credentials are for the provider's server and are not sent to the one that the resource names")
		}),
		"the address that the server named is kept": only(outcome.NotManageable, func(p *outcome.Problem) {
			p.ByProvider, p.Manageable, p.TokenSet, p.ClientURI = false, false, false, exampleEndpoint+"/"+exampleClient
		}),
		"looked for later": only(outcome.NotManageable, func(p *outcome.Problem) {
			p.Operation, p.ByProvider, p.Manageable, p.TokenSet = reconcile.OperationRead, true, false, false
			p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 404}
		}),
		"looked for later, and refused": only(outcome.NotManageable, func(p *outcome.Problem) {
			p.Operation, p.ByProvider, p.Manageable, p.TokenSet, p.FromTemplate = reconcile.OperationRead, true, false, false, true
			p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 401, Code: "invalid_token"}
		}),
		"looked for, and not answered": only(outcome.NotRefreshed, func(p *outcome.Problem) {
			p.ByProvider, p.FromTemplate = true, false
			p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 503}
		}),
		"while the run goes on": only(outcome.JournalUnusable, func(p *outcome.Problem) { p.Warning = true }),
	} {
		variants[name] = change
	}
	maps.Copy(variants, journalVariants())
	return variants
}

func unanswered(url, why string) []discovery.Step {
	return []discovery.Step{{URL: url, Answer: why, Unanswered: true}}
}
