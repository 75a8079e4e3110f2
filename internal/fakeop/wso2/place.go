// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import "github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"

// Tenant is the tenant that the places of a test have beside the super tenant.
const Tenant = "acme.example"

// Place is where at a server the clients of a test live, and by which credential they are managed there.
type Place struct {
	Tenant, Organization string
	Robot                bool // client credentials instead of a user's name and password
}

// Places are all places and credentials that a server can have, by what they are called in the names of tests.
var Places = map[string]Place{
	"user":                           {},
	"client credentials":             {Robot: true},
	"user of a tenant":               {Tenant: Tenant},
	"client credentials of a tenant": {Tenant: Tenant, Robot: true},
	"application of an organization": {Tenant: Tenant, Organization: "4f3b", Robot: true},
}

// DistinctReleases are the releases whose registration API differs in anything that a whole life meets.
var DistinctReleases = []Release{Release511, Release61, Release70, Release73, ReleaseNext}

// At is the place as the methods of a server take it.
func (p Place) At() string {
	if p.Organization != "" {
		return Organization(p.Tenant, p.Organization)
	}
	return p.Tenant
}

// Suffix is what follows the name of a user there.
func (p Place) Suffix() string {
	if p.Tenant == "" {
		return ""
	}
	return "@" + p.Tenant
}

// Scheme is the scheme by which requests are authorized there.
func (p Place) Scheme() string {
	if p.Robot {
		return "Bearer"
	}
	return "Basic"
}

// Start starts a server with what the place needs: its tenant and organization, and the application "robot".
func (p Place) Start(t fakeop.TB, s *Server) *Server {
	t.Helper()
	s.Tenants = []string{Tenant}
	if p.Organization != "" {
		s.Organizations = map[string][]string{p.Tenant: {p.Organization}}
	}
	s.Start(t)
	s.AddClient(p.At(), "robot", "word", Scopes(p.At())...)
	return s
}
