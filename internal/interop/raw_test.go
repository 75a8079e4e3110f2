// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
)

// An answer is a raw HTTP answer: what the wire had, without any of the provider's reading of it.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
	JSON   map[string]any // nil where the body is no JSON object
}

func (a answer) text(member string) string {
	s, _ := a.JSON[member].(string)
	return s
}

// call sends one request. authorization is the header's value, or empty; a body that is not nil is sent as JSON.
func call(t *testing.T, method, url, authorization string, body any) answer {
	t.Helper()
	var content string
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = string(encoded)
	}
	return send(t, method, url, authorization, "application/json", content)
}

// post sends content as it is.
func post(t *testing.T, url, contentType, content string) answer {
	t.Helper()
	return send(t, http.MethodPost, url, "", contentType, content)
}

func send(t *testing.T, method, url, authorization, contentType, content string) answer {
	t.Helper()
	// The context outlives the test's own, which ends before its clean-up.
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	if content != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	a := answer{Status: resp.StatusCode, Header: resp.Header, Body: got}
	if json.Unmarshal(got, &a.JSON) != nil {
		a.JSON = nil
	}
	if os.Getenv("INTEROP_TRACE") != "" {
		t.Logf("%s %s %s: %d %s %s", method, url, content, a.Status, a.Header.Get("WWW-Authenticate"), tail(string(got), 1500))
	}
	return a
}

func bearer(token string) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token
}

// handleOf reads the handle out of an answer, keeping what the answer omits.
func handleOf(a answer, known Handle) Handle {
	for member, field := range map[string]*string{
		"client_id": &known.ClientID, "client_secret": &known.ClientSecret,
		"registration_access_token": &known.RegistrationAccessToken, "registration_client_uri": &known.RegistrationClientURI,
	} {
		if s := a.text(member); s != "" {
			*field = s
		}
	}
	return known
}

// credentials are the members of an answer that are not metadata.
var credentials = []string{
	"client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "registration_access_token", "registration_client_uri",
}

func metadataOf(a answer) map[string]any {
	m := maps.Clone(a.JSON)
	for _, name := range credentials {
		delete(m, name)
	}
	return m
}

// normal is v as encoding/json reads it back.
func normal(v any) any {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(encoded, &out); err != nil {
		panic(err)
	}
	return out
}
