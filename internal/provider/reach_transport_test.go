// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lifecycle is a client's whole life over one connection's settings.
func wholeLife(t *testing.T, settings attrs) *tftest.Rig {
	t.Helper()
	p := start(t, settings)
	c := p.Another()
	c.Apply(web)
	c.WantEmpty(web)
	c.Apply(web.With(attrs{"client_name": "app.2"}))
	c.WantEmpty(web.With(attrs{"client_name": "app.2"}))
	c.Destroy()
	return p
}

// A private CA, by PEM, by file, beside the system's and alone; HTTP/2 and TLS of at least 1.2.
func TestReachPrivateCA(t *testing.T) {
	s := fakeop.Server{TLS: true}
	s.Start(t)
	for name, settings := range map[string]attrs{
		"pem": {"ca_certificate": s.CACertificate()}, "pem alone": {"ca_certificate": s.CACertificate(), "ca_certificate_only": true},
		"file": {"ca_certificate_file": written(t, "ca.pem", s.CACertificate())},
	} {
		t.Run(name, func(t *testing.T) {
			s.ResetLog()
			wholeLife(t, settings.With(attrs{"issuer": s.Issuer()})).WantNoWarnings()
			for _, r := range s.Requests() {
				if r.Protocol != "HTTP/2.0" || r.TLSVersion < tls.VersionTLS12 {
					t.Errorf("%s by %s and TLS %x", r, r.Protocol, r.TLSVersion)
				}
			}
		})
	}
	t.Run("environment", func(t *testing.T) {
		t.Setenv("OIDC_CA_CERTIFICATE", string(s.CACertificate()))
		wholeLife(t, attrs{"issuer": s.Issuer()})
	})
	t.Run("none", func(t *testing.T) {
		s.ResetLog()
		wants(t, start(t, attrs{"issuer": s.Issuer()}).Another().TryApply(web), "certificate", "ca_certificate")
		wants(t, start(t, attrs{"registration_endpoint": s.RegistrationEndpoint()}).Another().TryApply(web), "Client not registered", "certificate", "ca_certificate")
		wants(t, start(t, attrs{"issuer": s.Issuer(), "ca_certificate": fakeop.Authority{Seed: "x"}.PEM()}).Another().TryApply(web), "certificate")
		if n := len(s.Requests()); n != 0 {
			t.Errorf("%d requests over a connection that is not trusted", n)
		}
	})
	t.Run("not verified", func(t *testing.T) {
		p := wholeLife(t, attrs{"issuer": s.Issuer(), "insecure_skip_verify": true})
		contains(t, p.Warnings(), "insecure_skip_verify", "Server certificates are not verified", `ca_certificate_file = "ca.pem"`)
	})
}

func TestReachMutualTLS(t *testing.T) {
	s := fakeop.Server{TLS: true, RequireClientCertificate: true}
	s.Start(t)
	certificate, key := s.ClientCertificate("terraform")
	base := attrs{"issuer": s.Issuer(), "ca_certificate": s.CACertificate()}
	for name, settings := range map[string]attrs{
		"pem":  {"client_certificate": certificate, "client_key": key},
		"file": {"client_certificate_file": written(t, "cert.pem", certificate), "client_key_file": written(t, "key.pem", key)},
	} {
		t.Run(name, func(t *testing.T) {
			s.ResetLog()
			wholeLife(t, base.With(settings)).WantNoWarnings()
			for _, r := range s.Requests() {
				if r.ClientCertificate != "terraform" {
					t.Errorf("%s with the certificate of %q", r, r.ClientCertificate)
				}
			}
		})
	}
	wants(t, start(t, base).Another().TryApply(web), "certificate")
	foreign, foreignKey := fakeop.Authority{Seed: "x"}.Client("stranger")
	wants(t, start(t, base.With(attrs{"client_certificate": foreign, "client_key": foreignKey})).Another().TryApply(web), "certificate")
	_, err := tryStart(t, base.With(attrs{"client_certificate": certificate, "client_key": foreignKey}))
	wants(t, err, "client_certificate cannot be used: it does not belong to the client key")
	if err != nil && strings.Contains(err.Error(), "PRIVATE KEY") {
		t.Error("the key is told")
	}
}

