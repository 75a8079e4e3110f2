// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
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
func Find(ctx context.Context, s *authserver.Server, w Wanted) (*Found, []outcome.Problem) {
	if unknownBefore(s, authserver.Place{}, w.RegistrationClientURI) || s.UnknownJournal() {
		return nil, []outcome.Problem{{Kind: outcome.FindNotKnownYet}}
	}
	if w.ClientID == "" && w.RegistrationClientURI == "" {
		return findByName(ctx, s, w)
	}
	h, problem := wantedHandle(ctx, s, w)
	if problem != nil {
		return nil, []outcome.Problem{*problem}
	}
	if s.UnknownConnectionTo(h.RegistrationClientURI) {
		return nil, []outcome.Problem{{Kind: outcome.FindNotKnownYet}}
	}
	found, problems := look(ctx, s, h)
	for i, p := range problems {
		if p.Kind != outcome.FindRotated {
			continue
		}
		if problems[i].TokenKey = s.LookKey(ctx, h); !w.Token.IsEmpty() {
			problems[i].Attribute = "registration_access_token" // it goes before those of the settings
		}
	}
	return found, problems
}

func wantedHandle(ctx context.Context, s *authserver.Server, w Wanted) (reconcile.Handle, *outcome.Problem) {
	h := reconcile.Handle{ClientID: w.ClientID, RegistrationClientURI: w.RegistrationClientURI, RegistrationAccessToken: w.Token}
	if h.RegistrationClientURI == "" {
		t, problem := locateRegistration(ctx, s)
		if problem != nil {
			return h, problem
		}
		h.RegistrationClientURI = s.TemplateURI(t, w.ClientID)
	}
	if err := s.CheckURL(h.RegistrationClientURI); err != nil {
		return h, &outcome.Problem{Kind: outcome.UnusableURL, Attribute: "registration_client_uri", Err: err}
	}
	if h.RegistrationAccessToken.IsEmpty() {
		h.RegistrationAccessToken = s.ImportToken(ctx, authserver.Place{}, h)
	}
	return h, nil
}

// locateRegistration finds the registration endpoint of the provider's server.
func locateRegistration(ctx context.Context, s *authserver.Server) (authserver.Target, *outcome.Problem) {
	t, problem := s.Locate(ctx, authserver.Place{})
	if problem != nil && s.UnknownConnection() {
		return t, &outcome.Problem{Kind: outcome.FindNotKnownYet} // it may be found with what is not known
	}
	if problem == nil && t.RegistrationEndpoint == "" {
		problem = &outcome.Problem{Kind: outcome.NoRegistrationEndpoint}
		if t.Metadata != nil {
			problem = s.CheckEndpoint(t)
		}
	}
	return t, problem
}

// look reads a client whose handle is known.
func look(ctx context.Context, s *authserver.Server, h reconcile.Handle) (*Found, []outcome.Problem) {
	c := s.Client(authserver.State{Handle: h, SecretUnstored: true, Looks: true})
	if problem := mayLook(ctx, c); problem != nil {
		c.Report(*problem)
		return nil, c.Problems
	}
	if problem := c.NeedsKeeping(ctx); problem != nil {
		c.ReportUnkept(*problem)
		return nil, c.Problems
	}
	c.NameByJournal(ctx)
	var found *Found
	err := c.Noted(ctx, func() error {
		var answer *dcr.Registration
		err := c.Request(ctx, reconcile.FromRead, func(ctx context.Context, auth transport.Authorizer) (_ *dcr.Registration, err error) {
			answer, err = s.DCR.Read(ctx, c.Handle.RegistrationClientURI, c.Handle.ClientID, auth)
			return answer, err
		})
		if err == nil {
			found = takeOver(ctx, c, answer)
		}
		return err
	})
	if err != nil {
		c.ReportUnread(outcome.FoundNotRead, err)
		return nil, c.Problems
	}
	return found, c.Problems
}

// mayLook returns why a client must not be read.
func mayLook(ctx context.Context, c *authserver.Client) *outcome.Problem {
	problem := lookForbidden(ctx, c)
	if problem != nil && problem.Kind == outcome.FindWithoutToken && c.Server.AwaitsToken(c.Handle) {
		return &outcome.Problem{Kind: outcome.FindNotKnownYet}
	}
	return problem
}

