// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// besideOf names another tenant's issuer beside the registration endpoint of the provider's server: what that issuer's metadata name has never heard of the client.
func besideOf(op *fakeop.Server) attrs {
	return secured().With(attrs{"issuer": op.TenantIssuer("/tenant"), "registration_endpoint": op.RegistrationEndpoint(), "initial_access_token": "token"})
}

func asideServers() map[string]*fakeop.Server {
	return map[string]*fakeop.Server{
		"managed":             {},
		"no updates":          {Faults: fakeop.Faults{UpdateStatus: 405}},
		"no management":       {Management: fakeop.ManagementOff},
		"no secret on reads":  {Faults: fakeop.Faults{OmitSecretOnRead: true, OmitTokenOnRead: true}},
		"no reads":            {Faults: fakeop.Faults{ReadStatus: 405}},
		"a secret per update": {Faults: fakeop.Faults{RotateSecretOnUpdate: true}},
		"a hash on reads":     {Faults: fakeop.Faults{HashedSecretOnRead: true}},
	}
}

// That endpoints which are another server's do not know a client says nothing: each apply of a replacement failed for it.
func TestAnIssuerBesideAnotherServersEndpointTakesReplacements(t *testing.T) {
	t.Parallel()
	for name, op := range asideServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op.Tenants = []string{"/tenant"}
			r := newSubject(t, op, nil)
			r.Apply(secured())
			config := besideOf(op)
			for _, step := range []attrs{config, config.With(attrs{"client_name": "Another"}), config.With(attrs{"rotate_secret_when": attrs{"a": "1"}}), config.With(attrs{"rotate_secret_when": attrs{"a": "2"}}), secured()} {
				if err := r.TryApply(step); err != nil {
					if !learnt(err) {
						t.Fatal(err)
					}
					r.Apply(step)
				}
				r.WantEmpty(step)
			}
		})
	}
}

// Nor is a client gone for it whose token was revoked. Where the endpoint is one of the issuer's own, though not the one that its metadata name, they are its server's.
func TestWhatAnotherServersEndpointsDoNotKnowIsNotGone(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Tenants: []string{"/tenant"}}
	r := newSubject(t, op, nil)
	config := besideOf(op)
	r.Apply(config)
	id := r.id()
	op.RevokeToken(id)
	if _, err := r.TryPlan(config); err == nil || !strings.Contains(err.Error(), "these endpoints may be another server's, and this does not tell whether the client exists") {
		t.Errorf("the plan says %v", err)
	}
	if r.id() != id {
		t.Errorf("client %q is now %q", id, r.id())
	}
	r.start(attrs{"registration_access_tokens": attrs{r.Text("registration_client_uri"): op.ReissueToken(id)}})
	r.WantEmpty(config)
}

// So it is once the other endpoint has left the configuration: the client stays where it was registered.
func TestWhatAnotherServersEndpointsDoNotKnowIsNotGoneOnceTheyAreConfigured(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Tenants: []string{"/tenant"}}
	r := newSubject(t, op, nil)
	beside := besideOf(op)
	r.Apply(beside)
	id := r.id()
	op.RevokeToken(id)
	alone := attrs{}
	for name, value := range beside {
		if name != "registration_endpoint" {
			alone[name] = value
		}
	}
	r.start(nil)
	_, _ = r.TryPlan(alone)
	if _ = r.TryApply(alone); r.id() != id || len(op.Clients()) != 1 {
		t.Errorf("client %q is now %q; %s", id, r.id(), r.details())
	}
}

// Another server may have a client of the same client_id, as two tenants have an application each that an administrator named. One that refuses the client's own secret is not the
// client's for it: what it does not know any more later says nothing.
func TestAnotherServerThatHasAClientOfOneNameIsNotItsOwn(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	r := newSubject(t, op, nil)
	var known atomic.Bool
	known.Store(true)
	mux := http.NewServeMux()
	other := httptest.NewServer(mux)
	t.Cleanup(other.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"registration_endpoint":%q,"token_endpoint":%q,"authorization_endpoint":%q,"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}`,
			other.URL, other.URL+"/register", other.URL+"/token", other.URL+"/authorize")
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client"}`)
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, q *http.Request) {
		if _, there := op.Client(q.FormValue("client_id")); known.Load() && there {
			http.Redirect(w, q, q.FormValue("redirect_uri")+"?error=login_required", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_client"}`)
	})
	config := secured().With(attrs{"issuer": other.URL, "registration_endpoint": op.RegistrationEndpoint()})
	r.Apply(config)
	r.Apply(config.With(attrs{"client_name": "Another"}))
	id := r.id()
	known.Store(false)
	op.RevokeToken(id)
	r.start(nil)
	_ = r.TryApply(config)
	if r.id() != id || len(op.Clients()) != 1 {
		t.Errorf("client %q is now %q; %s", id, r.id(), r.details())
	}
}

