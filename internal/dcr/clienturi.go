// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"net/netip"
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
	// Doubt says in a clause why a request is likely to fail; only a request tells.
	Doubt string
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
	if internal(reference.Hostname()) && !internal(base.Hostname()) {
		out.Doubt = "it names an internal address, while the registration endpoint has a public one"
	}
	return out
}

func unusable(u *url.URL) string {
	switch {
	case u.User != nil:
		return "it holds user information"
	case u.Scheme == "http" && u.Hostname() != "":
		return "it is plain http to another host than loopback, over which no credential is sent"
	}
	return "it is no http(s) URL with a host"
}

// internal reports whether a host is reachable from within a network only: a private, loopback or link-local address, a
// name of one label, or one under a domain that is never public (RFC 6762, RFC 8375, RFC 9476 and cluster names).
func internal(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified()
	}
	if !strings.Contains(host, ".") {
		return true
	}
	for _, domain := range []string{".local", ".localhost", ".internal", ".svc", ".lan", ".intranet", ".home.arpa", ".alt"} {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}
