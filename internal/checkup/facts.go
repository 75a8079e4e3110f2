// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package checkup finds out what an authorization server does with a client, by taking a throw-away client through a whole life.
//
// Two things are measured. Facts are what came over the wire, without any of the provider's reading of it; the tests on real servers
// hold their known facts against the same measurement. A Report is what the command "check" tells a person of their own server: the
// facts, what package lifecycle made of the server, what became of each parameter, and which settings to write.
//
// Whatever is registered is written to a ledger first and deregistered at the end, also after an error or an interrupt; what cannot
// be deregistered is named in the report.
package checkup

import (
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Facts are what one server did in a registration's life.
type Facts struct {
	// The status of each metadata document, and whether it is the issuer's and names the registration endpoint: at OpenID Connect
	// Discovery's place and at RFC 8414's. WebFinger is the status of a query for an issuer.
	OpenID    string `json:"openid_configuration"`
	OAuth     string `json:"oauth_authorization_server"`
	WebFinger int    `json:"webfinger"`

	Register       int    `json:"register"`                  // status of the POST
	Token          bool   `json:"registration_access_token"` // the answer has one
	URI            bool   `json:"registration_client_uri"`   // the answer has one
	SecretLifetime string `json:"secret_lifetime"`           // "never", "30 days"; "" for a missing client_secret_expires_at

	// By the answer to the POST, against what was sent.
	Dropped []string `json:"dropped"`
	Changed []string `json:"changed"`
	Added   []string `json:"added"`

	Read        int      `json:"read"` // status of the GET
	ReadToken   string   `json:"read_token"`
	ReadSecret  string   `json:"read_secret"`
	ReadURI     string   `json:"read_uri"`
	ReadDropped []string `json:"read_dropped"`
	ReadChanged []string `json:"read_changed"`

	Update       int    `json:"update"` // status of a PUT of the sent document with another name and the client_id
	UpdateToken  string `json:"update_token"`
	UpdateSecret string `json:"update_secret"`
	UpdateURI    string `json:"update_uri"`
	OldToken     int    `json:"old_token,omitempty"` // status of a GET with the token from before the update

	UpdateSecretSent int    `json:"update_secret_sent,omitempty"` // the same with client_secret
	UpdateEcho       int    `json:"update_echo,omitempty"`        // a PUT of the last read document, with only the four forbidden members taken out
	UpdateForbidden  int    `json:"update_forbidden,omitempty"`   // a PUT with registration_access_token
	UpdateOmitted    string `json:"update_omitted"`               // what became of client_uri, left out of a PUT: "removed", "kept"
	UpdateNull       string `json:"update_null"`                  // and of client_uri as null: "removed", "kept", or the status of a refusal

	// GET without a token, with a made-up one, with "bearer" in lower case.
	NoToken   int `json:"no_token,omitempty"`
	BadToken  int `json:"bad_token,omitempty"`
	LowerCase int `json:"lower_case,omitempty"`

	// What tells a live client from a deleted one (RFC 6749 §5.2): the token endpoint's status and error for the client's own
	// credentials with a code that cannot be one, while it lives, with a wrong secret, and deleted.
	TokenAlive       string `json:"token_endpoint_alive"`
	TokenWrongSecret string `json:"token_endpoint_wrong_secret"`
	TokenDeleted     string `json:"token_endpoint_deleted"`
	// And the authorization endpoint's answer to prompt=none: "redirect" to the client's own URI with an error, or the status of
	// what is no redirect.
	AuthorizeAlive   string `json:"authorization_endpoint_alive"`
	AuthorizeDeleted string `json:"authorization_endpoint_deleted"`

	Delete      int `json:"delete"`
	ReadDeleted int `json:"read_deleted"`
}

// What became of a credential, or of the client configuration URI, in an answer.
const (
	Same   = "same"
	New    = "new"    // another value, which is the one in force
	Masked = "masked" // another value, while the known one stays in force: a hash, a mask, a stale copy
	Absent = "absent"
)

// Can reports which operations the server has at a client's own URI (RFC 7592 §2). An update that is refused for its content is one
// that the server has.
func (f Facts) Can() (read, update, remove bool) {
	return f.Read == http.StatusOK, f.Update == http.StatusOK || f.Update == http.StatusBadRequest, f.Delete >= 200 && f.Delete < 300
}

// Handle is what identifies one registered client at its server.
type Handle struct {
	ClientID                              string
	ClientSecret, RegistrationAccessToken secret.String
	RegistrationClientURI                 string
}

// Subject is a server, and the client that is registered there.
type Subject struct {
	Issuer               string // empty where only the registration endpoint is known: no metadata is asked for then
	RegistrationEndpoint string
	// TokenEndpoint and AuthorizationEndpoint may be empty: they are not asked then.
	TokenEndpoint, AuthorizationEndpoint string
	WebFingerResource                    string
	Authorization                        transport.Authorizer // of the registration; nil for none

	Document map[string]any // the client's metadata
	Redirect string         // the redirect URI of the document that the token and authorization endpoints are asked with

	// Provoke also asks what a server might take amiss: with tokens that are wrong or outdated, and with members that an update must
	// not have (RFC 7592 §2.2). Some servers end a client's token for it, and the client could not be deregistered.
	Provoke bool

	// Credential manages clients to which the server gives no registration access token, at what URI returns. nil: nothing does.
	Credential transport.Authorizer
	URI        func(clientID string) string
	// ByCredential has Credential manage also a client that the server gave a token for.
	ByCredential bool
}
