// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
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
		before      map[string]any
	}{
		"a limiter":                                {answer(503, "", "Retry-After", "1"), metadata, plain, false, nil},
		"a limiter, redirect URI":                  {answer(503, "", "Retry-After", "1"), redirect, plain, false, nil},
		"a gateway":                                {answer(502, ""), metadata, plain, false, nil},
		"lost":                                     {lost, metadata, plain, false, nil},
		"a body that holds a secret":               {answer(503, ""), metadata, withSecret, true, nil},
		"another code":                             {answer(503, ""), answer(400, `{"error":"invalid_request"}`), plain, true, nil},
		"no code":                                  {answer(503, ""), answer(400, ""), plain, true, nil},
		"the token":                                {answer(503, ""), answer(401, `{"error":"invalid_token"}`), plain, true, nil},
		"the token, in a metadata's code":          {answer(503, ""), answer(401, `{"error":"invalid_client_metadata"}`), plain, true, nil},
		"turned away to the end":                   {answer(503, ""), answer(503, `{"error":"invalid_client_metadata"}`), plain, true, nil},
		"a secret that it lacks":                   {answer(503, ""), wanted, plain, true, nil},
		"a method by its name":                     {answer(503, ""), method, confidential, false, confidential},
		"no more a public client":                  {answer(503, ""), metadata, confidential, true, public},
		"no more a public client, by default":      {answer(503, ""), metadata, plain, true, public},
		"still a public client":                    {answer(503, ""), metadata, public, false, public},
		"a public client from now on":              {answer(503, ""), metadata, public, false, confidential},
		"no more a public client, refused at once": {metadata, metadata, confidential, false, public},
		"refused at once":                          {metadata, metadata, plain, false, nil},
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
			_, err := f.client(t).Update(context.Background(), f.URL, "c1", iat, test.before, test.body)
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
