// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Wanted says which client is to be found: by its client configuration endpoint, by its client_id at the endpoint that the settings'
// template gives, or by its name at a server that can search.
type Wanted struct {
	ClientID              string
	RegistrationClientURI string
	Token                 secret.String // registration access token; empty for the settings' or the provider's own credentials

	Name          string
	QueryTemplate string // of the URL that answers with the clients of a name; empty for DefaultQueryTemplate
}

// DefaultQueryTemplate is how servers that can search at all are asked for a name.
const DefaultQueryTemplate = "{registration_endpoint}?client_name={client_name}"

// Found is a client that nothing here manages.
type Found struct {
	Handle     reconcile.Handle
	Registered metadata.Document
}

// Find reads a client without managing it. Nothing of the answer is saved, but for credentials that it replaced, where there is a
// journal. Found is nil where a problem is more than a warning.
func Find(ctx context.Context, s *Server, w Wanted) (*Found, []Problem) {
	if s.UnknownConnection() {
		return nil, []Problem{{Kind: FindNotKnownYet}}
	}
	if w.ClientID == "" && w.RegistrationClientURI == "" {
		return findByName(ctx, s, w)
	}
	h, problem := wantedHandle(ctx, s, w)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	return look(ctx, s, h)
}

func wantedHandle(ctx context.Context, s *Server, w Wanted) (reconcile.Handle, *Problem) {
	h := reconcile.Handle{ClientID: w.ClientID, RegistrationClientURI: w.RegistrationClientURI, RegistrationAccessToken: w.Token}
	if h.RegistrationClientURI == "" {
		t, problem := locateRegistration(ctx, s)
		if problem != nil {
			return h, problem
		}
		h.RegistrationClientURI = s.TemplateURI(t, w.ClientID)
	}
	if err := s.checkURL(h.RegistrationClientURI); err != nil {
		return h, &Problem{Kind: UnusableURL, Attribute: "registration_client_uri", Err: err}
	}
	if h.RegistrationAccessToken.IsEmpty() {
		h.RegistrationAccessToken = s.importToken(h, secret.String{})
	}
	return h, nil
}

// locateRegistration finds the registration endpoint of the provider's server.
func locateRegistration(ctx context.Context, s *Server) (Target, *Problem) {
	t, problem := s.Locate(ctx, Place{})
	if problem == nil && t.RegistrationEndpoint == "" {
		problem = &Problem{Kind: NoRegistrationEndpoint}
		if t.Metadata != nil {
			problem.Endpoint = t.Metadata.URL
		}
	}
	return t, problem
}

// look reads a client whose handle is known.
func look(ctx context.Context, s *Server, h reconcile.Handle) (*Found, []Problem) {
	c := s.client(State{Handle: h})
	if problem := mayLook(c); problem != nil {
		c.report(*problem)
		return nil, c.problems
	}
	if c.journal != nil && c.handle.ClientID == "" {
		// The journal goes by the client_id, too, and may have the token that replaced the one that was given.
		id, err := c.journal.ClientAt(ctx, c.handle.RegistrationClientURI)
		c.notRead(err)
		c.handle.ClientID = id
	}
	var answer *dcr.Registration
	err := c.request(ctx, func(ctx context.Context, auth transport.Authorizer) (err error) {
		answer, err = s.dcr.Read(ctx, c.handle.RegistrationClientURI, c.handle.ClientID, auth)
		return err
	})
	if err != nil {
		c.reportUnread(FoundNotRead, err)
		return nil, c.problems
	}
	return takeOver(ctx, c, answer), c.problems
}

// mayLook returns why a client must not be read.
func mayLook(c *Client) *Problem {
	s := c.server
	switch {
	case !c.managed():
		return &Problem{Kind: FindUnmanaged}
	case c.byProvider() && s.UnknownCredentials():
		return &Problem{Kind: FindNotKnownYet}
	case c.byProvider() && !s.HasCredentials(Target{RegistrationEndpoint: c.handle.RegistrationClientURI}):
		return &Problem{Kind: FindWithoutToken}
	case c.costsCredentials():
		return &Problem{Kind: FindRotates, Journaled: c.journal != nil}
	}
	return nil
}

// takeOver takes over what an answer shows of a client. Credentials that nothing here knew before are no change: a client that is only
// looked at gets an entry in the journal only where a credential was replaced.
func takeOver(ctx context.Context, c *Client, answer *dcr.Registration) *Found {
	if c.journal != nil {
		if c.handle.ClientID == "" {
			c.handle.ClientID = answer.ClientID
		}
		if entry, known := c.lookup(ctx); known {
			c.handle.ClientSecret, c.handle.ClientSecretExpiresAt = entry.ClientSecret, entry.ClientSecretExpiresAt
			if c.handle.RegistrationAccessToken.IsEmpty() {
				c.handle.RegistrationAccessToken = entry.RegistrationAccessToken
			}
		}
	}
	c.notice(answer)
	before := c.credentials()
	decided, notes := before.Take(c.usable(answer), reconcile.FromRead)
	c.setCredentials(decided, notes)
	replaced := func(before, now secret.String) bool { return !before.IsEmpty() && !before.Equal(now) }
	if decided.Unproven.Waits() || replaced(before.Known.RegistrationAccessToken, c.handle.RegistrationAccessToken) {
		c.journalCredentials(ctx, before.Known, reconcile.FromRead)
	}
	if c.record.Facts.ReadRotates() || decided.Unproven.Waits() {
		learnt := c.record.Facts
		learnt.RotatesOnRead = true // or its secret, of which this read cannot tell whether it is a new one
		c.server.noteRotating(before.Known.RegistrationClientURI, learnt)
		c.warn(Problem{Kind: FindRotated, Journaled: c.journal != nil})
	}
	shown := c.handle
	if newest := decided.Unproven.RegistrationAccessToken; !newest.IsEmpty() {
		shown.RegistrationAccessToken = newest // nothing is kept of this read but the journal, so that nobody will prove it
	}
	return &Found{Handle: shown, Registered: answer.Metadata}
}

