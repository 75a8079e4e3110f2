// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// homeOf is what a record keeps of the server that a client was registered at.
func (s *Server) homeOf(t Target) reconcile.Home {
	home := reconcile.Home{Issuer: t.Issuer, RegistrationEndpoint: t.RegistrationEndpoint}
	if t.Metadata != nil {
		home.TokenEndpoint = s.Endpoint(t.Metadata, "token_endpoint")
		home.AuthorizationEndpoint = t.Metadata.Endpoint("authorization_endpoint", false)
	}
	return home
}

// whereabouts is where a client was registered, and how the server that is configured for it relates to that.
type whereabouts struct {
	home     reconcile.Home // with the endpoints to ask, as far as they are known
	relation reconcile.HomeRelation
	// configured is the server that the configuration names; empty where it was not found.
	configured reconcile.Home
	target     Target
	alike      bool // an endpoint gave the very answer that the client's own URI gave
}

// whereabouts finds the client's own server. What the record says counts; a record without a home is of the configured server only
// where the client's URI shows it.
func (c *Client) whereabouts(ctx context.Context) whereabouts {
	s := c.server
	w := whereabouts{home: c.record.Home}
	if t, problem := s.Locate(ctx, c.place); problem == nil {
		w.target, w.configured = t, s.homeOf(t)
	} else if named := s.named(c.place); w.home.Relation(named, "") == reconcile.HomeOther {
		w.configured = named // which does not have to answer to be another one
	}
	w.relation = w.home.Relation(w.configured, c.handle.RegistrationClientURI)
	if w.relation == reconcile.HomeSame && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "" {
		if t, err := s.withMetadata(ctx, w.target); err == nil {
			w.target, w.home = t, s.homeOf(t)
		}
	}
	if w.home.Issuer != "" && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "" {
		if document, err := s.metadata(ctx, w.home.Issuer, w.home.Issuer != s.settings.Issuer); err == nil {
			w.home.TokenEndpoint = s.Endpoint(document, "token_endpoint")
			w.home.AuthorizationEndpoint = document.Endpoint("authorization_endpoint", false)
		}
	}
	return w
}

// named is the server that the configuration names, as far as it does so without being asked.
func (s *Server) named(p Place) reconcile.Home {
	if p.isEmpty() {
		return reconcile.Home{Issuer: s.settings.Issuer, RegistrationEndpoint: s.settings.RegistrationEndpoint}
	}
	return reconcile.Home{Issuer: p.Issuer, RegistrationEndpoint: p.RegistrationEndpoint}
}

// elsewhere reports whether the client is of another server than the one that the configuration is for.
func (c *Client) elsewhere(ctx context.Context) bool {
	return c.record.Home.IsKnown() && c.whereabouts(ctx).relation == reconcile.HomeOther
}

// learnHome keeps where a client is that a read has shown and whose record does not say it, as after an import.
func (c *Client) learnHome(ctx context.Context) {
	if c.record.Home.IsKnown() || c.server.UnknownServer(c.place) {
		return
	}
	if w := c.whereabouts(ctx); w.relation == reconcile.HomeSame {
		c.record.Home = w.home
	}
}

// testify asks the witnesses, at the endpoints of the client's own server and at no other: the client's secret is sent there.
// It completes the observation and returns the clauses on what was asked and answered.
func (c *Client) testify(ctx context.Context, w *whereabouts, o *reconcile.Observation, refused error) []string {
	s := c.server
	if w.relation == reconcile.HomeSame || c.record.Home.IsKnown() {
		o.HomeAsked = true
		c.proveSecret(ctx, w.home) // the secret that is in force is the one to ask with
		in := c.probeInput(w.home)
		in.SecretMayBeStale = o.SecretMayHaveMoved
		var de *dcr.Error
		if errors.As(refused, &de) {
			in.ClientURI, in.Refusal = c.handle.RegistrationClientURI, dcr.Refusal{Status: de.Status, Code: de.Code, Description: de.Description}
		}
		if c.registered["require_pushed_authorization_requests"] == true || c.registered["require_signed_request_object"] == true {
			in.RedirectURIs = nil // a plain authorization request is refused then, whoever makes it
		}
		said := s.dcr.Witnesses(ctx, in)
		o.Token, o.Authorization, o.SecretFree = reconcile.Testimony(said.Token), reconcile.Testimony(said.Authorization), said.SecretFree
		w.alike = said.Alike
		if !o.ByProvider || o.ConfiguredElsewhere {
			return said.Says
		}
		auth, err := s.registrationAuth(ctx, w.target, secret.String{})
		if err != nil {
			return said.Says
		}
		o.Credential = reconcile.CredentialTestimony(s.dcr.AskCredential(ctx, w.target.RegistrationEndpoint, auth))
		switch o.Credential {
		case reconcile.CredentialRefused:
			return append(said.Says, "the registration endpoint refuses the provider's own credential, too")
		case reconcile.CredentialGood:
			return append(said.Says, "the registration endpoint accepts the provider's own credential")
		}
		return said.Says
	}
	return nil
}

