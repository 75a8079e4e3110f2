// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Made is what an object has of the client that its registration was answered with, and that another object has, too, as some servers answer the metadata of a
// client that they have.
type Made struct {
	Handle     Handle
	Unproven   Unproven
	At         int64 // Record.MadeAt
	UsesSecret bool  // to authenticate at the token endpoint
	Shown      bool  // a read with its token has shown the client at its address
	Facts      Facts
}

// Lacks reports whether it has less than the other object, or a stored form of it.
func (m Made) Lacks(of Handle) bool {
	if !m.UsesSecret {
		of.ClientSecret = secret.String{} // of no use to the client any more
	}
	return m.Handle.Lacks(of)
}

// Manages reports whether it has the token and the address of the other object, known or to be tried, and the token that waits there, which may be the one in force.
func (m Made) Manages(of Credentials) bool {
	u := m.Unproven
	tokens := []secret.String{{}, m.Handle.RegistrationAccessToken, u.RegistrationAccessToken, u.FormerToken, u.RefusedToken}
	return slices.ContainsFunc(tokens, of.Known.RegistrationAccessToken.Equal) && slices.ContainsFunc(tokens, of.Unproven.RegistrationAccessToken.Equal) &&
		slices.Contains([]string{"", m.Handle.RegistrationClientURI, u.RegistrationClientURI, u.RefusedURI}, of.Known.RegistrationClientURI)
}

// secretsWith are the client secrets that are known or are to be tried.
func (u Unproven) secretsWith(known secret.String) []secret.String {
	return slices.DeleteFunc([]secret.String{known, u.ClientSecret, u.FormerSecret, u.RefusedSecret}, func(s secret.String) bool { return !secret.Usable(s.Reveal()) })
}

// OpenSecrets are the secrets of the other object that this one lacks, and those that this one has, where neither a read nor the token endpoint has told which of them is
// in force.
func (m Made) OpenSecrets(of Credentials) (lacking, has []secret.String) {
	if !m.UsesSecret || m.Facts.SecretOnRead == SecretShown {
		return nil, nil
	}
	has = m.Unproven.secretsWith(m.Handle.ClientSecret)
	lacking = slices.DeleteFunc(of.Unproven.secretsWith(of.Known.ClientSecret), func(s secret.String) bool { return slices.ContainsFunc(has, s.Equal) })
	return lacking, has
}

// Beside returns the credentials of the other object with what this one has to be tried beside them. An answer has shown it, which may have replaced them, or
// be wrong: so nothing that the other one has is pushed out by it, also nothing that waits.
func (m Made) Beside(c Credentials) Credentials {
	u, known := &c.Unproven, c.Known
	if t := m.Handle.RegistrationAccessToken; !t.Equal(known.RegistrationAccessToken) && !LacksToken(t, known.RegistrationAccessToken) {
		fill(t, &u.RegistrationAccessToken, &u.FormerToken, &u.RefusedToken)
	}
	if uri := m.Handle.RegistrationClientURI; uri != known.RegistrationClientURI {
		c.addressBeside(uri)
	}
	lacking, _ := m.OpenSecrets(Credentials{Known: known})
	if s := m.Handle.ClientSecret; len(lacking) > 0 && !LacksSecret(s, known.ClientSecret) {
		if u.ClientSecret.IsEmpty() {
			unset(s, &u.FormerSecret, &u.RefusedSecret) // to be tried first, as what was shown last
			u.ClientSecretExpiresAt, u.SecretFromRead = m.Handle.ClientSecretExpiresAt, false
		}
		fill(s, &u.ClientSecret, &u.FormerSecret, &u.RefusedSecret)
	}
	return c
}

// fill puts a value into the first of the slots that is empty, unless one has it.
func fill(value secret.String, slots ...*secret.String) {
	if slices.ContainsFunc(slots, func(s *secret.String) bool { return s.Equal(value) }) {
		return
	}
	if i := slices.IndexFunc(slots, func(s *secret.String) bool { return s.IsEmpty() }); i >= 0 {
		*slots[i] = value
	}
}

// unset empties the slots that have a value.
func unset(value secret.String, slots ...*secret.String) {
	for _, s := range slots {
		if s.Equal(value) {
			*s = secret.String{}
		}
	}
}

// addressBeside has another address wait, or be asked where the known one shows nothing, unless the token must not go there. It reports whether that would push
// another one out.
func (c *Credentials) addressBeside(uri string) (full bool) {
	u := &c.Unproven
	switch {
	case uri == "" || !c.mayAsk(uri) || uri == u.RegistrationClientURI || uri == u.RefusedURI:
	case u.RegistrationClientURI == "":
		u.RegistrationClientURI = uri
	case u.RefusedURI == "":
		u.RefusedURI = uri
	default:
		return true
	}
	return false
}