// findByName asks a server that can search.
func findByName(ctx context.Context, s *Server, w Wanted) (*Found, []Problem) {
	t, query, problem := query(ctx, s, w)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	auth, err := s.RegistrationAuth(ctx, t, secret.String{})
	if err != nil {
		return nil, []Problem{{Kind: NotSearched, Name: w.Name, Err: err}}
	}
	clients, err := s.dcr.List(ctx, query, auth)
	if err != nil {
		kind := NotSearched
		if notFound(err) {
			kind = NameNotFound
		}
		return nil, []Problem{{Kind: kind, Name: w.Name, Err: err}}
	}
	var matching []*dcr.Registration
	for _, client := range clients {
		s.Hide(client.ClientSecret, client.RegistrationAccessToken)
		// A list need not show names. A server that searches and one that ignores the query then look the same, until the client is
		// read.
		if name, shown := client.Metadata["client_name"]; !shown || name == w.Name {
			matching = append(matching, client)
		}
	}
	switch len(matching) {
	case 0:
		return nil, []Problem{{Kind: NameNotFound, Name: w.Name, Count: len(clients)}}
	case 1:
		return match(ctx, s, w, t, matching[0])
	}
	return nil, []Problem{{Kind: NameNotUnique, Name: w.Name, Count: len(matching)}}
}

// query returns the server and the URL that answers with the clients of a name. The provider's credentials go there, so that it must
// be at the server that they are for.
func query(ctx context.Context, s *Server, w Wanted) (Target, string, *Problem) {
	switch {
	case w.Name == "":
		return Target{}, "", &Problem{Kind: NothingToFind}
	case s.UnknownCredentials():
		return Target{}, "", &Problem{Kind: FindNotKnownYet}
	}
	t, problem := locateRegistration(ctx, s)
	if problem != nil {
		return t, "", problem
	}
	template := w.QueryTemplate
	if template == "" {
		template = DefaultQueryTemplate
	}
	query := queryURL(template, t.RegistrationEndpoint, w.Name)
	if err := s.checkURL(query); err != nil {
		return t, "", &Problem{Kind: UnusableURL, Attribute: "client_query_template", Err: err}
	}
	if !transport.SameOrigin(t.RegistrationEndpoint, query) {
		return t, "", &Problem{Kind: UnusableURL, Attribute: "client_query_template", Err: fmt.Errorf("the provider's credentials are for %s and are not sent to %s",
			transport.Origin(t.RegistrationEndpoint), transport.Origin(query))}
	}
	return t, query, nil
}

// queryURL fills a template. A registration endpoint may have a query of its own, to which the template's is added.
func queryURL(template, endpoint, name string) string {
	endpoint = strings.TrimRight(endpoint, "/")
	if strings.Contains(endpoint, "?") {
		template = strings.ReplaceAll(template, "{registration_endpoint}?", "{registration_endpoint}&")
	}
	return strings.NewReplacer("{registration_endpoint}", endpoint, "{client_name}", escapeID(name)).Replace(template)
}

// match returns the client that a search found. A list may show less of a client than a read does, so that it is read, too, where the
// provider's own credentials may do that: a search must not use up a registration access token.
func match(ctx context.Context, s *Server, w Wanted, t Target, entry *dcr.Registration) (*Found, []Problem) {
	h := reconcile.Handle{ClientID: entry.ClientID, RegistrationClientURI: s.TemplateURI(t, entry.ClientID)}
	if told := dcr.ResolveClientURI(t.RegistrationEndpoint, entry.RegistrationClientURI, s.Settings().Transport.AllowInsecureHTTP); told.URI != "" && told.Unusable == "" {
		h.RegistrationClientURI = told.URI
	}
	entry.RegistrationClientURI = h.RegistrationClientURI
	listed := s.client(State{Handle: h})
	_, named := entry.Metadata["client_name"]
	if !listed.byProvider() || mayLook(listed) != nil {
		if !named {
			return nil, []Problem{{Kind: NameNotFound, Name: w.Name, Count: 1}}
		}
		return takeOver(ctx, listed, entry), listed.problems
	}
	found, problems := look(ctx, s, h)
	switch {
	case found == nil && named:
		for i := range problems {
			problems[i].Warning = true
		}
		return takeOver(ctx, listed, entry), append(problems, listed.problems...)
	case found == nil:
		return nil, problems
	case found.Registered["client_name"] != w.Name:
		return nil, []Problem{{Kind: NameNotFound, Name: w.Name, Count: 1}}
	}
	return found, problems
}

func notFound(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && !de.Redirected && de.Status == http.StatusNotFound
}
