// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The ways at a server that the resource names itself, each taken as the message has it: what is set on the provider is for the provider's server.
func TestWaysAtAServerThatTheResourceNames(t *testing.T) {
	t.Parallel()
	page := func(answer fakeop.Answer) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", answer.MediaType)
			w.WriteHeader(answer.Status)
			_, _ = w.Write([]byte(answer.Body))
		}
	}
	for name, test := range map[string]struct {
		faults fakeop.Faults
		place  func(t *testing.T, there *fakeop.Server) attrs // nil: its issuer
		says   string
	}{
		"not published": {faults: fakeop.Faults{NoRegistrationEndpoint: true}, says: "set the endpoint on the resource:"},
		"published as a path": {says: "set the endpoint as an https URL on the resource:", place: func(t *testing.T, _ *fakeop.Server) attrs {
			return attrs{"issuer": publisher(t, "/register", false)}
		}},
		"moved": {says: "set it on the resource:", place: func(t *testing.T, there *fakeop.Server) attrs {
			return attrs{"registration_endpoint": served(t, http.RedirectHandler(there.RegistrationEndpoint(), http.StatusTemporaryRedirect))}
		}},
		"a page": {says: "Set the server's client registration endpoint on the resource:", place: func(t *testing.T, _ *fakeop.Server) attrs {
			return attrs{"registration_endpoint": served(t, page(fakeop.Welcome()))}
		}},
		"nothing there": {says: "Set the server's client registration endpoint on the resource:", place: func(t *testing.T, _ *fakeop.Server) attrs {
			return attrs{"registration_endpoint": served(t, page(fakeop.NotFoundPage()))}
		}},
		"no metadata": {faults: fakeop.Faults{MetadataAt: fakeop.LocationsNone}, says: "or set registration_endpoint on the resource, which needs no discovery."},
		"metadata that fail": {says: "Where registration_endpoint is set on the resource, no discovery is needed.", place: func(t *testing.T, _ *fakeop.Server) attrs {
			return attrs{"issuer": publisher(t, "", true)}
		}},
		"metadata that want credentials": {says: "or set registration_endpoint on the resource, which needs no discovery.", place: func(t *testing.T, _ *fakeop.Server) attrs {
			return attrs{"issuer": served(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
			}))}
		}},
		"no TLS": {says: "Compare issuer on the resource with the server's own address and port.", place: func(_ *testing.T, there *fakeop.Server) attrs {
			return attrs{"issuer": strings.Replace(there.Issuer(), "http:", "https:", 1)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there := &fakeop.Server{Seed: "there", Faults: test.faults}
			there.Start(t)
			place := attrs{"issuer": there.Issuer()}
			if test.place != nil {
				place = test.place(t, there)
			}
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			err := r.TryApply(secured().With(place))
			wants(t, err, test.says)
			containsNone(t, err.Error(), "endpoint on the provider", "set it on the provider", "URL on the provider", "on the provider, and")
			config := secured().With(place).With(attrs{"registration_endpoint": there.RegistrationEndpoint()})
			r.Apply(config)
			r.WantEmpty(config)
			if len(there.Clients()) != 1 || len(r.op.Clients()) != 0 {
				t.Errorf("%d clients are there", len(there.Clients()))
			}
		})
	}
}

func served(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// An issuer that names itself otherwise, at a server that a resource names: expected_issuer is the provider's, so that it takes a provider for that server.
func TestAnotherIssuerAtAServerThatTheResourceNames(t *testing.T) {
	t.Parallel()
	const named = "https://true.example/issuer"
	there := &fakeop.Server{Faults: fakeop.Faults{MetadataIssuer: named}}
	there.Start(t)
	home := &fakeop.Server{Seed: "home"}
	home.Start(t)
	r := newSubject(t, there, attrs{"issuer": home.Issuer()})
	err := r.TryApply(secured().With(attrs{"issuer": there.Issuer()}))
	wants(t, err, "configure a provider for that server. On the resource, set provider = oidc.there, and remove issuer and registration_endpoint:", `alias           = "there"`)
	r.start(attrs{"issuer": lineOf(t, err, "issuer         "), "expected_issuer": lineOf(t, err, "expected_issuer")})
	r.Apply(secured())
	r.WantEmpty(secured())
	if len(there.Clients()) != 1 {
		t.Errorf("%d clients are there", len(there.Clients()))
	}
}

// One that is not shown whole is copied from the document.
func TestIssuerThatIsNotShownWholeAtAServerThatTheResourceNames(t *testing.T) {
	t.Parallel()
	const named = "https://joe:canary@true.example/issuer"
	there := &fakeop.Server{Faults: fakeop.Faults{MetadataIssuer: named}}
	there.Start(t)
	home := &fakeop.Server{Seed: "home"}
	home.Start(t)
	r := newSubject(t, there, attrs{"issuer": home.Issuer()})
	err := r.TryApply(secured().With(attrs{"issuer": there.Issuer()}))
	wants(t, err, "configure a provider for that server, with expected_issuer beside issuer", "On the resource, set provider to that one")
	containsNone(t, err.Error(), "canary")
	r.start(attrs{"issuer": there.Issuer(), "expected_issuer": named})
	r.Apply(secured())
}

// A server that the resource names and that redirects from https to plain http.
func TestRedirectToPlainHTTPOfTheResourcesServer(t *testing.T) {
	t.Parallel()
	plain := func(url string) string { return strings.Replace(url, "https://", "http://", 1) }
	op := &fakeop.Server{TLS: true}
	op.Start(t)
	op.SetFaults(fakeop.Faults{Redirect: map[fakeop.Operation]string{fakeop.OpMetadata: plain(op.Issuer()) + "/.well-known/openid-configuration"}})
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
	r := newSubject(t, op, attrs{"issuer": "https://home.example.com", "ca_certificate": op.CACertificate(), "max_retries": 0})
	err := r.TryApply(secured().With(attrs{"issuer": op.Issuer()}))
	wants(t, err, "Until then, set the registration endpoint on the resource, which needs no discovery:")
	err = r.TryApply(secured().With(attrs{"issuer": op.Issuer(), "registration_endpoint": front.URL + "/register"}))
	wants(t, err, "at that address over https, set it on the resource:")
	r.Apply(secured().With(attrs{"issuer": op.Issuer(), "registration_endpoint": lineOf(t, err, "registration_endpoint")}))
}

// An import by client_id is at the provider's server, whatever the resource names.
func TestImportByClientIDWithoutAServer(t *testing.T) {
	t.Parallel()
	there := &fakeop.Server{}
	id, uri, token := registeredBefore(t, there, secured())
	r := newSubject(t, there, attrs{"issuer": nil, "registration_access_tokens": attrs{id: token}})
	err := r.tryImport(id)
	wants(t, err, "An import by client_id is from the provider's server, and the provider names none.", "Or import it by its registration_client_uri", "terraform import ADDRESS REGISTRATION_CLIENT_URI")
	containsNone(t, err.Error(), "this resource names")
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	r.start(attrs{"issuer": there.Issuer(), "registration_access_tokens": attrs{id: token}})
	if err := r.tryImport(id); err != nil {
		t.Fatal(err)
	}
}