// After returns the credentials that a registration was answered with, beside those that the client had before: the answer may have replaced them, or be wrong. The
// former token and secret are tried where the ones shown are refused. Another address has to show the client first.
func (c Credentials) After(before Handle) Credentials {
	u, now := &c.Unproven, &c.Known
	if t := before.RegistrationAccessToken; !t.IsEmpty() && !t.Equal(now.RegistrationAccessToken) {
		fill(t, &u.FormerToken, &u.RefusedToken)
	}
	if s := before.ClientSecret; !s.Equal(now.ClientSecret) && secret.Usable(s.Reveal()) {
		fill(s, &u.FormerSecret, &u.RefusedSecret)
	}
	if known := before.RegistrationClientURI; known != "" && known != now.RegistrationClientURI {
		moved := c
		moved.Known.RegistrationClientURI = known
		if !moved.addressBeside(now.RegistrationClientURI) {
			return moved
		}
	}
	return c
}

// PutBack returns the credentials of before another object of the client lent with those that it has, where these came to nothing: its token is then not to be beside an address that
// waits and may be anybody's, nor is that address to be lost. shown: a read has shown the client since.
func (c Credentials) PutBack(before, with Credentials, shown bool) Credentials {
	another := func(now, was secret.String) bool { return !now.IsEmpty() && !now.Equal(was) }
	switch k, u := c.Known, c.Unproven; {
	case another(k.RegistrationAccessToken, with.Known.RegistrationAccessToken), another(k.ClientSecret, with.Known.ClientSecret),
		another(u.RegistrationAccessToken, with.Unproven.RegistrationAccessToken), another(u.ClientSecret, with.Unproven.ClientSecret),
		shown && !with.Known.RegistrationAccessToken.Equal(before.Known.RegistrationAccessToken):
		return c
	}
	if c.Known.RegistrationClientURI == with.Known.RegistrationClientURI {
		c.Known.RegistrationClientURI = before.Known.RegistrationClientURI
	}
	c.Known.RegistrationAccessToken, c.Unproven = before.Known.RegistrationAccessToken, before.Unproven
	return c
}

// HasAddress reports whether an address is known, or is to be tried.
func (c Credentials) HasAddress(uri string) bool {
	return slices.Contains([]string{"", c.Known.RegistrationClientURI, c.Unproven.RegistrationClientURI, c.Unproven.RefusedURI}, uri)
}

// TwinMark is what a state keeps of the other object of its client, to know again what that one has.
type TwinMark string

// MarkOf is the mark of an object: its address, and a digest of its token.
func MarkOf(h Handle) TwinMark {
	sum := sha256.Sum256([]byte(h.RegistrationAccessToken.Reveal()))
	return TwinMark(base64.RawURLEncoding.EncodeToString(sum[:12]) + " " + h.RegistrationClientURI)
}

// At is the address that the other object has.
func (m TwinMark) At() string {
	_, at, _ := strings.Cut(string(m), " ")
	return at
}

// Twin is what is known of the two objects of one client when the older one is destroyed. The client goes on to be the newer one's. But one answer is all that
// speaks for what that one has, and it may be wrong: what works is not to be dropped for it.
type Twin struct {
	Gone     bool // the client is proven to be gone
	Lacks    bool // the newer one has less of the client
	OldKey   bool // the token endpoint refuses the newer one's secret and takes the older one's
	Unused   bool // nothing of what the two have is used to manage the client
	Manages  bool // the newer one has what the older one has to manage it
	Shown    bool // a read has shown the client with what the newer one has
	HandedIn bool // the user has handed in the older one's token, which the newer one takes, since it has the same address
}

var twinTable = []struct {
	rule  string
	when  func(Twin) bool
	holds bool
}{
	{rule: "there is no client to have credentials of", when: func(t Twin) bool { return t.Gone }},
	{rule: "it lacks a credential", when: func(t Twin) bool { return t.Lacks }, holds: true},
	{rule: "the old secret alone is taken", when: func(t Twin) bool { return t.OldKey }, holds: true},
	{rule: "no token is used", when: func(t Twin) bool { return t.Unused }},
	{rule: "it has what the old one has", when: func(t Twin) bool { return t.Manages }},
	{rule: "what it has works", when: func(t Twin) bool { return t.Shown }},
	{rule: "the token is handed in", when: func(t Twin) bool { return t.HandedIn }},
	{rule: "nothing shows that what it has works", when: func(Twin) bool { return true }, holds: true},
}

// Holds reports whether the older object is kept for what it alone has, and the row of the table that says so.
func (t Twin) Holds() (bool, string) {
	for _, row := range twinTable {
		if row.when(t) {
			return row.holds, row.rule
		}
	}
	return true, ""
}
