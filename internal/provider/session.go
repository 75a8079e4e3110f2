// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// session is one configured provider instance: its connection pool, its caches and its journal, shared by all of its clients.
type session struct {
	settings  settings
	now       func() time.Time
	transport *transport.Client
	dcr       *dcr.Client
	finder    *discovery.Finder

	journalOnce sync.Once
	journal     *journal.Journal
	journalErr  error

	tokenOnce   sync.Mutex
	tokenSource map[string]transport.Authorizer // client credentials, by token endpoint

	known       known    // credentials, none of which may be shown
	rotating    sync.Map // URI of a client whose reads rotate its credentials → true
	unlocatable sync.Map // place → true: servers that a plan has not found

	originsMu sync.Mutex
	origins   map[string]bool // of the registration endpoints that the provider's own credentials are for
}

// isOwnOrigin tells the transport where the provider's extra headers may go: they are credentials like the others.
func (s *session) isOwnOrigin(origin string) bool {
	s.originsMu.Lock()
	defer s.originsMu.Unlock()
	return s.origins[origin]
}

func (s *session) learnOrigin(t target) {
	if t.RegistrationEndpoint == "" || !s.credentialsBelongTo(t) {
		return
	}
	s.originsMu.Lock()
	defer s.originsMu.Unlock()
	s.origins[transport.Origin(t.RegistrationEndpoint)] = true
}

func newSession(s settings, now func() time.Time) (*session, diag.Diagnostics) {
	var diags diag.Diagnostics
	out := &session{settings: s, now: now, tokenSource: map[string]transport.Authorizer{}, origins: map[string]bool{}}
	options := s.Transport
	options.HeaderOrigins, options.Log = out.isOwnOrigin, out.trace
	out.known.addSettings(s)
	t, err := transport.New(options)
	if err != nil {
		diags.AddError("Unusable connection settings", err.Error())
		return nil, diags
	}
	if s.Management == managementProvider && !out.anyUnknown("client_certificate", "client_certificate_file") && !out.unknownCredentials() && !out.hasCredentials(target{}) {
		diags.AddAttributeError(path.Root("management"), "No credentials to manage clients with", "management = \"provider_credentials\" reads, updates and deletes clients with the provider's own credentials, and there are none. "+
			"Set initial_access_token, basic_auth, client_credentials, headers or a client certificate.")
		t.Close()
		return nil, diags
	}
	out.transport, out.dcr, out.finder = t, dcr.New(t), discovery.New(t)
	// acct:joe@localhost:8080 names no scheme; a person who allows plain http means it for a local server, too.
	out.finder.InsecureLoopback = s.Transport.AllowInsecureHTTP
	return out, diags
}

func (s *session) close() {
	// Taking the once makes a journal that was never opened stay closed.
	s.journalOnce.Do(func() {})
	if s.journal != nil {
		_ = s.journal.Close()
	}
	s.transport.Close()
}

// openJournal gives the token journal, or nil where none is configured. It is opened at first use, so that a validate or a plan
// without clients creates no file.
func (s *session) openJournal() (*journal.Journal, error) {
	if s.settings.Journal == nil {
		return nil, nil
	}
	s.journalOnce.Do(func() {
		s.journal, s.journalErr = journal.Open(journal.Options{
			Path: s.settings.Journal.Path, Recipients: s.settings.Journal.Recipients, Identities: s.settings.Journal.Identity, Now: s.now,
		})
	})
	return s.journal, s.journalErr
}

// target is the authorization server that a resource or data source means.
type target struct {
	RegistrationEndpoint string
	Issuer               string
	Server               *discovery.ServerMetadata // nil where the registration endpoint was given by hand and no issuer was
	own                  bool                      // named by the resource, not by the provider
}

// place is what a resource says itself about its server.
type place struct{ Issuer, RegistrationEndpoint string }

// unknownServer tells whether the server is configured by values that are not known yet.
func (s *session) unknownServer(p place) bool {
	if p.Issuer != "" || p.RegistrationEndpoint != "" {
		return false
	}
	return s.anyUnknown("issuer", "registration_endpoint", "webfinger_resource", "expected_issuer")
}

// unknownConnection tells whether connecting depends on values that are not known yet.
func (s *session) unknownConnection() bool {
	return s.anyUnknown("ca_certificate", "ca_certificate_file", "ca_certificate_only", "client_certificate", "client_certificate_file",
		"client_key", "client_key_file", "proxy_url", "insecure_skip_verify", "allow_insecure_http", "headers")
}

// unknownCredentials tells whether the provider's own credentials depend on values that are not known yet. Empty ones in their
// place would be refused, and a refusal could be taken for the client's absence.
func (s *session) unknownCredentials() bool {
	return s.anyUnknown("initial_access_token", "basic_auth", "client_credentials", "headers")
}

