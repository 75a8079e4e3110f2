// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package transport is the one way in which this provider speaks HTTP: TLS, proxies, limits, repeats, redirects, rate
// limits and redaction. It knows nothing of OAuth but which names hold credentials, and how to get an access token for
// the provider itself.
//
// The sections that it holds to: RFC 7591 §5, RFC 7592 §5, RFC 6750 and RFC 9110.
package transport

import (
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Client sends requests. It is safe for parallel use, and one is meant to be shared by all: connection pool, limits and
// gates are its own.
type Client struct {
	options     Options
	retrying    *retryablehttp.Client
	pool        *http.Transport
	gates       *gates
	now         func() time.Time
	secretNames []string  // names of Options.Headers
	asking      *sync.Map // origins that asked for a client certificate → true
}

// Issued tells Options.Issued of credentials that an answer brings.
func (c *Client) Issued(credentials ...secret.String) {
	if c.options.Issued != nil {
		c.options.Issued(credentials...)
	}
}
