// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package loopback knows which hosts of a URL are this machine.
package loopback

import (
	"net"
	"strings"
)

// Is reports whether a URL's host, without port and brackets, is this machine: the literals of RFC 8252 §7.3 (127.0.0.0/8
// and ::1) and the name localhost (RFC 8252 §8.3). Any other name would be one DNS answer away from sending a credential
// in the clear. That goes for "localhost." too: some resolvers ask the DNS for it.
func Is(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