// Where the endpoints know the client once it is registered, they are its server's, whatever address that was registered at: then one that they do not know any more is gone.
func TestAServerRegisteredAtByAnAddressOfItsOwnNetwork(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]attrs{"confidential": secured(), "public": secured().With(attrs{"token_endpoint_auth_method": "none"})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			r := newSubject(t, op, nil)
			within := strings.Replace(op.RegistrationEndpoint(), "127.0.0.1", "localhost", 1)
			config := config.With(attrs{"issuer": op.Issuer(), "registration_endpoint": within})
			r.Apply(config)
			id := r.id()
			op.RemoveClient(id)
			r.Apply(config)
			if r.id() == id || len(op.Clients()) != 1 {
				t.Errorf("client %q is now %q", id, r.id())
			}
			r.WantEmpty(config)
		})
	}
}

// A client that takes the place of one at such an address is asked about at the endpoints that the metadata name by now, and at no other: its secret is nothing to where the token endpoint
// was.
func TestAClientInTheOldOnesPlaceIsAskedAboutWhereTheServerIsNow(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]attrs{"confidential": secured(), "without redirects": secured().With(attrs{"grant_types": []string{"client_credentials"}, "redirect_uris": []string{}, "response_types": []string{}})} {
		for _, moves := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", moves: ", moves), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: 405, OmitSecretOnRead: true}}
				op.Start(t)
				now, _ := frontOf(t, op)
				var bodies sync.Map
				old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					id, _, _ := q.BasicAuth()
					bodies.Store(id, true)
					proxyTo(t, op).ServeHTTP(w, q)
				}))
				t.Cleanup(old.Close)
				op.EditFaults(func(f *fakeop.Faults) { f.MetadataMembers = map[string]any{"token_endpoint": old.URL + "/token"} })
				r := newSubject(t, op, nil)
				config := config.With(attrs{"issuer": op.Issuer(), "registration_endpoint": strings.Replace(op.RegistrationEndpoint(), "127.0.0.1", "localhost", 1)})
				r.Apply(config)
				first := r.id()
				if moves {
					op.EditFaults(func(f *fakeop.Faults) { f.MetadataMembers = map[string]any{"token_endpoint": now + "/token"} })
				}
				r.start(nil)
				config = config.With(attrs{"client_name": "Another"})
				if err := r.TryApply(config); err != nil {
					if !learnt(err) {
						t.Fatal(err)
					}
					r.Apply(config)
				}
				second := r.id()
				if _, asked := bodies.Load(second); second == first || asked && moves {
					t.Errorf("client %q is now %q, which the old token endpoint was asked about: %t", first, second, asked)
				}
				r.start(nil)
				op.RemoveClient(second)
				r.Apply(config)
				if r.id() == second || len(op.Clients()) != 1 {
					t.Errorf("client %q, which is gone, is now %q", second, r.id())
				}
				r.WantEmpty(config)
			})
		}
	}
}

// The record has the issuer by which the server is asked about a client, also where the configuration names nothing but the registration endpoint by now, and the metadata could not be had
// when the client was registered.
func TestAClientIsAskedAboutByTheIssuerThatItsRecordNames(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	r := newSubject(t, op, nil)
	op.EditFaults(func(f *fakeop.Faults) { f.Discovery.Calls = fakeop.Always(fakeop.Unavailable(0)) })
	r.start(attrs{"issuer": op.Issuer(), "registration_endpoint": op.RegistrationEndpoint(), "max_retries": 0})
	r.Apply(secured())
	id := r.id()
	op.EditFaults(func(f *fakeop.Faults) { f.Discovery.Calls = nil })
	r.start(attrs{"registration_endpoint": op.RegistrationEndpoint()})
	r.WantEmpty(secured())
	op.RemoveClient(id)
	r.Apply(secured())
	if r.id() == id || len(op.Clients()) != 1 {
		t.Errorf("client %q, which is gone, is now %q", id, r.id())
	}
}
