// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// testify asks the witnesses, at the endpoints of the client's own server and at no other: the client's secret is sent there. One that may be another server's is
// asked without it: that it knows the client shows that it exists, and anything else shows nothing.
// It completes the observation and returns the clauses on what was asked and answered.
func (c *Client) testify(ctx context.Context, w *whereabouts, o *reconcile.Observation, refused error) []string {
	s := c.Server
	if w.relation == reconcile.HomeSame || c.Record.Home.IsKnown() {
		o.HomeAsked = true
		c.proveSecret(ctx, w) // the secret that is in force is the one to ask with
		in := c.probeInput(w.home)
		if !in.ClientSecret.IsEmpty() && c.withholds(ctx, w) {
			in = byName(in)
		}
		in.SecretMayBeStale, in.UserinfoEndpoint = o.SecretMayHaveMoved, w.userinfo
		in.ClientURI, in.Refusal = c.Handle.RegistrationClientURI, refusalOf(refused)
		if c.pushes() {
			in.RedirectURIs = nil
		}
		said := s.DCR.Witnesses(ctx, in)
		o.Token, o.Authorization = w.home.Believes(reconcile.Testimony(said.Token)), w.home.Believes(reconcile.Testimony(said.Authorization))
		o.SecretFree, o.Refused = said.SecretFree, said.Refused
		w.alike = said.Alike
		if !o.ByProvider || o.ConfiguredElsewhere {
			return said.Says
		}
		o.Credential = s.AskCredential(ctx, w.target)
		return credentialSays(said.Says, o.Credential)
	}
	return nil
}

// AskCredential asks the registration endpoint whether it accepts the provider's own credential.
func (s *Server) AskCredential(ctx context.Context, t Target) reconcile.CredentialTestimony {
	auth, err := s.RegistrationAuth(ctx, t, secret.String{})
	if err != nil {
		return reconcile.CredentialNotAsked
	}
	return reconcile.CredentialTestimony(s.DCR.AskCredential(ctx, t.RegistrationEndpoint, auth))
}

// credentialSays adds the clause on the provider's own credential.
func credentialSays(says []string, t reconcile.CredentialTestimony) []string {
	switch t {
	case reconcile.CredentialRefused:
		return append(says, "the registration endpoint refuses the provider's own credential, too")
	case reconcile.CredentialGood:
		return append(says, "the registration endpoint accepts the provider's own credential")
	}
	return says
}

// refusalOf is what the client's own URI answered, as an error has it.
func refusalOf(refused error) dcr.Refusal {
	var de *dcr.Error
	if !errors.As(refused, &de) {
		return dcr.Refusal{}
	}
	return dcr.Refusal{Status: de.Status, Code: de.Code, Description: de.Description, Body: de.Body}
}

// answersApart reports whether it is the server that answers at the client's own URI, as far as its other addresses beside that one tell.
func (c *Client) answersApart(ctx context.Context, w whereabouts, refused error) bool {
	in := dcr.ProbeInput{ClientURI: c.Handle.RegistrationClientURI, ClientID: c.Handle.ClientID, Refusal: refusalOf(refused)}
	return c.Server.DCR.AnswersApart(ctx, in, cmp.Or(w.home.RegistrationEndpoint, w.target.RegistrationEndpoint))
}

// answersAsItself reports whether the client's own server is there: after all that was asked, its metadata document (RFC 8414 §3) can
// be had, and is of the place where the client is. It is asked for anew, since one of an hour ago says nothing of now. A server of which
// no document is known cannot be asked. An endpoint that it does not name any more says nothing of a client by not knowing it.
func (c *Client) answersAsItself(ctx context.Context, w *whereabouts, o *reconcile.Observation) bool {
	home := w.home
	if home.Issuer == "" || !home.HasEndpoints() {
		return true
	}
	s := c.Server
	request := s.metadataRequest(ctx, home.Issuer, home.Issuer != s.settings.Issuer)
	document, err := discovery.New(s.transport).Metadata(ctx, request)
	if err != nil {
		return false
	}
	t := Target{Issuer: home.Issuer, RegistrationEndpoint: s.Endpoint(document, "registration_endpoint")}
	// An endpoint that was written out may never have been in the metadata, and elsewhere the configuration does not say whether it was.
	same, byHand := w.relation == reconcile.HomeSame, s.named(c.Place).RegistrationEndpoint
	o.NoRegistration = t.RegistrationEndpoint == "" && home.RegistrationEndpoint != "" && (home.Listed || same && byHand == "")
	if o.EndpointGiven = byHand != "" && same; o.EndpointGiven {
		t.RegistrationEndpoint = byHand
	}
	now := s.describedBy(home, t, document)
	if now.TokenEndpoint != home.TokenEndpoint {
		o.Token, w.outdated = o.Token.Outdated(), true
	}
	if now.AuthorizationEndpoint != home.AuthorizationEndpoint {
		o.Authorization, w.outdated = o.Authorization.Outdated(), true
	}
	return !w.outdated || home.Serves(now, c.Handle.RegistrationClientURI)
}

