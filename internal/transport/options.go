// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Options configure a Client. The zero value is usable: the system's CAs, the environment's proxy, no repeats.
type Options struct {
	// UserAgent is sent with every request.
	UserAgent string
	// CACertificates is a PEM bundle that is trusted beside the system's CAs, or instead of them with CACertificatesOnly.
	CACertificates     []byte
	CACertificatesOnly bool
	// ClientCertificate and ClientKey are PEM, the certificate with its chain. They are shown to every server that asks.
	ClientCertificate, ClientKey []byte
	// ProxyURL (http, https, socks5, socks5h) is used for every request. Without it the environment's proxy is used
	// (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), never for loopback.
	ProxyURL string
	// InsecureSkipVerify accepts any server certificate.
	InsecureSkipVerify bool
	// AllowInsecureHTTP allows plain http to other hosts than loopback.
	AllowInsecureHTTP bool
	// RequestTimeout bounds each single request, from its sending to the end of its answer's body. 0 means 30 seconds.
	RequestTimeout time.Duration
	// MaxRetries bounds how often a request is repeated. 0 means never.
	MaxRetries int
	// MaxConcurrentRequests bounds requests on the wire, and connections to each host. 0 means 10.
	MaxConcurrentRequests int
	// Headers go to the origins that HeaderOrigins accepts. Their values are treated as credentials.
	Headers       map[string]secret.String
	HeaderOrigins func(origin string) bool
	// Issued is told of credentials that answers bring: any later answer may repeat them. May be nil.
	Issued func(...secret.String)
	// Log gets one entry for each request on the wire, with headers and bodies redacted. Long values are fmt.Stringer and
	// encoding.TextMarshaler that do their work when they are printed.
	Log func(ctx context.Context, message string, fields map[string]any)
	// Sleep and Now replace the clock in tests. Sleep returns ctx's error where ctx ends first.
	Sleep func(ctx context.Context, d time.Duration) error
	Now   func() time.Time
}

const (
	// MaxBody is the largest body that is read, in bytes, after decompression.
	MaxBody = 1 << 20
	// MaxRedirects bounds the redirects of one request.
	MaxRedirects = 5

	defaultRequestTimeout = 30 * time.Second
	defaultConcurrency    = 10
	// maxRetryAfter is the longest that a server's Retry-After is waited for, for each request in all.
	maxRetryAfter = 2 * time.Minute
)