// answersAsItself reports whether the client's own server is there: after all that was asked, its metadata document (RFC 8414 §3) can
// be had, and names the endpoints that were asked. It is asked for anew, since one of an hour ago says nothing of now. A server of which
// no document is known cannot be asked.
func (c *Client) answersAsItself(ctx context.Context, home reconcile.Home) bool {
	if home.Issuer == "" || home.TokenEndpoint == "" && home.AuthorizationEndpoint == "" {
		return true
	}
	s := c.server
	request := s.metadataRequest(home.Issuer, home.Issuer != s.settings.Issuer)
	document, err := discovery.New(s.transport).Metadata(ctx, request)
	if err != nil || document.Endpoint("authorization_endpoint", false) != home.AuthorizationEndpoint {
		return false
	}
	// A client certificate may be configured now that was not when the client was registered, or the other way round.
	return home.TokenEndpoint == document.Endpoint("token_endpoint", false) || home.TokenEndpoint == document.Endpoint("token_endpoint", true)
}

// conclusion puts the clauses on what the witnesses answered, and what follows from it, into a sentence.
func conclusion(o reconcile.Observation, v reconcile.PresenceVerdict, w whereabouts, says []string) string {
	unknown := o.Token == reconcile.DoesNotKnow || o.Authorization == reconcile.DoesNotKnow
	end := "which does not tell whether the client exists"
	switch {
	case w.alike && o.Estranged:
		end = "which is what the client's own URI answers, so that something before the server may answer for all of it"
	case o.Estranged:
		end = "but the server's metadata document cannot be had as it was, so that something else may answer in the server's place"
	case v.Presence == reconcile.Alive && o.Token == reconcile.DoesNotKnow:
		end = "so the client exists and its secret is not the current one"
	case v.Presence == reconcile.Alive:
		end = "so the client exists"
	case v.Presence == reconcile.Gone && unknown:
		end = "so the client does not exist any more"
	case o.Token == reconcile.DoesNotKnow && o.SecretMayHaveMoved && !o.SecretFree:
		end = "but the client secret may not be the current one, so this does not tell whether the client exists"
	case o.Token == reconcile.DoesNotKnow && o.Authorization == reconcile.Unanswered:
		end = "so nothing rules out that only the client secret is wrong"
	}
	switch {
	case len(says) > 0:
		text := strings.Join(append(says, end), "; ") + "."
		return strings.ToUpper(text[:1]) + text[1:]
	case o.HomeAsked && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "" && w.home.Issuer == "":
		return "Whether the client exists could not be looked into: only the registration endpoint is known. With issuer set, the token endpoint can be asked."
	case o.HomeAsked && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "":
		return "Whether the client exists could not be looked into: the server's metadata was not found, or names neither a token nor an authorization endpoint."
	case o.HomeAsked:
		return "Neither the token endpoint nor the authorization endpoint can be asked about this client, so nothing reports whether it exists."
	}
	return "Whether the client exists could not be looked into: nothing tells at which server it was registered, and its credentials go to no other."
}

// secretHistory is what is known of how the client's secret may have changed unseen.
func (c *Client) secretHistory(ctx context.Context, class reconcile.Answer) reconcile.SecretHistory {
	at := c.handle.ClientSecretExpiresAt
	journaled, unanswered := c.noteHistory(ctx)
	return reconcile.SecretHistory{
		Journaled: journaled, Unanswered: unanswered,
		Facts:        c.record.Facts,
		Expired:      at != nil && *at != 0 && !time.Unix(*at, 0).After(c.server.clock.Now()),
		Unproven:     !c.record.Unproven.ClientSecret.IsEmpty(),
		TokenRefused: class.CredentialRefused() && !c.byProvider(),
	}
}

// noteHistory reports whether the journal has noted each request since the secret that is known was in force, and whether the answer to
// one is missing. A secret that the journal does not have came from somewhere else, as from another machine; one that was handed in
// beside a token was not seen in an answer.
func (c *Client) noteHistory(ctx context.Context) (journaled, unanswered bool) {
	if c.journal == nil {
		return false, false
	}
	entry, found := c.lookup(ctx)
	journaled = found && entry.Origin != journal.OriginHandedIn && !entry.ClientSecret.IsEmpty() && entry.ClientSecret.Equal(c.handle.ClientSecret)
	return journaled, !entry.Asked.IsZero()
}

// text returns a member of a document that is a string. It is normalized, because some servers show an array where a string belongs.
func text(document metadata.Document, member string) string {
	v, _ := metadata.Normalize(member, document[member])
	word, _ := v.(string)
	return word
}

// list returns the strings of a member of a document that is a list.
func list(document metadata.Document, member string) []string {
	var out []string
	v, _ := metadata.Normalize(member, document[member])
	values, _ := v.([]any)
	for _, v := range values {
		if w, ok := v.(string); ok {
			out = append(out, w)
		}
	}
	return out
}