// With a client certificate, the endpoints that the server has for it are used, and without one the others.
func TestReachMutualTLSAliases(t *testing.T) {
	s := fakeop.Server{TLS: true, MTLSAliases: true, MTLSOnly: true}
	s.Start(t)
	certificate, key := s.ClientCertificate("terraform")
	settings := attrs{"issuer": s.Issuer(), "ca_certificate": s.CACertificate(), "client_certificate": certificate, "client_key": key}
	p := wholeLife(t, settings)
	registered, _ := s.Last(fakeop.OpRegister)
	if want := strings.TrimPrefix(s.MTLSURL(), "https://"); registered.Host != want {
		t.Errorf("registered at %s, want %s", registered.Host, want)
	}
	got, err := p.ReadData("oidc_discovery", attrs{})
	if err != nil || !strings.HasPrefix(textOf(got["registration_endpoint"]), s.MTLSURL()) {
		t.Errorf("the data source shows %s: %v", got["registration_endpoint"], err)
	}
	// Without one, the metadata tell that it is what is wanted, and the refusal names it, as lines that work.
	ca := attrs{"issuer": s.Issuer(), "ca_certificate": s.CACertificate()}
	refused := start(t, ca).Another().TryApply(web)
	wants(t, refused, s.RegistrationEndpoint(), "401", "none is set on the provider", "Where the server needs a client certificate, set on the provider:\n    client_certificate_file = \"client.pem\"\n    client_key_file         = \"client.key\"")
	start(t, ca.With(attrs{"client_certificate_file": written(t, "client.pem", certificate), "client_key_file": written(t, "client.key", key)})).Another().Apply(web)
}

// A server that asks for a client certificate in the handshake and refuses without one, or with another one, has that named beside its other credentials.
func TestReachRefusalForACertificate(t *testing.T) {
	s := fakeop.Server{TLS: true, InitialAccessTokens: map[string]int{"iat": 9}}
	s.Start(t)
	base := attrs{"issuer": s.Issuer(), "ca_certificate": s.CACertificate()}
	wants(t, start(t, base).Another().TryApply(web), "401", "initial_access_token", "none is set on the provider", "Where the server needs a client certificate")
	certificate, key := s.ClientCertificate("terraform")
	with := base.With(attrs{"client_certificate": certificate, "client_key": key})
	wants(t, start(t, with).Another().TryApply(web), "401", "initial_access_token", "may not accept the one that is set", "set another one on the provider:\n    client_certificate_file")
	// What plain http carries has no handshake, and nothing is said of one.
	plain := fakeop.Server{InitialAccessTokens: map[string]int{"iat": 9}}
	plain.Start(t)
	if err := start(t, attrs{"issuer": plain.Issuer()}).Another().TryApply(web); err == nil || strings.Contains(err.Error(), "client_certificate_file") {
		t.Errorf("%v", err)
	}
	wholeLife(t, with.With(attrs{"initial_access_token": "iat"})).WantNoWarnings()
}

func TestReachOldTLSIsRefused(t *testing.T) {
	old := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.StartTLS()
	defer old.Close()
	err := start(t, attrs{"issuer": old.URL, "insecure_skip_verify": true, "max_retries": 0}).Another().TryApply(web)
	wants(t, err, "protocol version")
}

func TestReachProxy(t *testing.T) {
	s, issuer, proxy, url := fakeop.BehindProxy(t)
	settings := attrs{"issuer": issuer, "ca_certificate": s.CACertificate(), "proxy_url": strings.Replace(url, "http://", "http://me:pass@", 1)}
	wholeLife(t, settings)
	host := strings.TrimPrefix(issuer, "https://")
	seen := proxy.Log()
	if len(seen) == 0 || seen[0] != "CONNECT "+host+" Basic bWU6cGFzcw==" {
		t.Errorf("the proxy saw %q", seen)
	}
	if s.CountOf(fakeop.OpDelete) != 1 {
		t.Errorf("the server saw %q", s.Log())
	}
	t.Run("environment", func(t *testing.T) {
		t.Setenv("OIDC_PROXY_URL", url)
		wholeLife(t, attrs{"issuer": issuer, "ca_certificate": s.CACertificate()})
	})
	t.Run("none", func(t *testing.T) {
		wants(t, start(t, attrs{"issuer": issuer, "ca_certificate": s.CACertificate(), "max_retries": 0}).Another().TryApply(web), "could not be reached")
	})
	t.Run("plain", func(t *testing.T) {
		plain := fakeop.Server{}
		plain.Start(t)
		before := len(proxy.Log())
		wholeLife(t, attrs{"issuer": plain.Issuer(), "proxy_url": url})
		if n := len(proxy.Log()) - before; n != len(plain.Requests()) {
			t.Errorf("the proxy saw %d requests, the server %d", n, len(plain.Requests()))
		}
	})
	t.Run("dead", func(t *testing.T) {
		dead := httptest.NewServer(nil)
		dead.Close()
		err := start(t, attrs{"issuer": issuer, "proxy_url": strings.Replace(dead.URL, "http://", "http://me:pass-4711@", 1), "max_retries": 0}).Another().TryApply(web)
		wants(t, err, "proxy")
		if err != nil && strings.Contains(err.Error(), "pass-4711") {
			t.Errorf("the proxy's password is told: %v", err)
		}
	})
}

