// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Prove decides by the token endpoint of the client's own server between the known secret and the other one, as far as it tells.
func (c *Client) Prove(ctx context.Context) {
	c.AskTokenEndpoint(ctx)
	if !c.Record.Unproven.ClientSecret.IsEmpty() && !c.Outcome().Has(outcome.SecretUnproven) {
		p := outcome.Problem{Kind: outcome.SecretUnproven, Attribute: "client_secret"}
		p.Configured, _ = c.Named()
		if w := c.whereabouts(ctx); w.relation == reconcile.HomeSame || c.Record.Home.IsKnown() {
			p.Home, p.Aside = w.home, c.withholds(ctx, &w)
		}
		c.Warn(p)
	}
}

// AskTokenEndpoint has the token endpoint decide between the known secret and another one, where there is such a question.
func (c *Client) AskTokenEndpoint(ctx context.Context) {
	if !c.Credentials().NeedsTokenEndpoint() && (!c.triesRefused || c.Handle.ClientSecret.IsEmpty()) {
		c.closeSecret(ctx)
		return
	}
	if w := c.whereabouts(ctx); c.tellsSecrets(ctx, &w) {
		c.triesRefused = false
		c.proveSecret(ctx, &w)
	}
}

// closeSecret asks whether the one secret that is known is in force, where a registration in the client's place may have replaced it.
func (c *Client) closeSecret(ctx context.Context) {
	if c.Handle.ClientSecret.IsEmpty() {
		return
	}
	noted := c.notedRegistration(ctx)
	if !c.Record.SecretOpen && (!noted.AskedRegister || noted.AskedSecretShown) {
		return
	}
	w := c.whereabouts(ctx)
	if !c.tellsSecrets(ctx, &w) {
		return
	}
	said := c.Server.DCR.Authenticate(ctx, c.probeInput(w.home), c.Handle.ClientSecret)
	if reconcile.Authentication(said[0]) == reconcile.Authenticates {
		c.secretTaken(ctx, noted)
	}
}

// tellsSecrets reports whether there is a token endpoint that the client's secrets may be shown to.
func (c *Client) tellsSecrets(ctx context.Context, w *whereabouts) bool {
	own := w.relation == reconcile.HomeSame || c.Record.Home.IsKnown()
	return own && w.home.TokenEndpoint != "" && !c.withholds(ctx, w)
}

// withholds reports whether the client's secrets are kept from the token endpoint, which may be another server's: an issuer stands beside a registration endpoint that
// its metadata do not name. It is asked about the client by name first, without a secret, as it is before each secret until it is seen to know the client.
func (c *Client) withholds(ctx context.Context, w *whereabouts) bool {
	address := c.Handle.RegistrationClientURI
	if !c.Record.ShownBefore(address) {
		address = "" // which the user's template or one answer has named, and nothing has shown the client at
	}
	if !w.home.Withholds(address) || w.home == c.knownBy {
		return false
	}
	if !c.knownByName(ctx, w.home) {
		return true
	}
	c.knownBy = w.home
	return false
}

// knownByName reports whether a server knows the client by its name. The authorization endpoint knows it by its redirect URI, too, which tells it from another server's
// client of that name: servers count their clients. It sends no answer to a redirect URI that is not the client's (RFC 6749 §4.1.2.1). Where it does not look at the client, or
// lets nobody through, the token endpoint may tell, which is asked without a secret. Each is asked twice, and the second time the other way about: where the question about a client that does not
// exist goes lost or meets another replica, what everybody is answered passes for the client's own, and a secret that was shown cannot be taken back.
func (c *Client) knownByName(ctx context.Context, home reconcile.Home) bool {
	in := byName(c.probeInput(home))
	if c.pushes() {
		in.RedirectURIs = nil
	}
	page := in
	page.TokenEndpoint = ""
	if !origin.Same(home.AuthorizationEndpoint, home.TokenEndpoint) {
		page.AuthorizationEndpoint = "" // whose word is none for an endpoint that may be another server's
	}
	known := func(in dcr.ProbeInput, first dcr.Witnesses) bool {
		in.ControlFirst = true
		again := c.Server.DCR.Witnesses(ctx, in)
		return (again.Authorization == dcr.Knows || again.Token == dcr.Knows) && again.Answered == first.Answered && !first.Alone && !again.Alone
	}
	switch said := c.Server.DCR.Witnesses(ctx, page); {
	case said.Authorization == dcr.Knows && !said.Refused:
		return known(page, said)
	case !dcr.IsDrawn(c.Handle.ClientID): // which the token endpoint would go by alone
		return false
	case said.Authorization == dcr.NotAsked, said.Authorization == dcr.Silent, said.Authorization == dcr.TurnsAway && said.Barred:
		in.AuthorizationEndpoint = ""
		said = c.Server.DCR.Witnesses(ctx, in)
		return said.Token == dcr.Knows && known(in, said)
	}
	return false
}

