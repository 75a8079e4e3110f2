// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// ClientURI is a client configuration URI (RFC 7592 §3) as a server answered it.
type ClientURI struct {
	// URI is absolute, unless it cannot be read at all.
	URI string
	// Unusable says in a clause why no request can be sent there; empty where one can.
	Unusable string
}

// ResolveClientURI makes the client configuration URI absolute that a registration endpoint answered. RFC 7592 §3 wants
// an absolute one; a relative one is taken as RFC 3986 §5 resolves it against the endpoint.
func ResolveClientURI(endpoint, answered string, allowInsecureHTTP bool) ClientURI {
	answered = strings.TrimSpace(answered)
	if answered == "" {
		return ClientURI{}
	}
	base, err := url.Parse(endpoint)
	if err != nil {
		return ClientURI{URI: answered, Unusable: "the registration endpoint's URL cannot be read"}
	}
	reference, err := url.Parse(answered)
	if err != nil {
		return ClientURI{URI: answered, Unusable: "it is no URI"}
	}
	out := ClientURI{URI: answered}
	if !reference.IsAbs() {
		reference = base.ResolveReference(reference)
		out.URI = reference.String()
	}
	if err := transport.CheckURL(out.URI, allowInsecureHTTP); err != nil {
		out.Unusable = unusable(reference)
		return out
	}
	return out
}

func unusable(u *url.URL) string {
	switch {
	case u.User != nil:
		return "it has a user name or a password in it"
	case u.Scheme == "http" && u.Hostname() != "":
		return "it is plain http to another host than loopback, over which no credential is sent"
	}
	return "it is no http(s) URL with a host"
}
