// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package authserver is an authorization server, and one client at it, as one run knows them. Server says where the server is and whose
// credentials go there. Client holds what is kept of one client, makes the requests at its client configuration endpoint (RFC 7592),
// keeps and proves the credentials that the answers show, and says what a refusal means, by the evidence that it collects.
//
// What an operation does with that, in which order, is in package lifecycle; what is believed is decided in package reconcile.
//
// # Words
//
// Beside the terms of RFC 7591 and RFC 7592, these packages use some of their own:
//
//   - handle: what the server assigned to a client and what manages it: client_id, secret, registration access token and client configuration URI.
//   - record: what the state's private part holds of one client beside the handle, such as what was agreed on and what was learnt of the server.
//   - place: what a resource says itself of its server. Empty is the provider's server. An own place is one that is not empty.
//   - home: the server where a client was registered, as the record has it. Its credentials go there alone. Elsewhere, foreign: at another server.
//   - agreed: what was asked of a member of the metadata and what the server registered for it. What differs from that later has drifted.
//   - known and unproven: the credential that worked last, and another one that was shown and waits until one of the two is proven.
//   - proven by: a request that only this credential lets through, or an endpoint that tells the two apart.
//   - handed in: of a token or key that the configuration has for a client, since the state's does not work.
//   - witness: an endpoint other than the client's own URI that tells whether the client exists. Its testimony is one of dcr's. The control is
//     the same question of a client that cannot exist. Evidence is what all of them say, as a sentence.
//   - estranged: of a server that does not answer as itself any more, so that its refusals are no word on the client.
//   - mark: of a state's object, when it was made. It tells two objects that have one client (twins) apart. Who has a client holds it.
//   - noted, journaled: written to the token journal before a request, and after it.
//   - told, said: already reported in this run, so that it is not again.
//   - way: a way out of a problem, which its message names and a test takes.
package authserver
