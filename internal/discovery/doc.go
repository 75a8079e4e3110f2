// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package discovery finds an authorization server from what a person types, and reads its metadata document.
//
//	what was typed → Normalize → WebFinger → issuer → Metadata → endpoints and *_supported lists
//
// Sources: OpenID Connect Discovery 1.0 errata set 2 (OIDD), RFC 7033 (WebFinger), RFC 8414 (metadata of OAuth servers),
// RFC 8705 §5 (endpoints for mutual TLS).
//
// # WebFinger
//
// One GET of https://{host}/.well-known/webfinger with the two parameters resource and rel (OIDD §2). Where the typed
// text was host:port without a scheme, and only there, the specification gives two resources for one input (the rule
// of OIDD §2.1.2 has no terminating slash, the worked example in §2.2.3 has one): the second is asked when the first
// has no issuer.
//
// # https and the loopback exception
//
// WebFinger is asked over https, whatever was typed, and never falls back to http (OIDD §2). Plain http is used for a
// loopback host only (localhost, 127.0.0.0/8, ::1), and there only if
//   - http:// was typed: "http://localhost:1234/joe"; or
//   - Finder.InsecureLoopback is set and no other scheme than acct was typed: "acct:joe@localhost:1234", "localhost:1234".
//
// So a host that is not loopback is asked over https under every setting and for every input, "http://example.com"
// included: its resource stays as typed, the connection is https. Trying both schemes on loopback was rejected: a
// fallback is what an attacker would provoke, and its errors would name two failures for one mistake.
//
// # Metadata
//
// The document's places, in the order in which they are asked, for the issuer https://h/p:
//
//  1. https://h/p/.well-known/openid-configuration         appended, OIDD §4
//  2. https://h/.well-known/oauth-authorization-server/p   inserted, RFC 8414 §3
//  3. https://h/.well-known/openid-configuration/p         inserted, RFC 8414 §5
//
// One terminating slash of the issuer is removed first; for an issuer without a path 1 and 3 are the same place and it
// is asked once. What an answer does:
//   - 200 with a JSON object that has an issuer and no error member ends the search: if that issuer is, byte for byte,
//     the one that was asked for (OIDD §4.3, RFC 8414 §3.3), with success; else with an error that shows both. Going
//     on after a mismatch was rejected: it would turn a warning sign into a search for a more agreeable document.
//   - 404, any other 4xx but 429, an empty body, HTML, anything that is not JSON, a JSON object without an issuer or
//     with an error member, and an unusual 2xx or 3xx go on to the next place.
//   - 429 and 5xx, a failed connection, a refused redirect and an answer that is too large end the search: the server is
//     unwell or in the way, and what the next place says would not be what it says on a good day.
//
// # Redirects
//
// The transport follows a few, from https to https only, and checks each URL as if it had been typed (RFC 7033 §4.2).
//
// # Credentials
//
// They are sent only to a host that asked for them: a request goes out without, and, if the answer is 401 or 403, comes
// from the host that was asked and not from one that it redirected to, and the caller gave an Authorizer, once more with
// it. The host of an e-mail address is often not the authorization server,
// and metadata is public nearly everywhere, so sending a registration token along unasked would show it to strangers.
//
// # Once per process
//
// A Finder answers equal questions from one request: calls in flight are shared, successes are kept for its lifetime,
// failures are not kept. A caller that gives up leaves; the request is cancelled when the last one has left.
package discovery
