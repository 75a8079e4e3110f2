// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Settings is what a provider configuration comes to, complete with environment and defaults.
type Settings struct {
	Issuer, RegistrationEndpoint, WebFingerResource, ExpectedIssuer string

	InitialAccessToken secret.String
	HasBasic           bool
	BasicUser          string
	BasicPassword      secret.String
	ClientCredentials  *transport.ClientCredentials

	Management               string // one of the Management constants
	URITemplate              string // of a client configuration endpoint that the server does not name
	RegistrationAccessTokens map[string]secret.String
	// EnvironmentTokens are the keys of those that the environment gave, and that the configuration does not have.
	EnvironmentTokens map[string]bool
	// UnknownTokens are the keys of those whose values are not known yet. Where none of them is, Unknown has the whole setting.
	UnknownTokens map[string]bool
	Journal       *JournalSettings // nil for no token journal

	Transport transport.Options

	Behaviour Behaviour

	// Unknown holds the names of the settings whose values are not known yet, as during a plan.
	Unknown map[string]bool
}

// JournalSettings says where the token journal is and how it is encrypted.
type JournalSettings struct {
	Path       string
	Recipients []string
	Identity   secret.String
	Wait       time.Duration // for other runs, at most; 0 for what package journal waits
	Launched   bool          // Terraform started this process, and what another one registered that it started is not adopted
}

// CheckKeys returns why the keys cannot encrypt the journal, or nil. The file is not touched.
func (j JournalSettings) CheckKeys() error { return journal.CheckKeys(j.Recipients, j.Identity) }

// CheckRecipient returns why a journal cannot be encrypted to a recipient, or nil.
func CheckRecipient(text string) error { return journal.CheckRecipient(text) }

// Behaviour is what both the provider and a single client may set.
type Behaviour struct {
	Refresh             string // one of the Refresh constants
	OnMissing           reconcile.OnMissing
	Strict              bool
	AcceptSubstitutions []string
	UpdateForm          reconcile.Form
	URITemplate         string // of the client configuration endpoint; where it is set, it is asked before what the server returned
	OwnTemplate         bool   // URITemplate is the client's own, which is for its server, whichever that is
}

// Which credentials manage a client.
const (
	ManagementAuto     = "auto"
	ManagementToken    = "registration_access_token"
	ManagementProvider = "provider_credentials"
	ManagementNone     = "none"
)

// DefaultURITemplate is where most servers that return no registration_client_uri manage a client.
const DefaultURITemplate = "{registration_endpoint}/{client_id}"

// Whether a refresh reads a client.
const (
	RefreshAuto   = "auto"
	RefreshAlways = "always"
	RefreshNever  = "never"
)

// unknown reports whether one of the named settings is not known yet.
func (s *Settings) unknown(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return s.Unknown[name] })
}

// credentials returns every secret of the settings, for the scrubber.
func (s *Settings) credentials() []secret.String {
	out := []secret.String{s.InitialAccessToken, s.BasicPassword}
	if cc := s.ClientCredentials; cc != nil {
		out = append(out, cc.ClientSecret, cc.PrivateKey)
	}
	for _, set := range []map[string]secret.String{s.RegistrationAccessTokens, s.Transport.Headers} {
		for _, v := range set {
			out = append(out, v)
		}
	}
	if s.Journal != nil {
		out = append(out, s.Journal.Identity)
	}
	return out
}