func lookForbidden(ctx context.Context, c *authserver.Client) *outcome.Problem {
	s, problem := c.Server, &outcome.Problem{Kind: outcome.FindWithoutToken}
	switch {
	case !c.Managed():
		return &outcome.Problem{Kind: outcome.FindUnmanaged}
	case s.UnknownJournal(), c.ByProvider() && s.UnknownCredentials():
		return &outcome.Problem{Kind: outcome.FindNotKnownYet}
	case c.ByProvider() && c.NeverByProvider(ctx):
		problem.NeverSent, problem.TokensUnused = true, c.TokensUnused()
		problem.TokenSet = !c.Handle.RegistrationAccessToken.IsEmpty() || !s.ImportToken(ctx, authserver.Place{}, c.Handle).IsEmpty()
		s.LookToken(ctx, c.Place, c.Handle, problem)
		return problem
	case c.ByProvider() && !s.HasCredentials(authserver.Target{RegistrationEndpoint: c.Handle.RegistrationClientURI}):
		problem.ByProvider = true
		s.LookToken(ctx, c.Place, c.Handle, problem)
		return problem
	case !c.ByProvider() && c.Handle.RegistrationAccessToken.IsEmpty() && c.Journal == nil && s.ImportToken(ctx, authserver.Place{}, c.Handle).IsEmpty():
		problem.NeverSent = c.NeverByProvider(ctx)
		s.LookToken(ctx, c.Place, c.Handle, problem)
		return problem
	}
	if problem, costs := c.CostsCredentials(); costs {
		problem.Kind = outcome.FindRotates
		return &problem
	}
	return nil
}

// takeOver takes over what an answer shows of a client. Credentials that nothing here knew before are no change: a client that is only
// looked at gets an entry in the journal only where a credential was replaced.
func takeOver(ctx context.Context, c *authserver.Client, answer *dcr.Registration) *Found {
	if c.Journal != nil {
		if c.Handle.ClientID == "" {
			c.Handle.ClientID = answer.ClientID
		}
		if entry, known := c.Lookup(ctx); known && c.Handle.RegistrationAccessToken.IsEmpty() {
			c.Handle.RegistrationAccessToken = entry.RegistrationAccessToken
		}
		c.TakeJournaledSecret(ctx)
	}
	c.Notice(answer)
	before := c.Credentials()
	decided, notes := before.Take(c.Usable(answer), reconcile.FromRead)
	if c.Overtaken() {
		decided, notes = before, nil
	}
	c.SetCredentials(decided, notes)
	c.NoteShown(answer)
	replaced := func(before, now secret.String) bool { return !before.IsEmpty() && !before.Equal(now) }
	if decided.Unproven.Waits() || replaced(before.Known.RegistrationAccessToken, c.Handle.RegistrationAccessToken) {
		c.JournalCredentials(ctx, before.Known, reconcile.FromRead)
	}
	if c.Record.Facts.ReadRotates() || decided.Unproven.Waits() {
		learnt := c.Record.Facts
		learnt.RotatesOnRead = true // or its secret, of which this read cannot tell whether it is a new one
		c.NoteRotating(before.Known.RegistrationClientURI, learnt)
		problem, _ := c.CostsCredentials()
		problem.Kind, problem.Journaled = outcome.FindRotated, c.Journal != nil
		c.Warn(problem)
	}
	shown := c.Handle
	if newest := decided.Unproven.RegistrationAccessToken; !newest.IsEmpty() {
		shown.RegistrationAccessToken = newest // nothing is kept of this read but the journal, so that nobody will prove it
	}
	return &Found{Handle: shown, Registered: answer.Metadata}
}

