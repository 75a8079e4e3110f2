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
	lost := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	metadata, redirect := answer(400, `{"error":"invalid_client_metadata"}`), answer(400, `{"error":"invalid_redirect_uri"}`)
	for name, test := range map[string]struct {
		first, then http.HandlerFunc
		body        map[string]any
		open        bool
	}{
		"a limiter":                       {answer(503, "", "Retry-After", "1"), metadata, plain, false},
		"a limiter, redirect URI":         {answer(503, "", "Retry-After", "1"), redirect, plain, false},
		"a gateway":                       {answer(502, ""), metadata, plain, false},
		"lost":                            {lost, metadata, plain, false},
		"a body that holds a secret":      {answer(503, ""), metadata, withSecret, true},
		"another code":                    {answer(503, ""), answer(400, `{"error":"invalid_request"}`), plain, true},
		"no code":                         {answer(503, ""), answer(400, ""), plain, true},
		"the token":                       {answer(503, ""), answer(401, `{"error":"invalid_token"}`), plain, true},
		"the token, in a metadata's code": {answer(503, ""), answer(401, `{"error":"invalid_client_metadata"}`), plain, true},
		"turned away to the end":          {answer(503, ""), answer(503, `{"error":"invalid_client_metadata"}`), plain, true},
		"refused at once":                 {metadata, metadata, plain, false},
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
			_, err := f.client(t).Update(context.Background(), f.URL, "c1", iat, test.body)
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
