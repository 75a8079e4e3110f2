// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"fmt"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// variants are the facts by which the words of a kind may differ.
func variants() map[string]func(*outcome.Problem) {
	return withRare(withSubstitutions(withRefusals(withPlaces(map[string]func(*outcome.Problem){
		"known here": func(p *outcome.Problem) {
			if p.Kind == outcome.KnownBefore {
				p.Time = time.Time{}
			}
		},
		"named with http": func(p *outcome.Problem) {
			if p.Kind == outcome.UnusableEndpoint {
				p.Named, p.Err = "http://op.example.net/register", &transport.Error{Kind: transport.InsecureURL, Err: errors.New("https is needed anywhere but on loopback")}
			}
		},
		"not manageable":                 func(p *outcome.Problem) { p.Manageable = false },
		"by provider's credentials":      func(p *outcome.Problem) { p.ByProvider = true },
		"journaled":                      func(p *outcome.Problem) { p.Journaled = true },
		"imported":                       func(p *outcome.Problem) { p.Imported = true },
		"a journal is in vain":           func(p *outcome.Problem) { p.InVain = true },
		"nothing was learnt of reads":    func(p *outcome.Problem) { p.NotLearnt = true },
		"nothing was learnt, no journal": func(p *outcome.Problem) { p.NotLearnt, p.Loses = true, outcome.LosesCredential },
		"no reads were said to be":       func(p *outcome.Problem) { noReads(p, outcome.LosesNothing) },
		"no reads, and no journal":       func(p *outcome.Problem) { noReads(p, outcome.LosesCredential) },
		"nothing was learnt, never read": func(p *outcome.Problem) { p.NotLearnt, p.NeverRead = true, true },
		"a journal is not enough":        func(p *outcome.Problem) { p.InVain, p.Loses = true, outcome.LosesCredential },
		"a replacement":                  func(p *outcome.Problem) { p.Replaces = "old-client" },
		"a replacement, not manageable":  func(p *outcome.Problem) { p.Replaces, p.Manageable = "old-client", false },
		"a replacement's name": func(p *outcome.Problem) {
			if p.Kind == outcome.NotRegistered {
				p.NameTaken, p.Replaces = true, "old-client"
			}
		},
		"its own name":                 func(p *outcome.Problem) { ownName(p, true) },
		"its own name, not manageable": func(p *outcome.Problem) { ownName(p, false) },
		"secret wanted": func(p *outcome.Problem) {
			if p.Kind == outcome.NotUpdated {
				p.SecretWanted, p.Attribute = true, "client_secret"
			}
		},
		"secret not stored": func(p *outcome.Problem) {
			if p.Kind == outcome.NotUpdated {
				p.SecretWanted, p.SecretUnstored, p.Attribute = true, true, "store_client_secret"
			}
		},
		"the block's own token was used": func(p *outcome.Problem) {
			if p.Kind == outcome.FindRotated || p.Kind == outcome.SecretReadRotated {
				p.Attribute = "registration_access_token"
			}
		},
		"only looked at":  func(p *outcome.Problem) { p.Looked = p.Kind == outcome.TokenReplaced },
		"maybe processed": func(p *outcome.Problem) { p.MaybeProcessed = true },
		"a name":          func(p *outcome.Problem) { p.NameTaken, p.Count = true, 2 },
		"importing": func(p *outcome.Problem) {
			if p.Kind != outcome.AdoptionUndecided && p.Kind != outcome.ReadUnsupported { // which an import tells as ImportUnreadable
				p.Importing, p.Ways = true, exampleWays(p.Kind, true)
			}
		},
		"importing, and no token is used": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReached {
				p.Importing, p.TokensUnused, p.NeverSent, p.Ways = true, true, true, []reconcile.Way{reconcile.WayTokens}
				p.Err = errors.New("the provider's own credentials are for the server that is configured, and are not sent to another one: the client was registered at https://op.example.net")
			}
		},
		"importing by the client_id": func(p *outcome.Problem) {
			if p.Kind == outcome.GoneOrTokenOutdated {
				p.Importing, p.FromTemplate, p.Ways = true, true, append([]reconcile.Way{reconcile.WayTemplate}, exampleWays(p.Kind, true)...)
			}
		},
		"expired": func(p *outcome.Problem) { p.Expired = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC) },
		"expired, and tokens move": func(p *outcome.Problem) {
			if p.Kind == outcome.TokenRefused {
				p.TokenMoves, p.Expired = true, time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
			}
		},
		"says expired": func(p *outcome.Problem) { p.SaidExpired = true },
		"refused": func(p *outcome.Problem) {
			if p.Kind == outcome.FoundNotRead || p.Kind == outcome.SecretNotFetched {
				p.Err = exampleError(outcome.TokenRefused)
			}
		},
		"refused, of the settings": func(p *outcome.Problem) {
			if p.Kind == outcome.FoundNotRead || p.Kind == outcome.SecretNotFetched {
				p.Err, p.Source = exampleError(outcome.TokenRefused), outcome.FromSettings
			}
		},
		"refused, of the environment": func(p *outcome.Problem) {
			if p.Kind == outcome.FoundNotRead || p.Kind == outcome.SecretNotFetched {
				p.Err, p.Source = exampleError(outcome.TokenRefused), outcome.FromEnvironment
			}
		},
		"its token moves": func(p *outcome.Problem) {
			p.TokenMoves = p.Kind == outcome.TokenRefused || p.Kind == outcome.GoneOrTokenOutdated
		},
		"its token moves, and it is to be deleted": func(p *outcome.Problem) {
			if p.Kind == outcome.TokenRefused || p.Kind == outcome.GoneOrTokenOutdated {
				p.TokenMoves, p.Operation = true, reconcile.OperationDelete
			}
		},
		"one was handed in by an address that goes first": func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.TokenRefused, outcome.FindRotated:
				p.TokenKey, p.AddressFirst = "client-1", "https://op.example.net/register"
			}
		},
		"one was handed in, and is another client's": func(p *outcome.Problem) {
			if p.Kind == outcome.TokenRefused {
				p.Source, p.OtherClients = outcome.FromSettings, true
			}
		},
		"another client's was the only one": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReadable {
				p.OtherClients = true
				handedInAlone(p, outcome.FromSettings)
			}
		},
		"of the environment": func(p *outcome.Problem) {
			if p.Kind == outcome.TokenKeptForLater || p.Kind == outcome.TokenReplaced {
				p.Source = outcome.FromEnvironment
			}
		},
		"nothing was replaced": func(p *outcome.Problem) {
			if p.Kind == outcome.TokenReplaced {
				p.Source, p.HandedInAlone = outcome.FromSettings, true
			}
		},
		"one was handed in": func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.TokenRefused, outcome.GoneOrTokenOutdated, outcome.Gone, outcome.TakenAsGone, outcome.MissingUndecided, outcome.NotServed:
				p.Source = outcome.FromSettings
			}
		},
		"one is in the environment": func(p *outcome.Problem) {
			if p.Kind == outcome.TokenRefused {
				p.Source = outcome.FromEnvironment
			}
		},
		"no answer": func(p *outcome.Problem) {
			if p.Kind == outcome.FoundNotRead || p.Kind == outcome.SecretNotFetched {
				p.Err = exampleError(outcome.NotReached)
			}
		},
		"its time ran out": func(p *outcome.Problem) {
			if p.Kind == outcome.NotDeregistered || p.Kind == outcome.FoundNotRead {
				p.Err = &dcr.Error{Operation: dcr.Delete, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Timeout, Err: transport.ErrOperationTimeout}}
			}
		},
		"a setting is missing": func(p *outcome.Problem) {
			if p.Kind == outcome.UnusableConnection {
				p.Err = &transport.MissingSetting{Name: "client_key_file", Example: "client.key", Why: "client_certificate is given without its key"}
			}
		},
		"a proxy": func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.UnusableConnection:
				p.Err = fmt.Errorf("%w: it is not an absolute URL", transport.ErrProxyURL)
			case outcome.NotReached:
				p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint, Err: &transport.Error{
					Kind: transport.Unreachable, URL: exampleEndpoint, Proxy: "http://proxy.example.com:3128", Err: errors.New("the proxy http://proxy.example.com:3128 was not reached: connection refused"),
				}}
			}
		},
		"a proxy without TLS": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReached {
				p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint, Err: &transport.Error{
					Kind: transport.TLS, URL: exampleEndpoint, Proxy: "https://proxy.example.com:3128", Err: errors.New("with the proxy https://proxy.example.com:3128: tls: first record does not look like a TLS handshake"),
				}}
			}
		},
		"an answer that is too large":     func(p *outcome.Problem) { failedBy(p, transport.TooLarge) },
		"an answer that was cut off":      func(p *outcome.Problem) { failedBy(p, transport.Protocol) },
		"an answer that was not sent for": func(p *outcome.Problem) { failedBy(p, transport.RateLimited) },
		"importing, of the environment":   func(p *outcome.Problem) { importedBy(p, outcome.FromEnvironment) },
		"importing, of the settings":      func(p *outcome.Problem) { importedBy(p, outcome.FromSettings) },
		"removed":                         func(p *outcome.Problem) { p.Removed = true },
		"the form is fixed": func(p *outcome.Problem) {
			if p.Kind == outcome.MembersLeftOut {
				p.Attribute = "update_form"
			}
		},
		"the token endpoint was asked": func(p *outcome.Problem) {
			if p.Kind == outcome.SecretUnproven {
				p.Home = reconcile.Home{Issuer: "https://op.example.net", TokenEndpoint: "https://op.example.net/token"}
			}
		},
		"the issuer is configured": func(p *outcome.Problem) {
			if p.Kind == outcome.SecretUnproven {
				p.Configured = exampleServers[0]
			}
		},
		"another client is shown": func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.NotReadBack, outcome.UpdateNotReadBack, outcome.NotReadable, outcome.FoundNotRead, outcome.SecretNotFetched:
				p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 200, Reason: "answered about another client: the client_id differs", OtherClient: true}
			}
		},
		"no access token": func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.NotReadBack, outcome.NotReached:
				p.Err = noAccessToken(dcr.Read, tokenErrors()["invalid_client"])
			}
		},
		"put off": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReadable {
				p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 429, Until: exampleUntil}
			}
		},
		"there are no reads": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReadBack {
				p.Err = exampleError(outcome.ReadUnsupported)
			}
		},
		"redirected to plain http": func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.NotRegistered:
				p.Err = &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 308, Redirected: true, Target: "http://op.example.net/register/"}
			case outcome.NotUpdated:
				p.Err = &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 308, Redirected: true, Target: "http://op.example.net/clients/" + exampleClient}
			case outcome.NotDiscovered:
				p.Err = &discovery.Error{Kind: discovery.Unavailable, Input: "https://op.example.net", Reason: "the server answered with a redirect", Err: &transport.Error{
					Kind: transport.Redirect, URL: "https://op.example.net/.well-known/openid-configuration", Target: "http://op.example.net/.well-known/openid-configuration",
				}}
			}
		},
		"a certificate is missing": func(p *outcome.Problem) { certified(p, outcome.CertificateMissing) },
		"a certificate is set":     func(p *outcome.Problem) { certified(p, outcome.CertificateSet) },
		"plain http": func(p *outcome.Problem) {
			if p.Kind == outcome.UnusableURL {
				p.Err = &transport.Error{Kind: transport.InsecureURL, Err: errors.New("insecure http")}
			}
		},
		"an issuer in another writing": func(p *outcome.Problem) { mismatched(p, "https://op.example.net/") },
		"WebFinger's issuer in another writing": func(p *outcome.Problem) {
			mismatched(p, "https://op.example.net/", discovery.Step{URL: "https://example.com/.well-known/webfinger", Answer: "200 OK with a WebFinger document"})
		},
		"another issuer than the expected one": func(p *outcome.Problem) { expectedAnother(p, "https://other.example.com") },
		"the issuer, and another is expected":  func(p *outcome.Problem) { expectedAnother(p, "https://op.example.net") },
		"another issuer than WebFinger's": func(p *outcome.Problem) {
			mismatched(p, "https://other.example.com", discovery.Step{URL: "https://example.com/.well-known/webfinger", Answer: "200 OK with a WebFinger document"})
		},
		"another issuer": func(p *outcome.Problem) { mismatched(p, "https://other.example.com") },
		"an issuer that is not shown whole": func(p *outcome.Problem) {
			mismatched(p, "https://other:[redacted]@op.example.net/")
			if de, ok := errors.AsType[*discovery.Error](p.Err); ok {
				de.InPart = true
			}
		},
		"with its URI": func(p *outcome.Problem) {
			if p.Kind == outcome.AdoptionInDoubt || p.Kind == outcome.LeftBehind {
				p.ClientURI = exampleEndpoint + "/" + exampleClient
			}
		},
		"in a replacement": func(p *outcome.Problem) { p.Warning = p.Warning || p.Kind == outcome.DeleteInDoubt },
		"as on_missing says": func(p *outcome.Problem) {
			if p.Kind == outcome.NotAdopted {
				p.Wanted, p.Err = true, nil
			}
		},
		"by the template": func(p *outcome.Problem) { p.FromTemplate = true },
		"redirected": func(p *outcome.Problem) {
			switch operation := (map[outcome.Kind]dcr.Operation{
				outcome.NotRegistered: dcr.Register, outcome.NotUpdated: dcr.Update, outcome.UpdateUnsupported: dcr.Update, outcome.NotReadable: dcr.Read,
				outcome.NotDeregistered: dcr.Delete,
			})[p.Kind]; operation {
			case "":
			case dcr.Register:
				p.Err = &dcr.Error{Operation: operation, Endpoint: exampleEndpoint, Status: 308, Redirected: true, Target: "https://new.example.com/register"}
			default:
				p.Err = &dcr.Error{Operation: operation, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 308, Redirected: true, Target: "https://new.example.com/clients/" + exampleClient}
			}
		},
		"named elsewhere": func(p *outcome.Problem) {
			switch p.Kind {
			case outcome.NotSearched:
				p.NeverSent, p.Err = true, &dcr.Error{Operation: dcr.List, Endpoint: exampleEndpoint, Status: 401, Code: "invalid_token"}
			case outcome.NoToken, outcome.FindWithoutToken, outcome.ImportWithoutToken, outcome.TokenRefused, outcome.GoneOrTokenOutdated:
				p.NamedElsewhere, p.TokenKey = true, exampleEndpoint+"/"+exampleClient
			}
		},
		"tokens unused": func(p *outcome.Problem) {
			if p.Kind == outcome.FindWithoutToken {
				p.NeverSent, p.TokensUnused, p.TokenKey = true, true, exampleEndpoint+"/"+exampleClient
			}
		},
		"tokens unused, also the one that is set": func(p *outcome.Problem) {
			if p.Kind == outcome.FindWithoutToken {
				p.NeverSent, p.TokensUnused, p.TokenSet = true, true, true
			}
		},
		"the resource's token":            refusedRegistration(false, func(p *outcome.Problem) { p.ResourceToken = true }),
		"the resource's token, and Basic": refusedRegistration(true, func(p *outcome.Problem) { p.ResourceToken = true }),
		"of another server":               refusedRegistration(false, func(p *outcome.Problem) { p.NeverSent = true }),
		"of another server, and Basic":    refusedRegistration(true, func(p *outcome.Problem) { p.NeverSent, p.ResourceToken = true, true }),
		"of another server, by its endpoint": refusedRegistration(false, func(p *outcome.Problem) {
			p.NeverSent, p.Home = true, reconcile.Home{RegistrationEndpoint: exampleEndpoint}
		}),
		"of another server, by both": refusedRegistration(false, func(p *outcome.Problem) {
			p.NeverSent, p.Home = true, reconcile.Home{Issuer: "https://op.example.net", RegistrationEndpoint: exampleEndpoint}
		}),
		"handed in alone":                     func(p *outcome.Problem) { handedInAlone(p, outcome.FromSettings) },
		"handed in alone, by the environment": func(p *outcome.Problem) { handedInAlone(p, outcome.FromEnvironment) },
		"never sent":                          func(p *outcome.Problem) { p.NeverSent = p.Kind != outcome.NotReached },
		"by a deletion":                       func(p *outcome.Problem) { p.Operation = reconcile.OperationDelete },
		"evidence":                            func(p *outcome.Problem) { p.Evidence = exampleEvidence(p.Kind) },
		"not shown":                           func(p *outcome.Problem) { p.Substitution.Kind, p.Substitution.Got = reconcile.NotShown, nil },
		"hidden":                              func(p *outcome.Problem) { p.Substitution.Kind = reconcile.Hidden },
		"retained":                            func(p *outcome.Problem) { p.Substitution.Kind = reconcile.Retained },
		"deregistered":                        func(p *outcome.Problem) { p.Consequence = outcome.Deregistered },
		"not rolled back":                     func(p *outcome.Problem) { p.Consequence = outcome.NotRolledBack },
		"left alone":                          func(p *outcome.Problem) { p.Consequence = outcome.LeftAlone },
		"held in an error":                    besideAnError,
		"in a replacement, whose answer is missing": missingInAReplacement,
		"deregistered, of several": func(p *outcome.Problem) {
			if p.Kind == outcome.Substituted {
				p.Consequence, p.Members = outcome.Deregistered, []string{"scope", "client_name#ja"}
			}
		},
		"the update stands, of several": func(p *outcome.Problem) {
			if p.Kind == outcome.Substituted {
				p.Consequence, p.Members = outcome.UpdateStands, []string{"scope", "client_name#ja"}
			}
		},
		"not asked for, and hidden by reads": func(p *outcome.Problem) {
			p.Consequence, p.Substitution.Said = outcome.NotAskedFor, true
		},
		"the update stands, and shows nothing of it": func(p *outcome.Problem) {
			p.Consequence, p.Substitution.Said = outcome.UpdateStands, true
		},
		"not sent":          func(p *outcome.Problem) { p.Consequence = outcome.NotSent },
		"not asked for":     func(p *outcome.Problem) { p.Consequence = outcome.NotAskedFor },
		"not renewed":       func(p *outcome.Problem) { p.Consequence = outcome.NotRenewed },
		"taken before":      func(p *outcome.Problem) { p.Consequence = outcome.TakenBefore },
		"the update stands": func(p *outcome.Problem) { p.Consequence = outcome.UpdateStands },
		"another server": func(p *outcome.Problem) {
			p.Home, p.Configured = exampleServers[0], exampleServers[1]
			if o, presence, known := exampleObservation(p.Kind); known && p.Kind != outcome.NotReached { // which a client of the provider's server is
				o.ConfiguredElsewhere = true
				p.Ways, p.TokenKey = o.WaysOut(presence), exampleEndpoint+"/"+exampleClient
			}
		},
	}))))
}

