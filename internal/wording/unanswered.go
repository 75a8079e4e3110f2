// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// asksUntil is for a server that says when to come back, which is later than the provider waits for.
func asksUntil(until time.Time) string {
	if part := until.Truncate(time.Second); part.Before(until) {
		until = part.Add(time.Second) // never earlier than it asks for
	}
	return untilWhen + Timestamp(until) + "."
}

const untilWhen = "The server asks for no request until "

func againThen() []Fix { return []Fix{{Way: "retry", Text: "Run it again after that time."}} }

func askWhy() []Fix {
	return []Fix{{Way: "administrator", Text: "Ask the server's administrator why it refuses the request, or look into its log."}}
}

const limitsRequests = "The server limits how many requests it takes."

const notSent = "The request was not sent, because there was no usable credential for it."

// A read may be part of any operation, so that only a line with all of them helps for certain.
const operationTimeouts = `timeouts = { create = "10m", read = "10m", update = "10m", delete = "10m" }`

// transportCause says what it usually means that no answer came that can be used. Behind a redirect, all of it is about where that leads.
func transportCause(te *transport.Error) (means string, ways []Fix) {
	means, ways = unansweredCause(te)
	if te.RedirectedTo == "" {
		return means, ways
	}
	return Paragraphs("The server at "+withoutQuery(te.URL)+" answered with a redirect, and it is there that the request failed.", means),
		append(ways, askRedirect)
}

func unansweredCause(te *transport.Error) (string, []Fix) {
	switch te.Kind {
	case transport.InsecureURL:
		return "Credentials are sent over https only, and over plain http only to this machine.", InsecureWays(te)
	case transport.TLS:
		if te.Proxy != "" {
			return "No secure connection to the proxy could be made.", []Fix{correctProxy, proxyAuthority}
		}
		if te.AnsweredPlain() {
			return "The server answers at this port by plain http, and the address has https. It may be the wrong port.", []Fix{compareAddress}
		}
		return "No secure connection could be made.",
			[]Fix{
				{Way: "ca_certificate", Text: "Where the server's certificate comes from a private CA, set on the provider:", Lines: []string{`ca_certificate_file = "ca.pem"`}},
				certificateWay,
			}
	case transport.Unreachable:
		if te.Proxy != "" {
			return "No connection to the proxy could be made.", []Fix{correctProxy, noProxy(te.URL)}
		}
		return "No connection could be made.", []Fix{{Way: "retry", Text: "Check the address and the network, and proxy_url on the provider where a proxy is needed. Then try again."}}
	case transport.Timeout:
		if te.OperationTimedOut() {
			return "The server did not answer in time: the time of the operation ran out.", []Fix{{Way: "timeouts", Text: "To give each operation more time, set on the resource:", Lines: []string{operationTimeouts}}}
		}
		return "The server did not answer in time.",
			[]Fix{{Way: "request_timeout", Text: "To wait longer for each answer, set on the provider (timeouts on the resource bounds the whole operation):", Lines: []string{`request_timeout = "2m"`}}}
	case transport.TooLarge:
		return "The answer is larger than any answer of this protocol (1 MiB). The address is probably not the right one.",
			[]Fix{compareAddress}
	case transport.ProxyRefused:
		return proxyCause(te)
	case transport.RateLimited:
		return asksUntil(te.Until), againThen()
	case transport.Canceled:
		return "The operation was interrupted.", []Fix{runAgain}
	case transport.Authorization:
		return notSent, []Fix{{Way: "provider credential", Text: "Correct it. What is read from a file may end in a line break, which trimspace() removes."}}
	case transport.BadURL, transport.Redirect, transport.Protocol:
	}
	return "", nil
}

// InsecureWays are the ways where a URL is refused because it is plain http, and none for any other error.
func InsecureWays(err error) []Fix {
	var te *transport.Error
	if !errors.As(err, &te) || te.Kind != transport.InsecureURL {
		return nil
	}
	return []Fix{
		{Way: "https", Text: "Use an https URL."},
		{
			Way: "allow_insecure_http", Text: "Only where the network is trusted, since tokens and client secrets then go over it without encryption, set on the provider:",
			Lines: []string{"allow_insecure_http = true"},
		},
	}
}

// WithoutURL is what is wrong with a URL of the configuration, without the URL.
func WithoutURL(err error) string {
	var unusable *transport.Error
	if errors.As(err, &unusable) && unusable.Err != nil {
		err = unusable.Err
	}
	return err.Error()
}