// findByName asks a server that can search.
func findByName(ctx context.Context, s *authserver.Server, w Wanted) (*Found, []outcome.Problem) {
	t, query, problem := query(ctx, s, w)
	if problem == nil && s.UnknownConnectionTo(t.RegistrationEndpoint, query) {
		problem = &outcome.Problem{Kind: outcome.FindNotKnownYet}
	}
	if problem != nil {
		return nil, []outcome.Problem{*problem}
	}
	auth, err := s.RegistrationAuth(ctx, t, secret.String{})
	if err != nil {
		return nil, []outcome.Problem{{Kind: outcome.NotSearched, Err: err}}
	}
	clients, err := s.DCR.List(ctx, query, auth)
	if err != nil {
		kind := outcome.NotSearched
		if notFound(err) {
			kind = outcome.NameNotFound
		}
		return nil, []outcome.Problem{{Kind: kind, Err: err, NeverSent: !s.HasCredentials(t)}}
	}
	var matching []*dcr.Registration
	for _, client := range clients {
		s.Keep(client.ClientID, client.RegistrationClientURI)
		s.Hide(client.ClientSecret, client.RegistrationAccessToken)
		// A list need not show names. A server that searches and one that ignores the query then look the same, until the client is
		// read.
		if name, shown := client.Metadata["client_name"]; !shown || name == w.Name {
			matching = append(matching, client)
		}
	}
	switch len(matching) {
	case 0:
		return nil, []outcome.Problem{{Kind: outcome.NameNotFound, Count: len(clients)}}
	case 1:
		return match(ctx, s, w, t, matching[0])
	}
	return nil, []outcome.Problem{{Kind: outcome.NameNotUnique, Count: len(matching)}}
}

// query returns the server and the URL that answers with the clients of a name. The provider's credentials go there, so that it must
// be at the server that they are for.
func query(ctx context.Context, s *authserver.Server, w Wanted) (authserver.Target, string, *outcome.Problem) {
	switch {
	case w.Name == "":
		return authserver.Target{}, "", &outcome.Problem{Kind: outcome.NothingToFind}
	case s.UnknownCredentials():
		return authserver.Target{}, "", &outcome.Problem{Kind: outcome.FindNotKnownYet}
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
	if err := s.CheckURL(query); err != nil {
		return t, "", &outcome.Problem{Kind: outcome.UnusableURL, Attribute: "client_query_template", Err: err}
	}
	if !origin.Same(t.RegistrationEndpoint, query) {
		return t, "", &outcome.Problem{Kind: outcome.UnusableURL, Attribute: "client_query_template", Err: fmt.Errorf("the provider's credentials are for %s and are not sent to %s",
			origin.Of(t.RegistrationEndpoint), origin.Of(query))}
	}
	return t, query, nil
}

// queryURL fills a template. A registration endpoint may have a query of its own, to which the template's is added.
func queryURL(template, endpoint, name string) string {
	endpoint = strings.TrimRight(endpoint, "/")
	if strings.Contains(endpoint, "?") {
		template = strings.ReplaceAll(template, "{registration_endpoint}?", "{registration_endpoint}&")
	}
	return strings.NewReplacer("{registration_endpoint}", endpoint, "{client_name}", authserver.EscapeID(name)).Replace(template)
}

// match returns the client that a search found. A list may show less of a client than a read does, so that it is read, too, where the
// provider's own credentials may do that: a search must not use up a registration access token.
func match(ctx context.Context, s *authserver.Server, w Wanted, t authserver.Target, entry *dcr.Registration) (*Found, []outcome.Problem) {
	h := reconcile.Handle{ClientID: entry.ClientID, RegistrationClientURI: s.TemplateURI(t, entry.ClientID)}
	if told := dcr.ResolveClientURI(t.RegistrationEndpoint, entry.RegistrationClientURI, s.Settings().Transport.AllowInsecureHTTP); told.URI != "" && told.Unusable == "" {
		h.RegistrationClientURI = told.URI
	}
	entry.RegistrationClientURI = h.RegistrationClientURI
	listed := s.Client(authserver.State{Handle: h, SecretUnstored: true, Looks: true})
	_, named := entry.Metadata["client_name"]
	if !listed.ByProvider() || mayLook(ctx, listed) != nil {
		if !named {
			return nil, []outcome.Problem{{Kind: outcome.NameNotFound, Count: 1}}
		}
		return takeOver(ctx, listed, entry), listed.Problems
	}
	found, problems := look(ctx, s, h)
	switch {
	case found == nil && named:
		for i := range problems {
			problems[i].Warning = true
		}
		return takeOver(ctx, listed, entry), append(problems, listed.Problems...)
	case found == nil:
		return nil, problems
	case found.Registered["client_name"] != w.Name:
		return nil, []outcome.Problem{{Kind: outcome.NameNotFound, Count: 1}}
	}
	return found, problems
}

func notFound(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && !de.Redirected && de.Status == http.StatusNotFound
}
