// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

const notUsed = "Address of the client is not used"

// Where the server that is configured is not found meanwhile, nothing shows that an address is the client's: neither one of another host nor one of another realm of its own, beside which
// it is one of its own realm.
func TestTemplateBesideAServerThatIsNotFoundIsNotAskedLater(t *testing.T) {
	t.Parallel()
	for _, of := range []string{"another host", "another realm", "its own realm"} {
		for _, meanwhile := range []string{"App", "App 2"} {
			for _, then := range []string{"plan", "update", "destroy"} {
				t.Run(strings.Join([]string{of, meanwhile, then}, ", "), func(t *testing.T) {
					t.Parallel()
					home, other := &fakeop.Server{Seed: "home", Tenants: []string{"/b"}}, &fakeop.Server{Seed: "other"}
					other.Start(t)
					r := newSubject(t, home, nil)
					r.Apply(app)
					endpoint := map[string]string{"another host": other.RegistrationEndpoint(), "another realm": home.TenantIssuer("/b") + "/register", "its own realm": home.RegistrationEndpoint()}[of]
					away := app.With(attrs{"client_name": meanwhile, "client_configuration_uri_template": endpoint + "/{client_id}"})
					r.start(attrs{"webfinger_resource": home.URL(), "max_retries": 0})
					home.EditFaults(func(f *fakeop.Faults) { f.WebFinger = fakeop.WebFingerOff })
					r.Apply(away)
					if told := strings.Contains(r.details(), notUsed); told != (of != "its own realm") {
						t.Errorf("that the address is not used is told: %t", told)
					}
					r.start(nil)
					switch then {
					case "plan":
						r.planned(away)
					case "update":
						r.Apply(app.With(attrs{"client_name": "App 3"}))
					case "destroy":
						r.Destroy()
					}
					for _, op := range []*fakeop.Server{home, other} {
						for _, q := range op.Of(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete) {
							if op == other || strings.HasPrefix(q.Path, "/b/") {
								t.Errorf("the client's token went to another server: %s", q)
							}
						}
					}
				})
			}
		}
	}
}

// proxyTo hands requests on to a server.
func proxyTo(t *testing.T, op *fakeop.Server) http.Handler {
	to, err := url.Parse(op.URL())
	if err != nil {
		t.Fatal(err)
	}
	return httputil.NewSingleHostReverseProxy(to)
}

// frontOf is an address before a server that can be taken away, after which nobody serves it.
func frontOf(t *testing.T, op *fakeop.Server) (address string, down *atomic.Bool) {
	proxy := proxyTo(t, op)
	down = &atomic.Bool{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if down.Load() {
			http.NotFound(w, q)
			return
		}
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(front.Close)
	return front.URL, down
}

// A right address that was written out while nobody could tell whose it is, or while another server was configured, is asked by the update that follows, which nothing else can make where nobody serves the
// returned address any more. That it is not used before is told, with a way that works.
func TestAnAddressThatWasWrittenWhileNoServerWasFoundIsAskedOnceOneIs(t *testing.T) {
	t.Parallel()
	for _, while := range []string{"none is found", "another one is configured"} {
		for _, by := range []string{"an update", "writing it again", "a replacement"} {
			t.Run(while+", "+by, func(t *testing.T) {
				t.Parallel()
				op, other := &fakeop.Server{Seed: "home"}, &fakeop.Server{Seed: "other"}
				other.Start(t)
				op.Start(t)
				front, down := frontOf(t, op)
				op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = front })
				settings := attrs{"webfinger_resource": op.URL(), "max_retries": 0}
				r := newSubject(t, op, settings)
				config := app.With(attrs{"rotate_secret_when": attrs{"a": "1"}})
				r.Apply(config)
				id := r.id()
				right := config.With(attrs{"client_configuration_uri_template": strings.Replace(op.RegistrationEndpoint(), "127.0.0.1", "localhost", 1) + "/{client_id}"})
				if while == "none is found" {
					op.EditFaults(func(f *fakeop.Faults) { f.WebFinger = fakeop.WebFingerOff })
					r.start(settings)
				} else {
					r.start(attrs{"issuer": other.Issuer(), "max_retries": 0})
				}
				r.Apply(right)
				if told := strings.Contains(r.details(), notUsed); told != (while == "none is found") {
					t.Errorf("that the address is not used is told: %t", told)
				}
				down.Store(true)
				op.EditFaults(func(f *fakeop.Faults) { f.WebFinger = fakeop.WebFingerGood })
				r.start(settings)
				switch by {
				case "an update":
					right = right.With(attrs{"client_name": "App 2"})
				case "a replacement":
					op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = "" })
					right = right.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
				default:
					r.Apply(config)
				}
				if err := r.TryApply(right); err != nil {
					if !learnt(err) {
						t.Fatal(err)
					}
					r.Apply(right)
				}
				r.WantEmpty(right)
				if all := op.Clients(); len(all) != 1 || (r.id() != id) != (by == "a replacement") {
					t.Errorf("%d clients, and %q is now %q", len(all), id, r.id())
				}
			})
		}
	}
}