// ownName has the client_name refused that the client has which is to be replaced.
func ownName(p *outcome.Problem, manageable bool) {
	if p.Kind == outcome.NotRegistered {
		p.NameTaken, p.OwnName, p.Replaces, p.Manageable = true, true, "old-client", manageable
	}
}

// mismatched has a metadata document name another issuer than https://op.example.net.
func mismatched(p *outcome.Problem, named string, steps ...discovery.Step) {
	if p.Kind == outcome.NotDiscovered {
		p.Err = &discovery.Error{Kind: discovery.IssuerMismatch, Input: "https://op.example.net", Reason: "the document says another issuer", Named: named, Asked: "https://op.example.net", Steps: steps}
	}
}

// certified has a server that takes client certificates refuse the request.
func certified(p *outcome.Problem, c outcome.Certificate) {
	switch p.Kind {
	case outcome.NotRegistered:
		p.Certificate, p.Err = c, &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 401}
	case outcome.TokenRefused:
		p.Certificate = c
	}
}

// failedBy has a read fail by another error of the transport's.
func failedBy(p *outcome.Problem, kind transport.Kind) {
	if p.Kind == outcome.NotReached {
		p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: kind, Err: errors.New("it cannot be used"), Until: exampleUntil}}
	}
}

// refusedRegistration is a registration that was refused for its credential.
func refusedRegistration(basic bool, change func(*outcome.Problem)) func(*outcome.Problem) {
	return func(p *outcome.Problem) {
		if p.Kind == outcome.NotRegistered {
			p.Err = &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 401, AsksBasic: basic}
			p.Home = exampleServers[0]
			change(p)
		}
	}
}