func (s *session) anyUnknown(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return s.settings.unknown[name] })
}

// identify gives a name for the server that needs no request: two places with the same name are the same server.
func (s *session) identify(p place) string {
	switch {
	case p.RegistrationEndpoint != "":
		return p.RegistrationEndpoint
	case p.Issuer != "":
		return p.Issuer
	case s.settings.RegistrationEndpoint != "":
		return s.settings.RegistrationEndpoint
	case s.settings.Issuer != "":
		return s.settings.Issuer
	}
	return s.settings.WebFingerResource
}

// locate finds the server, by discovery where that is needed. Each discovery is done once in a process. The registration
// endpoint may come back empty: that is for the caller to judge.
func (s *session) locate(ctx context.Context, p place) (target, diag.Diagnostics) {
	var diags diag.Diagnostics
	issuer, endpoint, own := p.Issuer, p.RegistrationEndpoint, p.Issuer != "" || p.RegistrationEndpoint != ""
	if !own {
		issuer, endpoint = s.settings.Issuer, s.settings.RegistrationEndpoint
	}
	if issuer == "" && endpoint == "" && s.settings.WebFingerResource != "" {
		_, metadata, err := s.discover(ctx, s.settings.WebFingerResource)
		if err != nil {
			diags.Append(discoveryProblem("Authorization server not discovered", err))
			return target{}, diags
		}
		return s.discovered(metadata, false), diags
	}
	if issuer == "" && endpoint == "" {
		if s.unknownServer(p) {
			diags.AddError("Authorization server not known yet", "The provider's issuer, registration_endpoint or webfinger_resource depends on a value that is known only after another apply. Apply that first, with -target, or give a known value.")
		} else {
			diags.AddError("No authorization server", "Set issuer, registration_endpoint or webfinger_resource on the provider (or "+
				string(envIssuer)+", "+string(envEndpoint)+", "+string(envWebFinger)+" in the environment), or issuer or registration_endpoint on the resource.")
		}
		return target{}, diags
	}
	for name, value := range map[string]string{"issuer": issuer, "registration_endpoint": endpoint} {
		if value == "" {
			continue
		}
		if err := transport.CheckURL(value, s.settings.Transport.AllowInsecureHTTP); err != nil {
			diags.AddAttributeError(path.Root(name), "Unusable URL", err.Error())
			return target{}, diags
		}
	}
	out := target{RegistrationEndpoint: endpoint, Issuer: issuer, own: own}
	if issuer == "" || endpoint != "" {
		// An endpoint given by hand is used as it is: nothing is discovered for it, also where an issuer stands beside it,
		// until something needs the metadata.
		s.learnOrigin(out)
		return out, diags
	}
	metadata, err := s.metadata(ctx, issuer, own)
	if err != nil {
		diags.Append(discoveryProblem("Authorization server not discovered", err))
		return target{}, diags
	}
	out = s.discovered(metadata, own)
	out.Issuer = issuer
	return out, diags
}

func (s *session) discovered(metadata *discovery.ServerMetadata, own bool) target {
	out := target{
		Issuer: metadata.Issuer, Server: metadata, own: own,
		RegistrationEndpoint: metadata.Endpoint("registration_endpoint", s.mutualTLS()),
	}
	s.learnOrigin(out)
	return out
}

// discover goes from what a person would type to the metadata document.
func (s *session) discover(ctx context.Context, resource string) (*discovery.WebFingerResult, *discovery.ServerMetadata, error) {
	request := discovery.DiscoverRequest{Input: resource, Auth: s.webFingerAuth(resource)}
	if resource == s.settings.WebFingerResource {
		request.ExpectedIssuer = s.settings.ExpectedIssuer
	}
	return s.finder.Discover(ctx, request)
}

func (s *session) metadata(ctx context.Context, issuer string, own bool) (*discovery.ServerMetadata, error) {
	request := discovery.MetadataRequest{Issuer: issuer}
	if !own || issuer == s.settings.Issuer {
		request.ExpectedIssuer, request.Auth = s.settings.ExpectedIssuer, s.discoveryAuth()
	}
	return s.finder.Metadata(ctx, request)
}

func (s *session) mutualTLS() bool { return len(s.settings.Transport.ClientCertificate) > 0 }

// discoveryAuth is what a protected discovery endpoint of the provider's own server gets once it asks for it: the provider's
// Basic credentials. Tokens are for the registration endpoint alone.
func (s *session) discoveryAuth() transport.Authorizer {
	if s.settings.HasBasic && !s.unknownCredentials() {
		return transport.Basic(s.settings.BasicUser, s.settings.BasicPassword)
	}
	return transport.NoAuth()
}

