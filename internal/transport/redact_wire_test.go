// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// The log of a real exchange shows no credential that only the server knows, where a diagnostic of the same answer would not show it either.
func TestLogHasNoCredentialOfAnAnswer(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9.c2lnbmF0dXJl"
	for name, h := range map[string]http.HandlerFunc{
		"sentence in JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprint(w, `{"error":"invalid_client_metadata","error_description":"client_secret: S3cr3tCanary12 is in use"}`)
		},
		"bearer in JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(401)
			fmt.Fprint(w, `{"error":"invalid_token","error_description":"expected Bearer S3cr3tCanary12"}`)
		},
		"JWT in JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(401)
			fmt.Fprint(w, `{"error":"invalid_token","error_description":"issued token `+jwt+` instead"}`)
		},
		"challenge": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="registration_access_token: S3cr3tCanary12 replaced it"`)
			w.WriteHeader(401)
		},
		"JWT in a header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Oidc-Data", jwt)
			w.WriteHeader(401)
		},
		"JWT in a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/session/"+jwt)
			w.WriteHeader(302)
		},
		"link": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", `</next?access_token=S3cr3tCanary12>; rel="next"`)
			w.WriteHeader(400)
		},
		"XML": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			fmt.Fprint(w, `<app><client_secret>S3cr3tCanary12</client_secret></app>`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			book := &logbook{}
			s := newServer(t, h)
			c, _ := newClient(t, Options{Log: book.log})
			_, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL + "/register", ContentType: "application/json", Body: []byte(`{"client_name":"a"}`), Auth: NoAuth(), Repeat: Never})
			text := book.text()
			if err != nil {
				text += err.Error()
			}
			if strings.Contains(text, "S3cr3tCanary12") || strings.Contains(text, "eyJzdWIiOi") {
				t.Errorf("%s", text)
			}
		})
	}
}

// The target of a redirect that is followed may have a credential in its path, too.
func TestLogHasNoCredentialOfARedirectThatIsFollowed(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9.c2lnbmF0dXJl"
	for _, target := range []string{"/session/" + jwt, "/x;access_token=S3cr3tCanary12", "/token=S3cr3tCanary12/x"} {
		book := &logbook{}
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/start" {
				http.Redirect(w, r, target, http.StatusFound)
				return
			}
			fmt.Fprint(w, `{}`)
		})
		c, _ := newClient(t, Options{Log: book.log})
		if _, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL + "/start", Auth: NoAuth(), FollowRedirects: true}); err != nil {
			t.Fatal(err)
		}
		if text := book.text(); strings.Contains(text, "S3cr3tCanary12") || strings.Contains(text, jwt) {
			t.Errorf("%s: %s", target, text)
		}
	}
}
