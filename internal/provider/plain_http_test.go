// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// behind forwards to a server over TLS, without a terminating slash.
func behind(op *fakeop.Server) http.Handler {
	target, _ := url.Parse(op.URL())
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(op.CACertificate())
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.URL.Path = strings.TrimSuffix(r.In.URL.Path, "/")
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true},
	}
}

// An https endpoint that redirects to plain http, as one behind a proxy does that ends TLS, has no plain http address proposed. Where the redirect
// leads to another path of the same host and port, that is named over https, and works there.
func TestRedirectToPlainHTTPIsNotProposed(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T, settings func(*fakeop.Server) attrs) *subject {
		t.Helper()
		op := &fakeop.Server{TLS: true}
		op.Start(t)
		return newSubject(t, op, attrs{"ca_certificate": op.CACertificate(), "max_retries": 0}.With(settings(op)))
	}
	plain := func(url string) string { return strings.Replace(url, "https://", "http://", 1) }
	none := func(*fakeop.Server) attrs { return nil }
	t.Run("registration, to another host", func(t *testing.T) {
		t.Parallel()
		r := begin(t, none)
		r.op.SetFaults(fakeop.Faults{Redirect: map[fakeop.Operation]string{fakeop.OpRegister: "http://other.example/register"}})
		err := r.TryApply(secured())
		wants(t, err, "redirects from https to plain http", "Have the server's operator correct the address that it calls itself by to https")
		containsNone(t, err.Error(), "= \"http:", "allow_insecure_http")
	})
	t.Run("registration, to another path", func(t *testing.T) {
		t.Parallel()
		op := &fakeop.Server{TLS: true}
		op.Start(t)
		front := httptest.NewUnstartedServer(nil)
		front.TLS = fakeop.Authority{Seed: op.Seed}.Server(nil, false)
		front.StartTLS()
		t.Cleanup(front.Close)
		front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if !strings.HasSuffix(req.URL.Path, "/") {
				http.Redirect(w, req, plain(front.URL)+req.URL.Path+"/", http.StatusPermanentRedirect)
				return
			}
			behind(op).ServeHTTP(w, req)
		})
		settings := attrs{"ca_certificate": op.CACertificate(), "max_retries": 0}
		r := newSubject(t, op, settings.With(attrs{"registration_endpoint": front.URL + "/register"}))
		err := r.TryApply(secured())
		containsNone(t, err.Error(), "= \"http:")
		if got := lineOf(t, err, "registration_endpoint"); got != front.URL+"/register/" {
			t.Errorf("the line sets %s", got)
		}
		r.start(settings.With(attrs{"registration_endpoint": lineOf(t, err, "registration_endpoint")}))
		r.Apply(secured())
	})
	t.Run("update", func(t *testing.T) {
		t.Parallel()
		r := begin(t, none)
		r.Apply(secured())
		uri := r.Text("registration_client_uri")
		r.op.SetFaults(fakeop.Faults{Redirect: map[fakeop.Operation]string{fakeop.OpUpdate: plain(uri)}, RedirectStatus: http.StatusPermanentRedirect})
		err := r.TryApply(secured().With(attrs{"client_name": "App 2"}))
		wants(t, err, "redirects from https to plain http", "Have the server's operator correct")
		containsNone(t, err.Error(), "= \"http:")
	})
	t.Run("metadata", func(t *testing.T) {
		t.Parallel()
		r := begin(t, none)
		document := r.op.Issuer() + "/.well-known/openid-configuration"
		r.op.SetFaults(fakeop.Faults{Redirect: map[fakeop.Operation]string{fakeop.OpMetadata: plain(document)}})
		err := r.TryApply(secured())
		wants(t, err, "redirects from https to plain http", "Until then, set the registration endpoint on the provider")
		containsNone(t, err.Error(), "= \"http:")
		r.start(attrs{"ca_certificate": r.op.CACertificate(), "registration_endpoint": r.op.RegistrationEndpoint()})
		r.Apply(secured())
	})
}
