// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"errors"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Notice looks at what an answer shows beside metadata and credentials: values that cannot be taken, and when a token expires.
func (c *Client) Notice(answer *dcr.Registration) {
	c.noticeOdd(answer.Odd)
	c.noticeExpiry(answer)
}

// noticeOdd warns of values that cannot be taken. Each member is told of once: a server that shows it in each answer would have each
// plan warn of it.
func (c *Client) noticeOdd(odd []dcr.OddValue) {
	odd = slices.DeleteFunc(slices.Clone(odd), func(o dcr.OddValue) bool { return slices.Contains(c.Record.Odd, o.Member) })
	if len(odd) == 0 {
		return
	}
	for _, o := range odd {
		c.Record.Odd = append(slices.Clip(c.Record.Odd), o.Member)
	}
	slices.Sort(c.Record.Odd)
	told := slices.IndexFunc(c.Problems, func(p outcome.Problem) bool { return p.Kind == outcome.OddValues })
	if told < 0 {
		c.Warn(outcome.Problem{Kind: outcome.OddValues, Odd: odd})
		return
	}
	c.Problems[told].Odd = append(c.Problems[told].Odd, odd...)
}

// noticeExpiry keeps when the token of an answer expires. What is known of tokens that are not kept any more is forgotten.
func (c *Client) noticeExpiry(answer *dcr.Registration) {
	expires := map[string]int64{}
	for _, token := range append(c.Credentials().Tokens(), answer.RegistrationAccessToken) {
		if at, known := c.Record.TokenExpires[digest(token)]; known {
			expires[digest(token)] = at
		}
	}
	if at := answer.RegistrationAccessTokenExpiresAt; at != nil && !answer.RegistrationAccessToken.IsEmpty() {
		expires[digest(answer.RegistrationAccessToken)] = *at
	}
	if c.Record.TokenExpires = expires; len(expires) == 0 {
		c.Record.TokenExpires = nil
	}
}

// expiry is when a token expires, as an answer or the token itself says; zero where neither does.
func (c *Client) expiry(token secret.String) time.Time {
	if at, told := c.Record.TokenExpires[digest(token)]; told {
		return time.Unix(at, 0)
	}
	if at := dcr.TokenExpiry(token); at != nil {
		return time.Unix(*at, 0)
	}
	return time.Time{}
}

// expired returns when the token in the state expired, where that is why a request was refused as far as is known; and whether the
// refusal itself says so. A token is tried all the same, since the clocks of two machines differ.
func (c *Client) expired(class reconcile.Answer, err error) (at time.Time, said bool) {
	// Of a server that fails it is told, too: some fail over a token that has expired.
	failed := class == reconcile.AnswerLost && Answered(err)
	if c.ByProvider() || !class.NeedsWitnesses() && class != reconcile.AnswerForbidden && !failed {
		return time.Time{}, false
	}
	if at = c.expiry(c.Handle.RegistrationAccessToken); at.After(later(c.Server.clock.Now(), err)) {
		at = time.Time{}
	}
	var de *dcr.Error
	return at, errors.As(err, &de) && de.SaysExpired()
}

// ReportUnread reports a read that did not succeed, of a client that no state keeps.
func (c *Client) ReportUnread(kind outcome.Kind, err error) {
	if told, ok := errors.AsType[*outcome.Problem](err); ok && told.Kind == outcome.NoToken {
		p := *told // no state has the client, so that the ways are others than a resource's
		p.Kind, p.TokensUnused = outcome.FindWithoutToken, c.TokensUnused()
		c.Report(p)
		return
	}
	class := ClassOf(reconcile.OperationRead, err)
	if c.AwaitsToken(err) || class == reconcile.AnswerMissing && c.Server.AwaitsToken(c.Handle) { // some servers refuse a token with 404
		c.Report(outcome.Problem{Kind: outcome.FindNotKnownYet})
		return
	}
	p := outcome.Problem{Kind: kind, Err: err, Certificate: c.Server.CertificateOf(Target{}, err)}
	p.Expired, p.SaidExpired = c.expired(class, err)
	p.ByProvider, p.Source = c.ByProvider(), c.tokenSource()
	if class.CredentialRefused() && !p.ByProvider && p.Source == outcome.FromState {
		p.Attribute = "registration_access_token"
	}
	c.Report(p)
}

// WarnOfRotation warns where reads were newly seen to rotate credentials: a secret, which a journal does not protect, or a token that
// no journal keeps.
func (c *Client) WarnOfRotation(before reconcile.Facts, importing bool) {
	now := c.Record.Facts
	switch {
	case now.SecretOnRead == reconcile.SecretRotates && before.SecretOnRead != reconcile.SecretRotates:
		c.Warn(outcome.Problem{Kind: outcome.ReadsReplaceSecret, Attribute: "refresh"})
	case now.ReadRotates() && !before.ReadRotates() && c.Journal == nil:
		c.Warn(outcome.Problem{Kind: outcome.ReadsRotate, Attribute: "refresh", Imported: importing})
	}
}