// No credential of any kind follows a redirect to another origin; the other origin itself says what it was sent.
func TestReachRedirectsGetNoCredential(t *testing.T) {
	credentials := attrs{
		"initial_access_token": "iat-secret", "headers": attrs{"X-API-Key": "key-secret"}, "max_retries": 0,
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, op := range []fakeop.Operation{fakeop.OpMetadata, fakeop.OpWebFinger, fakeop.OpRegister, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete} {
			other := fakeop.Server{Seed: "other"}
			other.Start(t)
			s := fakeop.Server{InitialAccessTokens: map[string]int{"iat-secret": 0}, APIKeyHeader: "X-API-Key", APIKey: "key-secret"}
			s.Start(t)
			settings := credentials.With(attrs{"issuer": s.Issuer()})
			if op == fakeop.OpWebFinger {
				settings = credentials.With(attrs{"webfinger_resource": s.URL() + "/joe"})
			}
			redirect := fakeop.Faults{Redirect: map[fakeop.Operation]string{op: other.URL() + "/trap"}, RedirectStatus: status}
			c := start(t, settings).Another()
			early := op == fakeop.OpMetadata || op == fakeop.OpWebFinger || op == fakeop.OpRegister
			if early {
				s.SetFaults(redirect)
			}
			err := c.TryApply(web)
			if !early {
				if err != nil {
					t.Fatal(err)
				}
				s.SetFaults(redirect)
				err = c.TryApply(web.With(attrs{"client_name": "app.2"}))
				if op == fakeop.OpDelete {
					err = c.Resource.Destroy(t.Context())
				}
			}
			if op == fakeop.OpDelete {
				// Asked twice, with a read between that shows the client: this server deletes no clients, but where it asks for the deletion at another address.
				elsewhere := status != http.StatusFound && status != http.StatusSeeOther
				if warned := c.Rig().Warnings(); (err != nil) != elsewhere || !elsewhere && !strings.Contains(warned, "stays at the server") || s.CountOf(op) != 2 {
					t.Errorf("%s %d: %v, warned of %q, sent %d times", op, status, err, warned, s.CountOf(op))
				}
			} else if err == nil {
				t.Errorf("%s %d: no error", op, status)
			}
			if (op == fakeop.OpRegister || op == fakeop.OpUpdate || op == fakeop.OpDelete) && len(other.Requests()) != 0 {
				t.Errorf("%s %d was followed: %q", op, status, other.Log())
			}
			if !(op == fakeop.OpRegister || op == fakeop.OpUpdate || op == fakeop.OpDelete) && len(other.Requests()) == 0 {
				t.Errorf("%s %d: the other origin was not asked, so this shows nothing", op, status)
			}
			for _, r := range other.Requests() {
				if r.AuthScheme != "" || r.Header.Get("X-API-Key") != "" || strings.Contains(string(r.Body)+r.RawQuery, "secret") {
					t.Errorf("%s %d: the other origin got %v", op, status, r.Header)
				}
			}
			if err != nil && strings.Contains(err.Error(), "-secret") {
				t.Errorf("%s %d: a credential is told: %v", op, status, err)
			}
		}
	}
}

func TestReachInsecureHTTP(t *testing.T) {
	_, err := tryStart(t, attrs{"issuer": "http://op.invalid"})
	wants(t, err, "https", "insecure http", "Only where the network is trusted", "allow_insecure_http = true")
	s := fakeop.Server{Host: "op.invalid"}
	issuer := s.Start(t)
	proxied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Host = "127.0.0.1:" + r.URL.Port()
		(&fakeop.Proxy{}).ServeHTTP(w, r)
	}))
	t.Cleanup(proxied.Close)
	p := wholeLife(t, attrs{"issuer": issuer, "proxy_url": proxied.URL, "allow_insecure_http": true})
	contains(t, p.Warnings(), "allow_insecure_http", "Credentials may be sent without encryption")
	// The resource's own server is held to the same rule.
	wants(t, start(t, attrs{}).Another().TryApply(web.With(attrs{"issuer": "http://op.invalid"})), "https")
	wants(t, start(t, attrs{}).Another().TryApply(web.With(attrs{"registration_endpoint": "http://op.invalid/r"})), "https")
}

// The time is real here, since a bubble of package synctest has no network. It is long enough for the metadata to be fetched in.
func TestReachTimeouts(t *testing.T) {
	for name, test := range map[string]struct {
		settings, client attrs
		want             string
	}{
		"request":     {attrs{"request_timeout": "200ms"}, attrs{}, "request_timeout"},
		"operation":   {attrs{}, attrs{"timeouts": attrs{"create": "200ms"}}, "timeouts = {"},
		"environment": {attrs{}, attrs{}, "request_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "environment" {
				t.Setenv("OIDC_REQUEST_TIMEOUT", "200ms")
			}
			s := fakeop.Server{Faults: fakeop.Faults{Hang: []fakeop.Operation{fakeop.OpRegister}}}
			s.Start(t)
			began := time.Now()
			err := start(t, test.settings.With(attrs{"issuer": s.Issuer()})).Another().TryApply(web.With(test.client))
			wants(t, err, "Client not registered", "did not answer in time", test.want, "may have registered the client all the same")
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if n := s.CountOf(fakeop.OpRegister); n != 1 {
				t.Errorf("the registration was sent %d times", n)
			}
		})
	}
}
