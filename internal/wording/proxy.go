// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// correctProxy is for a proxy's address that cannot be used.
var correctProxy = Fix{
	Way: "proxy_url", Text: "Correct the proxy's address where it is set, in the environment or on the provider, which comes first:",
	Lines: []string{"proxy_url = \"http://proxy.example.com:3128\""},
}

// proxyAuthority is for a proxy that is asked over TLS, and whose certificate is not known.
var proxyAuthority = Fix{Way: "ca_certificate", Text: "Where the proxy's certificate comes from a private CA, set on the provider:", Lines: []string{`ca_certificate_file = "ca.pem"`}}

// plainHost are the names and addresses of hosts that mean nothing to a shell.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9.:_-]+$`)

// noProxy is for a server that needs no proxy. What the environment excepts already stays so.
func noProxy(server string) Fix {
	host := "as.example.com"
	if u, err := url.Parse(server); err == nil && plainHost.MatchString(u.Hostname()) {
		host = u.Hostname()
	}
	return Fix{
		Way: "NO_PROXY", Text: "Where the server needs no proxy and HTTPS_PROXY or HTTP_PROXY names one, except the server in the environment:",
		Lines: []string{`export NO_PROXY="${NO_PROXY:-$no_proxy},` + host + `"`},
	}
}

// proxyCause is for a proxy that answered in the server's place. A proxy that the environment names is overridden by one that the provider has.
func proxyCause(te *transport.Error) (string, []Fix) {
	const means = "The proxy did not let the request through, and the server got nothing."
	proxy := te.Proxy
	if proxy == "" {
		proxy = "http://proxy.example.com:3128"
	}
	if te.Status != http.StatusProxyAuthRequired {
		return means, []Fix{{Way: "proxy_url", Text: "Have the proxy let requests through to this address, or set another one on the provider:", Lines: []string{`proxy_url = "http://proxy.example.com:3128"`}}}
	}
	scheme, host, _ := strings.Cut(proxy, "://")
	return means, []Fix{{
		Way: "proxy_url", Text: "The proxy wants a user name and a password (percent-encoded). Set them on the provider, also where the environment names the proxy:",
		Lines: []string{"proxy_url = " + quoted(scheme+"://USER:PASSWORD@"+host)},
	}}
}

// unusableConnection is for settings of the provider with which no connection can be made.
func unusableConnection(p outcome.Problem) Message {
	m := Message{Summary: "Unusable connection settings", Happened: "The provider cannot connect with its settings."}
	switch {
	case errors.Is(p.Err, transport.ErrProxyURL):
		m.Fix = []Fix{correctProxy}
	case errors.Is(p.Err, transport.ErrNotItsKey):
		m.Fix = []Fix{{Way: "certificate and key", Text: "Set the key that the certificate was issued for, or the certificate of that key."}}
	}
	if missing, ok := errors.AsType[*transport.MissingSetting](p.Err); ok {
		m.Fix = []Fix{{Way: missing.Name, Text: "Set on the provider, with the name of the file:", Lines: []string{missing.Name + " = " + quoted(missing.Example)}}}
	}
	return m
}
