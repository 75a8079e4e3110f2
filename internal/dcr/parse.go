// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// parseObject reads a JSON object, whatever the media type says: some servers call it text. HTML is told apart, since
// it is what a login page or a wrong URL answers. Of a member that occurs twice the last counts, as everywhere in Go.
func parseObject(body []byte) (map[string]any, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	switch {
	case len(body) == 0:
		return nil, errors.New("answered with an empty body")
	case body[0] == '<':
		return nil, errors.New("answered HTML instead of JSON")
	}
	v, err := jsonvalue.Decode(body)
	doc, isObject := v.(map[string]any)
	switch {
	case errors.Is(err, jsonvalue.ErrTrailing):
		return nil, errors.New("answered more than one JSON object")
	case err != nil || !isObject || doc == nil:
		return nil, errors.New("answered something else than a JSON object")
	}
	return doc, nil
}

// parseRegistration takes the server-assigned members out of doc and keeps the rest as metadata. It refuses nothing, and
// what it cannot take it lists in Odd.
func parseRegistration(doc map[string]any, now time.Time) *Registration {
	r := &Registration{Metadata: make(map[string]any, len(doc))}
	for member, value := range doc {
		switch member {
		case "client_id":
			r.ClientID = r.text(member, value)
		case "client_secret":
			r.ClientSecret = secret.New(r.text(member, value))
		case "registration_access_token":
			// No token has blanks round it (RFC 6750 §2.1), and with them it could not be sent.
			r.RegistrationAccessToken = secret.New(strings.TrimSpace(r.text(member, value)))
			if !transport.CanBeSent(r.RegistrationAccessToken) {
				r.odd(member, "it has characters that no header can carry")
			}
		case "registration_client_uri":
			r.RegistrationClientURI = r.text(member, value)
		case "client_id_issued_at":
			r.ClientIDIssuedAt = r.time(member, value, issued)
		case "client_secret_expires_at":
			r.ClientSecretExpiresAt = r.time(member, value, expiry)
		case tokenExpiresAt:
			r.time(member, value, expiry)
		case tokenExpiresIn:
			if number(strings.TrimSpace(stringOf(value))) == nil && !metadata.Absent(value) {
				r.odd(member, "it is not a number of seconds")
			}
		default:
			r.Metadata[member] = value
		}
	}
	r.RegistrationAccessTokenExpiresAt = tokenExpiry(doc, r.RegistrationAccessToken, now)
	slices.SortFunc(r.Odd, func(a, b OddValue) int { return strings.Compare(a.Member, b.Member) })
	return r
}

func (r *Registration) odd(member, what string) {
	r.Odd = append(r.Odd, OddValue{Member: member, What: what})
}

func (r *Registration) text(member string, value any) string {
	s := stringOf(value)
	if s == "" && !metadata.Absent(value) {
		r.odd(member, "it is neither a string nor a number")
	}
	return s
}

func (r *Registration) time(member string, value any, read func(any) *int64) *int64 {
	at := read(value)
	if at == nil && !metadata.Absent(value) {
		r.odd(member, "it is no time that can be read")
	}
	return at
}

// reportsError reports whether a document is an error under a successful status: it has an `error` member that says
// something, or a `status` of "error".
func reportsError(doc map[string]any) bool {
	if tellsOfError(doc["error"]) {
		return true
	}
	status, _ := doc["status"].(string)
	switch strings.ToLower(status) {
	case "error", "fail", "failed", "failure":
		return true
	}
	return false
}