// byName is a question about the client that shows no secret of its own.
func byName(in dcr.ProbeInput) dcr.ProbeInput {
	in.AuthMethod, in.ClientSecret = "none", secret.String{}
	return in
}

// SecretWorks reports whether the token endpoint of the client's own server takes the known secret, as far as it tells.
func (c *Client) SecretWorks(ctx context.Context) bool {
	if c.Handle.ClientSecret.IsEmpty() {
		return false
	}
	w := c.whereabouts(ctx)
	if !c.tellsSecrets(ctx, &w) {
		return false
	}
	said := c.Server.DCR.Authenticate(ctx, c.probeInput(w.home), c.Handle.ClientSecret)
	return reconcile.Authentication(said[0]) == reconcile.Authenticates
}

// BeforeBare is what is known before a read that looks for what became of an update whose answer showed no client.
type BeforeBare struct {
	handle reconcile.Handle
	noted  journal.Entry
}

// BeforeBare tells it.
func (c *Client) BeforeBare(ctx context.Context) BeforeBare {
	return BeforeBare{c.Handle, c.notedRegistration(ctx)}
}

// LearnBare learns from an update whose answer showed no client and that a read shows as made, with what the read showed.
func (c *Client) LearnBare(ctx context.Context, before BeforeBare, shown *dcr.Registration) {
	if c.ByProvider() && !c.Handle.RegistrationAccessToken.IsEmpty() {
		return // which the read did not use
	}
	known := c.Handle.ClientSecret
	kept := known.IsEmpty() && !UsesSecret(shown.Metadata) || !known.IsEmpty() && shown.ClientSecret.Equal(known)
	learnt, leftAlone := c.Credentials().LeftAlone(before.handle, kept || c.SecretWorks(ctx))
	c.Record.Facts = learnt.Facts
	if leftAlone && !before.noted.Asked.IsZero() { // nor did what had no answer before it replace anything
		c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
			return j.Answered(ctx, c.JournalName(), before.noted, journal.Request{})
		})
	}
}

// notedRegistration is what the journal has of the client, which tells of a request without an answer, as of a registration in its place.
func (c *Client) notedRegistration(ctx context.Context) (noted journal.Entry) {
	if c.Journal != nil {
		noted, _ = c.Lookup(ctx)
	}
	return noted
}

// secretTaken notes that the secret that is known or waits is in force, whatever a registration in the client's place did. noted is what the journal had before
// that was asked.
func (c *Client) secretTaken(ctx context.Context, noted journal.Entry) {
	c.Record.SecretOpen = false
	c.noteSecretShown(ctx, noted)
}

// proveSecret holds the two secrets against the token endpoint.
func (c *Client) proveSecret(ctx context.Context, w *whereabouts) {
	other := c.Credentials().OtherSecret()
	if other.IsEmpty() || !c.tellsSecrets(ctx, w) {
		return
	}
	learnt := c.Record.Facts.SecretOnRead
	c.overtaken = false
	noted := c.notedRegistration(ctx)
	said := c.Server.DCR.Authenticate(ctx, c.probeInput(w.home), c.Handle.ClientSecret, other)
	if slices.ContainsFunc(said, func(s dcr.Authentication) bool { return reconcile.Authentication(s) == reconcile.Authenticates }) {
		c.secretTaken(ctx, noted)
	}
	c.Decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.SecretsTried(reconcile.Authentication(said[0]), reconcile.Authentication(said[1]))
	})
	if learnt == "" && c.Record.Facts.SecretOnRead == reconcile.SecretHidden && reconcile.Alike(c.Handle.ClientSecret, other) && !c.waited {
		// It may be a stored form, or the secret of a replica that lags: what reads do is left open until the next one.
		c.Record.Facts.SecretOnRead, c.Record.Unread = "", true
	}
}

// probeInput is what the client's own server is asked about it with.
func (c *Client) probeInput(home reconcile.Home) dcr.ProbeInput {
	uris, unknown := c.redirectURIs()
	return dcr.ProbeInput{
		TokenEndpoint: home.TokenEndpoint, AuthorizationEndpoint: home.AuthorizationEndpoint,
		ClientID: c.Handle.ClientID, ClientSecret: c.Handle.ClientSecret, Issuer: home.Issuer,
		HasKeys:    !metadata.Equal("jwks", c.Registered["jwks"], nil) || !metadata.Absent(c.Registered["jwks_uri"]),
		AuthMethod: c.authMethod(), AuthAlgorithm: metadata.Text(c.Registered, "token_endpoint_auth_signing_alg"),
		RedirectURIs: uris, RedirectURIsUnknown: unknown, ResponseTypes: metadata.List(c.Registered, "response_types"), Scope: metadata.Text(c.Registered, "scope"),
	}
}

