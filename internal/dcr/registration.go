// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Registration is a client information response (RFC 7591 §3.2.1).
type Registration struct {
	Status       int       // of the answer
	URL          string    // where it came from, after redirects at the same origin
	AnsweredAt   time.Time // by the server's own clock; zero where the answer does not say
	ClientID     string
	Unnamed      bool // the answer leaves client_id out, and may show a part of the client
	ClientSecret secret.String
	// ClientIDIssuedAt and ClientSecretExpiresAt are seconds since the epoch, an expiry of 0 meaning never; nil where the
	// server does not say.
	ClientIDIssuedAt, ClientSecretExpiresAt *int64
	// RegistrationAccessToken and RegistrationClientURI are what RFC 7592 §3 adds; many servers have neither.
	RegistrationAccessToken secret.String
	RegistrationClientURI   string
	// RegistrationAccessTokenExpiresAt is in seconds since the epoch; nil where neither a member nor the token tells.
	RegistrationAccessTokenExpiresAt *int64
	// Odd lists what could not be taken, by member.
	Odd []OddValue
	// Metadata is every other member, as encoding/json decodes it with UseNumber.
	Metadata map[string]any
}

// OddValue is a server-assigned member whose value cannot be used. It never quotes the value.
type OddValue struct{ Member, What string }
