// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// NewServer makes a Server. It contacts nothing.
func NewServer(settings Settings, clock Clock, log Log) (*Server, *outcome.Problem) {
	s := &Server{settings: settings, clock: clock.orReal(), log: log, workspace: workspace(), tokenSources: map[grantSource]transport.Authorizer{}, origins: map[string]bool{}}
	options := settings.Transport
	options.HeaderOrigins, options.Log, options.Issued = s.isOwnOrigin, s.trace, s.Hide
	if clock.After != nil {
		options.Sleep, options.Now = clock.sleep, s.clock.Now
	}
	s.scrubber.Add(settings.credentials()...)
	t, err := transport.New(options)
	if err != nil {
		return nil, &outcome.Problem{Kind: outcome.UnusableConnection, Err: err}
	}
	if settings.Management == ManagementProvider && !settings.unknown("client_certificate", "client_certificate_file", "client_key", "client_key_file") && !s.UnknownCredentials() && !s.HasCredentials(Target{}) {
		t.Close()
		return nil, &outcome.Problem{Kind: outcome.NoManagementCredentials, Attribute: "management"}
	}
	s.transport, s.DCR, s.finder, s.again = t, dcr.New(t, s.clock.Now), discovery.New(t), discovery.New(t)
	// acct:joe@localhost:8080 names no scheme; a person who allows plain http means it for a local server, too.
	s.finder.InsecureLoopback = settings.Transport.AllowInsecureHTTP
	return s, nil
}

// Finish tells the journal that the Close that follows is one in order: nobody interrupted this process, and all that was asked of it is done.
func (s *Server) Finish() {
	s.journalOnce.Do(func() {})
	if s.journal != nil {
		s.journal.Finish()
	}
}

// Close releases connections and the journal.
func (s *Server) Close() {
	// Using up the once keeps a journal closed that was never opened.
	s.journalOnce.Do(func() {})
	if s.journal != nil {
		_ = s.journal.Close()
	}
	s.transport.Close()
}