// pushes reports whether a plain authorization request for the client is refused, whoever makes it.
func (c *Client) pushes() bool {
	return c.Registered["require_pushed_authorization_requests"] == true || c.Registered["require_signed_request_object"] == true
}

// redirectURIs are those that a request can name. Where the server shows nothing but a pattern that it made of what was asked for, these are the asked ones that stand in the pattern:
// a request with the pattern itself is refused before the client is looked at. unknown: the client has some, and none is known.
func (c *Client) redirectURIs() (uris []string, unknown bool) {
	const member = "redirect_uris"
	patterns := metadata.List(c.Registered, member)
	isPattern := func(uri string) bool { return strings.ContainsAny(uri, `|\^`) } // which no URI has (RFC 3986 §2)
	if uris = slices.DeleteFunc(slices.Clone(patterns), isPattern); len(uris) > 0 {
		return uris, false
	}
	for _, asked := range metadata.List(metadata.Document{member: c.Record.Agreed[member].Asked}, member) {
		alternative := regexp.MustCompile(`(?:^|[\^(|:])` + regexp.QuoteMeta(asked) + `(?:$|[$)|])`)
		if !isPattern(asked) && slices.ContainsFunc(patterns, func(p string) bool { return alternative.MatchString(strings.ReplaceAll(p, `\`, "")) }) {
			uris = append(uris, asked)
		}
	}
	return uris, len(patterns) > 0 && len(uris) == 0
}

// authMethod is how the client authenticates at the token endpoint: as the server shows or showed it, else as it was asked for with a key or a
// certificate. A secret of such a client is of no use. A method with a secret that was asked for and never shown may be another one.
func (c *Client) authMethod() string {
	const member = "token_endpoint_auth_method"
	if shown := metadata.Text(c.Registered, member); shown != "" {
		return shown
	}
	agreed := c.Record.Agreed[member]
	if shown := metadata.Text(metadata.Document{member: agreed.Registered}, member); shown != "" {
		return shown
	}
	asked := metadata.Text(metadata.Document{member: agreed.Asked}, member)
	if asked == "none" || secretMethods[asked] {
		return ""
	}
	return asked
}

// ProveByReading makes sure, inside an apply, of what the answers so far showed: first by the token endpoint, and where that leaves
// anything open, by one more read, which uses an unproven token or URI and shows whether a secret is the same again. view is what the
// server showed last, by a read if seen is set. It returns the newest view.
func (c *Client) ProveByReading(ctx context.Context, view metadata.Document, seen bool) metadata.Document {
	c.Registered = view // which says how the client authenticates
	c.AskTokenEndpoint(ctx)
	for range 2 {
		if !seen || !c.NeedsRead() {
			break
		}
		again, err := c.Get(ctx, reconcile.FromReadBack)
		if c.Record.Unread = c.Record.Unread || err != nil; err != nil {
			break
		}
		view = again.Metadata
		if u := c.Record.Unproven; u.ClientSecret.IsEmpty() || c.Credentials().Has(again.ClientSecret) {
			break
		} // or one read showed a secret and the next one none, which has two readings
	}
	c.Prove(ctx)
	c.checkSecret(ctx)
	if seen {
		c.LearnHidden()
	}
	return view
}

// checkSecret asks the token endpoint whether the known secret is in force, where what reads do was just learnt from one answer that
// has another reading: a mask may hide a new secret, and a replica that lags shows one that is in force nowhere. A secret that is
// refused is looked for in the next apply. A hash, which is all that an import may have, is refused whatever reads do.
func (c *Client) checkSecret(ctx context.Context) {
	if !c.secretDoubted || !secret.Usable(c.Handle.ClientSecret.Reveal()) || !c.Record.Unproven.ClientSecret.IsEmpty() {
		return
	}
	w := c.whereabouts(ctx)
	if w.home.Aside || !c.tellsSecrets(ctx, &w) {
		return
	}
	c.secretDoubted = false
	if said := c.Server.DCR.Authenticate(ctx, c.probeInput(w.home), c.Handle.ClientSecret); reconcile.Authentication(said[0]) == reconcile.AuthenticationRefused {
		c.Record.Facts.SecretOnRead = reconcile.SecretRotates
		c.noteReads()
		c.Record.Unread = true
	}
}
