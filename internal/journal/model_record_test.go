// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

type modelClient struct {
	token, secret, fingerprint, run, intent string
	confirmed                               bool
	stored                                  bool // a registration was answered with it that was not its first

	waiting    string   // a token
	superseded []string // tokens and secrets
	written    int      // the model's count of then
}

// modelDeletion is a client that was deleted.
type modelDeletion struct {
	when    time.Time
	marks   []string // to know it again by
	written int
}

// remove deletes a client. Of one whose registration is abandoned, no marks are kept.
func (m *model) remove(id string, abandoned bool) {
	m.count++
	d := modelDeletion{when: m.now, written: m.count}
	if c := m.clients[id]; c != nil && !abandoned {
		d.marks = slices.DeleteFunc(append(slices.Clone(c.superseded), c.token, c.secret), func(s string) bool { return s == "" })
	}
	m.deleted[id] = d
	delete(m.clients, id)
	delete(m.asking, id)
}

// put is what an entry does that nothing overtook.
func (m *model) put(e Entry) *modelClient {
	return m.write(e.ClientID, e.RegistrationAccessToken.Reveal(), e.ClientSecret.Reveal(), "", e.PreviousToken.Reveal())
}

func (m *model) write(id, token, clientSecret, waiting, previous string) *modelClient {
	c := m.clients[id]
	if c == nil {
		c = &modelClient{confirmed: true}
		m.clients[id] = c
	}
	before := *c
	c.token = token
	if clientSecret != "" {
		c.secret = clientSecret
	}
	if c.waiting = waiting; waiting == c.token || waiting == c.secret {
		c.waiting = ""
	}
	present := func(s string) bool { return s == "" || s == c.token || s == c.secret }
	c.superseded = slices.DeleteFunc(slices.Clone(c.superseded), present)
	for _, s := range []string{previous, before.token, before.secret} {
		if !present(s) && !slices.Contains(c.superseded, s) {
			c.superseded = append(c.superseded, s)
		}
	}
	if more := len(c.superseded) - keepSuperseded; more > 0 {
		c.superseded = slices.Delete(c.superseded, 1, 1+more)
	}
	if before.written == 0 || c.token != before.token || c.secret != before.secret || c.waiting != before.waiting || !slices.Equal(c.superseded, before.superseded) {
		m.count++
		c.written = m.count
	}
	delete(m.deleted, id)
	return c
}

// answer is what an entry does whose answer was asked for when the model had counted so far. It returns whether something was newer, and whether all was.
func (m *model) answer(e Entry, asked int) (newer, overtaken bool) {
	id, token, clientSecret, previous := e.ClientID, e.RegistrationAccessToken.Reveal(), e.ClientSecret.Reveal(), e.PreviousToken.Reveal()
	if d, gone := m.deleted[id]; gone && d.written > asked {
		if len(d.marks) == 0 || slices.ContainsFunc(d.marks, func(s string) bool { return s == token || s == clientSecret || s == previous }) {
			return true, true
		}
	}
	c := m.clients[id]
	if c == nil || c.written <= asked {
		m.put(e)
		return false, false
	}
	former := func(s string) bool { return slices.Contains(c.superseded, s) }
	beside := token != c.token && token != c.secret && !former(token) && former(previous)
	switch {
	case former(token):
		return true, true
	case beside:
		waiting := c.waiting
		if waiting == "" {
			waiting = token
		}
		if former(clientSecret) {
			clientSecret = ""
		}
		m.write(id, c.token, clientSecret, waiting, "")
		return true, false
	case former(clientSecret):
		m.write(id, token, "", c.waiting, previous)
		return true, token == c.token
	}
	m.put(e)
	return false, false
}

// check holds what the journal has of a client against the model.
func (m *model) check(rt *rapid.T, j *Journal, id string, tokens []string) {
	e, found, err := j.Lookup(rt.Context(), Name{ClientID: id, URI: uri + id})
	if err != nil {
		rt.Fatal(err)
	}
	c := m.clients[id]
	if found != (c != nil) || found && (e.RegistrationAccessToken.Reveal() != c.token || e.ClientSecret.Reveal() != c.secret || e.Unproven.RegistrationAccessToken.Reveal() != c.waiting) {
		rt.Fatalf("lookup %s: found %v, %+v, model %+v", id, found, e, c)
	}
	for _, token := range tokens {
		if got := e.Supersedes(secret.New(token)); found && got != slices.Contains(c.superseded, token) {
			rt.Fatalf("%s is superseded: %v, model %+v", token, got, c)
		}
	}
}
