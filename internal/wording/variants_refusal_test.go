// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"maps"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// withRefusals adds the answers of which the words depend on what was refused.
func withRefusals(variants map[string]func(*outcome.Problem)) map[string]func(*outcome.Problem) {
	updateBy := func(err dcr.Error, change func(*outcome.Problem)) func(*outcome.Problem) {
		return func(p *outcome.Problem) {
			if p.Kind == outcome.NotUpdated {
				err.Operation, err.Endpoint = dcr.Update, exampleEndpoint+"/"+exampleClient
				p.Err = &err
				change(p)
			}
		}
	}
	only := func(change func(*outcome.Problem), kinds ...outcome.Kind) func(*outcome.Problem) {
		return func(p *outcome.Problem) {
			if slices.Contains(kinds, p.Kind) {
				change(p)
			}
		}
	}
	for status, name := range map[int]string{404: "not found", 405: "no reads", 204: "nothing", 302: "a redirect to nowhere", 400: "a scope", 0: "cut off"} {
		variants["the read: "+name] = only(func(p *outcome.Problem) {
			err := &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: status, Redirected: status == 302}
			switch status {
			case 400:
				err.Code = "insufficient_scope"
			case 0:
				err.Err = &transport.Error{Kind: transport.Protocol, Err: errors.New("the connection was cut off")}
			}
			p.Err = err
		}, outcome.FoundNotRead, outcome.SecretNotFetched)
	}
	variants["during an outage"] = only(func(p *outcome.Problem) { p.Ways = []reconcile.Way{reconcile.WayRetry} }, outcome.ImportOfEither)
	variants["by WebFinger"] = only(func(p *outcome.Problem) { p.Attribute = "webfinger_resource" }, outcome.OwnServerUnknown)
	variants["by WebFinger, its issuer"] = only(func(p *outcome.Problem) {
		p.Attribute, p.Endpoint, p.Named = "webfinger_resource", "", "https://op.example.net"
	}, outcome.OwnServerUnknown)
	dropped := func(fromTemplate bool) func(p *outcome.Problem) {
		return func(p *outcome.Problem) {
			if p.AddressDropped, p.FromTemplate = true, fromTemplate; p.Kind == outcome.NotReadable {
				p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 302, Redirected: true, Target: "https://login.example.com/"}
			}
		}
	}
	variants["at an address that is not asked again"] = only(dropped(false), outcome.NotServed, outcome.NotReadable)
	variants["at the template's address, which is not asked again"] = only(dropped(true), outcome.NotServed, outcome.MissingUndecided, outcome.NotReadable)
	variants["the read: redirected"] = only(func(p *outcome.Problem) {
		p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 302, Redirected: true, Target: "https://login.example.com/"}
	}, outcome.FoundNotRead)
	variants["the read: not modified"] = only(func(p *outcome.Problem) {
		p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 304}
	}, outcome.FoundNotRead)
	variants["named by a failure alone"] = only(func(p *outcome.Problem) { p.OnlyNamed, p.Manageable = true, false }, outcome.RegisteredBesideError, outcome.DeleteUnmanaged)
	variants["named by a failure alone, in a replacement"] = only(func(p *outcome.Problem) { p.OnlyNamed, p.Manageable, p.Replaces = true, false, "old-client" }, outcome.RegisteredBesideError)
	unauthorized := dcr.Error{Status: 401, Code: "invalid_client"}
	maps.Copy(variants, map[string]func(*outcome.Problem){
		"the resource's token before others":      refusedRegistration(false, func(p *outcome.Problem) { p.ResourceToken, p.Credential = true, outcome.CredentialGrant }),
		"the provider's token":                    refusedRegistration(false, func(p *outcome.Problem) { p.Credential = outcome.CredentialToken }),
		"the provider's token, and Basic":         refusedRegistration(true, func(p *outcome.Problem) { p.Credential = outcome.CredentialToken }),
		"the provider's password":                 refusedRegistration(false, func(p *outcome.Problem) { p.Credential = outcome.CredentialBasic }),
		"the provider's password, and Basic":      refusedRegistration(true, func(p *outcome.Problem) { p.Credential = outcome.CredentialBasic }),
		"the provider's client":                   refusedRegistration(false, func(p *outcome.Problem) { p.Credential = outcome.CredentialGrant }),
		"the provider's client, and Basic":        refusedRegistration(true, func(p *outcome.Problem) { p.Credential = outcome.CredentialGrant }),
		"an update's credential":                  updateBy(unauthorized, func(*outcome.Problem) {}),
		"an update's credential, and no secret":   updateBy(unauthorized, func(p *outcome.Problem) { p.SecretMissing = true }),
		"an update's credential, and none stored": updateBy(unauthorized, func(p *outcome.Problem) { p.SecretMissing, p.SecretUnstored = true, true }),
		"an update that may want the secret": updateBy(
			dcr.Error{Status: 400, Code: "invalid_client_metadata", Description: "jwks must not be combined with client_secret authentication"}, func(p *outcome.Problem) { p.SecretMissing = true },
		),
		"a client without a secret": only(func(p *outcome.Problem) { p.Secretless = true }, outcome.SecretNotShown),
		"shown when it is asked for again": func(p *outcome.Problem) {
			answer, known := map[outcome.Kind]reconcile.Answer{
				outcome.NotServed: reconcile.AnswerMissing, outcome.TokenRefused: reconcile.AnswerUnauthorized, outcome.ProviderRefused: reconcile.AnswerUnauthorized,
			}[p.Kind]
			if known {
				o := reconcile.Observation{Operation: reconcile.OperationRead, Answer: answer, ShownAgain: true, ByProvider: p.Kind == outcome.ProviderRefused, Credential: reconcile.CredentialGood}
				p.Operation, p.ShownAgain, p.Evidence, p.Ways = o.Operation, true, "Asked again, the client's own URI shows it; so the client exists.", o.Decide().Ways
			}
		},
		"shown to what may not delete it": only(func(p *outcome.Problem) {
			o := reconcile.Observation{Operation: reconcile.OperationDelete, Answer: reconcile.AnswerUnauthorized, ShownAgain: true, ByProvider: true, Credential: reconcile.CredentialGood}
			p.Operation, p.ShownAgain, p.Evidence, p.Ways = o.Operation, true, "Asked again, the client's own URI shows it; so the client exists.", o.Decide().Ways
		}, outcome.ProviderRefused),
		"disabled, or outdated": only(func(p *outcome.Problem) {
			o := reconcile.Observation{Operation: reconcile.OperationRead, Answer: reconcile.AnswerUnauthorized, Refused: true}
			p.Operation, p.Evidence, p.Ways = o.Operation, "The token endpoint does not know the client, the authorization endpoint refuses it in words of its own; so the client exists, and is disabled or has another secret.", o.WaysOut(reconcile.Alive)
		}, outcome.TokenRefused),
		"renewed, the update stands":      only(func(p *outcome.Problem) { p.Consequence = outcome.RenewedStands }, outcome.Substituted),
		"a newer one, the update stands":  only(func(p *outcome.Problem) { p.Consequence = outcome.NewerStands }, outcome.Substituted),
		"replaced, the update stands":     only(func(p *outcome.Problem) { p.Consequence = outcome.ReplacedStands }, outcome.Substituted),
		"no state keeps it":               only(func(p *outcome.Problem) { p.NotKept = true }, outcome.MissingUndecided),
		"no client is managed":            only(func(p *outcome.Problem) { p.Manageable, p.NoneManaged = false, true }, outcome.PlannedReplacement, outcome.Adopted),
		"nothing is sent to its server":   only(func(p *outcome.Problem) { p.Manageable, p.NeverSent = false, true }, outcome.PlannedReplacement, outcome.DeleteUnmanaged),
		"at an address that waits":        only(func(p *outcome.Problem) { p.Manageable, p.ClientURI = false, exampleEndpoint+"/"+exampleClient }, outcome.PlannedReplacement),
		"at an address that is not asked": only(func(p *outcome.Problem) { p.ClientURI = "https://new.example.com/clients/" + exampleClient }, outcome.KnownBefore),
		"by its address":                  only(func(p *outcome.Problem) { p.ClientURI = exampleEndpoint + "/" + exampleClient }, outcome.DeleteOnlyCopy),
		"with another token":              only(func(p *outcome.Problem) { p.ClientURI, p.OtherToken = exampleEndpoint+"/"+exampleClient, true }, outcome.DeleteOnlyCopy),
		"it counts once":                  only(func(p *outcome.Problem) { p.CountsOnce = true }, outcome.NewNotProven, outcome.NewSecretNotKnown),
		"in a replacement elsewhere":      only(func(p *outcome.Problem) { p.Replaces, p.ReplacesAbroad, p.Manageable = "old-client", true, true }, outcome.NotRegistered),
		"a token without an address":      only(func(p *outcome.Problem) { p.Manageable, p.TokenSet = false, true }, outcome.NotManageable),
		"maybe processed, and a name":     only(func(p *outcome.Problem) { p.MaybeProcessed, p.Sent = true, []string{"client_name"} }, outcome.NotRegistered),
		"expired, and an import": only(func(p *outcome.Problem) {
			p.Importing, p.SaidExpired, p.Ways = true, true, []reconcile.Way{reconcile.WayTokens}
		}, outcome.TokenRefused),
		"acknowledged, and shown as before": only(func(p *outcome.Problem) {
			p.MaybeProcessed, p.Unmoved = true, []string{"client_uri", "contacts"}
			p.Err = &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 204, Reason: "answered with an empty body", MaybeProcessed: true}
		}, outcome.NotUpdated),
		"refused for now": only(func(p *outcome.Problem) {
			p.Err = &dcr.Error{Operation: dcr.Delete, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 400, Code: "client_in_use", Description: "the client has active grants"}
		}, outcome.NotDeregistered),
		"refused for now, and no reason": only(func(p *outcome.Problem) {
			p.Err = &dcr.Error{Operation: dcr.Delete, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 400}
		}, outcome.NotDeregistered),
		"before a replacement, which waits": only(func(p *outcome.Problem) {
			p.Waits, p.Err = true, &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 423, Description: "the client is locked"}
		}, outcome.NotUpdated),
		"forbidden by a page": only(func(p *outcome.Problem) {
			p.Shown, p.Err, p.Ways = true, &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 403, Body: dcr.HTMLBody}, []reconcile.Way{reconcile.WayManagementProvider}
		}, outcome.NotUpdated),
		"forbidden by a code": only(func(p *outcome.Problem) {
			p.Err, p.Ways = &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 403, Code: "access_denied"}, []reconcile.Way{reconcile.WayCredentials}
		}, outcome.NotUpdated),
		"acknowledged, and there are no reads": only(func(p *outcome.Problem) {
			p.OnlyTold, p.Err = true, &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 405}
		}, outcome.UpdateNotReadBack),
		"answered with a page": only(func(p *outcome.Problem) {
			p.MaybeProcessed, p.Err = true, &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 200, Body: dcr.HTMLBody, Reason: "answered HTML instead of JSON", MaybeProcessed: true}
		}, outcome.NotUpdated),
		"answered with an error as if it had succeeded": only(func(p *outcome.Problem) {
			p.MaybeProcessed, p.Err = true, &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 200, Body: dcr.JSONBody, Reason: "answered without a client_id", MaybeProcessed: true}
		}, outcome.NotUpdated),
		"answered with a count of none": only(func(p *outcome.Problem) {
			p.MaybeProcessed, p.Err = true, &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 200, Body: dcr.JSONBody, CountsNone: true, Reason: "answered without a client_id", MaybeProcessed: true}
		}, outcome.NotUpdated),
		"not known to be a new one": only(func(p *outcome.Problem) { p.OnlyTold = true }, outcome.SecretUnkept),
		"not shown":                 only(func(p *outcome.Problem) { p.OnlyTold, p.SecretMissing = true, true }, outcome.SecretUnkept),
		"an apply reads it":         only(func(p *outcome.Problem) { p.ReadByApply = true }, outcome.UpdateNotShownYet),
		"no parameter is named": only(func(p *outcome.Problem) {
			p.Err = &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 400, Code: "invalid_request", Description: "the tenant has reached its quota of 100 clients"}
		}, outcome.NotRegistered),
		"never read": func(p *outcome.Problem) {
			p.NeverRead = p.NeverRead || p.Kind == outcome.NotReadBack || p.Kind == outcome.UpdateNotShownYet || p.Kind == outcome.UpdateNotReadBack
		},
		"never read, without a token": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReadBack {
				p.NeverRead, p.Err = true, noAccessToken(dcr.Read, tokenErrors()["failed"])
			}
		},
		"never read, and not shown": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReadBack {
				p.NeverRead, p.Err = true, exampleError(outcome.TokenRefused)
			}
		},
		"another client's may be handed in":       otherEntry(outcome.FromSettings),
		"another client's in the environment may": otherEntry(outcome.FromEnvironment),
		"an update, and on_missing is set": func(p *outcome.Problem) {
			if p.Kind == outcome.GoneOrTokenOutdated {
				o, presence, _ := exampleObservation(p.Kind)
				o.Operation, o.OnMissing = reconcile.OperationUpdate, reconcile.OnMissingRecreate
				p.Operation, p.Ways = o.Operation, o.WaysOut(presence)
			}
		},
	})
	return variants
}