// unprovenDeletion is how the evidence ends where nothing shows that it is the server that answers after a deletion.
const unprovenDeletion = "no answer at another address shows that it is the server that answers at the client's own URI, so that something before the server may have lost the deletion and answer in its place"

// conclusion puts the clauses on what the witnesses answered, and what follows from it, into a sentence.
func conclusion(o reconcile.Observation, v reconcile.PresenceVerdict, w whereabouts, says []string) string {
	unknown := o.Token == reconcile.DoesNotKnow || o.Authorization == reconcile.DoesNotKnow
	end := "this does not tell whether the client exists"
	switch {
	case w.alike && o.Estranged:
		end = "the client's own URI answers the same, so that something before the server may answer in its place"
	case o.Estranged:
		end = "but the server's metadata document cannot be had as it was, so that something else may answer in the server's place"
	case w.home.Aside && v.Presence == reconcile.Undecided && len(says) > 0:
		end = "but the metadata of the issuer do not name the client's registration endpoint, so that these endpoints may be another server's, and this does not tell whether the client exists"
	case o.EntryOfBefore && v.Presence == reconcile.Undecided:
		end = "but a token that was handed in before is refused in another way, which shows that the client exists if that token is its own, and shows nothing if it is another client's"
	case o.UnprovenDeletion() && v.Presence == reconcile.Undecided:
		end = "but " + unprovenDeletion
	case o.NoRegistration && v.Presence == reconcile.Undecided:
		end = "but the server's metadata document names no registration endpoint any more, so that it may have switched off its management of clients, and this does not tell whether the client exists"
	case w.outdated && v.Presence == reconcile.Undecided:
		end = "but the server's metadata document names other endpoints by now, at another origin, so that this does not tell whether the client exists"
	case v.Presence == reconcile.Alive && o.Refused && (o.SecretFree || o.Token != reconcile.DoesNotKnow):
		end = "so the client exists, and may be disabled"
	case v.Presence == reconcile.Alive && o.Refused:
		end = "so the client exists, and is disabled or has another secret"
	case v.Presence == reconcile.Alive && o.Token == reconcile.DoesNotKnow && !o.SecretFree:
		end = "so the client exists and its secret is not the current one"
	case v.Presence == reconcile.Alive:
		end = "so the client exists"
	case v.Presence == reconcile.Gone && unknown:
		end = "so all that was asked says that the client does not exist any more"
	case o.Token == reconcile.DoesNotKnow && o.SecretMayHaveMoved && !o.SecretFree:
		end = "but the client secret may not be the current one, so this does not tell whether the client exists"
	case unknown && o.TokenExpired:
		end = "but the token has expired, and such a token is refused also where the client exists, so that only one endpoint says that the client does not exist"
	case unknown && o.RefusalExplained() && w.journalUnread:
		end = "but the token journal cannot be read, which may have another token or address, so that only one endpoint says that the client does not exist"
	case unknown && o.RefusalExplained():
		end = "but the answer to an earlier request is missing, which may have replaced the token or moved the client, so that only one endpoint says that the client does not exist"
	case o.Token == reconcile.DoesNotKnow && o.Authorization == reconcile.Unanswered && o.SecretFree:
		end = "so the client may exist, and be disabled: the authorization endpoint, which could tell, gave no answer that does"
	case o.Token == reconcile.DoesNotKnow && o.Authorization == reconcile.Unanswered:
		end = "so the client may exist, with another secret"
	}
	switch {
	case len(says) > 0:
		return sentence(strings.Join(append(says, end), "; "))
	case strings.HasSuffix(end, unprovenDeletion):
		return sentence(unprovenDeletion)
	case o.HomeAsked && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "" && w.home.Issuer == "":
		return "Whether the client exists could not be looked into: only the registration endpoint is known. With issuer set, the token endpoint can be asked."
	case o.HomeAsked && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "":
		return "Whether the client exists could not be looked into: the server's metadata was not found, or names neither a token nor an authorization endpoint."
	case o.HomeAsked:
		return "Neither the token endpoint nor the authorization endpoint can be asked about this client, so nothing shows whether it exists."
	}
	return "Whether the client exists could not be looked into: nothing tells at which server it was registered, and its credentials go to no other."
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// secretHistory is what is known of how the client's secret may have changed unseen.
func (c *Client) secretHistory(ctx context.Context, class reconcile.Answer, refused error) reconcile.SecretHistory {
	journaled, unanswered, shown, asked := c.noteHistory(ctx)
	facts, waits := c.Record.Facts, c.Record.Unproven
	if facts.SecretOnRead == "" && c.Record.Capabilities.Read == reconcile.CapabilityNo {
		facts.SecretOnRead = reconcile.SecretHidden // there are no reads that might replace it
	}
	return reconcile.SecretHistory{
		Journaled: journaled, Unanswered: unanswered, Shown: shown, Lost: c.answerMissing(), TokenUntried: c.Record.TokenUntried,
		TokenOpen: (c.Record.TokenOpen || asked.AskedRegister && !shown) && !c.ByProvider(), SecretOpen: c.Record.SecretOpen || asked.AskedRegister && !asked.AskedSecretShown, OnlyRegistered: asked.AskedRegister && !asked.AskedOther,
		SecretShown: asked.AskedSecretShown,
		Facts:       facts,
		Expired:     c.secretExpired(refused),
		Unread:      c.Record.Unread,
		Unproven:    !waits.ClientSecret.IsEmpty(),
		// What the user said is no answer of the server's.
		TokenUnproven: !waits.RegistrationAccessToken.IsEmpty() && !c.isHandedIn(waits.RegistrationAccessToken) || c.tokenUnused(),
		URIUnproven:   waits.RegistrationClientURI != "" && waits.RegistrationClientURI != c.templateURI,
		TokenRefused:  class.CredentialRefused() && !c.ByProvider(),
		// A form without the secret that the server took before shows that it does not look at it.
		UpdateRefused: class.CredentialRefused() && updates(refused) && (c.Record.Form == "" || c.Record.Form.HasSecret()),
	}
}

// updates reports whether it is an update that was refused.
func updates(refused error) bool {
	var de *dcr.Error
	return errors.As(refused, &de) && de.Operation == dcr.Update
}

// secretExpired reports whether the client secret has expired, by this machine's clock or by the server's own, which is what counts there:
// either may be wrong.
func (c *Client) secretExpired(refused error) bool {
	at := c.Handle.ClientSecretExpiresAt
	if at == nil || *at == 0 {
		return false
	}
	return !time.Unix(*at, 0).After(later(c.Server.clock.Now(), refused))
}

// noteHistory reports whether the journal has noted each request since the secret that is known was in force, whether the answer to
// one is missing, whether the client was shown since, and the entry that tells so. A secret that the journal does not have came from somewhere else, as from another machine; one that was handed in
// beside a token was not seen in an answer. A journal that cannot be read may have anything: an answer counts as missing then.
func (c *Client) noteHistory(ctx context.Context) (journaled, unanswered, shown bool, entry journal.Entry) {
	if c.Journal == nil {
		return false, c.journalErr != nil, false, entry
	}
	var found bool
	// What another operation of this process has under way is answered in a moment. Where it is not, or nobody waits, its answer is missing.
	_ = c.Server.Poll(ctx, rotationWait, func() (bool, error) {
		entry, found = c.Lookup(ctx)
		return entry.UnderWay <= c.underWay(), nil
	})
	if c.journalUnread {
		return false, true, false, journal.Entry{}
	}
	journaled = found && entry.Occasion != journal.OccasionHandedIn && !entry.ClientSecret.IsEmpty() && entry.ClientSecret.Equal(c.Handle.ClientSecret)
	return journaled, !entry.Asked.IsZero(), entry.AskedShown, entry
}