// webFingerAuth gives the provider's credentials to the hosts that the provider's configuration names. A data source may ask
// about anyone, and whoever runs that host would only have to answer 401 to be shown a password.
func (s *session) webFingerAuth(resource string) transport.Authorizer {
	if resource == s.settings.WebFingerResource {
		return s.discoveryAuth()
	}
	asked, err := discovery.Normalize(resource)
	if err != nil {
		return transport.NoAuth()
	}
	for _, home := range []string{s.settings.Issuer, s.settings.RegistrationEndpoint} {
		if u, err := url.Parse(home); err == nil && home != "" && strings.EqualFold(u.Host, asked.Host) {
			return s.discoveryAuth()
		}
	}
	if home, err := discovery.Normalize(s.settings.WebFingerResource); err == nil && strings.EqualFold(home.Host, asked.Host) {
		return s.discoveryAuth()
	}
	return transport.NoAuth()
}

// hasCredentials tells whether the provider itself has credentials for the registration endpoint of t.
func (s *session) hasCredentials(t target) bool {
	if !s.credentialsBelongTo(t) {
		return false
	}
	return !s.settings.InitialAccessToken.IsEmpty() || s.settings.HasBasic || s.settings.ClientCredentials != nil || len(s.settings.Transport.Headers) > 0 || s.mutualTLS()
}

// credentialsBelongTo keeps the provider's credentials from a server that only the resource names, when the provider names
// another one.
func (s *session) credentialsBelongTo(t target) bool {
	if !t.own {
		return true
	}
	home := s.settings.RegistrationEndpoint
	switch {
	case s.unknownServer(place{}):
		return false
	case home != "":
	case s.settings.Issuer != "":
		if home = s.settings.Issuer; t.Issuer == home && t.Server != nil {
			return true
		}
	default:
		return s.settings.WebFingerResource == ""
	}
	// The issuer, too: its metadata names the token endpoint that client credentials are sent to.
	return transport.SameOrigin(home, t.RegistrationEndpoint) && (t.Issuer == "" || transport.SameOrigin(home, t.Issuer))
}

// registrationAuth authorizes requests to the registration endpoint: by the resource's own initial access token or else by the
// provider's credentials.
func (s *session) registrationAuth(ctx context.Context, t target, initialAccessToken secret.String) (transport.Authorizer, error) {
	if !initialAccessToken.IsEmpty() {
		s.known.add(initialAccessToken)
		return transport.Bearer(initialAccessToken), nil
	}
	if !s.credentialsBelongTo(t) {
		return transport.NoAuth(), nil
	}
	switch {
	case !s.settings.InitialAccessToken.IsEmpty():
		return transport.Bearer(s.settings.InitialAccessToken), nil
	case s.settings.HasBasic:
		return transport.Basic(s.settings.BasicUser, s.settings.BasicPassword), nil
	case s.settings.ClientCredentials != nil:
		return s.clientCredentials(ctx, t)
	}
	return transport.NoAuth(), nil
}

func (s *session) clientCredentials(ctx context.Context, t target) (transport.Authorizer, error) {
	cc := *s.settings.ClientCredentials
	if cc.TokenURL == "" {
		server := t.Server
		if server == nil && t.Issuer != "" {
			var err error
			if server, err = s.metadata(ctx, t.Issuer, t.own); err != nil {
				return nil, err
			}
		}
		if server != nil {
			cc.TokenURL = server.Endpoint("token_endpoint", s.mutualTLS())
		}
	}
	if cc.TokenURL == "" {
		return nil, fmt.Errorf("client_credentials needs a token endpoint: the server's metadata has none, so set client_credentials.token_endpoint")
	}
	if err := transport.CheckURL(cc.TokenURL, s.settings.Transport.AllowInsecureHTTP); err != nil {
		return nil, err
	}
	s.tokenOnce.Lock()
	defer s.tokenOnce.Unlock()
	if auth, ok := s.tokenSource[cc.TokenURL]; ok {
		return auth, nil
	}
	auth, err := transport.NewClientCredentials(s.transport, cc)
	if err != nil {
		return nil, err
	}
	s.tokenSource[cc.TokenURL] = auth
	return auth, nil
}

// templateURI is the client configuration endpoint of a server that returned none.
func (s *session) templateURI(t target, clientID string) string {
	return strings.NewReplacer(
		"{registration_endpoint}", strings.TrimRight(t.RegistrationEndpoint, "/"),
		"{client_id}", escapeID(clientID),
	).Replace(s.settings.URITemplate)
}

// escapeID percent-encodes all but the unreserved characters (RFC 3986 §2.3), so that an id stays one path segment or one query
// value, whichever the template makes of it: url.PathEscape leaves "&", "=" and "+", and url.QueryEscape makes "+" of a space. An id
// of dots alone would be a step within the path.
func escapeID(id string) string {
	out := strings.ReplaceAll(url.QueryEscape(id), "+", "%20")
	if strings.Trim(id, ".") == "" {
		out = strings.ReplaceAll(out, ".", "%2E")
	}
	return out
}