// otherEntry is for what the server forbids to a token that was handed in.
func otherEntry(source outcome.TokenSource) func(*outcome.Problem) {
	return func(p *outcome.Problem) {
		operation, known := map[outcome.Kind]reconcile.Operation{
			outcome.NotReadable: reconcile.OperationRead, outcome.ReadUnsupported: reconcile.OperationRead, outcome.NotUpdated: reconcile.OperationUpdate, outcome.NotDeregistered: reconcile.OperationDelete,
		}[p.Kind]
		if !known {
			return
		}
		p.EntryTold, p.Source = exampleClient, source
		p.Err = &dcr.Error{Operation: map[reconcile.Operation]dcr.Operation{reconcile.OperationRead: dcr.Read, reconcile.OperationUpdate: dcr.Update, reconcile.OperationDelete: dcr.Delete}[operation], Endpoint: exampleEndpoint + "/" + exampleClient, Status: 403, Code: "access_denied"}
		if p.Kind != outcome.NotUpdated {
			p.Ways = reconcile.Observation{Operation: operation, Answer: reconcile.AnswerForbidden, EntryTold: true}.WaysOut(reconcile.Undecided)
		}
	}
}

// noReads has the server have said in an apply that it has no reads: nobody was asked.
func noReads(p *outcome.Problem, loses outcome.Loss) {
	if p.NoReads, p.Loses = true, loses; p.Kind == outcome.ReadUnsupported {
		p.Err = nil
	}
}
