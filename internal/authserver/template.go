// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"context"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// UseTemplate has the client asked for at the address that the user's template gives, before the one that the server returned: some
// servers return one that nobody serves, or their address behind a proxy. What the server returned stays known until the other one has
// shown the client. It does nothing where the client is of another server than the configured one, nor where the template is the provider's, which is the one to go by where the client's own is another server's, and leads to
// the provider's server, and the resource names another one: a token goes to the client's own server alone. The returned function takes the address back where the client had none and was not shown, and reports whether it did; asked says
// that it was asked for there.
func (c *Client) UseTemplate(ctx context.Context, b Behaviour) (restore func(asked bool) bool) {
	restore = func(bool) bool { return false }
	if c.Handle.RegistrationClientURI == c.Record.Guessed {
		c.Handle.RegistrationClientURI, c.Record.Guessed = "", "" // the template may give another one by now, or there is none any more
	}
	template, own := c.template(b)
	kept := ""
	if template == "" && c.Record.Unlooked && c.Server.settings.Management == ManagementProvider {
		template = c.Server.settings.URITemplate       // which the registration did not ask at, and which the user promises to be managed by
		kept = c.Record.Unproven.RegistrationClientURI // or what the server named, where that showed nothing before anybody promised it
	}
	if template == "" || c.Handle.ClientID == "" || c.Server.settings.Management == ManagementNone {
		return restore
	}
	if c.ByProvider() && c.OnlyNamed() {
		return restore
	}
	w := c.whereabouts(ctx)
	if w.relation != reconcile.HomeSame || !own && !goesWith(template, w.target) {
		return restore
	}
	uri := cmp.Or(kept, c.fromTemplate(template, w.target))
	if WrittenOut(template) && !w.home.TakesAddress(w.configured, uri, c.Handle.ClientID, c.Handle.RegistrationClientURI) {
		return restore
	}
	switch {
	case uri == c.Handle.RegistrationClientURI, c.Server.CheckURL(uri) != nil:
	case c.Handle.RegistrationClientURI != "":
		switch waits := &c.Record.Unproven; waits.RegistrationClientURI {
		case uri:
		case "":
			waits.RegistrationClientURI, c.templateURI = uri, uri
		default: // An answer named it, and nothing else knows it.
			if waits.RefusedURI == "" {
				waits.RefusedURI = uri
			}
		}
	case c.ByProvider() && w.target.Foreign: // whose credentials are never sent there
	case !c.Handle.RegistrationAccessToken.IsEmpty() || c.Server.settings.Management != ManagementToken && c.Server.HasCredentials(w.target):
		c.Handle.RegistrationClientURI, c.Record.Guessed = uri, uri
		return func(asked bool) bool {
			if c.Record.Guessed == "" {
				return false
			}
			// What was answered at a wrong guess says nothing of the client.
			c.Record.NotMissed()
			if c.Handle.RegistrationClientURI, c.Record.Guessed = "", ""; asked {
				c.Record.Unlooked = false
				c.Record.Unproven.RefusedURI = uri
			}
			return true
		}
	}
	return restore
}

// HasTemplate reports whether the user wrote a template that holds for the client.
func (c *Client) HasTemplate(b Behaviour) bool {
	template, _ := c.template(b)
	return template != ""
}

// template is what the user wrote for the client, and whether it is the client's own: "" where none is written for it, or its own one is another server's and the provider has none.
func (c *Client) template(b Behaviour) (template string, own bool) {
	if b.OwnTemplate && b.URITemplate == c.Record.TemplateAway {
		return c.Server.settings.Behaviour.URITemplate, false
	}
	return b.URITemplate, b.OwnTemplate
}

// TemplateAway is what a client's record has as Record.TemplateAway for its own template, and the server that its configuration names: from the update on that writes them. A client stays
// with its server where the provider is configured for another one, and what is written out then is an address there: the state has it also once the provider is configured for the
// client's own server again. What was written out before the configuration named the other one is the client's. untold: the server that is named cannot be told now.
func (s *Server) TemplateAway(ctx context.Context, client State, template, before string) (away string, untold bool) {
	if stands := template == before && client.Record.TemplateAway != template; stands || !WrittenOut(template) {
		return "", false
	}
	c := s.Client(client)
	if _, elsewhere := c.ConfiguredElsewhere(ctx); elsewhere {
		return template, false
	}
	if w := c.whereabouts(ctx); w.relation == reconcile.HomeSame && !w.home.TakesAddress(w.configured, c.fromTemplate(template, w.target), c.Handle.ClientID, c.Handle.RegistrationClientURI) {
		return template, false // as one that is written out beside another server's registration endpoint
	}
	if !c.Record.Home.IsKnown() || c.relation(ctx) != reconcile.HomeUnknown || c.Record.Home.HasAddress(c.fromTemplate(template, Target{}), c.Handle.ClientID, c.Handle.RegistrationClientURI) {
		return "", false
	}
	// As where the configured server is found by a name that nobody answers for: that is no reason to send a token there later.
	return template, true
}

// WrittenOut reports whether a template has the address of a server of its own, and does not lead to whichever registered the client.
func WrittenOut(template string) bool {
	return template != "" && !strings.HasPrefix(template, endpointInTemplate)
}

// OnlyNamed reports whether nothing is known of a client but a client_id, which a registration that failed named. It may be the one that stands in the way of a new one,
// and somebody else's: the provider's credentials would show, change and delete that, too. A tainted object comes to its deletion without a record.
func (c *Client) OnlyNamed() bool {
	unknown := c.Record.MadeAt == 0 && c.Record.Agreed == nil && c.ByProvider()
	return c.Handle.RegistrationClientURI == "" && c.Handle.NamesOnly() && (c.Record.OnlyNamed || unknown)
}

// fromTemplate is the address that a template gives for the client, which is at its server's registration endpoint and not at whichever is named by now.
func (c *Client) fromTemplate(template string, t Target) string {
	t.RegistrationEndpoint = c.Record.Home.EndpointNow(t.RegistrationEndpoint, c.Handle.RegistrationClientURI)
	return fillTemplate(template, t, c.Handle.ClientID)
}

// foundAt ends a guess: the client was shown or changed there.
func (c *Client) foundAt(uri string) {
	if c.Record.Guessed == uri {
		c.Record.Guessed, c.Record.Unlooked = "", false
	}
}

// LearnReads learns from a read that showed nothing whether the server has reads. What it said at an address that a template gives, it said of that one alone.
func (c *Client) LearnReads(said reconcile.Answer) {
	c.Record.Capabilities = c.Record.Capabilities.Learn(reconcile.OperationRead, said, false)
	if said == reconcile.AnswerUnsupported {
		c.Record.NoReadsAt = c.Record.Guessed
	}
}

// SaidNoReads reports whether the server said that it has no reads where the client is asked for.
func (c *Client) SaidNoReads() bool {
	return c.Record.Capabilities.Read == reconcile.CapabilityNo && (c.Record.Guessed == "" || c.Record.Guessed == c.Record.NoReadsAt)
}
