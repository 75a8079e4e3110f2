// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
)

// An update that is refused for what stands in it was not made by the attempt before it either, whose answer is missing or a limiter's. A refusal that may come of what
// such an attempt has replaced leaves it open.
func TestAnUpdateThatIsRefusedAgainForItsBody(t *testing.T) {
	plain := map[string]any{"client_id": "c1", "client_name": "App"}
	withSecret := map[string]any{"client_id": "c1", "client_name": "App", "client_secret": "s"}
	public := map[string]any{"client_id": "c1", "token_endpoint_auth_method": "none"}
	confidential := map[string]any{"client_id": "c1", "token_endpoint_auth_method": "client_secret_basic"}
	wanted := answer(400, `{"error":"invalid_client_metadata","error_description":"client_secret is required"}`)
	method := answer(400, `{"error":"invalid_client_metadata","error_description":"client_secret_basic is not supported"}`)
	lost := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	metadata, redirect := answer(400, `{"error":"invalid_client_metadata"}`), answer(400, `{"error":"invalid_redirect_uri"}`)
	for name, test := range map[string]struct {
		first, then http.HandlerFunc
		body        map[string]any
		open        bool
		gains       bool
	}{
		"a limiter":                         {answer(503, "", "Retry-After", "1"), metadata, plain, false, false},
		"a limiter, redirect URI":           {answer(503, "", "Retry-After", "1"), redirect, plain, false, false},
		"a gateway":                         {answer(502, ""), metadata, plain, false, false},
		"lost":                              {lost, metadata, plain, false, false},
		"a body that holds a secret":        {answer(503, ""), metadata, withSecret, true, false},
		"another code":                      {answer(503, ""), answer(400, `{"error":"invalid_request"}`), plain, true, false},
		"no code":                           {answer(503, ""), answer(400, ""), plain, true, false},
		"the token":                         {answer(503, ""), answer(401, `{"error":"invalid_token"}`), plain, true, false},
		"the token, in a metadata's code":   {answer(503, ""), answer(401, `{"error":"invalid_client_metadata"}`), plain, true, false},
		"turned away to the end":            {answer(503, ""), answer(503, `{"error":"invalid_client_metadata"}`), plain, true, false},
		"a secret that it lacks":            {answer(503, ""), wanted, plain, true, false},
		"a method by its name":              {answer(503, ""), method, confidential, false, false},
		"its first secret":                  {answer(503, ""), metadata, confidential, true, true},
		"its first secret, by default":      {answer(503, ""), metadata, plain, true, true},
		"still a public client":             {answer(503, ""), metadata, public, false, false},
		"a public client from now on":       {answer(503, ""), metadata, public, false, false},
		"its first secret, refused at once": {metadata, metadata, confidential, false, true},
		"refused at once":                   {metadata, metadata, plain, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				if n++; n == 1 {
					test.first(w, r)
					return
				}
				test.then(w, r)
			})
			_, err := f.client(t).Update(context.Background(), f.URL, "c1", iat, test.gains, test.body)
			if e := asError(t, err); e.MaybeProcessed != test.open {
				t.Errorf("after %d requests, may have been made: %v", n, e.MaybeProcessed)
			}
		})
	}
	n := 0
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		metadata(w, r)
	})
	if _, _, err := f.client(t).Delete(context.Background(), f.URL, "c1", iat); !asError(t, err).MaybeProcessed {
		t.Error("a deletion that was made has nothing that is refused for its metadata, and is not told by it")
	}
}

// What a server looks at elsewhere is there at one time and not at another: that a repeat is refused for it says nothing of the attempt before.
func TestAnUpdateWhoseRepeatIsRefusedForWhatIsElsewhere(t *testing.T) {
	const sector, jwks, logo = `"sector_identifier_uri":"https://s.example/s"`, `"jwks_uri":"https://k.example/k"`, `"logo_uri":"https://l.example/l"`
	const plain = `"client_name":"App","redirect_uris":["https://a.example/cb"],"grant_types":["authorization_code"]`
	const metadata, redirect, silent = "invalid_client_metadata", "invalid_redirect_uri", ""
	for name, test := range map[string]struct {
		body, code, description string
		open                    bool
	}{
		"the sector's document":            {sector + "," + plain, metadata, "sector_identifier_uri could not be read", true},
		"the sector's, as a redirect":      {sector + "," + plain, redirect, "the redirect URIs are not in the sector's document", true},
		"silent, as a redirect":            {sector + "," + plain, redirect, silent, true},
		"silent, as a redirect, no sector": {jwks + "," + plain, redirect, silent, false},
		"silent":                           {sector + "," + plain, metadata, silent, true},
		"silent, keys":                     {jwks + "," + plain, metadata, silent, true},
		"no word of anything":              {jwks + "," + plain, metadata, "the metadata is invalid", true},
		"silent, nothing elsewhere":        {logo + "," + plain, metadata, silent, false},
		"the keys":                         {jwks + "," + plain, metadata, "jwks_uri: no keys", true},
		"the keys, by their short name":    {jwks + "," + plain, metadata, "jwks: no keys", true},
		"request objects":                  {`"request_uris":["https://r.example/r"],` + plain, metadata, "request_uris are not served", true},
		"a statement":                      {`"software_statement":"a.b.c",` + plain, metadata, "the statement is not valid", true},
		"a statement's expiry":             {plain, metadata, "the software statement has expired", true},
		"a page":                           {logo + "," + plain, metadata, "logo_uri is no image", true},
		"a page that is not asked for":     {plain, metadata, "logo_uri is required", false},
		"a fetch":                          {plain, metadata, "failed to fetch a document", true},
		"a host":                           {plain, redirect, "redirect_uris[0]: the host cannot be resolved", true},
		"a wait":                           {plain, metadata, "the request timed out", true},
		// What stands in the request stands in each.
		"another member":                {jwks + "," + logo + "," + plain, metadata, "grant_types: authorization_code is not supported", false},
		"another member, with a sector": {sector + "," + plain, metadata, "client_name is not allowed", false},
		"a redirect URI":                {jwks + "," + plain, redirect, "redirect_uris[0] must not be http", false},
		"OpenID Connect":                {plain, metadata, "OpenID Connect clients need the scope openid", false},
		"response types":                {plain, metadata, "no response_types", false},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				if n++; n == 1 {
					w.WriteHeader(http.StatusGatewayTimeout)
					return
				}
				refusal, _ := json.Marshal(map[string]string{"error": test.code, "error_description": test.description})
				answer(400, string(refusal))(w, r)
			})
			var body map[string]any
			if err := json.Unmarshal([]byte("{"+test.body+"}"), &body); err != nil {
				t.Fatal(err)
			}
			_, err := f.client(t).Update(t.Context(), f.URL, "c1", iat, false, body)
			if e := asError(t, err); e.MaybeProcessed != test.open || n != 2 {
				t.Errorf("after %d requests, may have been made: %v; %v", n, e.MaybeProcessed, e.Members)
			}
		})
	}
}
