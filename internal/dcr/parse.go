// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
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
	v, err := parseAny(body)
	doc, isObject := v.(map[string]any)
	switch {
	case errors.Is(err, errMore):
		return nil, errors.New("answered more than one JSON object")
	case err != nil || !isObject || doc == nil:
		return nil, errors.New("answered something else than a JSON object")
	}
	return doc, nil
}

var errMore = errors.New("more than one JSON value")

// parseAny reads exactly one JSON value, numbers as written.
func parseAny(body []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errMore
	}
	return v, nil
}

// parseRegistration takes the server-assigned members out of doc and keeps the rest as metadata. It refuses nothing.
func parseRegistration(doc map[string]any) *Registration {
	r := &Registration{Metadata: make(map[string]any, len(doc))}
	for member, value := range doc {
		switch member {
		case "client_id":
			r.ClientID = text(value)
		case "client_secret":
			r.ClientSecret = secret.New(text(value))
		case "registration_access_token":
			r.RegistrationAccessToken = secret.New(text(value))
		case "registration_client_uri":
			r.RegistrationClientURI = text(value)
		case "client_id_issued_at":
			r.ClientIDIssuedAt = seconds(value)
		case "client_secret_expires_at":
			r.ClientSecretExpiresAt = seconds(value)
		default:
			r.Metadata[member] = value
		}
	}
	return r
}

// text gives a string member; a number is taken as its digits, which is how some servers write a client_id.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// seconds reads a time that may be a number, a number with a fraction or exponent, or either in quotes. nil where there
// is none.
func seconds(value any) *int64 {
	digits := strings.TrimSpace(text(value))
	if digits == "" || len(digits) > 40 {
		return nil
	}
	f, ok := new(big.Float).SetString(digits)
	if !ok || f.IsInf() {
		return nil
	}
	n, accuracy := f.Int64()
	if accuracy != big.Exact && (n == 1<<63-1 || n == -1<<63) {
		return nil
	}
	return &n
}

// reportsError tells whether a document is an error under a successful status: it has an `error` member that says
// something, or a `status` of "error".
func reportsError(doc map[string]any) bool {
	switch v := doc["error"].(type) {
	case nil:
	case string:
		if v != "" {
			return true
		}
	case bool:
		if v {
			return true
		}
	case map[string]any:
		if len(v) > 0 {
			return true
		}
	case []any:
		if len(v) > 0 {
			return true
		}
	default:
		return true
	}
	status, _ := doc["status"].(string)
	switch strings.ToLower(status) {
	case "error", "fail", "failed", "failure":
		return true
	}
	return false
}
