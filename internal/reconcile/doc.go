// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package reconcile holds the decisions of an operation as pure functions. From what the configuration asks, what the server registered and what the two agreed on at
// the last successful create or update it derives the body to send, the values for state, the substitutions to report,
// the drift and the new record of what is agreed. It is pure: no I/O, no clock, no Terraform types, and no argument is
// ever modified. Results may share nested values (arrays, objects) with the arguments, so treat both as immutable.
//
// Three views of one client are kept apart:
//
//   - asked: what the configuration says now, by member of the registration request;
//   - registered: what the server last showed, in the view of a read wherever the client can be read, because what a
//     server shows after a write may differ from what it shows on a read (RFC 7591 §3.2.1 lets it register something else
//     than was asked, and nothing makes it show all of it);
//   - agreed: the pair of both as of the last successful create or update, kept in private state.
//
// What the configuration names is managed. What it does not name is the server's own: it is sent back unchanged in an
// update, because RFC 7592 §2.2 lets a server delete what an update leaves out, and it is never reported as drift.
//
// Two values are compared by internal/metadata's comparison of the parameter. null, "", [], {} and a missing member are
// all "absent", and absent equals the default that the specification gives the parameter.
package reconcile
