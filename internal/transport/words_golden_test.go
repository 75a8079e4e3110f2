// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
)

// What is said of settings that no connection can be made with, of requests without an answer and of tokens that cannot be had can be read
// through in one file.
func TestErrorsOfConnectionsReadWell(t *testing.T) {
	var b strings.Builder
	tell := func(err error) {
		if err == nil {
			t.Error("no error")
			return
		}
		fmt.Fprintf(&b, "%s\n\n", err)
	}
	for _, raw := range []string{"https://%zz", "ftp://as.example.com/", "as.example.com", "https://as.example.com:99999/", "https://u:p@as.example.com/", "http://as.example.com/"} {
		tell(CheckURL(raw, false))
	}
	for _, name := range []string{"Host", "X:Y", "X Y", "Ä"} {
		tell(CheckHeader(name, newSecret("a")))
	}
	tell(CheckHeader("X-Y", newSecret("a\n")))
	tell(CheckToken(newSecret("a b")))
	tell(CheckToken(newSecret("Bearer a")))
	tell(CheckUser("a:b"))
	tell(Bearer(newSecret("")).Authorize(t.Context(), &http.Request{Header: http.Header{}}))
	tellKeys(t, tell)
	for _, o := range []Options{
		{ProxyURL: "proxy"}, {ProxyURL: "ftp://proxy.example.com"}, {CACertificatesOnly: true}, {CACertificates: []byte("x")}, {ClientCertificate: []byte("x")}, {ClientKey: []byte("x")},
	} {
		_, err := New(o)
		tell(err)
	}
	block := func(kind string) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("x")}) }
	tell(CheckCACertificates(block("PUBLIC KEY")))
	tell(CheckCACertificates(block("CERTIFICATE")))
	tell(CheckClientCertificate([]byte("x"), block("PRIVATE KEY")))
	for kind := range Authorization {
		tell(&Error{Kind: kind + 1, Method: http.MethodGet, URL: "https://as.example.com/register", Err: errors.New("the cause is told here")})
	}
	tell(&Error{Kind: Timeout, Method: http.MethodGet, URL: "https://as.example.com/register", Err: errAttemptTimeout})
	tell(&Error{Kind: Timeout, Method: http.MethodGet, URL: "https://as.example.com/register", Err: ErrOperationTimeout})
	tell(&Error{Kind: Unreachable, Method: http.MethodPost, URL: "https://as.example.com/register", MaybeProcessed: true, Err: errLost})
	tellTokens(tell)
	tellRequests(t, tell)
	golden.Holds(t, "testdata/connections.txt", b.String())
}

// tellKeys tells what is wrong with a credential of the client credentials grant.
func tellKeys(t *testing.T, tell func(error)) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for _, c := range []ClientCredentials{
		{}, {PrivateKey: newSecret("x")}, {PrivateKey: newSecret("{")}, {PrivateKey: newSecret(`{"kty":"oct","k":"eHh4"}`)}, {PrivateKey: newSecret(encoded("ENCRYPTED PRIVATE KEY", der))},
		{PrivateKey: newSecret(encoded("PUBLIC KEY", der))}, {PrivateKey: newSecret(encoded("PRIVATE KEY", []byte("x")))}, {PrivateKey: newSecret(encoded("PRIVATE KEY", der)), Algorithm: "RS256"},
	} {
		tell(c.CheckPrivateKey())
	}
	_, err = SecretAssertionKey(newSecret("x"), "RS256")
	tell(err)
	client, _ := newClient(t, Options{})
	for _, c := range []ClientCredentials{{}, {ClientID: "a"}, {ClientID: "a", TokenURL: "https://as.example.com/token"}, {ClientID: "a", TokenURL: "https://as.example.com/token", Method: "tls_client_auth"}} {
		_, err := NewClientCredentials(client, c)
		tell(err)
	}
}

// tellTokens tells what token endpoints do instead of issuing a token.
func tellTokens(tell func(error)) {
	const endpoint = "https://as.example.com/token"
	for _, e := range []*TokenError{
		{Status: 302, Err: &Error{Kind: Redirect, Target: "https://login.example.com/"}}, {Status: 302, Err: &Error{Kind: Redirect}}, tokenError(errors.New("x"), nil, endpoint),
		{Status: 200, TokenType: "mac"}, {Status: 200, Err: CheckToken(newSecret("a b"))}, {Status: 200}, {Status: 401, Code: "invalid_client", Description: "no such client"},
	} {
		e.URL = endpoint
		tell(e)
	}
}

// tellRequests tells what becomes of requests to servers that answer in odd ways.
func tellRequests(t *testing.T, tell func(error)) {
	t.Helper()
	answering := func(status int, header http.Header, body string) *server {
		return newServer(t, func(w http.ResponseWriter, r *http.Request) {
			for name, values := range header {
				w.Header()[name] = values
			}
			if header.Get("Location") == "self" {
				w.Header().Set("Location", r.URL.Path+"/a")
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
	ask := func(s *server, r Request) {
		client, _ := newClient(t, Options{InsecureSkipVerify: true})
		if r.URL == "" {
			r.URL = s.URL + "/register"
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		_, err := client.Do(ctx, r)
		if err == nil {
			_, err = client.Do(ctx, r)
		}
		if err == nil {
			t.Errorf("%s %s: no error", r.Method, r.URL)
			return
		}
		tell(errors.New(strings.ReplaceAll(err.Error(), s.URL, "https://as.example.com")))
	}
	to := func(location string) http.Header { return http.Header{"Location": {location}} }
	read := Request{Method: http.MethodGet, FollowRedirects: true}
	ask(answering(302, to("self"), ""), read)
	ask(answering(302, to("http://as.example.com/"), ""), read)
	ask(answering(302, to("https://%zz"), ""), read)
	ask(answering(302, to("/other"), ""), Request{Method: http.MethodPost})
	ask(answering(302, to("https://login.example.com/"), ""), Request{Method: http.MethodPost})
	ask(answering(302, to("/other"), ""), Request{Method: http.MethodGet, FollowRedirects: true, MayFollow: func(*url.URL) bool { return false }})
	ask(newTLSServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://localhost/plain", http.StatusFound)
	}), read)
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	}
	ask(newServer(t, hangUp), read)
	ask(newTLSServer(t, hangUp, func(s *httptest.Server) {
		s.EnableHTTP2, s.TLS = false, &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	}), read)
	ask(answering(407, nil, ""), read)
	ask(answering(429, http.Header{"Retry-After": {"3600"}}, ""), read)
	ask(answering(429, http.Header{"Retry-After": {"60"}}, ""), read)
	ask(answering(200, nil, strings.Repeat("x", MaxBody+1)), read)
	ask(answering(200, http.Header{"Content-Length": {"10"}}, "x"), read)
	ask(answering(200, nil, ""), Request{Method: "GET A", URL: "https://as.example.com/"})
}
