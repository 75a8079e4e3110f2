// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Where a server redirects to, and what it says of a connection, may repeat what it was sent.
func TestErrorsRepeatNoCredential(t *testing.T) {
	const canary = "canary-0123456789"
	for name, auth := range map[string]Authorizer{"bearer": Bearer(secret.New(canary)), "basic": Basic("user", secret.New(canary)), "none": NoAuth()} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, to := range []string{"/x/%s/y", "http://elsewhere.example.com/%s", "ftp://elsewhere.example.com/%s", "https://%s.example.com/"} {
				s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
					_, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
					w.Header().Set("Location", fmt.Sprintf(to, url.PathEscape(sent+"-"+canary)))
					w.WriteHeader(http.StatusFound)
				})
				for _, follow := range []bool{true, false} {
					c, _ := newClient(t, Options{Headers: map[string]secret.String{"X-Key": secret.New(canary)}, HeaderOrigins: func(string) bool { return true }})
					got, err := c.Do(context.Background(), Request{Method: method, URL: s.URL, Auth: auth, Body: []byte("client_assertion=" + canary), ContentType: "application/x-www-form-urlencoded", FollowRedirects: follow})
					text := fmt.Sprint(err)
					if err == nil {
						text = got.Target
					} else if failed := kindOf(t, err); failed.Err != nil {
						text += failed.Target + failed.RedirectedTo + failed.Err.Error()
					}
					if strings.Contains(text, "canary") || !strings.Contains(text, secret.Redacted) {
						t.Errorf("%s, %s to %s: %s", name, method, to, text)
					}
				}
			}
		}
	}
}

// A proxy's answer to a request over plain http is taken for the server's. It may repeat what the proxy alone got.
func TestProxyPasswordIsNotTold(t *testing.T) {
	const canary = "canary-1" // too short to be looked for within base64
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, canary+" "+r.Header.Get("Proxy-Authorization"))
	}))
	defer at.Close()
	book := &logbook{}
	c, _ := newClient(t, Options{ProxyURL: strings.Replace(at.URL, "://", "://user:"+canary+"@", 1), Log: book.log})
	got, err := c.Do(context.Background(), Request{Method: http.MethodGet, URL: "http://127.0.0.1:1/x"})
	if err != nil {
		t.Fatal(err)
	}
	if text := got.Scrub(string(got.Body)) + book.text(); strings.Contains(text, "canary") || strings.Contains(text, "dXNlcjpj") || !strings.Contains(text, secret.Redacted) {
		t.Errorf("%s", text)
	}
}

// A name of the configuration may be in a key, and a key in an address of it. Whichever is taken out first, the other is still known.
func TestLogOfACredentialWithAWithheldValueInIt(t *testing.T) {
	const name, rest = "acme-prod-4711-portal", "9f8e7d6c5b4a"
	for _, value := range []string{name, "https://app.example.com/cb?k=" + name + "-" + rest + "&to=me"} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, "no key %s-%s for %s", name, rest, value)
		})
		book := &logbook{}
		c, _ := newClient(t, Options{Log: book.log, Headers: map[string]secret.String{"X-Key": secret.New(name + "-" + rest)}, HeaderOrigins: func(string) bool { return true }})
		_, err := c.Do(context.Background(), Request{
			Method: http.MethodPost, URL: s.URL, Body: fmt.Appendf(nil, `{"client_name":%q}`, value), ContentType: "application/json",
			Withheld: func(member string) bool { return member == "client_name" },
		})
		if err != nil {
			t.Fatal(err)
		}
		if text := book.text(); strings.Contains(text, rest) || strings.Contains(text, "to=me") {
			t.Errorf("%s", text)
		}
	}
}
